// The custom editor: one panel per shown capture, and the traffic between its webview and the server.
import { createHash, randomBytes } from 'node:crypto';
import * as vscode from 'vscode';
import { viewMethods, type ColumnsState, type Layout, type ToHost, type ToView, type ViewMethod } from '../shared/messages';
import type { Column } from '../shared/wire.gen';
import { CaptureDocument, type DocumentState } from './document';
import { message, serverGone, type Server } from './server';
import { strings } from './strings';

export const viewType = 'scapls.capture';

/** Panel is one editor on a capture. */
export class Panel implements vscode.Disposable {
  /** number of the selected event, 0: none */
  num = 0;
  /** rows in the list */
  shown = 0;
  private ready = false;
  private readonly running = new Map<number, vscode.CancellationTokenSource>();
  private readonly disposables: vscode.Disposable[] = [];
  private readonly changeEmitter = new vscode.EventEmitter<void>();

  /** Fired when the selection, the number of rows or the state of the document changed. */
  readonly onChange = this.changeEmitter.event;

  constructor(
    readonly document: CaptureDocument, readonly webview: vscode.WebviewPanel, private readonly context: vscode.ExtensionContext,
  ) {
    this.disposables.push(
      this.changeEmitter,
      webview.webview.onDidReceiveMessage((m: ToHost) => void this.receive(m)),
      document.onState(s => this.state(s)),
      document.onProgress(progress => {
        this.post({ type: 'progress', progress });
        this.changeEmitter.fire();
      }),
    );
    webview.webview.options = { enableScripts: true, localResourceRoots: [vscode.Uri.joinPath(context.extensionUri, 'dist')] };
    webview.webview.html = this.html();
  }

  post(m: ToView): void {
    if (this.ready) void this.webview.webview.postMessage(m);
  }

  dispose(): void {
    for (const c of this.running.values()) c.cancel();
    for (const d of this.disposables) d.dispose();
  }

  private async receive(m: ToHost): Promise<void> {
    switch (m.type) {
      case 'ready':
        this.ready = true;
        this.post({ type: 'init', strings: strings(), locale: vscode.env.language, layout: this.context.globalState.get<Layout>('layout') });
        this.state(this.document.state);
        break;
      case 'request':
        await this.request(m.id, m.method, m.params);
        break;
      case 'cancel':
        this.running.get(m.id)?.cancel();
        break;
      case 'selected':
        this.num = m.num;
        this.changeEmitter.fire();
        break;
      case 'shown':
        this.shown = m.total;
        this.changeEmitter.fire();
        break;
      case 'columns':
        await this.context.globalState.update(this.columnsKey(), m.state);
        break;
      case 'layout':
        await this.context.globalState.update('layout', m.layout);
        break;
      case 'chooseColumns':
        await this.chooseColumns(m.visible);
        break;
      case 'copy':
        await vscode.env.clipboard.writeText(m.text);
        break;
      case 'command':
        await vscode.commands.executeCommand(m.command);
        break;
    }
  }

  private async request(id: number, method: ViewMethod, params: unknown): Promise<void> {
    if (!viewMethods.includes(method)) return;
    const source = new vscode.CancellationTokenSource();
    this.running.set(id, source);
    try {
      const result = await this.document.request(method, params as never, source.token);
      if (!source.token.isCancellationRequested) this.post({ type: 'reply', id, result });
    } catch (error) {
      // When the server ended, a message of its own says so, and what is seen is asked for again.
      this.post({ type: 'reply', id, error: message(error), cancelled: source.token.isCancellationRequested || serverGone(error) });
    } finally {
      this.running.delete(id);
      source.dispose();
    }
  }

  private state(s: DocumentState): void {
    switch (s.kind) {
      case 'opening':
        break;
      case 'open':
        this.post({ type: 'opened', open: s.open, again: s.again, columns: this.context.globalState.get<ColumnsState>(this.columnsKey()) });
        break;
      case 'failed':
        this.post({ type: 'failed', message: s.message, detail: s.detail });
        break;
      case 'down':
        this.post({ type: 'down', message: s.message, restarting: s.restarting });
        break;
    }
    this.changeEmitter.fire();
  }

  private columns(): Column[] {
    return this.document.state.kind === 'open' ? this.document.state.open.columns : [];
  }

  /** columnsKey is under which key the columns are kept: captures that have the same columns share them. */
  private columnsKey(): string {
    const ids = this.columns().map(c => c.id).sort().join('\n');
    return `columns.${createHash('sha256').update(ids).digest('hex').slice(0, 16)}`;
  }

  private async chooseColumns(visible: string[]): Promise<void> {
    const items = this.columns().map(c => ({ label: c.title, description: c.id, detail: c.tip, id: c.id, picked: visible.includes(c.id) }));
    const picked = await vscode.window.showQuickPick(items, {
      canPickMany: true, matchOnDescription: true, matchOnDetail: true,
      title: vscode.l10n.t('Columns of the Event List'), placeHolder: vscode.l10n.t('Choose the columns to show'),
    });
    if (picked && picked.length > 0) this.post({ type: 'setColumns', visible: picked.map(p => p.id) });
  }

  private html(): string {
    const { webview } = this.webview, nonce = randomBytes(16).toString('base64');
    const at = (file: string): string => webview.asWebviewUri(vscode.Uri.joinPath(this.context.extensionUri, 'dist', file)).toString();
    const csp = `default-src 'none'; style-src ${webview.cspSource}; font-src ${webview.cspSource}; script-src 'nonce-${nonce}'`;
    return `<!DOCTYPE html>
<html lang="${vscode.env.language}">
<head>
<meta charset="UTF-8">
<meta http-equiv="Content-Security-Policy" content="${csp}">
<meta name="viewport" content="width=device-width, initial-scale=1">
<link rel="stylesheet" href="${at('webview.css')}">
<title>scapls</title>
</head>
<body data-vscode-context='{"preventDefaultContextMenuItems":true}'>
<script nonce="${nonce}" src="${at('webview.js')}"></script>
</body>
</html>`;
  }
}

/** Editors opens captures and knows which of them the user looks at. */
export class Editors implements vscode.CustomReadonlyEditorProvider<CaptureDocument>, vscode.Disposable {
  /** the panel that was active last and still exists */
  active: Panel | undefined;
  private readonly panels = new Set<Panel>();
  private readonly activeEmitter = new vscode.EventEmitter<void>();

  /** Fired when another panel became active, or anything about the active one changed. */
  readonly onActive = this.activeEmitter.event;

  constructor(private readonly context: vscode.ExtensionContext, private readonly server: Server) {}

  openCustomDocument(uri: vscode.Uri): CaptureDocument {
    const document = new CaptureDocument(uri, this.server);
    void document.open();
    return document;
  }

  resolveCustomEditor(document: CaptureDocument, webview: vscode.WebviewPanel): void {
    const panel = new Panel(document, webview, this.context);
    this.panels.add(panel);
    const activate = (): void => {
      if (!webview.active || this.active === panel) return;
      this.active = panel;
      this.activeEmitter.fire();
    };
    panel.onChange(() => {
      if (this.active === panel) this.activeEmitter.fire();
    });
    webview.onDidChangeViewState(activate);
    webview.onDidDispose(() => {
      panel.dispose();
      this.panels.delete(panel);
      if (this.active !== panel) return;
      this.active = [...this.panels].find(p => p.webview.visible);
      this.activeEmitter.fire();
    });
    activate();
  }

  dispose(): void {
    this.activeEmitter.dispose();
  }
}
