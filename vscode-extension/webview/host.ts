// The way to the extension host: messages, requests with cancellation, state that survives the webview.
import type { ToHost, ToView, ViewMethod, ViewParams, ViewResult } from '../shared/messages';
import type { Query, TimeFormat } from '../shared/wire.gen';

/** What is kept while the webview is hidden or the window reloads. */
export interface Kept {
  query: Query;
  time: TimeFormat;
  /** topmost row, may be a fraction */
  top: number;
  row: number;
  num: number;
}

const api = acquireVsCodeApi<Kept>();

/** Cancelled is what a request ends with that nobody wants any more. */
export class Cancelled extends Error {}

export class Host {
  private next = 1;
  private readonly waiting = new Map<number, { resolve: (r: unknown) => void; reject: (e: Error) => void }>();

  constructor(receive: (m: ToView) => void) {
    window.addEventListener('message', (e: MessageEvent<ToView>) => {
      if (e.data.type === 'reply') this.reply(e.data);
      else receive(e.data);
    });
  }

  send(m: ToHost): void {
    api.postMessage(m);
  }

  request<M extends ViewMethod>(method: M, params: ViewParams<M>, signal?: AbortSignal): Promise<ViewResult<M>> {
    const id = this.next++;
    return new Promise((resolve, reject) => {
      this.waiting.set(id, { resolve: r => resolve(r as ViewResult<M>), reject });
      signal?.addEventListener('abort', () => {
        if (!this.waiting.delete(id)) return;
        this.send({ type: 'cancel', id });
        reject(new Cancelled());
      }, { once: true });
      this.send({ type: 'request', id, method, params });
    });
  }

  get kept(): Kept | undefined {
    return api.getState();
  }

  set kept(k: Kept | undefined) {
    if (k) api.setState(k);
  }

  private reply(m: Extract<ToView, { type: 'reply' }>): void {
    const w = this.waiting.get(m.id);
    this.waiting.delete(m.id);
    if (m.cancelled) w?.reject(new Cancelled());
    else if (m.error !== undefined) w?.reject(new Error(m.error));
    else w?.resolve(m.result);
  }
}
