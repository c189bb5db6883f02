// What is kept of captures between runs: options that were used, options with a name, and the machines one captures on.
import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import * as vscode from 'vscode';
import { defaultOptions, type CaptureOptions, type KeptOptions, type SSHHost } from '../shared/capture';
import { method, type CaptureSettings as Settings } from '../shared/wire.gen';
import { sshHosts } from './captureLine';
import { message, type Server } from './server';

const most = 30;

export class CaptureSettings implements vscode.Disposable {
  kept: KeptOptions[] = [];
  private readonly changeEmitter = new vscode.EventEmitter<void>();
  private readonly subscription: vscode.Disposable;
  readonly onChange = this.changeEmitter.event;

  constructor(private readonly server: Server) {
    this.subscription = server.onStored(c => {
      if (c.kinds.includes('settings')) void this.load();
    });
  }

  dispose(): void {
    this.subscription.dispose();
    this.changeEmitter.dispose();
  }

  async load(): Promise<void> {
    try {
      const r = await this.server.request(method.storeSettingsList, { limit: most });
      this.kept = (r.settings ?? []).map(s => ({ id: s.id, name: s.name, label: '', options: fromSettings(s) })).map(k => ({ ...k, label: label(k) }));
      this.changeEmitter.fire();
    } catch (error) {
      this.server.output.warn(`options of captures cannot be read: ${message(error)}`);
    }
  }

  /** used keeps options that a capture was started with; those with a name stay until they are forgotten. */
  async used(o: CaptureOptions, name = ''): Promise<void> {
    await this.server.request(method.storeSettingsPut, toSettings(o, name)).then(() => this.load(), (e: unknown) => this.server.output.warn(message(e)));
  }

  async forget(id: string): Promise<void> {
    if (id === '') return; // would mean all of them
    await this.server.request(method.storeSettingsDelete, { id });
    await this.load();
  }

  /** hosts is the machines that the configuration of ssh names. */
  async hosts(): Promise<SSHHost[]> {
    try {
      const { stdout } = await promisify(execFile)(await this.server.binary(), ['remote', 'hosts', '-o', 'json'], { timeout: 10_000, maxBuffer: 4 << 20 });
      return (JSON.parse(stdout) as SSHHost[]).filter(h => typeof h.alias === 'string');
    } catch (error) {
      this.server.output.warn(`the hosts of ssh cannot be listed: ${message(error)}`);
      return [];
    }
  }

  /** pickHost asks which machine; undefined: none. */
  async pickHost(): Promise<string | undefined> {
    const t = vscode.l10n.t, pick = vscode.window.createQuickPick<vscode.QuickPickItem & { target: string }>();
    pick.title = t('Remote Capture');
    pick.placeholder = t('[user@]host[:port], or an alias of the configuration of ssh');
    pick.busy = true;
    let known: (vscode.QuickPickItem & { target: string })[] = [];
    const fill = (): void => {
      const typed = pick.value.trim();
      pick.items = typed !== '' && !known.some(k => k.target === typed) ? [{ label: typed, description: t('use what was typed'), target: typed, alwaysShow: true }, ...known] : known;
    };
    pick.onDidChangeValue(fill);
    const chosen = new Promise<string | undefined>(resolve => {
      pick.onDidAccept(() => resolve(pick.selectedItems[0]?.target ?? (pick.value.trim() || undefined)));
      pick.onDidHide(() => resolve(undefined));
    });
    pick.show();
    void Promise.all([this.load(), this.hosts(), opened()]).then(([, hosts, before]) => {
      const recent = [...new Set(this.kept.map(k => k.options.target))].filter(Boolean), named = hosts.map(h => h.alias);
      known = [
        ...recent.map(target => ({ label: target, description: t('used before'), target, iconPath: new vscode.ThemeIcon('history') })),
        ...hosts.filter(h => !recent.includes(h.alias)).map(h => ({
          label: h.alias, target: h.alias, iconPath: new vscode.ThemeIcon('remote'), description: [h.user && `${h.user}@`, h.hostname, h.port && `:${h.port}`].filter(Boolean).join(''),
        })),
        ...before.filter(t => !recent.includes(t) && !named.includes(t)).map(target => ({ label: target, description: t('opened in VS Code before'), target, iconPath: new vscode.ThemeIcon('remote-explorer') })),
      ];
      pick.busy = false;
      fill();
    });
    const target = await chosen;
    pick.dispose();
    return target;
  }
}

/** opened is the machines that VS Code was on; the command is one of its own, and may be gone some day. */
async function opened(): Promise<string[]> {
  try {
    return sshHosts(await vscode.commands.executeCommand('_workbench.getRecentlyOpened'));
  } catch {
    return [];
  }
}

function toSettings(o: CaptureOptions, name: string): Settings {
  const { what, pid, link, use, stay, includeOwn, duration, file } = o;
  return {
    id: '', name, target: o.target, filter: o.filter, command: o.what === 'command' ? ['/bin/sh', '-c', o.command] : [], snaplen: o.snaplen, duration: Math.ceil(duration), count: o.count,
    ringMB: o.ring, exitOnly: o.exitOnly, sudo: false, used: '', extra: JSON.stringify({ what, pid, link, use, stay, includeOwn, duration, file }),
  };
}

function fromSettings(s: Settings): CaptureOptions {
  let extra: Partial<CaptureOptions> = {};
  try {
    extra = JSON.parse(s.extra || '{}') as Partial<CaptureOptions>;
  } catch { /* another client's */ }
  const command = s.command?.length === 3 && s.command[1] === '-c' ? (s.command[2] ?? '') : (s.command ?? []).join(' ');
  return {
    ...defaultOptions, duration: s.duration, ...(command !== '' && { what: 'command' }), ...extra, target: s.target, filter: s.filter, command, snaplen: s.snaplen, count: s.count,
    ring: s.ringMB, exitOnly: s.exitOnly,
  };
}

/** label says what options ask for. */
function label({ name, options: o }: KeptOptions): string {
  const t = vscode.l10n.t, parts = [
    o.target || t('This machine'), o.what === 'command' ? o.command : o.what === 'pid' ? t('process {0}', o.pid) : '', o.filter, o.duration > 0 ? t('{0} s', o.duration) : '',
    o.snaplen > 0 ? t('{0} bytes', o.snaplen) : '',
  ];
  const text = parts.filter(Boolean).join(' · ');
  return name === '' ? text : `${name} (${text})`;
}
