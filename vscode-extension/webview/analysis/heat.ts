// How long calls took over time: a cell for each interval and doubling of the latency, the redder the more calls.
import type { Subject } from '../../shared/analysis';
import { method, type HeatResult } from '../../shared/wire.gen';
import { format, h, iconButton } from '../dom';
import { colors, fit, onTheme, ticks } from './colors';
import { Newest, none, ns, type Frame, type View } from './host';
import { csv, outputs, png, times, within, type Range } from './output';
import { SvgPaper, type Paper } from './paper';
import { dragging, onZoom, setZoom, zoom, type Area } from './zoom';

const left = 70, bottom = 24;

/** rounded is a duration with two digits: rows are doublings, which need no more. */
const rounded = (v: number): string => ns(+v.toPrecision(2));

export class Heat implements View {
  readonly element = h('div', { class: 'canvas-view' });
  readonly tools = h('div', { class: 'tool-row' });
  private readonly canvas = h('canvas', { role: 'img', tabindex: 0 });
  private readonly marker = h('div', { class: 'zoom-marker', hidden: true });
  private readonly tip = h('div', { class: 'tip', hidden: true });
  private readonly latest: Newest;
  private subject = none;
  private data: HeatResult | undefined;

  constructor(private readonly frame: Frame) {
    const s = frame.strings;
    this.latest = new Newest(frame);
    this.canvas.setAttribute('aria-label', s.tabs.latency);
    const whole = h('button', { type: 'button', class: 'textual' }, s.resetZoom);
    whole.addEventListener('click', () => setZoom(0, 0));
    const step = (name: string): HTMLElement => h('span', { class: `swatch ${name}` });
    this.tools.append(h('span', { class: 'muted' }, `${s.latencyHint}. ${s.areaHint}`), h('span', { class: 'key' }, s.few, step('few'), step('some'), step('most'), s.many), h('span', { class: 'grow' }), whole,
      iconButton('filter', s.filterTime, () => this.filter(0, this.columns)), ...outputs(frame, 'latency', { png: () => this.data && png(this.canvas, colors().paper), svg: () => this.svg(), csv: () => this.csv() }));
    this.element.append(this.canvas, this.marker, this.tip);
    dragging(this.canvas, this.marker, {
      left: () => left, done: (a, b) => setZoom(this.time(a), this.time(b)), area: a => this.area(a),
      click: (x, y) => {
        const c = this.cell(x, y), num = c === undefined ? 0 : this.data?.nums[c] ?? 0;
        if (num > 0) frame.host.send({ type: 'select', num });
      },
    });
    this.canvas.addEventListener('pointermove', e => this.hover(e.offsetX, e.offsetY));
    this.canvas.addEventListener('pointerleave', () => (this.tip.hidden = true));
    onTheme(() => this.draw());
    onZoom(() => {
      if (this.element.isConnected) this.update(this.subject);
    });
  }

  update(subject: Subject): void {
    const turned = this.latest.turned([subject.query, zoom], subject);
    this.subject = subject;
    if (turned !== 'same') this.load(turned === 'grown');
  }

  resize(): void {
    this.draw();
  }

  private get columns(): number {
    const d = this.data;
    return d && d.rows > 0 ? d.cells.length / d.rows : 0;
  }

  private get inner(): { width: number; height: number } {
    return { width: Math.max(1, this.element.clientWidth - left), height: Math.max(60, this.element.clientHeight - bottom) };
  }

  private time(x: number): number {
    const d = this.data;
    return d ? d.from + ((x - left) / this.inner.width) * this.columns * d.step : 0;
  }

  private cell(x: number, y: number): number | undefined {
    const d = this.data, { width, height } = this.inner;
    if (!d || d.rows === 0 || x < left || y > height) return undefined;
    const k = Math.floor(((x - left) / width) * this.columns), r = Math.floor((1 - y / height) * d.rows);
    return k < 0 || k >= this.columns || r < 0 || r >= d.rows ? undefined : r * this.columns + k;
  }

  /** area lists the calls of the cells that an area touches. */
  private area(a: Area): void {
    const d = this.data, { width, height } = this.inner;
    if (!d || d.rows === 0) return;
    const bound = (v: number, n: number): number => Math.min(Math.max(Math.floor(v), 0), n - 1);
    const column = (x: number): number => bound(((x - left) / width) * this.columns, this.columns), row = (y: number): number => bound((1 - y / height) * d.rows, d.rows);
    const from = d.first + row(a.y1), to = d.first + row(a.y0) + 1;
    this.filter(column(a.x0), column(a.x1) + 1, { field: 'evt.latency', from: from === 0 ? 0 : 2 ** from, to: 2 ** to });
  }

  /** filter leaves only the events of these columns, and of these latencies, in the list. */
  private filter(begin: number, end: number, ...latencies: Range[]): void {
    const d = this.data;
    if (d) this.frame.host.send({ type: 'filter', text: within([times(d.start, d.from + begin * d.step, d.from + end * d.step), ...latencies]), and: true });
  }

  private load(grown = false): void {
    this.latest.run(async signal => {
      const columns = Math.min(1000, Math.max(40, Math.floor(this.inner.width / 5)));
      this.data = await this.frame.host.request(method.heat, { query: this.subject.query, from: zoom.from, to: zoom.to, columns }, signal);
      this.frame.say(this.data.rows === 0 ? this.frame.strings.latencyNone : format(this.frame.strings.took, this.data.took.toFixed(0)));
      this.draw();
    }, grown);
  }

  private draw(): void {
    const { width, height } = this.inner;
    if (this.data && this.element.isConnected) this.paint(fit(this.canvas, width + left, height + bottom), this.data);
  }

  private svg(): string | undefined {
    if (!this.data) return undefined;
    const { width, height } = this.inner, paper = new SvgPaper(width + left, height + bottom, colors().paper);
    this.paint(paper, this.data);
    return paper.svg;
  }

  /** csv has a line for each cell with calls. */
  private csv(): string | undefined {
    const d = this.data;
    if (!d) return undefined;
    const rows = d.cells.flatMap((n, i): (string | number)[][] => {
      const r = d.first + Math.floor(i / this.columns), time = d.from + (i % this.columns) * d.step;
      return n === 0 ? [] : [[Math.round(time), Math.round(time + d.step), r === 0 ? 0 : 2 ** r, 2 ** (r + 1), n, d.nums[i] ?? 0]];
    });
    return csv([['from_ns', 'to_ns', 'latency_from_ns', 'latency_to_ns', 'calls', 'event'], ...rows]);
  }

  private paint(g: Paper, d: HeatResult): void {
    const { width, height } = this.inner, c = colors();
    g.font = `11px ${getComputedStyle(document.body).fontFamily}`;
    const top = Math.max(1, ...d.cells), w = width / this.columns, hgt = height / Math.max(d.rows, 1), hot = c.series[1] ?? c.ink, cold = c.series[0] ?? c.ink;
    for (let r = 0; r < d.rows; r++) {
      for (let k = 0; k < this.columns; k++) {
        const n = d.cells[r * this.columns + k] ?? 0;
        if (n === 0) continue;
        const part = Math.log(n + 1) / Math.log(top + 1);
        g.globalAlpha = 0.25 + 0.75 * part;
        g.fillStyle = part > 0.66 ? c.bad : part > 0.33 ? hot : cold;
        g.fillRect(left + k * w, height - (r + 1) * hgt, Math.max(w - 0.3, 0.8), hgt - 0.5);
      }
    }
    g.globalAlpha = 1;
    g.strokeStyle = c.line;
    g.strokeRect(left - 0.5, 0.5, width - 1, height);
    g.fillStyle = c.muted;
    g.textAlign = 'right';
    g.textBaseline = 'middle';
    const every = Math.ceil(d.rows / Math.max(1, Math.floor(height / 18)));
    for (let r = 0; r < d.rows; r += every) g.fillText(rounded(2 ** (d.first + r)), left - 6, height - (r + 0.5) * hgt);
    g.textAlign = 'center';
    const end = d.from + this.columns * d.step;
    for (const t of ticks(d.from, end, width / 110)) g.fillText(t.label, left + ((t.at - d.from) / (end - d.from)) * width, height + 13);
  }

  private hover(x: number, y: number): void {
    const d = this.data, c = this.cell(x, y), n = c === undefined ? 0 : d?.cells[c] ?? 0;
    this.tip.hidden = !d || n === 0;
    if (!d || c === undefined || n === 0) return;
    const r = Math.floor(c / this.columns), k = c % this.columns;
    this.tip.textContent = `${n.toLocaleString(this.frame.locale)} × ${rounded(2 ** (d.first + r))} – ${rounded(2 ** (d.first + r + 1))}, ${((d.from + k * d.step) / 1e9).toFixed(6)} s`;
    this.tip.style.left = `${Math.min(x + 12, this.element.clientWidth - 260)}px`;
    this.tip.style.top = `${Math.max(y - 30, 4)}px`;
  }
}
