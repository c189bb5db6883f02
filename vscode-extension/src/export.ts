// Export Events: rows of the list into a file, as a capture, text, CSV or JSON.
import * as path from 'node:path';
import * as vscode from 'vscode';
import { method, type ExportFormat, type Query, type RowRange } from '../shared/wire.gen';
import type { Editors, Panel } from './editor';
import { viewType } from './editor';
import { message } from './server';

interface Range extends vscode.QuickPickItem {
  query: Query;
  from: number;
  to: number;
  rows?: RowRange[];
  name: string;
}

interface Form extends vscode.QuickPickItem {
  format: ExportFormat;
  extension: string;
  /** of captures that are open together: which one, from 1; 0: all */
  member: number;
}

/** exportEvents asks what, in which form and where to, and writes it. */
export async function exportEvents(editors: Editors): Promise<void> {
  const panel = editors.active, list = panel?.list;
  if (!panel || !list) return;
  const range = await vscode.window.showQuickPick(ranges(panel), { title: vscode.l10n.t('Export Events (1/2): Which?'), ignoreFocusOut: true });
  if (!range) return;
  const members = panel.document.state.kind === 'open' ? (panel.document.state.open.members ?? []) : [];
  const form = await vscode.window.showQuickPick(members.length === 0 ? forms() : [
    ...forms().filter(f => f.format !== 'scap'), // numbers of several machines would meet in it
    ...members.map((m, i) => ({ ...forms()[0]!, label: vscode.l10n.t('Capture of {0}', m.host), member: i + 1 })),
  ], { title: vscode.l10n.t('Export Events (2/2): In Which Form?'), ignoreFocusOut: true });
  if (!form) return;
  const { document } = panel, base = document.name.replace(/\.(gz|zst|lz4)$/, '').replace(/\.scap\d*$/, '');
  const to = await vscode.window.showSaveDialog({
    title: vscode.l10n.t('Export Events'), saveLabel: vscode.l10n.t('Export'), filters: { [form.label]: [form.extension] },
    defaultUri: vscode.Uri.file(path.join(path.dirname(document.files[0] ?? ''), `${form.member > 0 ? path.basename(document.files[form.member - 1] ?? '').replace(/\.scap.*$/, '') : base}-${range.name}.${form.extension}`)),
  });
  if (!to) return;
  if (to.scheme !== 'file') {
    void vscode.window.showErrorMessage(vscode.l10n.t('Events can be written to local files only, not to {0}.', to.scheme));
    return;
  }
  try {
    const r = await vscode.window.withProgress({
      location: vscode.ProgressLocation.Notification, cancellable: true, title: vscode.l10n.t('Exporting events to {0}', path.basename(to.fsPath)),
    }, (_, token) => document.request(method.export, {
      query: range.query, from: range.from, to: range.to, ...(range.rows && { rows: range.rows }), format: form.format, path: to.fsPath, columns: form.format === 'csv' || form.format === 'json' ? list.columns : [], time: list.time, member: form.member,
    }, token));
    await written(to, form.format, r.events, Number(r.bytes));
  } catch (error) {
    if (!(error instanceof vscode.CancellationError) && (error as { code?: number }).code !== -32800) void vscode.window.showErrorMessage(message(error));
  }
}

/** ranges is what may be exported. Numbers of events are said where they are those of one capture. */
function ranges(panel: Panel): Range[] {
  const out = rangesOf(panel);
  if (panel.document.files.length > 1) for (const r of out) if (r.from > 0 || r.to > 0) Object.assign(r, { description: '', name: vscode.l10n.t('part') });
  return out;
}

function rangesOf(panel: Panel): Range[] {
  const list = panel.list!, n = (v: number): string => v.toLocaleString(vscode.env.language), bare: Query = { view: list.query.view, internal: list.query.internal };
  const out: Range[] = [{
    label: list.query.filter ? vscode.l10n.t('What the filter shows') : vscode.l10n.t('All events that are listed'), description: n(panel.shown), detail: list.query.filter,
    query: list.query, from: 0, to: 0, name: list.query.filter ? vscode.l10n.t('filtered') : vscode.l10n.t('export'),
  }];
  if (list.rows.length > 0) {
    out.push({
      label: vscode.l10n.t('The selected rows'), description: n(list.rows.reduce((sum, r) => sum + r.count, 0)), query: list.query, from: 0, to: 0, rows: list.rows, name: vscode.l10n.t('selected'),
    });
  } else if (list.query.sort) {
    // What comes before or after a row is not what comes before or after an event.
  } else if (list.from > 0 && list.to > list.from) {
    out.push({ label: vscode.l10n.t('The selected rows'), description: vscode.l10n.t('events {0}–{1}', n(list.from), n(list.to)), query: list.query, from: list.from, to: list.to, name: `${list.from}-${list.to}` });
  } else if (list.from > 0) {
    out.push(
      { label: vscode.l10n.t('From the selected event on'), description: vscode.l10n.t('from event {0}', n(list.from)), query: list.query, from: list.from, to: 0, name: `from-${list.from}` },
      { label: vscode.l10n.t('Up to the selected event'), description: vscode.l10n.t('to event {0}', n(list.from)), query: list.query, from: 0, to: list.from, name: `to-${list.from}` });
  }
  if (list.query.filter) out.push({ label: vscode.l10n.t('All events, without the filter'), query: bare, from: 0, to: 0, name: vscode.l10n.t('export') });
  return out;
}

const forms = (): Form[] => [
  { label: vscode.l10n.t('Capture'), description: '.scap', detail: vscode.l10n.t('With the processes, files, users and containers as of the first event, so that sysdig and Stratoshark show every name'), format: 'scap', extension: 'scap', member: 0 },
  { label: vscode.l10n.t('Text'), description: '.txt', detail: vscode.l10n.t('A line for each event, as sysdig prints them'), format: 'text', extension: 'txt', member: 0 },
  { label: 'CSV', description: '.csv', detail: vscode.l10n.t('The columns that are shown'), format: 'csv', extension: 'csv', member: 0 },
  { label: 'JSON', description: '.ndjson', detail: vscode.l10n.t('An object for each event and line, with the columns that are shown'), format: 'json', extension: 'ndjson', member: 0 },
];

async function written(to: vscode.Uri, format: ExportFormat, events: number, bytes: number): Promise<void> {
  const n = (v: number): string => v.toLocaleString(vscode.env.language), open = vscode.l10n.t('Open'), folder = vscode.l10n.t('Show in Folder');
  const picked = await vscode.window.showInformationMessage(vscode.l10n.t('{0} events, {1} bytes: {2}', n(events), n(bytes), path.basename(to.fsPath)), open, folder);
  if (picked === open) await (format === 'scap' ? vscode.commands.executeCommand('vscode.openWith', to, viewType) : vscode.window.showTextDocument(to));
  else if (picked === folder) await vscode.commands.executeCommand('revealInExplorer', to);
}
