// Lines over time: each a filter and a measure. Dragging zooms all graphs, a click goes to an event of the interval.
import uPlot from 'uplot';
import type { Subject } from '../../shared/analysis';
import { method, type Measure, type SeriesAsk, type SeriesResult } from '../../shared/wire.gen';
import { format, h, icon, iconButton } from '../dom';
import { colors, onTheme } from './colors';
import { svgGraph, type SvgAxis } from './graphsvg';
import { bytes, Newest, none, ns, type Frame, type View } from './host';
import { csv, outputs, png } from './output';
import { onZoom, setZoom, zoom } from './zoom';

const measures: Measure[] = ['events', 'errors', 'read', 'written', 'bytes', 'mean', 'max', 'min', 'p50', 'p99', 'load', 'distinct', 'sum', 'count'];
const ofField: Measure[] = ['distinct', 'sum', 'count'];
const ofTime: Measure[] = ['min', 'mean', 'max', 'p50', 'p99'];
const ofBytes: Measure[] = ['read', 'written', 'bytes'];
const steps = [0, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8, 1e9, 1e10, 6e10];
/** kind is what a measure is in: lines of one kind share an axis. */
const kind = (m: Measure): 'time' | 'bytes' | 'count' => (ofTime.includes(m) ? 'time' : ofBytes.includes(m) ? 'bytes' : 'count');

interface Kept { lines: SeriesAsk[]; bars: boolean; log: boolean; stacked: boolean; step: number }

export class Graph implements View {
  readonly element = h('div', { class: 'graph-view' });
  readonly tools = h('div', { class: 'tool-column' });
  private readonly plotAt = h('div', { class: 'plot' });
  private readonly list = h('div', { class: 'lines' });
  private readonly latest: Newest;
  private readonly kept: Kept;
  private plot: uPlot | undefined;
  private data: SeriesResult | undefined;
  /** what is to be drawn came while another tab was shown */
  private undrawn = false;
  /** the ticks that are shown, by scale */
  private readonly ticks = new Map<string, { at: number; label: string }[]>();
  private subject = none;

  constructor(private readonly frame: Frame) {
    this.latest = new Newest(frame);
    this.kept = frame.host.kept<Kept>('graph') ?? {
      lines: [{ filter: '', language: '', measure: 'events', field: '' }, { filter: '', language: '', measure: 'errors', field: '' }], bars: false, log: false, stacked: false, step: 0,
    };
    this.element.append(this.plotAt, h('p', { class: 'muted hint' }, frame.strings.zoomHint));
    this.buildTools();
    onTheme(() => this.draw());
    onZoom(() => {
      if (this.element.isConnected) this.update(this.subject);
    });
  }

  update(subject: Subject): void {
    const turned = this.latest.turned([subject.query, zoom], subject);
    this.subject = subject;
    if (turned !== 'same' || !this.data) this.load(turned === 'grown');
  }

  resize(): void {
    const { width, height } = this.size();
    if (this.undrawn) this.draw();
    else if (this.plot && width > 0) this.plot.setSize({ width, height });
  }

  private size(): { width: number; height: number } {
    return { width: this.element.clientWidth, height: Math.max(160, this.element.clientHeight - 60) };
  }

  private changed(): void {
    this.frame.host.keep('graph', this.kept);
    this.load();
  }

  private buildTools(): void {
    const s = this.frame.strings;
    const toggle = (label: string, key: 'bars' | 'log' | 'stacked'): HTMLElement => {
      const box = h('input', { type: 'checkbox', checked: this.kept[key] });
      box.addEventListener('change', () => {
        this.kept[key] = box.checked;
        this.frame.host.keep('graph', this.kept);
        this.draw();
      });
      return h('label', { class: 'check' }, box, label);
    };
    const step = h('select', { 'aria-label': s.interval }, ...steps.map(v => h('option', { value: v }, v === 0 ? `${s.interval}: ${s.automatic}` : `${s.interval}: ${ns(v)}`)));
    step.value = String(this.kept.step);
    step.addEventListener('change', () => {
      this.kept.step = Number(step.value);
      this.changed();
    });
    const add = h('button', { type: 'button', class: 'textual' }, icon('add'), s.addLine);
    add.addEventListener('click', () => {
      this.kept.lines.push({ filter: '', language: '', measure: 'events', field: '' });
      this.lines();
      this.changed();
    });
    const whole = h('button', { type: 'button', class: 'textual' }, s.resetZoom);
    whole.addEventListener('click', () => setZoom(0, 0));
    this.tools.append(this.list, h('div', { class: 'tool-row' }, add, step, toggle(s.bars, 'bars'), toggle(s.stacked, 'stacked'), toggle(s.logarithmic, 'log'), whole, h('span', { class: 'grow' }),
      iconButton('filter', s.filterTime, () => this.filterTime()),
      ...outputs(this.frame, 'graph', { png: () => this.plot && png(this.plot.ctx.canvas, colors().paper), svg: () => this.svg(), csv: () => this.csv() })));
    this.lines();
  }

  private lines(): void {
    const s = this.frame.strings;
    this.list.replaceChildren(...this.kept.lines.map((line, i) => {
      const measure = h('select', { 'aria-label': s.measure }, ...measures.map(m => h('option', { value: m }, s.measures[m] ?? m)));
      measure.value = line.measure;
      const field = h('input', { type: 'text', class: 'field', placeholder: s.field, 'aria-label': s.field, spellcheck: 'false', value: line.field, hidden: !ofField.includes(line.measure) });
      const filter = h('input', { type: 'text', class: 'filter', placeholder: s.filter, 'aria-label': s.filter, spellcheck: 'false', value: line.filter });
      measure.addEventListener('change', () => {
        line.measure = measure.value as Measure;
        field.hidden = !ofField.includes(line.measure);
        if (field.hidden || line.field !== '') this.changed();
      });
      field.addEventListener('change', () => {
        line.field = field.value.trim();
        this.changed();
      });
      filter.addEventListener('change', () => {
        line.filter = filter.value.trim();
        this.changed();
      });
      const remove = iconButton('close', s.removeLine, () => {
        this.kept.lines.splice(i, 1);
        this.lines();
        this.changed();
      });
      const swatch = h('i', { class: 'swatch' });
      swatch.style.background = colors().series[i % 6] ?? '';
      return h('div', { class: 'tool-row line' }, swatch, measure, field, filter, h('span', { class: 'wrong', role: 'alert' }), ...(this.kept.lines.length > 1 ? [remove] : []));
    }));
  }

  private load(grown = false): void {
    this.latest.run(async signal => {
      const asks = this.kept.lines.map(l => (ofField.includes(l.measure) && l.field === '' ? { ...l, measure: 'events' as const } : l));
      const r = await this.frame.host.request(method.series, {
        query: this.subject.query, from: zoom.from, to: zoom.to, buckets: Math.min(2000, Math.max(50, Math.floor(this.size().width / 3))), step: this.kept.step, series: asks,
      }, signal);
      this.data = r;
      this.frame.say(`${format(this.frame.strings.perInterval, ns(r.step))} · ${format(this.frame.strings.took, r.took.toFixed(0))}`);
      r.lines.forEach((l, i) => {
        const at = this.list.children[i]?.querySelector('.wrong');
        if (at) at.textContent = l.error;
      });
      if (grown) this.redraw();
      else this.draw();
    }, grown);
  }

  /** values are the points of the lines, on top of each other when stacked. */
  private values(r: SeriesResult): (number | null)[][] {
    const out = r.lines.map(l => l.points.map(v => (v < 0 ? null : v)));
    if (this.kept.stacked) {
      for (let i = 1; i < out.length; i++) out[i] = (out[i] ?? []).map((v, k) => (v ?? 0) + (out[i - 1]?.[k] ?? 0));
    }
    return this.kept.log ? out.map(l => l.map(v => (v !== null && v > 0 ? v : null))) : out;
  }

  private get kinds(): string[] {
    return [...new Set(this.kept.lines.map(l => kind(l.measure)))];
  }

  private name(i: number): string {
    const l = this.kept.lines[i], s = this.frame.strings;
    return l ? [s.measures[l.measure] ?? l.measure, l.field, l.filter].filter(Boolean).join(' · ') : '';
  }

  /** points is what is drawn: times and the values of each line. */
  private points(r: SeriesResult): uPlot.AlignedData {
    return [Array.from({ length: r.lines[0]?.points.length ?? 0 }, (_, i) => (r.from + i * r.step) / 1e9), ...this.values(r)] as uPlot.AlignedData;
  }

  /** redraw puts other values into the plot that is there, so that what is being dragged stays. */
  private redraw(): void {
    if (!this.plot || !this.element.isConnected) this.draw();
    else if (this.data) this.plot.setData(this.points(this.data));
  }

  private draw(): void {
    const r = this.data;
    this.undrawn = !this.element.isConnected;
    if (!r || this.undrawn) return;
    const c = colors();
    const { kinds } = this, kept = (scale: string, list: (number | null)[], label: (v: number) => string): string[] => {
      this.ticks.set(scale, list.filter(v => v !== null).map(at => ({ at, label: label(at) })));
      return list.map(v => (v === null ? '' : label(v)));
    };
    const write = (k: string) => (v: number): string => (k === 'time' ? ns(v) : k === 'bytes' ? bytes(v) : v.toLocaleString(this.frame.locale, { maximumFractionDigits: 2 }));
    const axis = { stroke: c.muted, grid: { stroke: c.line, width: 1 }, ticks: { stroke: c.line, width: 1 }, font: `11px ${getComputedStyle(document.body).fontFamily}` };
    const bars = uPlot.paths.bars?.({ size: [0.9, 100] });
    this.plot?.destroy();
    this.plot = new uPlot({
      ...this.size(),
      scales: { x: { time: false }, ...Object.fromEntries(kinds.map(k => [k, { distr: this.kept.log ? 3 : 1, range: this.kept.log ? undefined : (_: uPlot, lo: number, hi: number): [number, number] => [Math.min(0, lo), hi > 0 ? hi * 1.05 : 1] } as uPlot.Scale])) },
      axes: [{ ...axis, values: (_, list) => kept('x', list, v => `${+v.toFixed(9)} s`), space: 80 },
        ...kinds.map((k, i): uPlot.Axis => ({ ...axis, scale: k, side: i === 0 ? 3 : 1, grid: i === 0 ? axis.grid : { show: false }, size: 76, values: (_, list) => kept(k, list, write(k)) }))],
      series: [{ value: (_, v) => (v === null ? '' : `${v.toFixed(6)} s`), label: this.frame.strings.time },
        ...this.kept.lines.map((l, i): uPlot.Series => ({
          label: this.name(i), scale: kind(l.measure), stroke: c.series[i % 6], width: 1.5, fill: this.kept.bars || this.kept.stacked ? `color-mix(in srgb, ${c.series[i % 6] ?? ''} 35%, transparent)` : undefined,
          paths: this.kept.bars ? bars : undefined, points: { show: u => (u.data[0]?.length ?? 0) < 60 }, value: (_, v) => (v === null ? '' : write(kind(l.measure))(v)), spanGaps: false,
        }))],
      cursor: { drag: { x: true, y: false, setScale: false }, focus: { prox: 16 } },
      legend: { live: true },
      hooks: {
        setSelect: [u => {
          if (u.select.width < 4) return;
          const from = u.posToVal(u.select.left, 'x') * 1e9, to = u.posToVal(u.select.left + u.select.width, 'x') * 1e9;
          u.setSelect({ left: 0, top: 0, width: 0, height: 0 }, false);
          setZoom(from, to);
        }],
      },
    }, this.points(r), this.plotAt);
    const over = this.plot.over;
    let down = -1;
    over.addEventListener('pointerdown', e => (down = e.clientX));
    over.addEventListener('click', e => {
      if (Math.abs(e.clientX - down) < 4) this.click();
    });
  }

  /** click goes to an event of the interval under the cursor. */
  private click(): void {
    const i = this.plot?.cursor.idx ?? -1;
    const num = this.data?.lines.map(l => l.nums[i] ?? 0).find(n => n > 0);
    if (num) this.frame.host.send({ type: 'select', num });
  }

  /** filterTime leaves only the events of the time that is shown. */
  private filterTime(): void {
    if (this.data) this.frame.host.send({ type: 'filter', text: this.data.within, and: true });
  }

  /** svg is the plot as it is shown. */
  private svg(): string | undefined {
    const r = this.data, u = this.plot;
    if (!r || !u) return undefined;
    const c = colors(), kinds = this.kinds, [times, ...values] = this.points(r) as [number[], ...(number | null)[][]];
    const axis = (scale: string): SvgAxis => ({ min: u.scales[scale]?.min ?? 0, max: u.scales[scale]?.max ?? 1, log: scale !== 'x' && this.kept.log, ticks: this.ticks.get(scale) ?? [] });
    return svgGraph({
      ...this.size(), paper: c.paper, ink: c.muted, rule: c.line, x: axis('x'), y: kinds.map(axis), times, bars: this.kept.bars, filled: this.kept.stacked,
      lines: this.kept.lines.map((l, i) => ({ name: this.name(i), color: c.series[i % 6] ?? '', axis: kinds.indexOf(kind(l.measure)), values: values[i] ?? [] })),
    });
  }

  private csv(): string | undefined {
    const r = this.data;
    if (!r) return undefined;
    const points = Array.from({ length: r.lines[0]?.points.length ?? 0 }, (_, k) => [Math.round(r.from + k * r.step), ...r.lines.map(l => { const v = l.points[k] ?? -1; return v < 0 ? '' : v; })]);
    return csv([['ns', ...r.lines.map((_, i) => this.name(i))], ...points]);
  }
}
