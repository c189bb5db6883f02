// The line above the list that tells how far the sorting of the list is, and of events that came since.
import type { Strings } from '../shared/messages';
import { method, type Query, type SortingParams, type SortResult } from '../shared/wire.gen';
import { format, h, icon } from './dom';
import { sameRows } from './filter/query';
import type { Host } from './host';

/** ms before a sorting is told of: most are over by then */
const quick = 250;

export interface SortingEvents {
  /** title of a column */
  title(id: string): string;
  /** the list is to be sorted again */
  again(): void;
  /** the list is to be in the order of the file */
  none(): void;
}

export class Sorting {
  readonly element = h('div', { class: 'sorting', hidden: true });
  private running: { query: Query; controller: AbortController } | undefined;
  private readonly text = h('span', { class: 'text', role: 'status' });
  private readonly bar = h('div', { class: 'bar' });
  private readonly track = h('div', { class: 'track', role: 'progressbar' }, this.bar);
  private newer = 0;

  constructor(private readonly host: Host, private readonly strings: Strings, private readonly locale: string, private readonly events: SortingEvents) {}

  /** run sorts a list, and rejects with Cancelled when the user does not want to wait, or the signal says so. */
  async run(query: Query, signal: AbortSignal, again: boolean): Promise<SortResult> {
    const controller = new AbortController(), stop = (): void => controller.abort();
    this.running?.controller.abort();
    const mine = (this.running = { query, controller });
    signal.addEventListener('abort', stop, { once: true });
    if (signal.aborted) stop();
    const timer = setTimeout(() => this.busy(0), quick);
    try {
      return await this.host.request(method.sort, { query, again }, controller.signal);
    } finally {
      clearTimeout(timer);
      signal.removeEventListener('abort', stop);
      if (this.running === mine) {
        this.running = undefined;
        this.tell(0);
      }
    }
  }

  progressed(p: SortingParams): void {
    if (this.running && !this.element.hidden && sameRows(this.running.query, p.query)) this.busy(p.fraction);
  }

  /** tell tells how many events came since the list was sorted. */
  tell(newer: number): void {
    if (this.running) return;
    this.newer = newer;
    this.element.hidden = newer === 0;
    if (newer === 0) return;
    this.element.classList.remove('busy');
    this.text.textContent = format(this.strings.sortedNewer, newer.toLocaleString(this.locale));
    this.element.replaceChildren(icon('info'), this.text, this.button(this.strings.sortAgain, () => this.events.again()), this.button(this.strings.sortNone, () => this.events.none()));
  }

  get behind(): number {
    return this.newer;
  }

  private busy(fraction: number): void {
    if (!this.running) return;
    const { query, controller } = this.running, percent = Math.floor(fraction * 100);
    if (!this.element.classList.contains('busy') || this.element.hidden) {
      this.element.replaceChildren(icon('loading codicon-modifier-spin'), this.text, this.track, this.button(this.strings.cancel, () => controller.abort()));
    }
    this.element.hidden = false;
    this.element.classList.add('busy');
    this.text.textContent = format(this.strings.sortingBy, this.events.title(query.sort?.column ?? ''), percent);
    this.track.setAttribute('aria-valuenow', String(percent));
    this.bar.style.width = `${percent}%`;
  }

  private button(label: string, run: () => void): HTMLElement {
    const b = h('button', { type: 'button', class: 'textual' }, label);
    b.addEventListener('click', run);
    return b;
  }
}
