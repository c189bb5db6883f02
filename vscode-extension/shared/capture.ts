// What live captures are made of, and what the form that starts them and the extension host say to each other. All of it is plain data.
import type { FilterState } from './wire.gen';

/** What a capture is asked for. */
export interface CaptureOptions {
  /** "": this machine; else [user@]host[:port] */
  target: string;
  what: 'all' | 'command' | 'pid';
  /** a command line for the shell */
  command: string;
  pid: string;
  filter: string;
  /** bytes of data kept of each call; 0: as usual */
  snaplen: number;
  /** seconds; 0: until it is stopped */
  duration: number;
  /** events; 0: no limit */
  count: number;
  /** megabytes between kernel and scapls; 0: as usual */
  ring: number;
  exitOnly: boolean;
  /** where the capture goes; "": a temporary file */
  file: string;
  /** other machines: how the stream is packed on its way */
  link: 'zstd' | 'gzip' | 'none';
  /** other machines: which program captures there */
  use: 'auto' | 'there' | 'upload' | 'sysdig';
  /** other machines: leave an uploaded agent there */
  stay: boolean;
  /** other machines: also the events of the connection itself */
  includeOwn: boolean;
}

export const defaultOptions: CaptureOptions = {
  target: '', what: 'all', command: '', pid: '', filter: '', snaplen: 0, duration: 0, count: 0, ring: 0, exitOnly: false, file: '',
  link: 'zstd', use: 'auto', stay: false, includeOwn: false,
};

/** What is wrong with options, by field. */
export type OptionProblem = 'target' | 'command' | 'pid' | 'snaplen' | 'duration' | 'count' | 'ring';

/** problems is what must be put right before a capture can begin. */
export function problems(o: CaptureOptions, local: boolean): OptionProblem[] {
  const out: OptionProblem[] = [], whole = (v: number, most: number): boolean => Number.isInteger(v) && v >= 0 && v <= most;
  if (o.target === '' ? !local : !/^[^\s-][^\s]*$/.test(o.target)) out.push('target');
  if (o.what === 'command' && o.command.trim() === '') out.push('command');
  if (o.what === 'pid' && !/^\s*[1-9]\d{0,9}(\s*,\s*[1-9]\d{0,9})*\s*$/.test(o.pid)) out.push('pid');
  if (!whole(o.snaplen, 65_000)) out.push('snaplen');
  if (!(o.duration >= 0 && o.duration <= 1e7)) out.push('duration');
  if (!whole(o.count, 4_294_967_294)) out.push('count');
  if (!whole(o.ring, 1024)) out.push('ring');
  return out;
}

/** How a capture, or a file that grows, is doing. The editor shows it above its list. */
export interface LiveState {
  /** "grows": somebody else writes to the file */
  state: 'starting' | 'running' | 'stopping' | 'ended' | 'error' | 'grows';
  /** "This machine", a host */
  where: string;
  /** what happens or happened, for people; "" while it just runs */
  said: string;
  eventsPerSecond: number;
  /** undefined: nobody counts them */
  drops: number | undefined;
  /** why events were lost, one per line */
  dropsTip: string;
  /** bytes of the file */
  size: number;
  temporary: boolean;
  /** can be started once more */
  again: boolean;
  /** several captures: they can only be stopped */
  several?: boolean;
}

export type LiveAction = 'stop' | 'save' | 'discard' | 'again';

/** A machine that ~/.ssh/config names. */
export interface SSHHost {
  alias: string;
  hostname?: string;
  user?: string;
  port?: string;
}

/** Options that were used before, or kept with a name. */
export interface KeptOptions {
  id: string;
  /** "": they were only used */
  name: string;
  /** what they ask for, in words */
  label: string;
  options: CaptureOptions;
}

export type FormToHost =
  | { type: 'ready' }
  | { type: 'check'; text: string }
  | { type: 'browse'; file: string }
  | { type: 'start'; options: CaptureOptions; keepAs: string }
  | { type: 'forget'; id: string }
  | { type: 'cancel' };

export type FormToView =
  | { type: 'init'; strings: FormStrings; options: CaptureOptions; local: boolean; remote: boolean }
  | { type: 'kept'; kept: KeptOptions[] }
  | { type: 'hosts'; hosts: SSHHost[] }
  | { type: 'fill'; options: CaptureOptions }
  | { type: 'checked'; text: string; state: FilterState; message: string }
  | { type: 'file'; file: string };

/** The texts of the form, translated by the host. */
export type FormStrings = Record<
  | 'title' | 'kept' | 'keptNone' | 'forget' | 'where' | 'here' | 'remote' | 'linuxOnly' | 'host' | 'hostHint' | 'what' | 'all' | 'command' | 'commandHint' | 'pid' | 'pidHint'
  | 'filter' | 'filterHint' | 'filterOk' | 'snaplen' | 'snaplenHint' | 'duration' | 'durationHint' | 'count' | 'ring' | 'ringHint' | 'exitOnly' | 'exitOnlyHint' | 'more'
  | 'file' | 'temporary' | 'browse' | 'link' | 'use' | 'useAuto' | 'useThere' | 'useUpload' | 'useSysdig' | 'stay' | 'includeOwn' | 'keepAs' | 'keepAsHint' | 'start' | 'cancel' | 'wrong',
  string
>;
