// The command line of a capture, and the lines in which it says how it goes. Nothing here knows VS Code.
import type { CaptureOptions } from '../shared/capture';

/** Status is a line of "scapls capture --status json", of this machine or of another. */
export interface Status {
  state: string;
  reason: string;
  /** what went wrong: a sentence, one word, what to do about it, what others said of it */
  error: string;
  kind: string;
  fix: string;
  detail: string;
  /** command lines that would work */
  sudo: string;
  setcap: string;
  rate: number;
  events: number;
  bytes: number;
  /** undefined: nobody counts them */
  drops: number | undefined;
  reasons: Record<string, number>;
  /** of an upload */
  sent: number;
  total: number;
  /** whose password is wanted, where, and how often it was asked for */
  user: string;
  host: string;
  attempt: number;
  /** exit status of the captured command */
  command: number | undefined;
  /** seconds since the far side was heard of */
  silent: number;
  /** seconds after which it ends by itself, since nobody may kill it; 0: it goes on */
  ends: number;
}

/** parse reads a line of status; undefined if it is something else, such as what sudo says. */
export function parse(line: string): Status | undefined {
  let v: Record<string, unknown>;
  try {
    v = JSON.parse(line) as Record<string, unknown>;
  } catch {
    return undefined;
  }
  if (typeof v !== 'object' || v === null || typeof v.state !== 'string') return undefined;
  const text = (k: string): string => (typeof v[k] === 'string' ? v[k] : ''), num = (k: string): number => (typeof v[k] === 'number' && Number.isFinite(v[k]) ? v[k] : 0);
  const reasons: Record<string, number> = {};
  for (const [k, n] of Object.entries((v.drop_reasons ?? {}) as Record<string, unknown>)) if (typeof n === 'number') reasons[k] = n;
  const counts = v.state === 'running' || v.state === 'ended'; // other lines need not tell them
  return {
    state: v.state, reason: text('reason'), error: text('error'), kind: text('kind'), fix: text('fix'), detail: text('detail'), sudo: text('sudo'), setcap: text('setcap'),
    rate: num('events_per_s'), events: num('events'), bytes: num('bytes'), drops: typeof v.drops === 'number' || !counts ? num('drops') : undefined, reasons, sent: num('sent'), total: num('total'),
    user: text('user'), host: text('host'), attempt: num('attempt'), command: typeof v.command === 'number' ? v.command : undefined, silent: num('silent_s'), ends: num('ends_after_s'),
  };
}

/** Lines cuts a stream of text into lines. What has no end yet is kept, up to a limit. */
export class Lines {
  private rest = '';

  constructor(private readonly line: (text: string) => void, private readonly limit = 1 << 20) {}

  push(text: string): void {
    const lines = (this.rest + text).split('\n');
    this.rest = lines.pop() ?? '';
    if (this.rest.length > this.limit) {
      lines.push(this.rest);
      this.rest = '';
    }
    for (const l of lines) this.line(l.endsWith('\r') ? l.slice(0, -1) : l);
  }

  end(): void {
    if (this.rest !== '') this.line(this.rest);
    this.rest = '';
  }
}

/** args is the command line behind the program's name. */
export function args(o: CaptureOptions, file: string, ssh: { program: string; options: readonly string[] }): string[] {
  const out = ['capture', '-w', file, '--status', 'json', '--control'];
  const flag = (name: string, value: string | number, on = value !== 0 && value !== ''): void => {
    if (on) out.push(name, String(value));
  };
  if (o.target !== '') {
    flag('--remote', o.target);
    flag('--ssh', ssh.program);
    for (const word of ssh.options) flag('--ssh-option', word, true);
    flag('--link', o.link, o.link !== 'zstd');
    flag('--use', o.use, o.use !== 'auto');
    if (o.stay) out.push('--stay');
    if (o.includeOwn) out.push('--include-own');
  }
  flag('-s', o.snaplen);
  flag('-d', `${o.duration}s`, o.duration > 0);
  flag('-n', o.count);
  flag('--ring', `${o.ring}M`, o.ring > 0);
  if (o.exitOnly) out.push('--exit-only');
  if (o.what === 'pid') flag('--pid', o.pid.replace(/\s+/g, ''));
  const filter = o.filter.trim();
  if (filter !== '') out.push(filter.startsWith('-') ? ` ${filter}` : filter); // a word that begins with a dash would be a flag
  if (o.what === 'command') out.push('--', '/bin/sh', '-c', o.command);
  return out;
}

/** stop and password are what a capture is told on its standard input. */
export const stop = `${JSON.stringify({ stop: true })}\n`;
export const password = (word: string): string => `${JSON.stringify({ password: word })}\n`;

/** fileName is the name of a temporary capture. */
export function fileName(target: string, when: Date): string {
  const two = (n: number): string => String(n).padStart(2, '0');
  const day = `${when.getFullYear()}${two(when.getMonth() + 1)}${two(when.getDate())}`, clock = `${two(when.getHours())}${two(when.getMinutes())}${two(when.getSeconds())}`;
  const host = target.replace(/^[^@]*@/, '').replace(/[^A-Za-z0-9._-]+/g, '-').replace(/^[-.]+|[-.]+$/g, '').slice(0, 60);
  return `${host || 'capture'}-${day}-${clock}.scap`;
}

/** bytes is a size for people, in units of 1,000. */
export function bytes(n: number, locale: string): string {
  const units = ['B', 'kB', 'MB', 'GB', 'TB'];
  let i = 0;
  for (; n >= 1000 && i < units.length - 1; i++) n /= 1000;
  return `${n.toLocaleString(locale, { maximumFractionDigits: i === 0 || n >= 100 ? 0 : 1 })} ${units[i]}`;
}

/**
 * sshHosts is the machines that VS Code was on through ssh, from what it tells of what was opened recently. Their names stand in addresses such as
 * vscode-remote://ssh-remote+NAME/folder, those with a user or a port as JSON in hexadecimal digits.
 */
export function sshHosts(recent: unknown): string[] {
  const out = new Set<string>(), list = (recent as { workspaces?: unknown[]; files?: unknown[] } | undefined) ?? {};
  for (const entry of [...(list.workspaces ?? []), ...(list.files ?? [])] as Record<string, unknown>[]) {
    const uri = (entry?.folderUri ?? entry?.fileUri ?? (entry?.workspace as Record<string, unknown> | undefined)?.configPath) as { scheme?: string; authority?: string } | undefined;
    const authority = typeof entry?.remoteAuthority === 'string' ? entry.remoteAuthority : uri?.scheme === 'vscode-remote' ? (uri.authority ?? '') : '';
    const name = /^ssh-remote\+(.+)$/.exec(decodeURIComponent(authority))?.[1];
    if (name) out.add(plainHost(name));
  }
  return [...out].filter(h => h !== '' && !h.startsWith('-') && !/\s/.test(h));
}

function plainHost(name: string): string {
  if (!/^(?:[0-9a-f]{2})+$/i.test(name)) return name;
  try {
    const v = JSON.parse(Buffer.from(name, 'hex').toString('utf8')) as { hostName?: string; user?: string; port?: number };
    return v.hostName ? `${v.user ? `${v.user}@` : ''}${v.hostName}${v.port ? `:${v.port}` : ''}` : '';
  } catch {
    return name; // a name of such letters
  }
}
