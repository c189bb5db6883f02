// Notes on events: the view that lists them, the commands about them, and what needs the workbench: documents, copies, shifts.
import { readFile, writeFile } from 'node:fs/promises';
import * as path from 'node:path';
import * as vscode from 'vscode';
import type { NoteAction, NoteCommand } from '../shared/notes';
import { method, type Note, type NotesFormat, type NotesResult, type Query } from '../shared/wire.gen';
import { askText } from './askText';
import { viewType, type Editors, type Panel } from './editor';
import { message, type Server } from './server';
import { Tree, type Moment } from './views';

/** Line is a note, a comment on the whole capture, or that there are more. */
type Line = { kind: 'note'; note: Note } | { kind: 'capture'; text: string } | { kind: 'more'; count: number };

const most = 1000; // notes in the view

/** commands that the webview carries out, by their names */
const viewCommands: NoteCommand[] = [
  'mark', 'ignore', 'reference', 'comment', 'nextMark', 'previousMark', 'nextNote', 'previousNote', 'nextReference', 'previousReference', 'markAll', 'unmarkAll', 'ignoreAll',
  'unignoreAll', 'unreferenceAll', 'showMarked', 'showNoted', 'hideIgnored', 'utc',
];

/** NotesView lists what is noted about the capture that is looked at. */
class NotesView extends Tree<Line> {
  private result: NotesResult | undefined;
  private change = 0;

  /** again tells that there may be other notes. */
  again(): void {
    this.change++;
    this.update(this.moment);
  }

  getTreeItem(line: Line): vscode.TreeItem {
    if (line.kind === 'note') return noteItem(line.note);
    const out = new vscode.TreeItem(line.kind === 'capture' ? firstLine(line.text) : vscode.l10n.t('{0} more', line.count.toLocaleString(vscode.env.language)));
    if (line.kind !== 'capture') return out;
    out.description = vscode.l10n.t('of the capture');
    out.tooltip = line.text;
    out.iconPath = new vscode.ThemeIcon('file');
    out.contextValue = 'capture';
    return out;
  }

  getChildren(line?: Line): Line[] {
    return line ? [] : this.roots;
  }

  getParent(): undefined {
    return undefined;
  }

  protected override key(m: Moment): string {
    const { state } = m.document;
    return state.kind === 'open' ? `${state.open.session} ${this.change} ${state.open.progress.done}` : '';
  }

  protected override async fetch(m: Moment, token: vscode.CancellationToken): Promise<Line[]> {
    const r = (this.result = await m.document.request(method.notes, { kind: 'wanted', start: 0, count: most, num: 0 }, token));
    const lines: Line[] = [...r.capture.map((text): Line => ({ kind: 'capture', text })), ...r.notes.map((note): Line => ({ kind: 'note', note }))];
    if (r.notes.length === most) lines.push({ kind: 'more', count: r.total - most });
    return lines;
  }

  protected override describe(m: Moment | undefined): void {
    const r = m && this.result, n = (v: number): string => v.toLocaleString(vscode.env.language), t = vscode.l10n.t;
    this.view.description = r && [r.marked > 0 && t('{0} marked', n(r.marked)), r.comments > 0 && t('{0} with notes', n(r.comments)), r.ignored > 0 && t('{0} ignored', n(r.ignored))].filter(Boolean).join(' · ');
    this.view.message = r?.shiftText ? t('Times are shifted by {0}.', r.shiftText) : undefined;
  }
}

const firstLine = (text: string): string => text.split('\n', 1)[0] ?? '';

function noteItem(n: Note): vscode.TreeItem {
  const texts = [...n.file, ...(n.comment === '' ? [] : [n.comment])], t = vscode.l10n.t, what = `${n.process} ${n.type}`.trim(), number = n.number.toLocaleString(vscode.env.language);
  const out = new vscode.TreeItem(`${number} ${firstLine(texts.at(-1) ?? '') || what}`);
  out.id = String(n.num);
  out.description = [n.time.slice(11, 23), texts.length > 0 && what].filter(Boolean).join(' · ');
  const about = [n.marked && t('marked'), n.ignored && t('ignored'), n.reference && t('time reference')].filter(Boolean).join(', ');
  out.tooltip = [t('Event {0}', number), n.time, n.sentence, about, ...n.file.map(f => t('In the file: {0}', f)), n.comment].filter(Boolean).join('\n');
  const icon = texts.length > 0 ? 'comment' : n.reference ? 'watch' : 'bookmark';
  out.iconPath = new vscode.ThemeIcon(icon, n.marked ? new vscode.ThemeColor('charts.blue') : n.reference && texts.length === 0 ? new vscode.ThemeColor('charts.green') : undefined);
  out.contextValue = ['note', n.marked && 'marked', n.comment !== '' && 'comment', n.reference && 'reference'].filter(Boolean).join(',');
  out.command = { command: 'scapls.notes.open', title: '', arguments: [{ kind: 'note', note: n } satisfies Line] };
  out.accessibilityInformation = { label: `${String(out.label)}, ${out.description}, ${about}` };
  return out;
}

export class Notes implements vscode.Disposable {
  private readonly view = new NotesView('scapls.notes');
  private readonly disposables: vscode.Disposable[];

  constructor(private readonly editors: Editors, server: Server) {
    const command = (id: string, run: (line?: Line) => unknown): vscode.Disposable => vscode.commands.registerCommand(`scapls.notes.${id}`, run);
    const act = (id: NoteAction): vscode.Disposable => command(id, () => editors.active && this.act(editors.active, id));
    this.disposables = [
      this.view,
      editors.onActive(() => this.follow()),
      editors.onNote(({ panel, action }) => void this.act(panel, action)),
      server.onStored(c => {
        if (!c.kinds.includes('notes')) return;
        editors.tellNotes();
        this.view.again();
      }),
      ...viewCommands.map(c => command(c, () => editors.active?.ask({ type: 'note', command: c }))),
      act('view'), act('shift'), act('saveCopy'), act('export'), act('import'),
      command('open', line => this.open(line)),
      command('edit', line => this.edit(line)),
      command('delete', line => this.remove(line)),
      command('copyText', line => line && line.kind !== 'more' && vscode.env.clipboard.writeText(line.kind === 'capture' ? line.text : [...line.note.file, line.note.comment].filter(Boolean).join('\n') || line.note.sentence)),
    ];
  }

  dispose(): void {
    for (const d of this.disposables) d.dispose();
  }

  private follow(): void {
    const panel = this.editors.active;
    if (panel?.document.state.kind === 'open') this.view.update({ document: panel.document, num: 0, tid: '' });
    else if (!panel || panel.document.state.kind === 'failed') this.view.update(undefined);
  }

  private open(line?: Line): void {
    const panel = this.editors.active;
    if (!panel || line?.kind !== 'note') return;
    panel.webview.reveal(undefined, true);
    panel.ask({ type: 'goto', to: `#${line.note.num}` }, true);
  }

  private edit(line?: Line): void {
    if (line?.kind !== 'note') return;
    this.editors.active?.ask({ type: 'goto', to: `#${line.note.num}` });
    this.editors.active?.ask({ type: 'note', command: 'comment', num: line.note.num });
  }

  /** remove takes away what people noted about an event; comments of the file stay. */
  private async remove(line?: Line): Promise<void> {
    const panel = this.editors.active;
    if (!panel || line?.kind !== 'note') return;
    const { note } = line, of = { nums: [note.num], list: false, query: { view: 'events', internal: false }, rows: [] } as const;
    try {
      if (note.comment !== '') await panel.document.request(method.notesComment, { num: note.num, text: '', author: '' });
      for (const kind of ['mark', 'reference'] as const) {
        if (kind === 'mark' ? note.marked : note.reference) await panel.document.request(method.notesSet, { ...of, nums: [note.num], rows: [], kind, action: 'unset' });
      }
    } catch (error) {
      void vscode.window.showErrorMessage(message(error));
    }
  }

  private async act(panel: Panel, action: NoteAction): Promise<void> {
    try {
      switch (action) {
        case 'view': await vscode.commands.executeCommand('scapls.notes.focus'); break;
        case 'shift': await shift(panel); break;
        case 'saveCopy': await saveCopy(panel); break;
        case 'export': await exportNotes(panel); break;
        case 'import': await importNotes(panel); break;
      }
    } catch (error) {
      if (!(error instanceof vscode.CancellationError) && (error as { code?: number }).code !== -32800) void vscode.window.showErrorMessage(message(error));
    }
  }
}

/** shift asks by how much the times are wrong. */
async function shift(panel: Panel): Promise<void> {
  const t = vscode.l10n.t, now = panel.notes?.shiftText ?? '';
  const ways = [
    { way: 'by', label: t('By an offset…'), description: now },
    ...(panel.num > 0 ? [{ way: 'at', label: t('So that the selected event was at…'), description: t('event {0}', panel.num.toLocaleString(vscode.env.language)) }] : []),
    ...(now === '' ? [] : [{ way: 'end', label: t('Not at all: times as in the file'), description: '' }]),
  ];
  const picked = await vscode.window.showQuickPick(ways, { title: t('Shift the Times That Are Shown'), placeHolder: t('Filters, statistics and exports stay about the times in the file') });
  if (!picked) return;
  const ask = (prompt: string, value: string): Thenable<string | undefined> => askText({ title: t('Shift the Times That Are Shown'), prompt, value });
  const utc = panel.list?.style.utc ?? false;
  switch (picked.way) {
    case 'end':
      await panel.document.request(method.notesShift, { by: '0', num: panel.num, at: '', utc });
      break;
    case 'by': {
      const by = await ask(t('An offset: +1:30:00, -2.5 for seconds, 90m, 250ms or 2d'), now);
      if (by?.trim()) await panel.document.request(method.notesShift, { by: by.trim(), num: panel.num, at: '', utc });
      break;
    }
    case 'at': {
      const at = await ask(t('When it was: 2026-01-31 08:10:06.5, or 08:10:06.5 for that time of its day'), '');
      if (at?.trim()) await panel.document.request(method.notesShift, { by: '', num: panel.num, at: at.trim(), utc });
      break;
    }
  }
}

const stem = (name: string): string => name.replace(/\.(gz|zst|lz4)$/, '').replace(/\.scap\d*$/, '');

/** saveCopy writes the capture, or what the filter leaves of it, with notes as comments on the events. */
async function saveCopy(panel: Panel): Promise<void> {
  const t = vscode.l10n.t, { document, list } = panel;
  const whole: Query = { view: 'events', internal: true };
  let query = whole;
  if (list?.query.filter) {
    const picked = await vscode.window.showQuickPick([
      { label: t('The whole capture'), description: '', query: whole }, { label: t('What the filter shows'), description: list.query.filter, query: list.query },
    ], { title: t('Save a Copy with Notes') });
    if (!picked) return;
    ({ query } = picked);
  }
  const to = await vscode.window.showSaveDialog({
    title: t('Save a Copy with Notes'), saveLabel: t('Save'), filters: { [t('Capture')]: ['scap'] },
    defaultUri: vscode.Uri.file(path.join(path.dirname(document.uri.fsPath), `${stem(document.name)}-${t('notes')}.scap`)),
  });
  if (!to) return;
  if (to.scheme !== 'file') throw new Error(t('Events can be written to local files only, not to {0}.', to.scheme));
  const r = await vscode.window.withProgress({
    location: vscode.ProgressLocation.Notification, cancellable: true, title: t('Exporting events to {0}', path.basename(to.fsPath)),
  }, (_, token) => document.request(method.export, { query, from: 0, to: 0, format: 'scap', path: to.fsPath, columns: [], time: '', notes: true }, token));
  const open = t('Open'), n = (v: number): string => v.toLocaleString(vscode.env.language);
  const picked = await vscode.window.showInformationMessage(t('{0} events with {1} notes: {2}', n(r.events), n(r.notes), path.basename(to.fsPath)), open);
  if (picked === open) await vscode.commands.executeCommand('vscode.openWith', to, viewType);
}

/** exportNotes writes what is noted to a file. */
async function exportNotes(panel: Panel): Promise<void> {
  const t = vscode.l10n.t, forms: (vscode.QuickPickItem & { format: NotesFormat; extension: string })[] = [
    { label: 'JSON', description: '.json', detail: t('To be taken in elsewhere, or given to scapls read --notes'), format: 'json', extension: 'json' },
    { label: 'Markdown', description: '.md', detail: t('To be read'), format: 'markdown', extension: 'md' },
    { label: 'CSV', description: '.csv', detail: t('A table'), format: 'csv', extension: 'csv' },
  ];
  const form = await vscode.window.showQuickPick(forms, { title: t('Export Notes') });
  if (!form) return;
  const to = await vscode.window.showSaveDialog({
    title: t('Export Notes'), saveLabel: t('Export'), filters: { [form.label]: [form.extension] },
    defaultUri: vscode.Uri.file(path.join(path.dirname(panel.document.uri.fsPath), `${stem(panel.document.name)}-${t('notes')}.${form.extension}`)),
  });
  if (!to) return;
  const r = await panel.document.request(method.notesExport, { format: form.format });
  await writeFile(to.fsPath, r.text);
  await vscode.window.showTextDocument(to);
}

/** importNotes takes notes in, also of another capture that holds the same events. */
async function importNotes(panel: Panel): Promise<void> {
  const t = vscode.l10n.t, n = (v: number): string => v.toLocaleString(vscode.env.language);
  const picked = await vscode.window.showOpenDialog({ title: t('Import Notes'), openLabel: t('Import'), filters: { JSON: ['json'] } });
  if (!picked?.[0]) return;
  const r = await panel.document.request(method.notesImport, { text: await readFile(picked[0].fsPath, 'utf8') });
  const more = [r.moved > 0 && t('{0} were found by their time.', n(r.moved)), r.absent > 0 && t('{0} are not in this capture.', n(r.absent))].filter(Boolean);
  void vscode.window.showInformationMessage([t('Notes on {0} events were taken in.', n(r.events)), ...more].join(' '));
}
