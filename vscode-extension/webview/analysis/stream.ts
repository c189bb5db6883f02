// What went through a descriptor: the bytes of every read and write, in order, as text or in hex.
import type { Subject } from '../../shared/analysis';
import { method, type StreamChunk, type StreamForm, type StreamResult } from '../../shared/wire.gen';
import { format, h, icon, iconButton, set } from '../dom';
import { mark, rangeIn } from '../find/marks';
import { inBytes, PaneFind } from '../find/pane';
import { Newest, ns, type Frame, type View } from './host';
import { shownAs, spans, type Look } from './streamfind';

const pageSize = 200, findPage = 1000;
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
  private chunks: StreamChunk[] = [];
  private total = 0;

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
    this.look = select(s.text, [['text', s.text], ['hex', s.hex], ['utf8', s.utf8]], () => this.draw());
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
    this.more.addEventListener('click', () => this.load(this.chunks.length));
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
        this.chunks.forEach((c, i) => {
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
    const { num, peer } = this;
    while (this.chunks.length < this.total) {
      const r = await this.frame.host.request(method.stream, { num, start: this.chunks.length, count: findPage, peer });
      if (num !== this.num || peer !== this.peer || r.chunks.length === 0) return;
      this.chunks = [...this.chunks, ...r.chunks];
      this.more.hidden = this.chunks.length >= this.total;
      this.draw();
    }
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
      const el = this.chunk(i), c = this.chunks[i];
      if (!el || !c) continue;
      const b = bytesOf(c);
      for (const [start, end] of list.slice(0, 1000)) {
        const to = i * chunkPlace + start === this.place ? here : out;
        to.push(...spans(b, look, start, end).map(([x, y]) => rangeIn(el, x, y)).filter(r => r !== undefined));
      }
    }
    mark('find-stream', out);
    mark('find-stream-here', here);
  }

  update(subject: Subject): void {
    if (subject.num === 0 && this.num === 0) this.head.textContent = this.frame.strings.streamHint;
    if (subject.num === 0 || this.chunks.some(c => c.num === subject.num)) {
      this.mark(subject.num);
      return;
    }
    if (subject.num === this.num) return;
    this.num = subject.num;
    this.load(0);
  }

  private load(start: number): void {
    const { num } = this;
    this.latest.run(async signal => {
      let r: StreamResult;
      try {
        r = await this.frame.host.request(method.stream, { num, start, count: pageSize, peer: this.peer }, signal);
      } catch (e) {
        if (!signal.aborted && this.chunks.length === 0) this.head.textContent = this.frame.strings.streamHint;
        throw e;
      }
      this.chunks = start === 0 ? r.chunks : [...this.chunks, ...r.chunks];
      this.total = r.total;
      this.filter = r.filter;
      this.frame.say('');
      this.about(r);
      this.more.hidden = this.chunks.length >= r.total;
      this.draw();
      this.mark(num);
      if (start === 0) this.finder.changed();
    });
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

  private draw(): void {
    const look = this.look.value as Look, s = this.frame.strings;
    let last = -1;
    const out: HTMLElement[] = [];
    for (const [i, c] of this.chunks.entries()) {
      if (this.hidden(c)) continue;
      const b = bytesOf(c), text = shownAs(b, look);
      const go = h('button', { type: 'button', class: 'textual num' }, c.num.toLocaleString(this.frame.locale));
      go.addEventListener('click', () => this.frame.host.send({ type: 'select', num: c.num }));
      out.push(h('div', { class: `chunk ${c.write !== c.peer ? 'write' : 'read'}`, role: 'listitem', 'data-num': c.num, 'data-i': i },
        h('div', { class: 'chunk-head' }, icon(c.write ? 'arrow-right' : 'arrow-left'), go, h('span', { class: 'muted' }, c.who), h('span', { class: 'muted' }, `${(c.time / 1e9).toFixed(6)} s`),
          h('span', { class: 'muted' }, last < 0 ? '' : `+${ns(Math.max(c.time - last, 0))}`), h('span', {}, `${c.size.toLocaleString(this.frame.locale)} B`),
          ...(c.offset >= 0 ? [h('span', { class: 'muted' }, `@${c.offset.toLocaleString(this.frame.locale)}`)] : []),
          ...(c.name !== '' ? [h('span', { class: 'recognized' }, c.name)] : []),
          ...(b.length < c.size ? [h('span', { class: 'warn' }, format(s.keptOf, b.length.toLocaleString(this.frame.locale), c.size.toLocaleString(this.frame.locale)))] : [])),
        h('pre', { tabindex: 0 }, text)));
      last = c.time;
    }
    this.list.replaceChildren(...out);
    this.marks();
  }

  private mark(num: number): void {
    for (const el of this.list.querySelectorAll<HTMLElement>('.chunk')) {
      const here = el.dataset['num'] === String(num);
      set(el, { 'aria-current': here ? 'true' : undefined });
      if (here) el.scrollIntoView({ block: 'nearest' });
    }
  }
}
