// Of several askings of one kind only the latest counts.
import { Cancelled } from './cancelled';

export class Latest {
  private controller: AbortController | undefined;
  private timer: ReturnType<typeof setTimeout> | undefined;

  /** run asks after a while (ms) without another asking; what was asked before is cancelled. The answer is dropped when it comes too late. */
  run<T>(wait: number, ask: (signal: AbortSignal) => Promise<T>, answered: (result: T) => void, failed: (error: unknown) => void): void {
    this.cancel();
    const controller = (this.controller = new AbortController());
    const start = async (): Promise<void> => {
      try {
        const result = await ask(controller.signal);
        if (!controller.signal.aborted) answered(result);
      } catch (error) {
        if (!controller.signal.aborted && !(error instanceof Cancelled)) failed(error);
      }
    };
    if (wait > 0) this.timer = setTimeout(() => void start(), wait);
    else void start();
  }

  cancel(): void {
    clearTimeout(this.timer);
    this.controller?.abort();
    this.controller = undefined;
  }
}
