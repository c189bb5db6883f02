// Changing what is kept of filters: filter buttons and saved filters, in lists of the workbench.
import * as vscode from 'vscode';
import { method, type FilterButton, type Language, type SavedFilter } from '../shared/wire.gen';
import { askText } from './askText';
import { message, type Server } from './server';
import type { Store } from './store';

interface Tool extends vscode.QuickInputButton {
  run(): Promise<unknown>;
}

interface Item extends vscode.QuickPickItem {
  buttons?: Tool[];
  run?(): Promise<unknown>;
}

const tool = (icon: string, tooltip: string, run: () => Promise<unknown>): Tool => ({ iconPath: new vscode.ThemeIcon(icon), tooltip, run });

/** list shows items with tools until it is closed; they are made anew after each change. */
async function list(title: string, placeholder: string, tools: Tool[], items: () => Item[]): Promise<void> {
  const pick = vscode.window.createQuickPick<Item>();
  pick.title = title;
  pick.placeholder = placeholder;
  pick.matchOnDescription = pick.ignoreFocusOut = true;
  pick.buttons = tools;
  const show = (label?: string): void => {
    pick.keepScrollPosition = true;
    pick.items = items();
    const at = pick.items.find(i => i.label === label);
    if (at) pick.activeItems = [at];
  };
  const act = async (run: () => Promise<unknown>, label?: string): Promise<void> => {
    pick.busy = true;
    try {
      await run();
    } catch (error) {
      void vscode.window.showErrorMessage(message(error));
    }
    pick.busy = false;
    show(label);
    pick.show(); // an input box may have taken its place
  };
  show();
  await new Promise<void>(resolve => {
    let acting = false;
    const guarded = async (run: () => Promise<unknown>, label?: string): Promise<void> => {
      acting = true;
      await act(run, label);
      acting = false;
    };
    pick.onDidTriggerButton(b => void guarded((b as Tool).run));
    pick.onDidTriggerItemButton(e => void guarded((e.button as Tool).run, e.item.label));
    pick.onDidAccept(() => {
      const [item] = pick.activeItems;
      if (item?.run) void guarded(item.run, item.label);
    });
    pick.onDidHide(() => {
      if (!acting) resolve();
    });
    pick.show();
  });
  pick.dispose();
}

/** manageSaved renames and deletes saved filters. */
export async function manageSaved(store: Store): Promise<void> {
  await store.load();
  const rename = async (f: SavedFilter): Promise<void> => {
    const name = await askText({ title: vscode.l10n.t('Rename Filter'), value: f.name, prompt: f.text });
    if (name?.trim()) await store.save({ ...f, name: name.trim() });
  };
  await list(vscode.l10n.t('Saved Filters'), vscode.l10n.t('Enter renames'), [], () => store.filters.saved.map(f => ({
    label: f.name, description: f.text, run: () => rename(f),
    buttons: [tool('edit', vscode.l10n.t('Rename'), () => rename(f)), tool('trash', vscode.l10n.t('Delete'), () => store.unsave(f.id))],
  })));
}

/** manageButtons edits, hides, moves and resets filter buttons. */
export async function manageButtons(store: Store, server: Server): Promise<void> {
  await store.load();
  const moved = (ids: string[], at: number, by: number): string[] => {
    const out = [...ids], [one] = out.splice(at, 1);
    if (one !== undefined) out.splice(Math.min(Math.max(0, at + by), out.length), 0, one);
    return out;
  };
  const items = (): Item[] => store.filters.groups.flatMap((g, gi, groups) => {
    const names = groups.map(x => x.name), ids = g.buttons.map(b => b.id);
    return [
      { label: g.name, kind: vscode.QuickPickItemKind.Separator, buttons: [
        tool('arrow-up', vscode.l10n.t('Move the group up'), () => store.order('', moved(names, gi, -1))),
        tool('arrow-down', vscode.l10n.t('Move the group down'), () => store.order('', moved(names, gi, 1))),
      ] },
      ...g.buttons.map((b, i): Item => ({
        label: `${b.hidden ? '$(eye-closed) ' : ''}${b.label}`, description: b.text, detail: b.tip || undefined,
        run: () => editButton(store, server, b),
        buttons: [
          tool('arrow-up', vscode.l10n.t('Move up'), () => store.order(g.name, moved(ids, i, -1))),
          tool('arrow-down', vscode.l10n.t('Move down'), () => store.order(g.name, moved(ids, i, 1))),
          b.hidden ? tool('eye', vscode.l10n.t('Show'), () => store.putButton({ ...b, hidden: false })) : tool('eye-closed', vscode.l10n.t('Hide'), () => store.putButton({ ...b, hidden: true })),
          ...(b.edited ? [tool('discard', vscode.l10n.t('Reset to what it was'), () => store.resetButtons(b.id))] : []),
          ...(b.shipped ? [] : [tool('trash', vscode.l10n.t('Delete'), () => store.deleteButton(b.id))]),
        ],
      })),
    ];
  });
  await list(vscode.l10n.t('Filter Buttons'), vscode.l10n.t('Enter edits'), [
    tool('add', vscode.l10n.t('Add a button'), () => editButton(store, server, undefined)),
    tool('discard', vscode.l10n.t('Reset all buttons that come with scapls'), () => store.resetButtons('')),
  ], items);
}

/** editButton asks for what makes a button, and keeps it. */
export async function editButton(store: Store, server: Server, b: FilterButton | undefined, from?: { text: string; language: Language }): Promise<void> {
  await store.load();
  const title = b ? vscode.l10n.t('Edit Filter Button') : vscode.l10n.t('Add Filter Button');
  const text = await askText({
    title: `${title} (1/3)`, prompt: vscode.l10n.t('The filter'), value: b?.text ?? from?.text ?? '', validateInput: v => fault(server, v),
  });
  if (!text?.trim()) return;
  const label = await askText({
    title: `${title} (2/3)`, prompt: vscode.l10n.t('What the button says'), value: b?.label ?? '',
    validateInput: v => (v.trim() === '' ? vscode.l10n.t('A name is needed.') : undefined),
  });
  if (!label?.trim()) return;
  const group = await pickGroup(`${title} (3/3)`, store.filters.groups.map(g => g.name), b?.group);
  if (group === undefined) return;
  const language = text.trim() === from?.text ? from.language : text === b?.text ? b.language : '';
  await store.putButton({
    id: b?.id ?? '', group, label: label.trim(), text: text.trim(), language, tip: b?.tip ?? '', shipped: b?.shipped ?? false, edited: b?.edited ?? false, hidden: b?.hidden ?? false,
  });
}

/** fault is what is wrong with a filter, for an input box. */
async function fault(server: Server, text: string): Promise<vscode.InputBoxValidationMessage | string | undefined> {
  if (text.trim() === '') return vscode.l10n.t('A filter is needed.');
  try {
    const r = await server.request(method.filterCheck, { session: '', text, language: '' }), [worst] = r.diagnostics ?? [];
    if (!worst || r.state === 'accepted') return undefined;
    return { message: worst.message, severity: r.state === 'error' ? vscode.InputBoxValidationSeverity.Error : vscode.InputBoxValidationSeverity.Warning };
  } catch (error) {
    return { message: message(error), severity: vscode.InputBoxValidationSeverity.Warning };
  }
}

function pickGroup(title: string, groups: string[], now: string | undefined): Promise<string | undefined> {
  const pick = vscode.window.createQuickPick();
  pick.title = title;
  pick.placeholder = vscode.l10n.t('The group: choose one or type another');
  pick.ignoreFocusOut = true;
  const show = (typed: string): void => {
    const items = groups.filter(Boolean).map(label => ({ label, description: '' }));
    pick.items = typed === '' || groups.includes(typed) ? items : [...items, { label: typed, description: vscode.l10n.t('a new group') }];
  };
  show('');
  pick.activeItems = pick.items.filter(i => i.label === now);
  return new Promise(resolve => {
    pick.onDidChangeValue(v => show(v.trim()));
    pick.onDidAccept(() => {
      resolve(pick.activeItems[0]?.label);
      pick.hide();
    });
    pick.onDidHide(() => {
      resolve(undefined);
      pick.dispose();
    });
    pick.show();
  });
}
