// One capture that runs: the program, what it says, and how it is ended.
import { spawn, type ChildProcessWithoutNullStreams } from 'node:child_process';
import { stat } from 'node:fs/promises';
import * as vscode from 'vscode';
import type { CaptureOptions, LiveState } from '../shared/capture';
import { args, bytes, Lines, parse, password, stop, type Status } from './captureLine';
import { message } from './server';

/** What a capture needs of its surroundings. */
export interface Surroundings {
  binary: string;
  /** where commands run */
  folder: string | undefined;
  ssh: { program: string; options: readonly string[] };
  output: vscode.LogOutputChannel;
}

/** How long a capture may take to end before it is killed. */
const patience = 15_000;

export class Run implements vscode.Disposable {
  state: LiveState['state'] | 'kept' = 'starting';
  /** the last line of status */
  status: Status | undefined;
  /** why it did not begin or broke off */
  failure: Status | undefined;
  /** bytes of the file */
  size = 0;
  private child: ChildProcessWithoutNullStreams | undefined;
  private said: string[] = [];
  /** ms since the epoch, and a little before, because clocks of file systems are coarse */
  private readonly begun = Date.now() - 1000;
  private stopping = false;
  private timer: NodeJS.Timeout | undefined;
  private finish: () => void = () => undefined;
  /** Resolves when the program has ended. */
  readonly over = new Promise<void>(resolve => (this.finish = resolve));
  private readonly changeEmitter = new vscode.EventEmitter<void>();
  readonly onChange = this.changeEmitter.event;

  constructor(readonly options: CaptureOptions, readonly file: string, readonly temporary: boolean) {}

  get uri(): vscode.Uri {
    return vscode.Uri.file(this.file);
  }

  /** where is the machine, in words. */
  get where(): string {
    return this.options.target || vscode.l10n.t('This machine');
  }

  get running(): boolean {
    return this.state === 'starting' || this.state === 'running' || this.state === 'stopping';
  }

  /** start runs the program as it is, and by sudo where that is not allowed; it returns when the capture is over. */
  async start(s: Surroundings): Promise<void> {
    const list = args(this.options, this.file, s.ssh);
    await this.run(s.binary, list, s);
    const refused = this.failure;
    if (!this.stopping && refused?.kind === 'no-rights' && refused.sudo !== '') {
      this.failure = undefined;
      this.set('starting');
      // What sudo itself says ("a password is required") is nothing the user can act on: then the first refusal stands.
      if (!(await this.run('sudo', ['-n', s.binary, ...list], s))) {
        this.failure = refused;
        this.set('error');
      }
    }
    this.finish();
  }

  /** stop ends the capture; what the kernel has recorded so far is still written. */
  stop(): void {
    if (!this.running || this.stopping) return;
    this.stopping = true;
    this.set('stopping');
    this.child?.stdin.write(stop);
    this.timer = setTimeout(() => this.child?.kill('SIGKILL'), patience);
  }

  /** answer gives the password that was asked for; undefined gives up. It goes to the program's standard input and nowhere else. */
  answer(word: string | undefined): void {
    this.child?.stdin.write(password(word ?? ''));
  }

  /** dispose ends the capture without waiting: the end of its standard input tells it to. */
  dispose(): void {
    this.child?.stdin.end();
    this.changeEmitter.dispose();
  }

  /** live is what the editor shows of it. */
  live(): LiveState {
    const s = this.status, f = this.failure;
    return {
      state: this.state === 'kept' ? 'ended' : this.state, where: this.where, said: this.inWords(), eventsPerSecond: this.state === 'running' ? (s?.rate ?? 0) : 0, drops: s ? s.drops : 0,
      dropsTip: Object.entries(s?.reasons ?? {}).map(([why, n]) => `${why}: ${n.toLocaleString(vscode.env.language)}`).join('\n'),
      size: this.size, temporary: this.temporary, again: !this.running && f?.kind !== 'filter' && this.state !== 'kept',
    };
  }

  /** inWords is what happens or happened; "" while it just runs. */
  inWords(): string {
    const s = this.status, t = vscode.l10n.t;
    switch (this.state) {
      case 'stopping': return t('Stopping…');
      case 'error': return this.failure?.error ?? t('The capture failed.');
      case 'kept': return t('From an earlier window');
      case 'ended': return s?.reason === 'duration' ? t('Ended: the time was over') : s?.reason === 'count' ? t('Ended: enough events') : s?.reason === 'command' ? t('Ended with its command') : t('Ended');
      case 'running': return (s?.silent ?? 0) > 2 ? t('Nothing heard for {0} s', Math.round(s?.silent ?? 0)) : (s?.ends ?? 0) > 0 ? t('Ends by itself after {0} h', Math.round((s?.ends ?? 0) / 3600)) : '';
    }
    switch (s?.state) {
      case 'connecting': return t('Connecting…');
      case 'checking': return t('Looking for an agent…');
      case 'uploading': return t('Uploading the agent: {0} of {1}', bytes(s.sent, vscode.env.language), bytes(s.total, vscode.env.language));
      case 'password': return t('Waiting for the password…');
      default: return t('Starting…');
    }
  }

  private set(state: Run['state']): void {
    this.state = state;
    this.changeEmitter.fire();
  }

  /** run runs a program to its end, and tells whether it was a capture that spoke. */
  private async run(program: string, list: string[], s: Surroundings): Promise<boolean> {
    this.status = undefined;
    this.said = [];
    s.output.info(`capture: ${program} ${list.join(' ')}`);
    const child = (this.child = spawn(program, list, { cwd: s.folder, stdio: 'pipe', windowsHide: true }));
    const status = new Lines(l => this.line(l, s.output)), printed = new Lines(l => s.output.info(`${this.where}: ${l}`));
    child.stderr.setEncoding('utf8').on('data', (d: string) => status.push(d));
    child.stdout.setEncoding('utf8').on('data', (d: string) => printed.push(d));
    child.stdin.on('error', () => undefined); // it ended before it read
    const failed = await new Promise<Error | undefined>(resolve => child.on('error', resolve).on('close', () => resolve(undefined)));
    status.end();
    printed.end();
    clearTimeout(this.timer);
    this.child = undefined;
    await this.measure();
    const spoke = (this.status as Status | undefined) !== undefined;
    this.ended(failed, child.exitCode);
    return spoke;
  }

  private ended(failed: Error | undefined, code: number | null): void {
    const last = this.status, text = failed ? message(failed) : this.said.join('\n').trim();
    if (last?.state === 'error' || last?.error) this.failure = last;
    else if (last?.state !== 'ended' && !(this.stopping && last === undefined)) {
      this.failure = { ...(parse('{"state":"error"}') as Status), kind: 'broken', error: text || vscode.l10n.t('The capture ended unexpectedly (exit status {0}).', String(code ?? '?')) };
    }
    this.set(this.failure ? 'error' : 'ended');
  }

  private line(text: string, output: vscode.LogOutputChannel): void {
    const s = parse(text);
    if (!s) {
      if (text !== '') output.warn(`${this.where}: ${text}`);
      this.said = [...this.said.slice(-19), text];
      return;
    }
    this.status = s;
    if (s.state === 'running' && !this.stopping) this.state = 'running';
    void this.measure();
    this.changeEmitter.fire();
  }

  /** measure looks how large the file is. What was there before the capture does not count. */
  async measure(): Promise<void> {
    const before = this.size;
    this.size = await stat(this.file).then(st => (st.mtimeMs >= this.begun ? st.size : this.size), () => this.size);
    if (this.size !== before) this.changeEmitter.fire();
  }
}
