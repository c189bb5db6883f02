// The way to the extension host: messages, requests with cancellation, state that survives the webview.
import type { ToHost, ToView, ViewMethod, ViewParams, ViewResult } from '../shared/messages';
import type { TimeStyle } from '../shared/notes';
import type { ColorRule, Language, Query, TimeFormat } from '../shared/wire.gen';
import { Cancelled } from './cancelled';

/** What is kept while the webview is hidden or the window reloads. */
export interface Kept {
  query: Query;
  time: TimeFormat;
  style?: TimeStyle;
  /** topmost row, may be a fraction */
  top: number;
  row: number;
  num: number;
  mark: string;
  /** what the filter box holds; what is applied is in the query or the mark */
  text: string;
  language: Language;
  /** the list followed a capture that went on */
  follow?: boolean;
  /** colours that are there for a while */
  colors?: ColorRule[];
  /** of the webview, the same after a reload */
  id: string;
  /** ms since the epoch */
  when: number;
}

const api = acquireVsCodeApi<Kept>();

export { Cancelled };

/** Asks is what of a host parts need that ask the server. */
export type Asks = Pick<Host, 'request'>;

type Reply = Extract<ToView, { type: 'reply' }>;

/** Host is the extension host of a page that is sent messages In and sends messages Out. */
export class Host<In extends { type: string } = ToView, Out extends { type: string } = ToHost> {
  private next = 1;
  private readonly waiting = new Map<number, { resolve: (r: unknown) => void; reject: (e: Error) => void }>();

  constructor(receive: (m: In) => void) {
    window.addEventListener('message', (e: MessageEvent<In | Reply>) => {
      if (e.data.type === 'reply') this.reply(e.data as Reply);
      else receive(e.data as In);
    });
  }

  send(m: Out): void {
    api.postMessage(m);
  }

  request<M extends ViewMethod>(method: M, params: ViewParams<M>, signal?: AbortSignal): Promise<ViewResult<M>> {
    const id = this.next++;
    return new Promise((resolve, reject) => {
      this.waiting.set(id, { resolve: r => resolve(r as ViewResult<M>), reject });
      signal?.addEventListener('abort', () => {
        if (!this.waiting.delete(id)) return;
        api.postMessage({ type: 'cancel', id } satisfies ToHost);
        reject(new Cancelled());
      }, { once: true });
      api.postMessage({ type: 'request', id, method, params } satisfies ToHost);
    });
  }

  get kept(): Kept | undefined {
    return api.getState();
  }

  set kept(k: Kept | undefined) {
    if (k) api.setState(k);
  }

  private reply(m: Reply): void {
    const w = this.waiting.get(m.id);
    this.waiting.delete(m.id);
    if (m.cancelled) w?.reject(new Cancelled());
    else if (m.error !== undefined) w?.reject(new Error(m.error));
    else w?.resolve(m.result);
  }
}
