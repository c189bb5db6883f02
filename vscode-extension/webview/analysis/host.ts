// The way from the analysis to the extension host.
import type { AnalysisMethod, AnalysisParams, AnalysisResult, AnalysisStrings, AnalysisToHost, AnalysisToView, Subject } from '../../shared/analysis';
import type { Query } from '../../shared/wire.gen';
import { Cancelled } from '../cancelled';
import { Latest } from '../latest';

export interface Kept { [key: string]: unknown }

const api = acquireVsCodeApi<Kept>();

export class Host {
  private next = 1;
  private readonly waiting = new Map<number, { resolve: (r: unknown) => void; reject: (e: Error) => void }>();

  constructor(receive: (m: AnalysisToView) => void) {
    window.addEventListener('message', (e: MessageEvent<AnalysisToView>) => {
      const m = e.data;
      if (m.type !== 'reply') return receive(m);
      const w = this.waiting.get(m.id);
      this.waiting.delete(m.id);
      if (m.cancelled) w?.reject(new Cancelled());
      else if (m.error !== undefined) w?.reject(new Error(m.error));
      else w?.resolve(m.result);
    });
  }

  send(m: AnalysisToHost): void {
    api.postMessage(m);
  }

  request<M extends AnalysisMethod>(method: M, params: AnalysisParams<M>, signal?: AbortSignal): Promise<AnalysisResult<M>> {
    const id = this.next++;
    return new Promise((resolve, reject) => {
      this.waiting.set(id, { resolve: r => resolve(r as AnalysisResult<M>), reject });
      signal?.addEventListener('abort', () => {
        if (!this.waiting.delete(id)) return;
        this.send({ type: 'cancel', id });
        reject(new Cancelled());
      }, { once: true });
      this.send({ type: 'request', id, method, params });
    });
  }

  /** kept is what a view remembers over a reload. */
  kept<T>(key: string): T | undefined {
    return api.getState()?.[key] as T | undefined;
  }

  keep(key: string, value: unknown): void {
    api.setState({ ...api.getState(), [key]: value });
  }
}

/** Frame is what every view works with. */
export interface Frame {
  host: Host;
  strings: AnalysisStrings;
  locale: string;
  /** says something about the view: how long it took, what went wrong */
  say(text: string, bad?: boolean): void;
}

/** View is one tab. */
export interface View {
  readonly element: HTMLElement;
  /** what is beside the tabs while the view is shown */
  readonly tools: HTMLElement;
  /** update is called when the view is shown and when what it is about changed */
  update(subject: Subject): void;
  /** resize is called when the room changed */
  resize(): void;
  /** find opens the search of the view, where it has one */
  find?(): void;
  /** next goes to the next match, or the one before */
  next?(backwards: boolean): void;
}

/** ms between two askings of what only grew */
const pause = 1000;

/** Newest runs what a view asks: only the newest counts, and what goes wrong is said. */
export class Newest {
  private readonly latest = new Latest();
  private about = '';
  private size = '';

  constructor(private readonly frame: Frame) {}

  /** turned tells what became of the subject of a view, of which the key counts. A capture that is read or recorded only grows. */
  turned(key: unknown, subject: Subject): 'same' | 'grown' | 'other' {
    const about = JSON.stringify(key), size = `${subject.events} ${subject.done}`, was = [this.about, this.size];
    [this.about, this.size] = [about, size];
    return about !== was[0] ? 'other' : size !== was[1] ? 'grown' : 'same';
  }

  /** run asks now, in place of what is being asked; of what only grew it asks again when that is answered, once a second at most. */
  run(ask: (signal: AbortSignal) => Promise<void>, grown = false): void {
    const failed = (e: unknown): void => this.frame.say(e instanceof Error ? e.message : String(e), true);
    if (grown) this.latest.again(pause, ask, () => undefined, failed);
    else this.latest.run(0, ask, () => undefined, failed);
  }
}

/** none is a subject before one is known. */
export const none: Subject = { query: { view: 'calls', internal: false }, num: 0, events: 0, done: false };

/** counted is the part of a query on which tables and bars depend. */
export const counted = ({ filter, language, internal }: Query): unknown => [filter, language, internal];

/** ns writes a duration with a unit that fits. */
export function ns(v: number): string {
  const units: [number, string][] = [[1e9, 's'], [1e6, 'ms'], [1e3, 'µs']];
  for (const [size, unit] of units) if (Math.abs(v) >= size) return `${+(v / size).toPrecision(4)} ${unit}`;
  return `${+v.toPrecision(4)} ns`;
}

/** bytes writes a size with a unit that fits. */
export function bytes(v: number): string {
  if (v < 1024) return `${+v.toPrecision(4)} B`;
  let i = -1;
  for (; v >= 1024 && i < 4; i++) v /= 1024;
  return `${v.toFixed(1)} ${'KMGTP'[i] ?? ''}iB`;
}
