// One open capture: its session on the server, which is opened again when the server was started again.
import * as path from 'node:path';
import * as vscode from 'vscode';
import { method, type MethodName, type OpenResult, type ParamsOf, type Progress, type ResultOf } from '../shared/wire.gen';
import { message, ServerError, serverGone, type Server } from './server';

export type DocumentState =
  | { kind: 'opening' }
  | { kind: 'open'; open: OpenResult; again: boolean }
  | { kind: 'failed'; message: string; detail: string }
  | { kind: 'down'; message: string; restarting: boolean };

/** Methods that take a session, which the document adds. */
export type SessionMethod = { [M in MethodName]: ParamsOf<M> extends { session: string } ? M : never }[MethodName];

export class CaptureDocument implements vscode.CustomDocument {
  state: DocumentState = { kind: 'opening' };
  private opened = false;
  private attempt = 0;
  private disposed = false;
  private readonly stateEmitter = new vscode.EventEmitter<DocumentState>();
  private readonly progressEmitter = new vscode.EventEmitter<Progress>();
  private readonly disposables: vscode.Disposable[] = [];

  readonly onState = this.stateEmitter.event;
  readonly onProgress = this.progressEmitter.event;

  constructor(readonly uri: vscode.Uri, private readonly server: Server) {
    this.disposables.push(
      this.stateEmitter, this.progressEmitter,
      server.onUp(() => void this.open()),
      server.onDown(d => this.set({ kind: 'down', ...d })),
      server.onGrown(g => this.grown(g.session, g.progress)),
    );
  }

  get name(): string {
    return path.basename(this.uri.fsPath);
  }

  get progress(): Progress | undefined {
    return this.state.kind === 'open' ? this.state.open.progress : undefined;
  }

  /** open opens the capture on the server; the outcome is in the state. */
  async open(): Promise<void> {
    const attempt = ++this.attempt;
    if (this.uri.scheme !== 'file') {
      this.set({ kind: 'failed', message: vscode.l10n.t('Captures are read from the local file system, not from {0}.', this.uri.scheme), detail: '' });
      return;
    }
    this.set({ kind: 'opening' });
    try {
      const open = await this.server.request(method.open, { path: this.uri.fsPath });
      if (this.disposed || attempt !== this.attempt) {
        void this.server.request(method.close, { session: open.session }).catch(() => undefined);
        return;
      }
      this.set({ kind: 'open', open, again: this.opened });
      this.opened = true;
    } catch (error) {
      if (this.disposed || attempt !== this.attempt || serverGone(error)) return;
      const cause = (error as { data?: { cause?: string } }).data?.cause ?? '';
      this.set({ kind: 'failed', message: message(error), detail: cause });
    }
  }

  /** request asks the server about this capture. */
  async request<M extends SessionMethod>(m: M, params: Omit<ParamsOf<M>, 'session'>, token?: vscode.CancellationToken): Promise<ResultOf<M>> {
    if (this.state.kind !== 'open') throw new ServerError(vscode.l10n.t('The capture is not open.'));
    return this.server.request(m, { ...params, session: this.state.open.session } as unknown as ParamsOf<M>, token);
  }

  dispose(): void {
    this.disposed = true;
    if (this.state.kind === 'open') void this.server.request(method.close, { session: this.state.open.session }).catch(() => undefined);
    for (const d of this.disposables) d.dispose();
  }

  private set(state: DocumentState): void {
    this.state = state;
    this.stateEmitter.fire(state);
  }

  private grown(session: string, progress: Progress): void {
    if (this.state.kind !== 'open' || this.state.open.session !== session) return;
    const { open } = this.state;
    // A file that is still written to grows again after it was read to its end: its counts tell that, without a progress bar that comes and goes.
    open.progress = { ...progress, done: progress.done || open.progress.done, calls: progress.calls || open.progress.calls, diagnostics: progress.diagnostics ?? [] };
    this.progressEmitter.fire(this.state.open.progress);
  }
}
