// Columns and rows of the list, as far as the user is asked or the clipboard is used: fields that become columns, titles, column sets, copied rows.
import * as vscode from 'vscode';
import type { ColumnAsk, CopyAsk } from '../shared/messages';
import { method, type ColumnSet, type Node as TreeNode } from '../shared/wire.gen';
import { askText } from './askText';
import type { Panel } from './editor';
import { message } from './server';

const cancelled = (error: unknown): boolean => error instanceof vscode.CancellationError || (error as { code?: number }).code === -32800;

async function tried(run: () => Promise<unknown>): Promise<void> {
  try {
    await run();
  } catch (error) {
    if (!cancelled(error)) void vscode.window.showErrorMessage(message(error));
  }
}

/** copyRows copies rows as text. What takes longer can be cancelled in the progress bar of the server. */
export const copyRows = (panel: Panel, ask: CopyAsk): Promise<void> => tried(async () => {
  const r = await panel.document.request(method.copy, ask);
  await vscode.env.clipboard.writeText(r.text);
  vscode.window.setStatusBarMessage(vscode.l10n.t('{0} rows copied', r.rows.toLocaleString(vscode.env.language)), 4000);
});

/** columnAction asks the user something and changes the columns of the list. */
export const columnAction = (panel: Panel, ask: ColumnAsk): Promise<void> => tried(() => {
  switch (ask.action) {
    case 'add': return addColumn(panel, ask);
    case 'rename': return renameColumn(panel, ask);
    case 'saveSet': return saveSet(panel, ask);
    case 'useSet': return useSet(panel);
  }
});

interface FieldItem extends vscode.QuickPickItem {
  field: string;
}

/** addColumn lets the user choose a field, or type one with its argument: those of the selected event come first. */
async function addColumn(panel: Panel, ask: ColumnAsk): Promise<void> {
  const pick = vscode.window.createQuickPick<FieldItem>(), own = await fieldsOf(panel, ask);
  pick.title = vscode.l10n.t('Add Column');
  pick.placeholder = vscode.l10n.t('A field, with an argument or a function if you like: evt.arg.flags, proc.aname[1], basename(proc.exepath)');
  pick.matchOnDescription = pick.matchOnDetail = true;
  pick.items = own;
  let asked = 0;
  pick.onDidChangeValue(async text => {
    const mine = ++asked, items = await completions(panel, text.trim());
    if (mine === asked) pick.items = text.trim() === '' ? own : items;
  });
  pick.onDidAccept(() => {
    const field = pick.activeItems[0]?.field ?? pick.value.trim();
    if (field === '') return;
    pick.hide();
    panel.post({ type: 'addColumn', field, beside: ask.column });
  });
  pick.onDidHide(() => pick.dispose());
  pick.show();
}

/** fieldsOf is the fields that the selected event has, with their values. */
async function fieldsOf(panel: Panel, ask: ColumnAsk): Promise<FieldItem[]> {
  if (ask.num === 0) return completions(panel, '');
  const out = new Map<string, FieldItem>();
  const walk = (list: readonly TreeNode[]): void => list.forEach(n => {
    if (n.field && !out.has(n.field)) out.set(n.field, { label: n.field, description: n.value.slice(0, 80), detail: n.label, field: n.field });
    walk(n.children ?? []);
  });
  walk((await panel.document.request(method.detail, { num: ask.num, view: ask.view })).nodes ?? []);
  return [...out.values()];
}

/** completions is what a text may become, and the text itself where it is a field already. */
async function completions(panel: Panel, text: string): Promise<FieldItem[]> {
  try {
    const [typed, more] = await Promise.all([
      text === '' ? undefined : panel.document.request(method.columns, { ids: [text] }),
      panel.document.request(method.filterComplete, { text, language: 'sysdig', caret: text.length }),
    ]);
    const column = typed?.columns[0]?.column, out: FieldItem[] = [];
    if (column) out.push({ label: text, description: column.title === column.id ? '' : column.title, detail: column.tip, field: text, alwaysShow: true });
    for (const c of more.items ?? []) {
      if (c.kind !== 'field' && c.kind !== 'function') continue;
      const field = (text.slice(0, c.start) + c.insert + text.slice(c.end)).trim();
      if (field !== text) out.push({ label: field, description: c.detail, field, alwaysShow: true });
    }
    return out;
  } catch {
    return [];
  }
}

async function renameColumn(panel: Panel, ask: ColumnAsk): Promise<void> {
  if (ask.column === '') return;
  const title = await askText({
    title: vscode.l10n.t('Title of Column {0}', ask.column), value: ask.title, prompt: vscode.l10n.t('Empty: the usual title'),
  });
  if (title !== undefined) panel.post({ type: 'renameColumn', id: ask.column, title });
}

/** saveSet keeps the columns by a name; one that is there is replaced. */
async function saveSet(panel: Panel, ask: ColumnAsk): Promise<void> {
  const name = (await askText({
    title: vscode.l10n.t('Save Columns As'), prompt: vscode.l10n.t('A name for these columns, with their order, widths, titles and alignments'),
  }))?.trim();
  if (!name) return;
  const before = (await panel.store.columnSets()).find(s => s.name.toLowerCase() === name.toLowerCase());
  await panel.store.putColumns({ id: before?.id ?? '', name, columns: ask.columns });
}

interface SetItem extends vscode.QuickPickItem {
  set: ColumnSet;
}

/** useSet shows the columns of a set, or deletes one. */
async function useSet(panel: Panel): Promise<void> {
  const sets = await panel.store.columnSets();
  if (sets.length === 0) {
    void vscode.window.showInformationMessage(vscode.l10n.t('No columns have been saved yet.'));
    return;
  }
  const pick = vscode.window.createQuickPick<SetItem>(), remove: vscode.QuickInputButton = { iconPath: new vscode.ThemeIcon('trash'), tooltip: vscode.l10n.t('Delete') };
  const item = (set: ColumnSet): SetItem => ({ label: set.name, description: (set.columns ?? []).map(c => c.title ?? c.id).join(', '), set, buttons: [remove] });
  pick.title = vscode.l10n.t('Show Saved Columns');
  pick.items = sets.map(item);
  pick.onDidTriggerItemButton(e => void tried(async () => {
    await panel.store.deleteColumns(e.item.set.id);
    pick.items = (await panel.store.columnSets()).map(item);
  }));
  pick.onDidAccept(() => {
    const set = pick.activeItems[0]?.set;
    pick.hide();
    if (set) panel.post({ type: 'useColumns', columns: set.columns ?? [] });
  });
  pick.onDidHide(() => pick.dispose());
  pick.show();
}
