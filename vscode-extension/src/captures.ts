// All captures of this window: starting them, what commands do with them, and the places where one sees how they go.
import { copyFile, mkdir, readdir, rename, rm, stat, constants } from 'node:fs/promises';
import * as path from 'node:path';
import * as vscode from 'vscode';
import { defaultOptions, type CaptureOptions, type LiveAction, type LiveState } from '../shared/capture';
import { askText } from './askText';
import { bytes, fileName } from './captureLine';
import { Form } from './captureForm';
import { Run } from './captureRun';
import type { CaptureSettings } from './captureSettings';
import { viewType, type Editors } from './editor';
import { message, type Server } from './server';
import { offerSudoers } from './sudoers';
import { pathsOf } from './togetherUri';

export class Captures implements vscode.Disposable {
  runs: Run[] = [];
  private readonly folder: string;
  private readonly item = vscode.window.createStatusBarItem('scapls.captures', vscode.StatusBarAlignment.Right, 101);
  private readonly changeEmitter = new vscode.EventEmitter<void>();
  private readonly disposables: vscode.Disposable[];
  private form: Form | undefined;
  /** Fired when a capture began, went on or is gone. */
  readonly onChange = this.changeEmitter.event;

  constructor(private readonly context: vscode.ExtensionContext, private readonly server: Server, private readonly editors: Editors, readonly settings: CaptureSettings) {
    this.folder = path.join(context.globalStorageUri.fsPath, 'captures');
    this.item.name = vscode.l10n.t('scapls captures');
    const command = (id: string, run: (of?: unknown) => unknown): vscode.Disposable => vscode.commands.registerCommand(id, run);
    const action = (a: LiveAction): vscode.Disposable => command(`scapls.capture.${a}`, of => this.act(a, of instanceof Run ? of : this.active()));
    this.disposables = [
      this.item, this.changeEmitter, editors.onDocument(() => this.tell()), editors.onLive(({ document, action: a }) => {
        for (const r of pathsOf(document.uri) ? this.runs.filter(o => o.running && document.files.includes(o.file)) : [this.of(document.uri)]) void this.act(a, r);
      }),
      command('scapls.capture.start', of => this.show({ target: '', ...(of as Partial<CaptureOptions> | undefined) })),
      command('scapls.capture.remote', of => this.pickRemote(typeof of === 'string' ? of : undefined)),
      command('scapls.capture.menu', () => this.menu()),
      command('scapls.capture.sudoers', of => this.allow(of instanceof Run ? of.options.target : '')),
      action('stop'), action('save'), action('discard'), action('again'),
    ];
    this.changed();
    void this.leftOver();
  }

  dispose(): void {
    this.form?.dispose();
    for (const r of this.runs) r.dispose();
    for (const d of this.disposables) d.dispose();
  }

  /** of is the capture that goes, or went, into a file. */
  of(uri: vscode.Uri): Run | undefined {
    return this.runs.find(r => r.file === uri.fsPath);
  }

  /** start begins a capture and shows it when it has something to show. */
  async start(options: CaptureOptions): Promise<void> {
    let binary: string, file = options.file;
    try {
      binary = await this.server.binary();
      if (file === '') {
        await mkdir(this.folder, { recursive: true, mode: 0o700 });
        file = path.join(this.folder, fileName(options.target, new Date()));
      }
    } catch (error) {
      void vscode.window.showErrorMessage(message(error));
      return;
    }
    if (this.runs.some(r => r.running && r.file === file)) {
      void vscode.window.showErrorMessage(vscode.l10n.t('Another capture writes to {0}.', file));
      return;
    }
    const run = new Run(options, file, options.file === ''), ssh = vscode.workspace.getConfiguration('scapls');
    this.runs = [...this.runs.filter(r => r.file !== file), run];
    run.onChange(() => this.changed());
    this.changed();
    void this.settings.used(options);
    const over = run.start({
      binary, folder: vscode.workspace.workspaceFolders?.[0]?.uri.fsPath, output: this.server.output,
      ssh: { program: ssh.get<string>('ssh.program', ''), options: ssh.get<string[]>('ssh.options', []) },
    });
    void this.passwords(run);
    await vscode.window.withProgress({ location: vscode.ProgressLocation.Notification, title: run.where, cancellable: true }, (progress, token) => {
      token.onCancellationRequested(() => run.stop());
      return new Promise<void>(resolve => {
        const look = (): void => {
          progress.report({ message: run.inWords() });
          if (run.state !== 'starting') resolve();
        };
        run.onChange(look);
        look();
      });
    });
    void this.openWhenThere(run);
    await over;
    if (run.failure) await this.failed(run);
  }

  /** openWhenThere shows the capture as soon as its first block is written. */
  private async openWhenThere(run: Run): Promise<void> {
    while (run.state !== 'error') {
      if (run.size > 0) return this.open(run.uri);
      await run.measure();
      if (!run.running && run.size === 0) return;
      await new Promise(resolve => setTimeout(resolve, 50));
    }
  }

  private async open(uri: vscode.Uri): Promise<void> {
    await vscode.commands.executeCommand('vscode.openWith', uri, viewType, { preview: false });
  }

  /** passwords asks the user when the far side wants to know one. */
  private async passwords(run: Run): Promise<void> {
    let asked = 0;
    run.onChange(() => {
      const s = run.status;
      if (s?.state !== 'password' || s.attempt <= asked || run.state !== 'starting') return;
      asked = Math.max(s.attempt, asked + 1);
      const title = vscode.l10n.t('Password of {0} on {1}, for sudo', s.user, s.host || run.where);
      void askText({
        title, password: true, prompt: s.attempt > 1 ? vscode.l10n.t('That was wrong. Try again, or press Escape to give up.')
          : vscode.l10n.t('It goes to sudo there, and is kept nowhere.'),
      }).then(word => run.answer(word));
    });
  }

  /** failed says why a capture did not begin or broke off, and what can be done about it. */
  private async failed(run: Run): Promise<void> {
    const f = run.failure, t = vscode.l10n.t;
    if (!f) return;
    const began = run.size > 0, copy = t('Copy Command'), terminal = t('Run in Terminal'), setcap = t('Copy setcap Command'), retry = t('Try Again'), change = t('Change Options…'), sudoers = t('Without a Password…');
    const rights = f.sudo !== '', buttons = rights ? [copy, terminal, setcap] : f.kind === 'filter' ? [change] : [retry, change];
    if (run.options.target !== '' && (f.kind === 'no-rights' || f.kind === 'password')) buttons.unshift(sudoers);
    const detail = [f.fix, f.detail].filter(Boolean).join('\n\n');
    const title = began ? t('{0}: the capture broke off. What arrived is kept. {1}', run.where, f.error) : t('{0}: {1}', run.where, f.error);
    const chosen = await vscode.window.showErrorMessage(title, { modal: true, detail }, ...buttons);
    switch (chosen) {
      case copy: await vscode.env.clipboard.writeText(f.sudo); break;
      case setcap: await vscode.env.clipboard.writeText(f.setcap); break;
      case retry: await this.act('again', run); break;
      case change: this.show(run.options); break;
      case sudoers:
        await offerSudoers(this.server, run.options.target);
        await this.failed(run); // the line is pasted, or not: both can be tried
        return;
      case terminal: {
        const shell = vscode.window.createTerminal({ name: 'scapls capture' });
        shell.show();
        shell.sendText(f.sudo);
        this.forget(run);
        void this.openLater(run.uri);
      }
    }
    if (!began && chosen !== retry) this.forget(run);
  }

  /** openLater opens a file that a terminal writes, when it is there. */
  private async openLater(uri: vscode.Uri): Promise<void> {
    const begun = Date.now();
    for (let i = 0; i < 3000; i++) {
      if (await stat(uri.fsPath).then(s => s.size > 0 && s.mtimeMs >= begun - 1000, () => false)) return this.open(uri);
      await new Promise(resolve => setTimeout(resolve, 100));
    }
  }

  /** act does what a button, a menu or a command asks for. */
  private async act(action: LiveAction, run: Run | undefined): Promise<void> {
    if (!run) return;
    try {
      switch (action) {
        case 'stop': run.stop(); break;
        case 'again': await this.start(run.temporary ? { ...run.options, file: '' } : run.options); break;
        case 'save': await this.save(run); break;
        case 'discard': await this.discard(run); break;
      }
    } catch (error) {
      void vscode.window.showErrorMessage(message(error));
    }
  }

  private async save(run: Run): Promise<void> {
    const folder = vscode.workspace.workspaceFolders?.[0]?.uri ?? vscode.Uri.file(path.dirname(run.file));
    const to = await vscode.window.showSaveDialog({
      title: run.running ? vscode.l10n.t('Stop and Save Capture') : vscode.l10n.t('Save Capture'), defaultUri: vscode.Uri.joinPath(folder, path.basename(run.file)),
      filters: { [vscode.l10n.t('Captures')]: ['scap'] },
    });
    if (!to || to.fsPath === run.file) return;
    if (run.running) {
      run.stop();
      await run.over;
    }
    if (!run.temporary) {
      await copyFile(run.file, to.fsPath, constants.COPYFILE_FICLONE);
      await this.open(to);
      return;
    }
    await this.close(run.uri);
    await rename(run.file, to.fsPath).catch(async () => { // another file system
      await copyFile(run.file, to.fsPath);
      await rm(run.file, { force: true });
    });
    this.forget(run);
    await this.open(to);
  }

  private async discard(run: Run): Promise<void> {
    const yes = vscode.l10n.t('Discard');
    const sure = await vscode.window.showWarningMessage(vscode.l10n.t('Discard the capture {0}?', path.basename(run.file)), { modal: true, detail: vscode.l10n.t('Its file is deleted.') }, yes);
    if (sure !== yes) return;
    if (run.running) {
      run.stop();
      await run.over;
    }
    await this.close(run.uri);
    await rm(run.file, { force: true });
    this.forget(run);
  }

  /** close closes the editors of a file. */
  private async close(uri: vscode.Uri): Promise<void> {
    const tabs = vscode.window.tabGroups.all.flatMap(g => g.tabs).filter(t => t.input instanceof vscode.TabInputCustom && t.input.uri.fsPath === uri.fsPath);
    await vscode.window.tabGroups.close(tabs, true);
  }

  private forget(run: Run): void {
    this.runs = this.runs.filter(r => r !== run);
    run.dispose();
    this.changed();
  }

  /** leftOver lists what earlier windows captured and nobody saved or discarded. */
  private async leftOver(): Promise<void> {
    for (const name of (await readdir(this.folder).catch(() => [])).filter(n => n.endsWith('.scap')).sort()) {
      const file = path.join(this.folder, name), run = new Run(defaultOptions, file, true);
      if (this.runs.some(r => r.file === file)) continue;
      run.state = 'kept';
      run.size = await stat(file).then(s => s.size, () => 0);
      this.runs.push(run);
    }
    this.changed();
  }

  private active(): Run | undefined {
    const panel = this.editors.active, there = panel && this.of(panel.document.uri);
    return there ?? (this.runs.length === 1 ? this.runs[0] : undefined);
  }

  private changed(): void {
    this.tell();
    this.status();
    this.changeEmitter.fire();
  }

  /** tell tells each editor how its capture goes. */
  private tell(): void {
    for (const d of this.editors.documents) d.setCapture(pathsOf(d.uri) ? all(this.runs.filter(r => d.files.includes(r.file)), d.files.length) : this.of(d.uri)?.live());
  }

  private status(): void {
    const running = this.runs.filter(r => r.running), n = (v: number): string => Math.round(v).toLocaleString(vscode.env.language);
    const sum = (of: (r: Run) => number): number => running.reduce((a, r) => a + of(r), 0), drops = sum(r => r.live().drops ?? 0);
    const begun = running.length > 0;
    this.item.text = !begun ? `$(record) ${vscode.l10n.t('Capture')}`
      : [`$(record) ${vscode.l10n.t('{0}/s', n(sum(r => r.status?.rate ?? 0)))}`, drops === 0 && running.some(r => r.live().drops === undefined) ? vscode.l10n.t('drops not known') : vscode.l10n.t('{0} drops', n(drops)), bytes(sum(r => r.size), vscode.env.language)].join(' · ');
    this.item.tooltip = !begun ? vscode.l10n.t('Start a capture of system calls')
      : running.map(r => [`${r.where}: ${r.inWords() || vscode.l10n.t('{0} events/s', n(r.status?.rate ?? 0))}`, r.live().dropsTip].filter(Boolean).join('\n')).join('\n');
    this.item.command = begun ? 'scapls.capture.menu' : 'scapls.capture.start';
    this.item.backgroundColor = drops > 0 ? new vscode.ThemeColor('statusBarItem.warningBackground') : undefined;
    this.item.show();
  }

  private async menu(): Promise<void> {
    const t = vscode.l10n.t, items: (vscode.QuickPickItem & { run: () => unknown })[] = this.runs.filter(r => r.running).flatMap(r => [
      { label: `$(debug-stop) ${t('Stop')}`, description: r.where, run: () => r.stop() },
      { label: `$(go-to-file) ${t('Show')}`, description: r.where, run: () => this.open(r.uri) },
    ]);
    items.push({ label: `$(record) ${t('Start Capture…')}`, run: () => this.show({ target: '' }) }, { label: `$(remote) ${t('Remote Capture…')}`, run: () => this.pickRemote(undefined) });
    await (await vscode.window.showQuickPick(items, { title: t('Captures') }))?.run();
  }

  /** allow tells how captures on a machine go without a password. */
  private async allow(target: string): Promise<void> {
    const of = target || (await this.settings.pickHost());
    if (of) await offerSudoers(this.server, of);
  }

  /** pickRemote asks for the machine first. */
  private async pickRemote(target: string | undefined): Promise<void> {
    this.show({ target: target ?? (await this.settings.pickHost()) ?? undefined, what: 'all' }, true);
  }

  /** show shows the form. */
  private show(options: Partial<CaptureOptions>, remote = false): void {
    if (remote && options.target === undefined) return; // the picker was left
    this.form ??= new Form(this.context, this.server, this.settings, o => void this.start(o), () => (this.form = undefined));
    this.form.show({ ...defaultOptions, ...options }, remote);
  }
}

/** all is how captures of this window go that are shown together; undefined when none of them does. */
function all(runs: Run[], of: number): LiveState | undefined {
  const going = runs.filter(r => r.running), n = (v: (l: LiveState) => number): number => runs.reduce((sum, r) => sum + v(r.live()), 0);
  if (going.length === 0) return undefined;
  return {
    state: going.some(r => r.state === 'running') ? 'running' : going.some(r => r.state === 'stopping') ? 'stopping' : 'starting', where: runs.map(r => r.where).join(' + '),
    said: going.length < of ? vscode.l10n.t('{0} of {1} run', going.length, of) : '', eventsPerSecond: n(l => l.eventsPerSecond), drops: n(l => l.drops ?? 0) || (runs.some(r => r.live().drops === undefined) ? undefined : 0),
    dropsTip: runs.map(r => [r.where, r.live().dropsTip].filter(Boolean)).filter(l => l.length > 1).map(l => l.join(': ')).join('\n'), size: n(l => l.size),
    temporary: false, again: false, several: true,
  };
}
