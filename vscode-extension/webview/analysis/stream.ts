// What went through a descriptor: the bytes of every read and write, in order, as text, in hex or with escapes. It grows with the capture.
import type { Subject } from '../../shared/analysis';
import { method, type StreamChunk, type StreamForm, type StreamResult } from '../../shared/wire.gen';
import { format, h, icon, iconButton, set } from '../dom';
import { mark, rangeIn } from '../find/marks';
import { inBytes, PaneFind } from '../find/pane';
import { Newest, ns, type Frame, type View } from './host';
import { Pieces } from './pieces';
import { Characters, keptOf, shownAs, spans, type Look } from './streamfind';

/** how many pieces are asked for at first and by a click, and the most that the server gives at once */
const pageSize = 200, most = 1000;
/** places of matches are a chunk and a byte of it in one number */
const chunkPlace = 2 ** 24;

/** bytesOf decodes what a chunk carries. */
const bytesOf = (c: StreamChunk): Uint8Array => Uint8Array.from(atob(c.data), ch => ch.charCodeAt(0));

export class Stream implements View {
  readonly element = h('div', { class: 'stream' });
  readonly tools = h('div', { class: 'tool-row' });
  private readonly head = h('div', { class: 'stream-head' });
  private readonly list = h('div', { class: 'chunks', role: 'list' });
  private readonly more: HTMLButtonElement;
  private readonly latest: Newest;
  private readonly side: HTMLSelectElement;
  private readonly look: HTMLSelectElement;
  private readonly finder: PaneFind;
  /** matches by chunk: their first and last byte */
  private matches = new Map<number, [start: number, end: number][]>();
  private place = -1;
  private readonly save: HTMLSelectElement;
  private num = 0;
  private peer = false;
  private filter = '';
  private readonly pieces = new Pieces<StreamChunk>();
  private characters = new Characters();
  /** an answer is here */
  private loaded = false;
  /** the event that is marked */
  private marked = 0;

  constructor(private readonly frame: Frame) {
    const s = frame.strings;
    this.latest = new Newest(frame);
    const select = (label: string, options: [string, string][], run: () => void): HTMLSelectElement => {
      const el = h('select', { 'aria-label': label }, ...options.map(([value, text]) => h('option', { value }, text)));
      el.addEventListener('change', run);
      return el;
    };
    this.side = select(s.both, [['both', s.both], ['read', s.onlyReads], ['write', s.onlyWrites]], () => {
      this.draw();
      this.finder.changed();
    });
    this.look = select(s.text, [['text', s.text], ['hex', s.hex], ['raw', s.raw], ['utf8', s.utf8]], () => this.draw());
    this.finder = this.newFinder();
    this.save = select(s.saveAs, [['', s.saveAs], ['both', s.saveBoth], ['read', s.saveReads], ['written', s.saveWrites], ['file', s.saveFile], ['pcapng', s.savePcapng]], () => {
      if (this.save.value !== '') frame.host.send({ type: 'saveStream', num: this.num, form: this.save.value as StreamForm });
      this.save.value = '';
    });
    const peer = h('input', { type: 'checkbox' });
    peer.addEventListener('change', () => {
      this.peer = peer.checked;
      this.load(0);
    });
    const show = h('button', { type: 'button', class: 'textual' }, icon('filter'), s.showEvents);
    show.addEventListener('click', () => frame.host.send({ type: 'filter', text: this.filter, and: false }));
    this.more = h('button', { type: 'button', class: 'textual', hidden: true }, s.more);
    this.more.addEventListener('click', () => this.load(this.pieces.list.length));
    this.tools.append(this.side, this.look, iconButton('search', s.find, () => this.find()), h('label', { class: 'check' }, peer, s.peer), h('span', { class: 'grow' }), show, this.save);
    this.element.append(this.finder.bar.element, this.head, this.list, this.more);
  }

  resize(): void { /* the browser does */ }

  find(): void {
    this.finder.bar.show();
  }

  next(backwards: boolean): void {
    this.finder.step(backwards);
  }

  private newFinder(): PaneFind {
    // eslint-disable-next-line @typescript-eslint/no-this-alias
    const stream = this, { findStrings } = this.frame.strings;
    return new PaneFind(findStrings, this.frame.locale, findStrings.inStream, ['text', 'hex', 'regex'], {
      matches: async bar => {
        await this.loadAll();
        this.matches = new Map();
        const out: number[] = [];
        this.pieces.list.forEach((c, i) => {
          if (this.hidden(c)) return;
          const found = inBytes(bytesOf(c), bar, findStrings, 10_000);
          if (found.length > 0) this.matches.set(i, found);
          out.push(...found.map(f => i * chunkPlace + f[0]));
        });
        return out;
      },
      get place() { return stream.place; },
      go: place => {
        this.place = place;
        this.marks();
        this.chunk(Math.floor(place / chunkPlace))?.scrollIntoView({ block: 'nearest' });
      },
      shown: found => {
        if (found.length === 0) {
          this.matches = new Map();
          this.place = -1;
        }
        this.marks();
      },
      focus: () => this.list.querySelector<HTMLElement>('pre')?.focus(),
    });
  }

  /** loadAll loads the rest of the stream, so that all of it is searched. */
  private async loadAll(): Promise<void> {
    const { num, peer, pieces } = this;
    while (!pieces.whole) {
      const start = pieces.list.length;
      const r = await this.frame.host.request(method.stream, { num, start, count: most, peer });
      if (num !== this.num || peer !== this.peer || !this.take(start, r)) return;
    }
  }

  /** take joins an answer to what is shown; it returns false when nothing was new. */
  private take(start: number, r: StreamResult): boolean {
    const fresh = this.pieces.take(start, r.chunks, r.total);
    if (fresh === undefined) {
      this.load(0);
      return false;
    }
    this.more.hidden = this.pieces.whole;
    this.append(this.pieces.list.length - fresh);
    return fresh > 0;
  }

  private hidden(c: StreamChunk): boolean {
    return (this.side.value === 'read' && c.write) || (this.side.value === 'write' && !c.write);
  }

  private chunk(i: number): HTMLElement | undefined {
    return this.list.querySelector<HTMLElement>(`[data-i="${i}"] pre`) ?? undefined;
  }

  /** marks marks the matches in what is drawn. */
  private marks(): void {
    const out: Range[] = [], here: Range[] = [], look = this.look.value as Look;
    for (const [i, list] of this.matches) {
      const el = this.chunk(i), c = this.pieces.list[i];
      if (!el || !c) continue;
      const b = bytesOf(c);
      for (const [start, end] of list.slice(0, 1000)) {
        const to = i * chunkPlace + start === this.place ? here : out;
        to.push(...spans(b, look, start, end, this.characters.of(i)).map(([x, y]) => rangeIn(el, x, y)).filter(r => r !== undefined));
      }
    }
    mark('find-stream', out);
    mark('find-stream-here', here);
  }

  update(subject: Subject): void {
    const { num } = subject;
    if (num === 0 && this.num === 0) this.head.textContent = this.frame.strings.streamHint;
    const other = num !== 0 && num !== this.num && !this.pieces.list.some(c => c.num === num);
    if (other) this.num = num;
    const turn = this.latest.turned(this.num, subject);
    if (other) {
      this.load(0);
      return;
    }
    if (num !== this.marked) this.mark(num);
    if (turn === 'grown' && this.loaded) this.latest.run(signal => this.grow(signal), true);
  }

  /** grow asks for what is new; what is shown stays as it is. */
  private async grow(signal: AbortSignal): Promise<void> {
    const { num, peer } = this, ask = this.pieces.newer(most);
    const r = await this.frame.host.request(method.stream, { num, ...ask, peer }, signal);
    if (signal.aborted || num !== this.num || peer !== this.peer) return;
    this.filter = r.filter;
    this.about(r);
    if (this.take(ask.start, r)) this.finder.changed(this.place);
  }

  private load(start: number): void {
    const { num } = this;
    if (start === 0) this.loaded = false;
    this.latest.run(async signal => {
      let r: StreamResult;
      try {
        r = await this.frame.host.request(method.stream, { num, start, count: pageSize, peer: this.peer }, signal);
      } catch (e) {
        if (!signal.aborted && this.pieces.list.length === 0) this.head.textContent = this.frame.strings.streamHint;
        throw e;
      }
      if (signal.aborted) return;
      this.loaded = true;
      this.filter = r.filter;
      this.frame.say('');
      this.about(r);
      if (start === 0) this.clear();
      this.take(start, r);
      this.mark(num);
      if (start === 0) this.finder.changed();
    });
  }

  private clear(): void {
    this.pieces.clear();
    this.characters = new Characters();
    this.list.replaceChildren();
  }

  private about(r: StreamResult): void {
    const s = this.frame.strings, n = (v: string): string => Number(v).toLocaleString(this.frame.locale);
    for (const o of this.save.options) o.disabled = (o.value === 'file' && !r.carve) || (o.value === 'pcapng' && !r.kind.includes('socket'));
    const facts = [
      `${r.kind}`, `${n(r.read)} B ${s.read}, ${n(r.written)} B ${s.written}`, r.opened > 0 ? format(s.opened, r.opened) : '', r.closed > 0 ? format(s.closed, r.closed) : s.stillOpen,
      r.peer !== '' ? format(s.otherEnd, r.peer) : '',
    ].filter(Boolean).join(' · ');
    this.head.replaceChildren(h('h2', {}, r.title), h('p', { class: 'muted' }, facts),
      ...(r.lost !== '0' ? [h('p', { class: 'warn' }, icon('warning'), format(s.lost, n(r.lost)))] : []), ...(r.problem !== '' ? [h('p', { class: 'muted' }, icon('info'), r.problem)] : []));
  }

  /** draw shows all pieces anew. */
  private draw(): void {
    this.list.replaceChildren(...this.elements(0));
    this.marks();
  }

  /** append shows the pieces from a place on, behind those that are shown. */
  private append(from: number): void {
    const look = this.look.value as Look;
    for (const c of this.pieces.list.slice(from)) {
      const i = this.characters.add(bytesOf(c), c.size, `${c.write} ${c.peer}`), before = i === undefined ? undefined : this.pieces.list[i];
      if (i === undefined || !before || i >= from || look !== 'utf8') continue;
      const el = this.chunk(i);
      if (el) el.textContent = shownAs(bytesOf(before), look, this.characters.of(i));
    }
    this.list.append(...this.elements(from));
    this.marks();
  }

  private elements(from: number): HTMLElement[] {
    const out: HTMLElement[] = [];
    let last = this.pieces.list.slice(0, from).findLast(c => !this.hidden(c))?.time ?? -1;
    for (const [k, c] of this.pieces.list.slice(from).entries()) {
      if (this.hidden(c)) continue;
      out.push(this.piece(from + k, c, last));
      last = c.time;
    }
    return out;
  }

  private piece(i: number, c: StreamChunk, last: number): HTMLElement {
    const s = this.frame.strings, b = bytesOf(c), text = shownAs(b, this.look.value as Look, this.characters.of(i));
    const go = h('button', { type: 'button', class: 'textual num' }, c.num.toLocaleString(this.frame.locale));
    go.addEventListener('click', () => this.frame.host.send({ type: 'select', num: c.num }));
    return h('div', { class: `chunk ${c.write !== c.peer ? 'write' : 'read'}`, role: 'listitem', 'data-num': c.num, 'data-i': i, 'aria-current': c.num === this.marked && 'true' },
      h('div', { class: 'chunk-head' }, icon(c.write ? 'arrow-right' : 'arrow-left'), go, h('span', { class: 'muted' }, c.who), h('span', { class: 'muted' }, `${(c.time / 1e9).toFixed(6)} s`),
        h('span', { class: 'muted' }, last < 0 ? '' : `+${ns(Math.max(c.time - last, 0))}`), h('span', {}, `${c.size.toLocaleString(this.frame.locale)} B`),
        ...(c.offset >= 0 ? [h('span', { class: 'muted' }, `@${c.offset.toLocaleString(this.frame.locale)}`)] : []),
        ...(c.name !== '' ? [h('span', { class: 'recognized' }, c.name)] : []),
        ...(b.length < c.size ? [h('span', { class: 'warn' }, keptOf(s.keptOf, b.length, c.size, this.frame.locale))] : [])),
      h('pre', { tabindex: 0 }, text));
  }

  private mark(num: number): void {
    this.marked = num;
    for (const el of this.list.querySelectorAll<HTMLElement>('.chunk')) {
      const here = el.dataset['num'] === String(num);
      set(el, { 'aria-current': here ? 'true' : undefined });
      if (here) el.scrollIntoView({ block: 'nearest' });
    }
  }
}
