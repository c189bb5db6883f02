// The form that starts a capture, in a panel.
import * as vscode from 'vscode';
import type { CaptureOptions, FormStrings, FormToHost, FormToView } from '../shared/capture';
import { method } from '../shared/wire.gen';
import type { CaptureSettings } from './captureSettings';
import { page } from './page';
import { message, type Server } from './server';

export class Form implements vscode.Disposable {
  private readonly panel: vscode.WebviewPanel;
  private readonly disposables: vscode.Disposable[] = [];
  private options: CaptureOptions | undefined;
  private remote = false;
  private ready = false;

  constructor(
    context: vscode.ExtensionContext, private readonly server: Server, private readonly settings: CaptureSettings,
    private readonly start: (o: CaptureOptions) => void, closed: () => void,
  ) {
    this.panel = vscode.window.createWebviewPanel('scapls.captureForm', vscode.l10n.t('Start Capture'), vscode.ViewColumn.Active, {
      enableScripts: true, retainContextWhenHidden: true, localResourceRoots: [vscode.Uri.joinPath(context.extensionUri, 'dist')],
    });
    this.panel.iconPath = vscode.Uri.joinPath(context.extensionUri, 'media', 'activity.svg');
    this.disposables.push(
      this.panel.webview.onDidReceiveMessage((m: FormToHost) => void this.receive(m)),
      settings.onChange(() => this.post({ type: 'kept', kept: settings.kept })),
    );
    this.panel.onDidDispose(() => {
      for (const d of this.disposables) d.dispose();
      closed();
    });
    this.panel.webview.html = page(this.panel.webview, context.extensionUri, 'capture');
  }

  /** show fills the form. */
  show(options: CaptureOptions, remote: boolean): void {
    this.options = options;
    this.remote = remote;
    this.panel.reveal(undefined, false);
    if (this.ready) this.init();
  }

  dispose(): void {
    this.panel.dispose();
  }

  private post(m: FormToView): void {
    void this.panel.webview.postMessage(m);
  }

  private init(): void {
    if (!this.options) return;
    this.post({ type: 'init', strings: texts(), options: this.options, local: process.platform === 'linux', remote: this.remote || process.platform !== 'linux' });
    this.post({ type: 'kept', kept: this.settings.kept });
  }

  private async receive(m: FormToHost): Promise<void> {
    switch (m.type) {
      case 'ready':
        this.ready = true;
        this.init();
        await this.settings.load();
        this.post({ type: 'hosts', hosts: await this.settings.hosts() });
        break;
      case 'check': return this.check(m.text);
      case 'browse': {
        const folder = vscode.workspace.workspaceFolders?.[0]?.uri;
        const to = await vscode.window.showSaveDialog({
          title: vscode.l10n.t('File of the Capture'), filters: { [vscode.l10n.t('Captures')]: ['scap'] },
          defaultUri: m.file !== '' ? vscode.Uri.file(m.file) : folder && vscode.Uri.joinPath(folder, 'capture.scap'),
        });
        if (to) this.post({ type: 'file', file: to.fsPath });
        break;
      }
      case 'forget': await this.settings.forget(m.id); break;
      case 'cancel': this.panel.dispose(); break;
      case 'start':
        if (m.keepAs.trim() !== '') await this.settings.used(m.options, m.keepAs.trim());
        this.panel.dispose();
        this.start(m.options);
        break;
    }
  }

  private async check(text: string): Promise<void> {
    try {
      const r = await this.server.request(method.filterCheck, { session: '', text, language: '' }), d = r.diagnostics?.[0];
      this.post({ type: 'checked', text, state: r.state, message: d ? [d.message, ...(d.fixes ?? []).slice(0, 2).map(f => f.title)].join('; ') : '' });
    } catch (error) {
      this.server.output.warn(message(error));
    }
  }
}

function texts(): FormStrings {
  const t = vscode.l10n.t;
  return {
    title: t('Start Capture'), kept: t('Used before'), keptNone: t('New'), forget: t('Forget these options'), where: t('Where'), here: t('This machine'), remote: t('Another machine, through ssh'),
    linuxOnly: t('Recording on this machine needs Linux. Capture on another machine, through ssh.'), host: t('Machine'), hostHint: t('[user@]host[:port], or an alias of the configuration of ssh'),
    what: t('What'), all: t('Everything'), command: t('A command'), commandHint: t('A command line; it and what it starts are recorded, and the capture ends with it'),
    pid: t('A process'), pidHint: t('Process ids, with commas; what they start is recorded, too'),
    filter: t('Filter'), filterHint: t('Only events that match are kept, in the language of sysdig or of Wireshark'), filterOk: t('The filter can be used'),
    snaplen: t('Bytes of each call'), snaplenHint: t('as usual (80)'), duration: t('Duration, seconds'), durationHint: t('until it is stopped'), count: t('Events at most'),
    ring: t('Buffer, MB'), ringHint: t('as usual (32)'), exitOnly: t('Leave the enter half of calls out'), exitOnlyHint: t('Smaller, but without latencies'), more: t('More options'),
    file: t('File'), temporary: t('a temporary file'), browse: t('Browse…'), link: t('Pack the stream'), use: t('Program there'), useAuto: t('What works'),
    useThere: t('scapls that is installed there'), useUpload: t('An uploaded agent'), useSysdig: t('sysdig'), stay: t('Leave an uploaded agent there'),
    includeOwn: t('Also record the connection itself'), keepAs: t('Keep as'), keepAsHint: t('a name, to find these options again'), start: t('Start Capture'), cancel: t('Cancel'), wrong: t('Please check this'),
  };
}
