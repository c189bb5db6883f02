// Of several askings of one kind only the latest counts; what is asked about a list is about the one that is shown.
import type { Query } from '../shared/wire.gen';
import { Cancelled } from './cancelled';

const soon = 150, late = 2000, patience = 20; // ms, ms, askings

/** ofShown asks about the list that is shown, and again where another one is shown by the time of the answer: its rows are others. */
export async function ofShown<T>(list: { readonly query: Query }, ask: (query: Query) => Promise<T>): Promise<T> {
  for (;;) {
    const { query } = list, answer = await ask(query);
    if (query === list.query) return answer;
  }
}

export class Latest {
  private controller: AbortController | undefined;
  private timer: ReturnType<typeof setTimeout> | undefined;
  /** what asks once more when nothing runs, and its pause (ms) */
  private next: { pause: number; start: () => void } | undefined;
  /** when the last asking began and ended, ms */
  private begun = -Infinity;
  private ended = -Infinity;

  /** run asks after a while (ms) without another asking; what was asked before is cancelled. The answer is dropped when it comes too late. */
  run<T>(wait: number, ask: (signal: AbortSignal) => Promise<T>, answered: (result: T) => void, failed: (error: unknown) => void): void {
    this.stop();
    const controller = (this.controller = new AbortController());
    const start = async (): Promise<void> => {
      this.begun = Date.now();
      try {
        const result = await ask(controller.signal);
        if (!controller.signal.aborted) answered(result);
      } catch (error) {
        if (!controller.signal.aborted && !(error instanceof Cancelled)) failed(error);
      }
      if (this.controller !== controller) return;
      this.controller = undefined;
      this.ended = Date.now();
      this.follow();
    };
    if (wait > 0) this.timer = setTimeout(() => void start(), wait);
    else void start();
  }

  /**
   * again asks once more about what only grew. What is being asked is answered first; then it waits until a pause (ms) has passed since that began, and for
   * as long as it took. Several calls meanwhile are one. A run in between does not replace it.
   */
  again<T>(pause: number, ask: (signal: AbortSignal) => Promise<T>, answered: (result: T) => void, failed: (error: unknown) => void): void {
    this.next = { pause, start: () => this.run(0, ask, answered, failed) };
    if (!this.controller) this.follow();
  }

  /**
   * until is run that asks again while the answer is unfinished: soon at first, then ever later, for half a minute at most. Each answer is given, with how many
   * were before it.
   */
  until<T extends { pending: boolean }>(wait: number, ask: (signal: AbortSignal) => Promise<T>, answered: (result: T, before: number) => void, failed: (error: unknown) => void, before = 0): void {
    this.run(wait, ask, r => {
      const { controller } = this;
      answered(r, before);
      if (!r.pending || before >= patience || this.controller !== controller) return; // what took the answer may have asked something else
      this.stop();
      this.timer = setTimeout(() => this.until(0, ask, answered, failed, before + 1), Math.min(soon * 1.3 ** before, late));
    }, failed);
  }

  cancel(): void {
    this.next = undefined;
    this.stop();
  }

  private stop(): void {
    clearTimeout(this.timer);
    this.controller?.abort();
    this.controller = undefined;
  }

  private follow(): void {
    const { next } = this;
    if (!next) return;
    const due = Math.max(this.begun + next.pause, 2 * this.ended - this.begun, Date.now());
    clearTimeout(this.timer);
    this.timer = setTimeout(() => {
      this.next = undefined;
      next.start();
    }, due - Date.now());
  }
}
