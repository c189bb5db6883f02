// Two fields of each event against each other.
import type { Subject } from '../../shared/analysis';
import { method, type FieldInfo, type ScatterResult } from '../../shared/wire.gen';
import { format, h } from '../dom';
import { colors, fit, onTheme, ticks } from './colors';
import { Newest, none, ns, type Frame, type View } from './host';
import { csv, inside, isTime, outputs, png } from './output';
import { SvgPaper, type Paper } from './paper';
import { dragging, onZoom, setZoom, zoom, type Area } from './zoom';

const left = 110, bottom = 28, most = 5000;

interface Tick { at: number; label: string }

interface Axis {
  place: (v: number) => number;
  ticks: Tick[];
  text: (v: number) => string; // a value with all its digits
  value: (at: number) => number; // the value at a place
}

/** round is round numbers between two. */
function round(lo: number, hi: number, most: number): number[] {
  const rough = (hi - lo) / Math.max(1, most);
  if (!(rough > 0)) return [lo];
  const ten = 10 ** Math.floor(Math.log10(rough)), step = ten * ([1, 2, 5, 10].find(m => ten * m >= rough) ?? 10), out: number[] = [];
  for (let i = Math.ceil(lo / step); i * step <= hi; i++) out.push(i * step);
  return out;
}

export class Scatter implements View {
  readonly element = h('div', { class: 'canvas-view' });
  readonly tools = h('div', { class: 'tool-row' });
  private readonly canvas = h('canvas', { role: 'img' });
  private readonly marker = h('div', { class: 'zoom-marker', hidden: true });
  private readonly tip = h('div', { class: 'tip', hidden: true });
  private readonly x: HTMLInputElement;
  private readonly y: HTMLInputElement;
  private readonly fields = h('datalist', { id: 'fields' });
  private readonly latest: Newest;
  private readonly log = [false, false];
  private subject = none;
  private data: ScatterResult | undefined;
  /** the fields as they were typed last; of none the server chooses one */
  private asked = { x: '', y: '' };

  constructor(private readonly frame: Frame) {
    const s = frame.strings;
    this.latest = new Newest(frame);
    this.canvas.setAttribute('aria-label', s.tabs.scatter);
    const input = (label: string, value: string): HTMLInputElement => {
      const i = h('input', { type: 'text', list: 'fields', 'aria-label': `${s.field} ${label}`, spellcheck: 'false', value, class: 'field' });
      i.addEventListener('change', () => this.load());
      return i;
    };
    const log = (i: number, label: string): HTMLElement => {
      const box = h('input', { type: 'checkbox' });
      box.addEventListener('change', () => {
        this.log[i] = box.checked;
        this.draw();
      });
      return h('label', { class: 'check' }, box, `${s.logarithmic} (${label})`);
    };
    const kept = frame.host.kept<string[]>('scatter') ?? [];
    this.x = input(s.x, kept[0] ?? '');
    this.y = input(s.y, kept[1] ?? '');
    this.tools.append(this.fields, h('label', {}, s.x, ' ', this.x), h('label', {}, s.y, ' ', this.y), log(0, s.x), log(1, s.y));
    this.tools.append(h('span', { class: 'muted' }, s.areaHint), h('span', { class: 'grow' }),
      ...outputs(frame, 'scatter', { png: () => this.data && png(this.canvas, colors().paper), svg: () => this.svg(), csv: () => this.csv() }));
    this.element.append(this.canvas, this.marker, this.tip);
    this.canvas.addEventListener('pointermove', e => this.hover(e.offsetX, e.offsetY));
    this.canvas.addEventListener('pointerleave', () => (this.tip.hidden = true));
    dragging(this.canvas, this.marker, {
      left: () => left, area: a => this.area(a), across: () => isTime(this.data?.xField),
      done: (a, b) => {
        const x = this.axes()?.x;
        if (x) setZoom(x.value(a), x.value(b));
      },
      click: (x, y) => {
        const i = this.near(x, y), num = i === undefined ? 0 : this.data?.nums[i] ?? 0;
        if (num > 0) frame.host.send({ type: 'select', num });
      },
    });
    onTheme(() => this.draw());
    onZoom(() => {
      if (this.element.isConnected) this.update(this.subject);
    });
    void this.catalogue();
  }

  update(subject: Subject): void {
    const turned = this.latest.turned([subject.query, zoom], subject);
    this.subject = subject;
    if (turned !== 'same') this.load(turned === 'grown');
  }

  resize(): void {
    this.draw();
  }

  /** catalogue offers the fields. */
  private async catalogue(): Promise<void> {
    try {
      const { fields } = await this.frame.host.request(method.filterFields, {} as never);
      this.fields.replaceChildren(...fields.map((f: FieldInfo) => h('option', { value: f.name }, f.help)));
    } catch { /* the user can still type */ }
  }

  private load(grown = false): void {
    if (!grown) {
      this.asked = { x: this.x.value.trim(), y: this.y.value.trim() };
      this.frame.host.keep('scatter', [this.asked.x, this.asked.y]);
    }
    this.latest.run(async signal => {
      const r = (this.data = await this.frame.host.request(method.scatter, { query: this.subject.query, from: zoom.from, to: zoom.to, ...this.asked, most }, signal));
      this.x.placeholder = r.xField;
      this.y.placeholder = r.yField;
      this.frame.say(r.x.length === 0 ? this.frame.strings.nothing : `${format(this.frame.strings.points, r.x.length.toLocaleString(this.frame.locale), r.of.toLocaleString(this.frame.locale))} · ${format(this.frame.strings.took, r.took.toFixed(0))}`);
      this.draw();
    }, grown);
  }

  /** axis is how the values of a field lie between two places on the canvas. */
  private axis(values: number[], labels: string[], kind: string, log: boolean, from: number, to: number): Axis {
    if (labels.length > 0) {
      const place = (v: number): number => from + ((v + 0.5) / labels.length) * (to - from);
      return { place, ticks: labels.map((label, at) => ({ at, label })), text: v => labels[v] ?? '', value: at => ((at - from) / (to - from)) * labels.length - 0.5 };
    }
    const f = (v: number): number => (log ? Math.log10(Math.max(v, 1)) : v), seen = values.map(f);
    const lo = Math.min(...seen), hi = Math.max(...seen), number = (v: number): string => v.toLocaleString(this.frame.locale, { maximumFractionDigits: 3, notation: Math.abs(v) >= 1e6 ? 'compact' : 'standard' });
    const exact = (v: number): string => (kind === 'time' ? `${(v / 1e9).toFixed(9)} s` : kind === 'duration' ? ns(v) : v.toLocaleString(this.frame.locale));
    const place = (v: number): number => from + (hi > lo ? (f(v) - lo) / (hi - lo) : 0.5) * (to - from);
    const value = (at: number): number => {
      const v = lo + ((at - from) / (to - from)) * (hi - lo);
      return log ? (v <= 0 ? 0 : 10 ** v) : v;
    };
    const most = Math.abs(to - from) / (from > to ? 40 : 110);
    if (log) {
      const powers = Array.from({ length: Math.floor(hi) - Math.ceil(lo) + 1 }, (_, i) => 10 ** (Math.ceil(lo) + i));
      const marks = powers.length > 1 ? powers : [10 ** lo, 10 ** hi];
      return { place, value, text: exact, ticks: marks.map(at => ({ at, label: kind === 'count' ? number(at) : ns(at) })) };
    }
    if (kind === 'time') return { place, value, text: exact, ticks: ticks(lo, hi, most) };
    return { place, value, text: exact, ticks: round(lo, hi, most).map(at => ({ at, label: kind === 'duration' ? ns(at) : number(at) })) };
  }

  private axes(): { x: Axis; y: Axis } | undefined {
    const d = this.data, w = this.element.clientWidth, hgt = this.element.clientHeight;
    if (!d || d.x.length === 0) return undefined;
    return {
      x: this.axis(d.x, d.xLabels, d.xKind, this.log[0] ?? false, left + 8, w - 14),
      y: this.axis(d.y, d.yLabels, d.yKind, this.log[1] ?? false, hgt - bottom - 8, 12),
    };
  }

  /** area leaves only the events with values inside an area in the list. */
  private area(a: Area): void {
    const d = this.data, at = this.axes();
    if (!d || !at) return;
    const parts = [
      inside(d.xField, d.xKind, d.xLabels, d.x, d.start, at.x.value(a.x0), at.x.value(a.x1)),
      inside(d.yField, d.yKind, d.yLabels, d.y, d.start, at.y.value(a.y1), at.y.value(a.y0)),
    ].filter(Boolean);
    if (parts.length > 0) this.frame.host.send({ type: 'filter', text: parts.join(' and '), and: true });
  }

  private svg(): string | undefined {
    const paper = new SvgPaper(this.element.clientWidth, Math.max(80, this.element.clientHeight), colors().paper);
    return this.paint(paper) ? paper.svg : undefined;
  }

  /** csv has a line for each point. */
  private csv(): string | undefined {
    const d = this.data;
    if (!d) return undefined;
    const cell = (v: number, labels: string[]): string | number => (labels.length > 0 ? labels[v] ?? '' : v);
    return csv([[d.xField, d.yField, 'event'], ...d.x.map((v, i) => [cell(v, d.xLabels), cell(d.y[i] ?? 0, d.yLabels), d.nums[i] ?? 0])]);
  }

  private draw(): void {
    if (this.element.isConnected) this.paint(fit(this.canvas, this.element.clientWidth, Math.max(80, this.element.clientHeight)));
  }

  /** paint tells whether there was something to draw. */
  private paint(g: Paper): boolean {
    const d = this.data, w = this.element.clientWidth, hgt = Math.max(80, this.element.clientHeight), c = colors(), axes = this.axes();
    g.font = `11px ${getComputedStyle(document.body).fontFamily}`;
    if (!d || !axes) return false;
    const { x, y } = axes, cut = (s: string, n: number): string => (s.length > n ? `${s.slice(0, n - 1)}…` : s);
    const shown = (list: Tick[], room: number): Tick[] => list.filter((_, i) => i % Math.max(1, Math.ceil(list.length / Math.max(1, Math.floor(room)))) === 0);
    g.strokeStyle = c.line;
    g.fillStyle = c.muted;
    g.strokeRect(left, 4, w - left - 6, hgt - bottom - 4);
    const rule = (x1: number, y1: number, x2: number, y2: number): void => {
      g.beginPath();
      g.moveTo(x1, y1);
      g.lineTo(x2, y2);
      g.stroke();
    };
    g.textBaseline = 'middle';
    g.textAlign = 'right';
    g.globalAlpha = 0.6;
    for (const t of shown(y.ticks, hgt / 14)) rule(left, y.place(t.at), w - 6, y.place(t.at));
    for (const t of shown(x.ticks, (w - left) / 90)) rule(x.place(t.at), 4, x.place(t.at), hgt - bottom);
    g.globalAlpha = 1;
    for (const t of shown(y.ticks, hgt / 14)) g.fillText(cut(t.label, 16), left - 6, y.place(t.at));
    g.textAlign = 'center';
    for (const t of shown(x.ticks, (w - left) / 90)) g.fillText(cut(t.label, 14), Math.min(Math.max(x.place(t.at), left + 30), w - 40), hgt - bottom / 2);
    g.fillStyle = c.series[0] ?? c.ink;
    g.globalAlpha = d.x.length > 1000 ? 0.5 : 0.8;
    d.x.forEach((v, i) => {
      g.beginPath();
      g.arc(x.place(v), y.place(d.y[i] ?? 0), 2.2, 0, 7);
      g.fill();
    });
    g.globalAlpha = 1;
    return true;
  }

  private near(x: number, y: number): number | undefined {
    const d = this.data, at = this.axes();
    if (!d || !at) return undefined;
    let best: number | undefined, least = 64;
    d.x.forEach((v, i) => {
      const dx = at.x.place(v) - x, dy = at.y.place(d.y[i] ?? 0) - y, far = dx * dx + dy * dy;
      if (far < least) [best, least] = [i, far];
    });
    return best;
  }

  private hover(x: number, y: number): void {
    const d = this.data, i = this.near(x, y), at = this.axes();
    this.tip.hidden = i === undefined;
    if (!d || i === undefined || !at) return;
    this.tip.textContent = `${d.xField}: ${at.x.text(d.x[i] ?? 0)}\n${d.yField}: ${at.y.text(d.y[i] ?? 0)}\n${format(this.frame.strings.eventNumber, (d.nums[i] ?? 0).toLocaleString(this.frame.locale))}`;
    this.tip.style.left = `${Math.min(x + 12, this.element.clientWidth - 260)}px`;
    this.tip.style.top = `${Math.max(y - 30, 4)}px`;
  }
}
