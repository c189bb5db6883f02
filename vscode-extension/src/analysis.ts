// The analysis of a capture: statistics, graphs, timeline, streams and explanations in a panel beside its list. It follows the filter and the selection.
import * as path from 'node:path';
import * as vscode from 'vscode';
import { analysisMethods, tabs, type AnalysisMethod, type AnalysisToHost, type AnalysisToView, type Subject, type Tab } from '../shared/analysis';
import { method, type Query, type StatsForm, type StreamForm } from '../shared/wire.gen';
import { analysisStrings } from './analysisStrings';
import type { CaptureDocument } from './document';
import type { Editors, Panel } from './editor';
import { joined } from './joined';
import { page } from './page';
import { message, serverGone, type Server } from './server';

/** Analysis is the panel of one capture. */
class Analysis implements vscode.Disposable {
  private ready = false;
  private subject: Subject = { query: { view: 'calls', internal: false }, num: 0, events: 0, done: false };
  private readonly running = new Map<number, vscode.CancellationTokenSource>();
  private readonly disposables: vscode.Disposable[] = [];

  constructor(
    readonly panel: vscode.WebviewPanel, private readonly document: CaptureDocument, private readonly editors: Editors, private readonly server: Server,
    context: vscode.ExtensionContext, private tab: Tab,
  ) {
    this.disposables.push(
      panel.webview.onDidReceiveMessage((m: AnalysisToHost) => void this.receive(m)),
      document.onProgress(() => this.update()), document.onState(() => this.update()), editors.onActive(() => this.update()),
    );
    panel.webview.options = { enableScripts: true, localResourceRoots: [vscode.Uri.joinPath(context.extensionUri, 'dist')] };
    panel.iconPath = vscode.Uri.joinPath(context.extensionUri, 'media', 'activity.svg');
    panel.webview.html = page(panel.webview, context.extensionUri, 'analysis');
    this.update();
  }

  show(tab: Tab, beside: boolean): void {
    this.tab = tab;
    this.post({ type: 'tab', tab });
    this.panel.reveal(undefined, beside);
  }

  dispose(): void {
    for (const c of this.running.values()) c.cancel();
    for (const d of this.disposables) d.dispose();
  }

  /** editor is the list of this capture that was looked at last. */
  private editor(): Panel | undefined {
    return this.editors.of(this.document);
  }

  private update(): void {
    const editor = this.editor(), progress = this.document.progress, { state } = this.document;
    const next: Subject = {
      query: unsorted(editor?.list?.query ?? this.subject.query), num: editor?.num ?? this.subject.num, events: progress?.events ?? 0, done: progress?.done ?? false,
    };
    if (state.kind !== 'open' || JSON.stringify(next) === JSON.stringify(this.subject)) return;
    this.subject = next;
    this.post({ type: 'subject', subject: next });
  }

  private post(m: AnalysisToView): void {
    if (this.ready) void this.panel.webview.postMessage(m);
  }

  private async receive(m: AnalysisToHost): Promise<void> {
    switch (m.type) {
      case 'ready':
        this.ready = true;
        this.post({ type: 'init', strings: analysisStrings(), locale: vscode.env.language, tab: this.tab, subject: this.subject });
        break;
      case 'request': return this.request(m.id, m.method, m.params);
      case 'cancel': this.running.get(m.id)?.cancel(); break;
      case 'select': this.editor()?.post({ type: 'goto', to: `#${m.num}` }); break;
      case 'filter': return this.filter(m.text, m.and);
      case 'copy': await vscode.env.clipboard.writeText(m.text); break;
      case 'open': await vscode.env.openExternal(vscode.Uri.parse(m.link)); break;
      case 'save': return this.save(m.name, Buffer.from(m.data, m.base64 ? 'base64' : 'utf8'));
      case 'saveTable': return this.saveTable(m.params, m.form);
      case 'saveStream': return this.saveStream(m.num, m.form);
    }
  }

  /** filter applies a filter to the list, besides the one that is there if wanted: else more would be listed than was counted. */
  private async filter(text: string, and: boolean): Promise<void> {
    const editor = this.editor(), list = editor?.list;
    if (!editor) return;
    editor.reveal();
    const base = and ? list?.query.filter?.trim() ?? '' : '', read = list?.text.trim() === base ? list.read : '';
    try {
      const r = await joined({ text: base, language: list?.query.language || read }, text, (of, language, to) => this.server.request(method.filterTranslate, { text: of, language, to }));
      if ('text' in r) editor.post({ type: 'setFilter', text: r.text, language: r.language, apply: true });
      else void vscode.window.showWarningMessage(vscode.l10n.t('The filter of the list cannot be joined with {0}. {1}', text, r.problems.join(' ')));
    } catch (error) {
      void vscode.window.showErrorMessage(message(error));
    }
  }

  private async request(id: number, asked: AnalysisMethod, params: unknown): Promise<void> {
    if (!analysisMethods.includes(asked)) return;
    const source = new vscode.CancellationTokenSource();
    this.running.set(id, source);
    try {
      const result = await this.document.request(asked as never, params as never, source.token);
      if (!source.token.isCancellationRequested) this.post({ type: 'reply', id, result });
    } catch (error) {
      this.post({ type: 'reply', id, error: message(error), cancelled: source.token.isCancellationRequested || serverGone(error) });
    } finally {
      this.running.delete(id);
      source.dispose();
    }
  }

  private async target(name: string): Promise<vscode.Uri | undefined> {
    const folder = vscode.Uri.joinPath(this.document.uri, '..');
    return vscode.window.showSaveDialog({ defaultUri: vscode.Uri.joinPath(folder, name) });
  }

  private async save(name: string, data: Uint8Array): Promise<void> {
    const to = await this.target(`${path.parse(this.document.name).name}-${name}`);
    if (!to) return;
    try {
      await vscode.workspace.fs.writeFile(to, data);
    } catch (error) {
      void vscode.window.showErrorMessage(message(error));
    }
  }

  private async saveTable(params: Extract<AnalysisToHost, { type: 'saveTable' }>['params'], form: StatsForm): Promise<void> {
    const to = await this.target(`${path.parse(this.document.name).name}-${params.table}.${form === 'text' ? 'txt' : form}`);
    if (!to) return;
    try {
      await this.document.request(method.statsSave, { ...params, form, path: to.fsPath });
      void vscode.window.showInformationMessage(vscode.l10n.t('The table was written to {0}.', path.basename(to.fsPath)));
    } catch (error) {
      void vscode.window.showErrorMessage(message(error));
    }
  }

  private async saveStream(num: number, form: StreamForm): Promise<void> {
    const to = await this.target(`stream-${num}${form === 'pcapng' ? '.pcapng' : '.bin'}`);
    if (!to) return;
    try {
      const r = await this.document.request(method.streamSave, { num, form, path: to.fsPath });
      const said = vscode.l10n.t('{0} bytes written to {1}.', Number(r.bytes).toLocaleString(vscode.env.language), path.basename(to.fsPath));
      void vscode.window.showInformationMessage(r.note === '' ? said : `${said} ${r.note[0]?.toUpperCase() ?? ''}${r.note.slice(1)}.`);
    } catch (error) {
      void vscode.window.showErrorMessage(message(error));
    }
  }
}

/** Analyses opens and keeps the panels: one for each capture. */
export class Analyses implements vscode.Disposable {
  private readonly open = new Map<CaptureDocument, Analysis>();
  private readonly disposables: vscode.Disposable[];

  constructor(private readonly context: vscode.ExtensionContext, private readonly editors: Editors, private readonly server: Server) {
    this.disposables = [
      ...tabs.map(tab => vscode.commands.registerCommand(`scapls.analysis.${tab}`, (beside?: unknown) => this.show(tab, beside === true))),
      vscode.commands.registerCommand('scapls.report', () => this.report()),
    ];
  }

  dispose(): void {
    for (const a of this.open.values()) a.dispose();
    for (const d of this.disposables) d.dispose();
  }

  /** show shows a tab; beside leaves the focus where it is. */
  private show(tab: Tab, beside: boolean): void {
    const editor = this.editors.active;
    if (!editor) return;
    const { document } = editor, there = this.open.get(document);
    if (there) {
      there.show(tab, beside);
      return;
    }
    const panel = vscode.window.createWebviewPanel('scapls.analysis', vscode.l10n.t('Analysis of {0}', document.name), { viewColumn: vscode.ViewColumn.Beside, preserveFocus: beside }, { retainContextWhenHidden: true });
    const analysis = new Analysis(panel, document, this.editors, this.server, this.context, tab);
    this.open.set(document, analysis);
    panel.onDidDispose(() => {
      analysis.dispose();
      this.open.delete(document);
    });
  }

  private async report(): Promise<void> {
    const editor = this.editors.active;
    if (!editor) return;
    const { document } = editor, folder = vscode.Uri.joinPath(document.uri, '..');
    const to = await vscode.window.showSaveDialog({ title: vscode.l10n.t('Capture Report'), defaultUri: vscode.Uri.joinPath(folder, `${path.parse(document.name).name}.html`) });
    if (!to) return;
    const query = editor.list?.query ?? { view: 'calls' as const, internal: false };
    await vscode.window.withProgress({ location: vscode.ProgressLocation.Notification, title: vscode.l10n.t('Writing the report …'), cancellable: true }, async (_, token) => {
      try {
        await document.request(method.report, { query, path: to.fsPath }, token);
      } catch (error) {
        if (!token.isCancellationRequested) void vscode.window.showErrorMessage(message(error));
        return;
      }
      const look = vscode.l10n.t('Open');
      void vscode.window.showInformationMessage(vscode.l10n.t('The report was written to {0}.', path.basename(to.fsPath)), look).then(c => {
        if (c === look) void vscode.env.openExternal(to);
      });
    });
  }
}

/** unsorted is a query of the same rows: no analysis depends on their order. */
function unsorted(q: Query): Query {
  const { sort: _, ...rest } = q;
  return rest;
}
