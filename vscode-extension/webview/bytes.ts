// The bytes of the selected event: offset in the file, hexadecimal, text.
import type { Strings } from '../shared/messages';
import { method, type BytesResult } from '../shared/wire.gen';
import { format, frame, h, set } from './dom';
import * as hex from './hex';
import { Cancelled, type Host } from './host';
import * as scroll from './scroll';

const rowHeight = 20, chunk = 65_536;

export interface BytesEvents {
  /** The user went to a byte. */
  byte(index: number): void;
  copy(text: string): void;
  error(message: string): void;
}

export class Bytes {
  readonly element: HTMLElement;
  private num = 0;
  private base = 0n;
  private total = 0;
  private cursor = -1;
  private range: [start: number, end: number] = [0, 0];
  private readonly chunks = new Map<number, Uint8Array>();
  private controller = new AbortController();
  private readonly rows = new Map<number, HTMLElement>();
  private readonly scroller: HTMLElement;
  private readonly space: HTMLElement;
  private readonly layer: HTMLElement;
  private readonly none: HTMLElement;
  private readonly info = h('span', { class: 'info' });
  /** the line above the bytes */
  readonly head: HTMLElement;
  /** called when the bytes are another event's */
  onShown: () => void = () => undefined;
  private matches: readonly [start: number, end: number][] = [];
  private readonly draw = frame(() => this.render());

  constructor(private readonly host: Host, private readonly strings: Strings, private readonly events: BytesEvents) {
    this.layer = h('div', { class: 'hex-layer' });
    this.space = h('div', { class: 'hex-space' }, this.layer);
    this.scroller = h('div', { class: 'hex', role: 'group', tabindex: 0, 'aria-label': strings.bytes }, this.space);
    this.none = h('div', { class: 'none' }, strings.bytesNone);
    this.head = h('header', {}, h('h2', {}, strings.bytes), this.info);
    this.element = h('section', { class: 'pane bytes' }, this.head, this.none, this.scroller);
    this.scroller.hidden = true;
    this.scroller.addEventListener('scroll', () => this.draw());
    this.layer.addEventListener('mousedown', e => this.mouse(e));
    this.scroller.addEventListener('keydown', e => this.key(e));
    new ResizeObserver(() => this.draw()).observe(this.scroller);
  }

  /** begin asks for the bytes of an event. What is shown stays until they come. */
  async begin(num: number): Promise<void> {
    this.controller.abort();
    this.controller = new AbortController();
    const { signal } = this.controller;
    try {
      const r = await this.host.request(method.bytes, { num, start: 0, count: chunk }, signal);
      if (signal.aborted) return;
      if (num !== this.num) this.scroller.scrollTop = 0;
      this.num = num;
      this.base = BigInt(r.offset || '0');
      this.total = r.total;
      this.chunks.clear();
      this.put(r);
      this.cursor = -1;
      this.none.hidden = this.total > 0;
      this.scroller.hidden = this.total === 0;
      this.matches = [];
      this.say();
      this.render();
      this.revealRange();
      this.onShown();
    } catch (error) {
      if (!(error instanceof Cancelled)) this.events.error(error instanceof Error ? error.message : String(error));
    }
  }

  clear(): void {
    this.controller.abort();
    this.total = 0;
    this.num = 0;
    this.chunks.clear();
    this.scroller.hidden = true;
    this.none.hidden = false;
    this.info.textContent = '';
  }

  /** highlight marks the bytes of a node; a length of 0 marks none. */
  highlight(start: number, len: number, reveal: boolean): void {
    this.range = [start, start + len];
    this.say();
    this.render();
    if (reveal) this.revealRange();
  }

  /** all is all bytes of the event. */
  async all(): Promise<Uint8Array> {
    const { num, total } = this, { signal } = this.controller, out = new Uint8Array(total);
    for (let start = 0; start < total; start += chunk) {
      const have = this.chunks.get(start / chunk), want = Math.min(chunk, total - start);
      out.set(have && have.length >= want ? have : hex.decode((await this.host.request(method.bytes, { num, start, count: chunk }, signal)).data), start);
    }
    return out;
  }

  /** place is the first marked byte, or the one the cursor is on; −1: none. */
  get place(): number {
    return this.range[1] > this.range[0] ? this.range[0] : this.cursor;
  }

  /** goto marks bytes that were found. */
  goto(start: number, len: number): void {
    this.cursor = start;
    this.events.byte(start);
    this.highlight(start, len, true);
  }

  /** found shows where all matches are. */
  found(list: readonly [start: number, end: number][]): void {
    this.matches = list;
    this.render();
  }

  focus(): void {
    this.scroller.focus();
  }

  private isMatch(i: number): boolean {
    let low = 0, high = this.matches.length;
    while (low < high) { // the first that ends behind i
      const middle = (low + high) >> 1;
      if (this.matches[middle]![1] <= i) low = middle + 1;
      else high = middle;
    }
    return (this.matches[low]?.[0] ?? Infinity) <= i;
  }

  private get extent(): scroll.Extent {
    return { total: hex.rowCount(this.total), rowHeight, height: this.scroller.clientHeight };
  }

  private put(r: BytesResult): void {
    this.chunks.set(Math.floor(r.start / chunk), hex.decode(r.data));
  }

  private say(): void {
    const [start, end] = this.range;
    if (this.total === 0) this.info.textContent = '';
    else {
      const whole = format(this.strings.bytesLine, this.total.toLocaleString(), `0x${this.base.toString(16)}`);
      this.info.textContent = end > start ? `${whole} · ${format(this.strings.bytesRange, start, end - 1)}` : whole;
    }
  }

  private revealRange(): void {
    const [start, end] = this.range;
    if (end > start) this.revealRow(Math.floor(start / hex.bytesPerRow));
  }

  private revealRow(row: number): void {
    const e = this.extent;
    if (e.height === 0) return;
    this.scroller.scrollTop = scroll.scrollFromTop(e, scroll.reveal(e, scroll.topFromScroll(e, this.scroller.scrollTop), row));
    this.draw();
  }

  private at(i: number): number | undefined {
    const c = this.chunks.get(Math.floor(i / chunk));
    if (!c) void this.more(Math.floor(i / chunk));
    return c?.[i % chunk];
  }

  private async more(n: number): Promise<void> {
    this.chunks.set(n, new Uint8Array(0));
    const { num } = this, { signal } = this.controller;
    try {
      const r = await this.host.request(method.bytes, { num, start: n * chunk, count: chunk }, signal);
      if (signal.aborted || num !== this.num) return;
      this.put(r);
      this.rows.clear();
      this.layer.replaceChildren();
      this.draw();
    } catch (error) {
      if (!(error instanceof Cancelled)) this.events.error(error instanceof Error ? error.message : String(error));
    }
  }

  private render(): void {
    const e = this.extent, top = scroll.topFromScroll(e, this.scroller.scrollTop), [first, end] = scroll.visible(e, top);
    this.space.style.height = `${scroll.spacerHeight(e)}px`;
    const digits = hex.offsetDigits(this.base, this.total);
    this.rows.clear();
    const out: HTMLElement[] = [];
    for (let r = first; r < end; r++) {
      const el = this.row(r, digits);
      el.style.transform = `translateY(${r * rowHeight - top + this.scroller.scrollTop}px)`;
      this.rows.set(r, el);
      out.push(el);
    }
    this.layer.replaceChildren(...out);
  }

  private row(r: number, digits: number): HTMLElement {
    const bytes = h('span', { class: 'hex-bytes' }), chars = h('span', { class: 'hex-text' });
    for (let i = r * hex.bytesPerRow; i < (r + 1) * hex.bytesPerRow; i++) {
      const inside = i < this.total, b = inside ? this.at(i) : undefined;
      const cls = `${i >= this.range[0] && i < this.range[1] ? 'on' : ''} ${i === this.cursor ? 'cursor' : ''} ${this.isMatch(i) ? 'found' : ''} ${b === 0 ? 'zero' : ''}`.trim();
      bytes.append(h('span', { class: `b ${cls}`, 'data-i': inside ? i : undefined }, inside ? (b === undefined ? '··' : hex.hex2(b)) : '  '));
      chars.append(h('span', { class: `c ${cls}`, 'data-i': inside ? i : undefined }, inside ? (b === undefined ? '·' : hex.text(b)) : ' '));
    }
    return h('div', { class: 'hex-row' }, h('span', { class: 'hex-offset' }, hex.offset(this.base, r, digits)), bytes, chars);
  }

  private go(i: number): void {
    this.cursor = Math.min(Math.max(0, i), this.total - 1);
    this.revealRow(Math.floor(this.cursor / hex.bytesPerRow));
    set(this.scroller, { 'aria-description': `${this.cursor}: ${hex.hex2(this.at(this.cursor) ?? 0)}` });
    this.events.byte(this.cursor);
    this.render();
  }

  private mouse(e: MouseEvent): void {
    const i = (e.target as HTMLElement).dataset.i;
    if (i !== undefined && e.button === 0) this.go(Number(i));
  }

  private key(e: KeyboardEvent): void {
    if (e.altKey || this.total === 0) return;
    if ((e.ctrlKey || e.metaKey) && e.key.toLowerCase() === 'c') {
      this.copy();
      e.preventDefault();
      return;
    }
    const page = scroll.wholeRows(this.extent) * hex.bytesPerRow;
    const step: Record<string, number> = {
      ArrowLeft: -1, ArrowRight: 1, ArrowUp: -hex.bytesPerRow, ArrowDown: hex.bytesPerRow, PageUp: -page, PageDown: page, Home: -this.total, End: this.total,
    };
    const by = step[e.key];
    if (by === undefined) return;
    e.preventDefault();
    this.go(this.cursor < 0 ? Math.max(0, this.range[0]) : this.cursor + by);
  }

  /** copy is the marked bytes, else all that are loaded, as hexadecimal. */
  private copy(): void {
    const [start, end] = this.range[1] > this.range[0] ? this.range : [0, Math.min(this.total, chunk)];
    const out: string[] = [];
    for (let i = start; i < end; i++) out.push(hex.hex2(this.at(i) ?? 0));
    this.events.copy(out.join(' '));
  }
}
