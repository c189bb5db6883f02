// One open capture: its session on the server, which is opened again when the server was started again.
import { stat } from 'node:fs/promises';
import * as path from 'node:path';
import * as vscode from 'vscode';
import type { LiveState } from '../shared/capture';
import { method, type ColoredParams, type FilteredParams, type Member, type MethodName, type OpenResult, type ParamsOf, type Progress, type ResultOf, type SortingParams } from '../shared/wire.gen';
import { Growth } from './growth';
import { message, ServerError, serverGone, type Server } from './server';
import { pathsOf, type Clocks } from './togetherUri';

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
  private readonly filteredEmitter = new vscode.EventEmitter<FilteredParams>();
  private readonly coloredEmitter = new vscode.EventEmitter<ColoredParams>();
  private readonly sortingEmitter = new vscode.EventEmitter<SortingParams>();
  private readonly liveEmitter = new vscode.EventEmitter<LiveState | undefined>();
  private readonly disposables: vscode.Disposable[] = [];
  private capture: LiveState | undefined;
  private growth: Growth | undefined;
  private growthTimer: NodeJS.Timeout | undefined;
  private size = 0;

  private readonly membersEmitter = new vscode.EventEmitter<Member[]>();
  private readonly disposeEmitter = new vscode.EventEmitter<void>();

  readonly onDispose = this.disposeEmitter.event;
  /** Fired when there is something else to say of how the file grows. */
  readonly onLive = this.liveEmitter.event;
  /** Fired when the clocks of captures that are open together were corrected. */
  readonly onMembers = this.membersEmitter.event;
  readonly onState = this.stateEmitter.event;
  readonly onProgress = this.progressEmitter.event;
  readonly onFiltered = this.filteredEmitter.event;
  readonly onSorting = this.sortingEmitter.event;
  /** Fired when colour rules have been asked of more events. */
  readonly onColored = this.coloredEmitter.event;

  constructor(readonly uri: vscode.Uri, private readonly server: Server, private readonly clocks: Clocks) {
    this.disposables.push(
      this.membersEmitter, this.stateEmitter, this.progressEmitter, this.filteredEmitter, this.coloredEmitter, this.sortingEmitter, this.liveEmitter,
      server.onUp(() => void this.open()),
      server.onDown(d => this.set({ kind: 'down', ...d })),
      server.onGrown(g => this.grown(g.session, g.progress)),
      server.onSorting(p => {
        if (this.state.kind === 'open' && this.state.open.session === p.session) this.sortingEmitter.fire(p);
      }),
      server.onFiltered(f => {
        if (this.state.kind === 'open' && this.state.open.session === f.session) this.filteredEmitter.fire(f);
      }),
      server.onColored(c => {
        if (this.state.kind === 'open' && this.state.open.session === c.session) this.coloredEmitter.fire(c);
      }),
    );
  }

  get name(): string {
    return path.basename(pathsOf(this.uri) ? this.uri.path : this.uri.fsPath);
  }

  /** files is the captures that are shown, mostly one. */
  get files(): string[] {
    return pathsOf(this.uri) ?? [this.uri.fsPath];
  }

  /** setMembers takes in that clocks were corrected: all lists are in another order. */
  setMembers(members: Member[]): void {
    if (this.state.kind !== 'open') return;
    this.state.open.members = members;
    this.membersEmitter.fire(members);
  }

  get progress(): Progress | undefined {
    return this.state.kind === 'open' ? this.state.open.progress : undefined;
  }

  /** live is how the capture goes that is written to the file, or how fast it grows; undefined if neither is known of. */
  get live(): LiveState | undefined {
    if (this.capture || !this.growth) return this.capture;
    return {
      state: 'grows', where: this.name, said: '', eventsPerSecond: this.growth.rate(Date.now()), drops: 0, dropsTip: '', size: this.size, temporary: false, again: false,
    };
  }

  /** setCapture says how a capture of this window goes that is written to the file. */
  setCapture(live: LiveState | undefined): void {
    if (JSON.stringify(live) === JSON.stringify(this.capture)) return;
    this.capture = live;
    this.liveEmitter.fire(this.live);
  }

  /** open opens the capture on the server; the outcome is in the state. */
  async open(): Promise<void> {
    const attempt = ++this.attempt;
    const paths = pathsOf(this.uri);
    if (this.uri.scheme !== 'file' && !paths) {
      this.set({ kind: 'failed', message: vscode.l10n.t('Captures are read from the local file system, not from {0}.', this.uri.scheme), detail: '' });
      return;
    }
    this.set({ kind: 'opening' });
    try {
      const open = await this.server.request(method.open, paths ? { path: '', paths, shifts: paths.map(p => this.clocks.of(p)) } : { path: this.uri.fsPath });
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
    clearInterval(this.growthTimer);
    this.disposeEmitter.fire();
    this.disposeEmitter.dispose();
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
    if (open.progress.done && progress.events > open.progress.events) this.grows(progress.events);
    // A file that is still written to grows again after it was read to its end: its counts tell that, without a progress bar that comes and goes.
    open.progress = { ...progress, done: progress.done || open.progress.done, calls: progress.calls || open.progress.calls, diagnostics: progress.diagnostics ?? [] };
    this.progressEmitter.fire(this.state.open.progress);
  }

  private grows(events: number): void {
    this.growth ??= new Growth();
    this.growth.note(events, Date.now());
    this.growthTimer ??= setInterval(() => void this.measure(), 1000);
  }

  private async measure(): Promise<void> {
    const sizes = await Promise.all(this.files.map(f => stat(f).then(s => s.size, () => 0)));
    this.size = sizes.reduce((a, b) => a + b, 0);
    if (!this.disposed && !this.capture) this.liveEmitter.fire(this.live);
    if (this.growth?.rate(Date.now()) !== 0) return;
    clearInterval(this.growthTimer);
    this.growthTimer = undefined;
  }
}
