// The view in the side bar that explains the selected event.
import * as vscode from 'vscode';
import type { ExplainToHost, ExplainToView } from '../shared/explain';
import { method } from '../shared/wire.gen';
import type { Editors } from './editor';
import { page } from './page';
import { message } from './server';

const settle = 120; // ms without another selection before an event is explained

export class ExplainView implements vscode.WebviewViewProvider, vscode.Disposable {
  private view: vscode.WebviewView | undefined;
  private ready = false;
  /** what is shown: session and event */
  private shown = '';
  private timer: NodeJS.Timeout | undefined;
  private source: vscode.CancellationTokenSource | undefined;
  private readonly disposables: vscode.Disposable[];

  constructor(private readonly context: vscode.ExtensionContext, private readonly editors: Editors) {
    this.disposables = [vscode.window.registerWebviewViewProvider('scapls.explain', this), editors.onActive(() => this.update())];
  }

  resolveWebviewView(view: vscode.WebviewView): void {
    this.view = view;
    this.ready = false;
    view.webview.options = { enableScripts: true, localResourceRoots: [vscode.Uri.joinPath(this.context.extensionUri, 'dist')] };
    view.webview.onDidReceiveMessage((m: ExplainToHost) => {
      if (m.type === 'open' && m.link.startsWith('https://')) void vscode.env.openExternal(vscode.Uri.parse(m.link));
      if (m.type !== 'ready') return;
      this.ready = true;
      this.shown = '';
      this.update();
    });
    view.onDidChangeVisibility(() => {
      if (!view.visible) this.ready = false; // it is made anew when it is shown
    });
    view.onDidDispose(() => (this.view = undefined));
    view.webview.html = page(view.webview, this.context.extensionUri, 'explain');
  }

  dispose(): void {
    clearTimeout(this.timer);
    this.source?.cancel();
    for (const d of this.disposables) d.dispose();
  }

  private post(m: ExplainToView): void {
    void this.view?.webview.postMessage(m);
  }

  private update(): void {
    if (!this.view?.visible || !this.ready) return;
    const panel = this.editors.active, state = panel?.document.state, num = panel?.num ?? 0;
    const now = panel && state?.kind === 'open' && num > 0 ? `${state.open.session} ${num}` : 'nothing';
    if (now === this.shown) return;
    this.shown = now;
    clearTimeout(this.timer);
    this.source?.cancel();
    if (!panel || now === 'nothing') {
      this.post({ type: 'nothing', text: panel ? vscode.l10n.t('Select an event to see what it tells.') : vscode.l10n.t('Open a capture and select an event to see what it tells.') });
      return;
    }
    const { token } = (this.source = new vscode.CancellationTokenSource());
    this.timer = setTimeout(() => {
      panel.document.request(method.explain, { num, view: 'calls' }, token).then(
        r => {
          if (!token.isCancellationRequested) this.post({ type: 'event', title: vscode.l10n.t('Event {0}', num.toLocaleString(vscode.env.language)), sentence: r.sentence, markdown: r.markdown });
        },
        (error: unknown) => {
          if (token.isCancellationRequested) return;
          this.shown = '';
          this.post({ type: 'nothing', text: message(error) });
        });
    }, settle);
  }
}
