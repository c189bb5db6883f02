// Processes or threads as bars over time: a tree on the left, what they did on the right.
import type { Subject } from '../../shared/analysis';
import { method, type TimelineBar, type TimelineResult } from '../../shared/wire.gen';
import { format, h, iconButton, refill, set } from '../dom';
import { colors, fit, onTheme, ticks } from './colors';
import { lines, PaneFind } from '../find/pane';
import { gathered } from './gathered';
import { counted, Newest, none, ns, type Frame, type View } from './host';
import { dragging, onZoom, setZoom, zoom } from './zoom';

const rowHeight = 22, pageSize = 500;

export class Timeline implements View {
  readonly element = h('div', { class: 'timeline-view' });
  private readonly tree = h('div', { class: 'timeline', role: 'tree', tabindex: 0 });
  readonly tools = h('div', { class: 'tool-row' });
  private readonly rows = h('div', {});
  private readonly names = h('div', { class: 'names' }, h('div', { class: 'axis' }), this.rows);
  private readonly says = h('p', { class: 'muted hint', hidden: true });
  private readonly more: HTMLButtonElement;
  /** what each name was made of */
  private rowsOf: string[] = [];
  private readonly chart = h('div', { class: 'chart' });
  private readonly canvas = h('canvas', {});
  /** the part of the chart that the canvas is, px: all of it may be higher than a canvas can be */
  private drawn = { top: 0, height: 0 };
  private readonly marker = h('div', { class: 'zoom-marker', hidden: true });
  private readonly tip = h('div', { class: 'tip', hidden: true });
  private readonly latest: Newest;
  private threads = false;
  private subject = none;
  private data: TimelineResult | undefined;
  private current = 0;
  private readonly finder: PaneFind;

  constructor(private readonly frame: Frame) {
    const s = frame.strings;
    this.latest = new Newest(frame);
    set(this.tree, { 'aria-label': s.tabs.timeline });
    const box = h('input', { type: 'checkbox' });
    box.addEventListener('change', () => {
      this.threads = box.checked;
      this.load();
    });
    const whole = h('button', { type: 'button', class: 'textual' }, s.resetZoom);
    whole.addEventListener('click', () => setZoom(0, 0));
    const legend = (kind: string, text: string): HTMLElement => h('span', { class: 'key' }, h('i', { class: `swatch ${kind}` }), text);
    this.tools.append(h('label', { class: 'check' }, box, s.threads), legend('running', s.running), legend('blocked', s.blocked), legend('failed', s.failed), h('span', { class: 'grow' }),
      h('span', { class: 'muted' }, s.timelineHint), whole);
    this.chart.append(this.canvas, this.marker);
    this.finder = this.newFinder();
    this.tools.prepend(this.finder.bar.element);
    this.more = h('button', { type: 'button', class: 'textual', hidden: true }, s.more);
    this.more.addEventListener('click', () => this.load('more'));
    this.tree.append(this.names, this.chart, this.tip);
    this.element.append(this.tree, this.says, this.more);
    dragging(this.canvas, this.marker, { left: () => 0, done: (a, b) => setZoom(this.time(a), this.time(b)), click: (x, y) => this.click(x, y + this.drawn.top) });
    this.canvas.addEventListener('pointermove', e => this.hover(e.offsetX, e.offsetY + this.drawn.top));
    document.addEventListener('scroll', () => this.scrolled(), { capture: true, passive: true });
    this.canvas.addEventListener('pointerleave', () => (this.tip.hidden = true));
    this.tree.addEventListener('keydown', e => this.keys(e));
    onTheme(() => this.draw());
    onZoom(() => {
      if (this.element.isConnected) this.update(this.subject);
    });
  }

  update(subject: Subject): void {
    const turned = this.latest.turned([counted(subject.query), zoom], subject);
    this.subject = subject;
    if (turned !== 'same') this.load(turned);
  }

  resize(): void {
    this.draw();
  }

  find(): void {
    this.finder.bar.show();
  }

  next(backwards: boolean): void {
    this.finder.step(backwards);
  }

  /** newFinder searches what processes ran, their numbers and their command lines. */
  private newFinder(): PaneFind {
    // eslint-disable-next-line @typescript-eslint/no-this-alias
    const timeline = this, s = this.frame.strings.findStrings;
    return new PaneFind(s, this.frame.locale, s.inTimeline, ['text', 'regex'], {
      matches: async bar => lines((this.data?.bars ?? []).map(b => [...b.names.map(n => n.label), b.label, b.tid, b.tip].join('\n')), bar, s),
      get place() { return timeline.current; },
      go: place => this.choose(place),
      shown: found => [...this.rows.children].forEach((el, i) => el.classList.toggle('found', found.includes(i))),
      focus: () => this.tree.focus(),
    });
  }

  private time(x: number): number {
    const d = this.data;
    return d ? d.from + (x / Math.max(this.chart.clientWidth, 1)) * (d.to - d.from) : 0;
  }

  /** load asks for bars: those of something else, more of them, or those that are there of a capture that has grown, in which the same one stays selected. */
  private load(how: 'other' | 'grown' | 'more' = 'other'): void {
    this.latest.run(async signal => {
      const columns = Math.min(4000, Math.max(100, this.chart.clientWidth)), had = this.data?.bars ?? [], selected = how === 'other' ? undefined : had[this.current];
      const page = (start: number, count: number): Promise<TimelineResult> => this.frame.host.request(method.timeline,
        { query: this.subject.query, from: zoom.from, to: zoom.to, columns, threads: this.threads, start, count }, signal);
      const first = how === 'more' ? had : [], want = how === 'grown' ? Math.max(had.length, pageSize) : first.length + pageSize;
      const { last: r, items: bars } = await gathered(page, p => p.bars, first, want, pageSize);
      this.data = { ...r, bars };
      this.current = selected ? Math.max(0, bars.findIndex(b => b.tid === selected.tid && b.born === selected.born)) : 0;
      this.frame.say(`${format(this.frame.strings.lives, bars.length, r.total)} · ${format(this.frame.strings.took, r.took.toFixed(0))}`);
      this.list();
      this.draw();
      this.finder.changed(selected ? this.current : -1);
    }, how === 'grown');
  }

  /** list shows the names; those that are the same are left, and so is the focus on one. */
  private list(): void {
    const s = this.frame.strings, bars = this.data?.bars ?? [], total = this.data?.total ?? 0;
    const of = bars.map(b => JSON.stringify([b.depth, b.tip, b.names.map(n => n.label), b.label, b.tid, b.filter])), button = this.rows.contains(document.activeElement);
    refill(this.rows, this.rowsOf, of, i => this.name(bars[i] as TimelineBar, i));
    this.rowsOf = of;
    this.select();
    if (button && !this.rows.contains(document.activeElement)) this.tree.focus({ preventScroll: true });
    this.says.textContent = bars.length === 0 ? s.nothing : bars.length < total ? format(s.lives, bars.length, total) : '';
    this.says.hidden = this.says.textContent === '';
    this.more.hidden = bars.length >= total;
  }

  private name(b: TimelineBar, i: number): HTMLElement {
    const s = this.frame.strings;
    const el = h('div', { class: 'name', role: 'treeitem', 'aria-level': b.depth + 1, 'aria-selected': 'false', title: b.tip },
      h('span', { class: 'label' }, b.names.map(n => n.label).join(' → ') || b.label), h('span', { class: 'muted' }, b.tid),
      iconButton('filter', s.showEvents, () => this.frame.host.send({ type: 'filter', text: b.filter, and: true })));
    el.style.paddingLeft = `${6 + Math.min(b.depth, 12) * 12}px`;
    el.addEventListener('click', () => this.choose(i));
    el.addEventListener('dblclick', () => this.frame.host.send({ type: 'filter', text: b.filter, and: true }));
    return el;
  }

  private choose(i: number): void {
    this.current = i;
    this.select();
    this.rows.children[i]?.scrollIntoView({ block: 'nearest' });
  }

  private select(): void {
    [...this.rows.children].forEach((el, k) => set(el, { 'aria-selected': String(k === this.current) }));
  }

  private keys(e: KeyboardEvent): void {
    const bars = this.data?.bars ?? [], b = bars[this.current];
    switch (e.key) {
      case 'ArrowDown': this.choose(Math.min(this.current + 1, bars.length - 1)); break;
      case 'ArrowUp': this.choose(Math.max(this.current - 1, 0)); break;
      case 'Enter': if (b) this.frame.host.send({ type: 'filter', text: b.filter, and: true }); break;
      case ' ': if (b) this.frame.host.send({ type: 'select', num: b.born || b.spans[0]?.num || 0 }); break;
      default: return;
    }
    e.preventDefault();
  }

  /** around is the part of the chart that is seen, and as much above and below. */
  private around(): { top: number; height: number } {
    const all = this.chart.clientHeight, body = this.element.parentElement, room = body?.clientHeight ?? all;
    const seen = body ? body.getBoundingClientRect().top - this.chart.getBoundingClientRect().top : 0;
    const top = Math.min(Math.max(0, Math.floor(seen - room)), Math.max(0, all - rowHeight));
    return { top, height: Math.max(rowHeight, Math.min(all - top, 3 * room)) };
  }

  /** scrolled draws anew before an end of what is drawn is seen. */
  private scrolled(): void {
    if (!this.element.isConnected || !this.data) return;
    const { top, height } = this.around(), room = height / 6;
    if (Math.abs(top - this.drawn.top) > room || top + height > this.drawn.top + this.drawn.height + room) this.draw();
  }

  private draw(): void {
    const d = this.data;
    if (!d || !this.element.isConnected) return;
    this.chart.style.height = `${(d.bars.length + 1) * rowHeight}px`;
    const { top, height } = (this.drawn = this.around()), width = this.chart.clientWidth, c = colors(), g = fit(this.canvas, width, height), span = Math.max(d.to - d.from, 1);
    const x = (t: number): number => ((t - d.from) / span) * width;
    const fill = { running: c.series[2] ?? c.ink, blocked: c.series[0] ?? c.ink, failed: c.bad };
    this.canvas.style.top = `${top}px`;
    g.translate(0, -top);
    g.font = `11px ${getComputedStyle(document.body).fontFamily}`;
    g.textBaseline = 'middle';
    g.textAlign = 'center';
    for (const t of ticks(d.from, d.to, width / 120)) {
      g.fillStyle = c.muted;
      g.fillText(t.label, Math.min(Math.max(x(t.at), 30), width - 30), rowHeight / 2);
      g.fillStyle = c.line;
      g.fillRect(x(t.at), rowHeight, 1, (d.bars.length + 1) * rowHeight);
    }
    d.bars.forEach((b, i) => {
      const y = (i + 1) * rowHeight + 4;
      if (y < top - rowHeight || y > top + height) return;
      const h0 = rowHeight - 8, from = Math.max(0, x(b.begin)), to = Math.min(width, x(b.end));
      g.fillStyle = c.line;
      g.fillRect(from, y, Math.max(to - from, 2), h0);
      for (const s of b.spans) {
        g.fillStyle = fill[s.kind];
        g.globalAlpha = s.kind === 'blocked' ? 0.55 : 0.95;
        g.fillRect(x(s.begin), y, Math.max(x(s.end) - x(s.begin), 1), h0);
      }
      g.globalAlpha = 1;
      g.fillStyle = c.ink;
      if (b.born > 0 && b.begin >= d.from) g.fillRect(from, y - 3, 2, h0 + 6);
      if (b.died > 0 && b.end <= d.to) g.fillRect(to - 2, y - 3, 2, h0 + 6);
      for (const n of b.names.slice(1)) {
        if (n.time < d.from || n.time > d.to) continue;
        g.beginPath();
        g.moveTo(x(n.time), y - 3);
        g.lineTo(x(n.time) + 4, y + 2);
        g.lineTo(x(n.time) - 4, y + 2);
        g.fill();
      }
    });
  }

  private at(y: number): TimelineBar | undefined {
    return this.data?.bars[Math.floor(y / rowHeight) - 1];
  }

  private click(x: number, y: number): void {
    const b = this.at(y), t = this.time(x);
    if (!b) return;
    this.choose(Math.floor(y / rowHeight) - 1);
    const hit = b.spans.find(s => t >= s.begin && t <= s.end) ?? b.spans.find(s => s.begin >= t);
    const num = hit?.num ?? (b.born || b.died);
    if (num > 0) this.frame.host.send({ type: 'select', num });
  }

  private hover(x: number, y: number): void {
    const b = this.at(y), s = this.frame.strings, t = this.time(x);
    this.tip.hidden = !b;
    if (!b) return;
    const hit = b.spans.find(v => t >= v.begin && t <= v.end), ran = b.names.filter(n => n.time <= t).at(-1)?.label ?? b.label;
    const words = { running: s.running, blocked: s.blocked, failed: s.failed };
    const lines = [`${ran} (${b.tid})`, hit ? `${hit.label}: ${words[hit.kind]}, ${ns(hit.end - hit.begin)}` : '',
      b.born > 0 ? `${format(s.began, b.born)}` : s.before, b.died > 0 ? format(s.ended, b.died) : ''];
    this.tip.textContent = lines.filter(Boolean).join('\n');
    const box = this.chart.getBoundingClientRect(), outer = this.tree.getBoundingClientRect();
    this.tip.style.left = `${Math.min(box.left - outer.left + x + 12, outer.width - 280)}px`;
    this.tip.style.top = `${box.top - outer.top + y + 14}px`;
  }
}
