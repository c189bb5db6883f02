// Tables of statistics: sorted by a click on a title, searched, gone into from row to row, and a row shows its events.
import type { Subject } from '../../shared/analysis';
import { method, type Query, type StatsForm, type StatsResult, type StatsRow } from '../../shared/wire.gen';
import { format, h, icon, iconButton, refill, set } from '../dom';
import { mark, rangeIn } from '../find/marks';
import { ranges } from '../find/search';
import { gathered } from './gathered';
import { counted, Newest, type Frame, type View } from './host';

const pageSize = 200, most = 1000; // rows at once
interface Kept { table: string; sort: string; up: boolean }

/** Step is a row that was gone into: the table it is of as it was, and what selects its events. */
interface Step extends Kept { title: string; label: string; filter: string; search: string }

export class Stats implements View {
  readonly element = h('div', { class: 'table-view' });
  readonly tools = h('div', { class: 'tool-row' });
  private readonly choose: HTMLSelectElement;
  private readonly search: HTMLInputElement;
  private readonly save: HTMLSelectElement;
  private readonly trail = h('nav', { class: 'trail', hidden: true });
  private readonly note = h('p', { class: 'muted' });
  private readonly head = h('tr', {});
  private readonly rows = h('tbody', {});
  private readonly more: HTMLButtonElement;
  private readonly latest: Newest;
  private readonly kept: Kept;
  private readonly steps: Step[] = [];
  private query: Query = { view: 'calls', internal: false };
  private shown: StatsResult | undefined;
  /** what the head and each row were made of */
  private headOf = '';
  private rowsOf: string[] = [];

  constructor(private readonly frame: Frame) {
    const s = frame.strings;
    this.latest = new Newest(frame);
    this.kept = frame.host.kept<Kept>('stats') ?? { table: '', sort: '', up: false };
    this.choose = h('select', { 'aria-label': s.tabs.stats });
    this.choose.addEventListener('change', () => this.change({ table: this.choose.value, sort: '', up: false }));
    this.search = h('input', { type: 'search', placeholder: s.search, 'aria-label': s.search, spellcheck: 'false' });
    this.search.addEventListener('input', () => this.load(0));
    const forms: [StatsForm | '', string][] = [['', s.saveAs], ['csv', s.saveCsv], ['json', s.saveJson], ['text', s.saveText]];
    this.save = h('select', { class: 'save', 'aria-label': s.saveAs }, ...forms.map(([value, text]) => h('option', { value }, text)));
    this.save.addEventListener('change', () => {
      const form = this.save.value as StatsForm | '';
      this.save.value = '';
      if (form !== '') frame.host.send({ type: 'saveTable', params: { query: this.query, within: this.within, ...this.kept, search: this.search.value }, form });
    });
    this.more = h('button', { type: 'button', class: 'textual', hidden: true }, s.more);
    this.more.addEventListener('click', () => this.load(this.rowsOf.length));
    set(this.trail, { 'aria-label': s.trail });
    this.tools.append(this.choose, this.search, h('span', { class: 'grow' }),
      iconButton('copy', s.copyTable, () => void this.text('\t').then(text => frame.host.send({ type: 'copy', text }))), this.save);
    this.element.append(this.trail, this.note, h('table', { class: 'stats' }, h('thead', {}, this.head), this.rows), this.more);
    this.rows.addEventListener('keydown', e => this.keys(e));
  }

  resize(): void { /* the browser does */ }

  find(): void {
    this.search.focus();
    this.search.select();
  }

  update(subject: Subject): void {
    const turned = this.latest.turned(counted(subject.query), subject);
    this.query = subject.query;
    if (turned === 'other') this.load(0);
    else if (turned === 'grown') this.grow();
  }

  private change(k: Partial<Kept>): void {
    Object.assign(this.kept, k);
    this.frame.host.keep('stats', this.kept);
    this.load(0);
  }

  /** within is what selects the events of the rows that were gone into. */
  private get within(): string[] {
    return this.steps.map(s => s.filter);
  }

  /** into takes a row apart. */
  private into(row: StatsRow): void {
    const r = this.shown;
    if (!r?.drill) return;
    this.steps.push({ ...this.kept, title: r.title, label: row.label, filter: row.filter, search: this.search.value });
    this.search.value = '';
    this.change({ table: r.drill, sort: '', up: false });
  }

  /** backTo shows a table again as it was before one of its rows was gone into. */
  private backTo(depth: number): void {
    const step = this.steps[depth];
    if (!step) return;
    this.steps.length = depth;
    this.search.value = step.search;
    this.change({ table: step.table, sort: step.sort, up: step.up });
  }

  private events(filter: string): void {
    const all = [...this.within, filter], text = all.length === 1 ? filter : all.map(f => `(${f})`).join(' and ');
    this.frame.host.send({ type: 'filter', text, and: true });
  }

  private ask(start: number, count: number, signal?: AbortSignal): Promise<StatsResult> {
    return this.frame.host.request(method.stats, { query: this.query, within: this.within, ...this.kept, search: this.search.value, start, count }, signal);
  }

  private load(start: number): void {
    this.latest.run(async signal => {
      const r = await this.ask(start, pageSize, signal);
      this.kept.table = r.name;
      this.show(r, start > 0);
    });
  }

  /** grow counts the rows that are shown again. */
  private grow(): void {
    this.latest.run(async signal => {
      const { last, items } = await gathered((start, count) => this.ask(start, count, signal), p => p.rows, [], Math.max(pageSize, this.rowsOf.length), most);
      this.show({ ...last, start: 0, rows: items }, false, true);
    }, true);
  }

  private show(r: StatsResult, append: boolean, grown = false): void {
    const { strings, locale } = this.frame;
    if (this.choose.options.length === 0) this.choose.append(...r.tables.map(t => h('option', { value: t.name, title: t.help }, t.title)));
    this.choose.value = r.name;
    this.note.textContent = r.total === 0 ? strings.nothing : r.note;
    this.note.hidden = this.note.textContent === '';
    this.shown = r;
    if (!grown) this.way(r.title);
    this.titles(r);
    this.fill(r, append, grown);
    this.more.hidden = this.rowsOf.length >= r.total;
    this.marks();
    this.frame.say(`${format(strings.rowsOf, r.total.toLocaleString(locale))} · ${format(strings.took, r.took.toFixed(r.took < 10 ? 1 : 0))}`);
  }

  /** titles shows the columns; the same ones are left, and so is the focus on one. */
  private titles(r: StatsResult): void {
    const of = JSON.stringify([r.columns, r.sort, this.kept.up]);
    if (of === this.headOf) return;
    this.headOf = of;
    this.head.replaceChildren(...r.columns.map(c => {
      const sorted = c.id === r.sort;
      const b = h('button', { type: 'button' }, c.title, ...(sorted ? [icon(this.kept.up ? 'triangle-up' : 'triangle-down')] : []));
      b.addEventListener('click', () => this.change({ sort: c.id, up: sorted ? !this.kept.up : c.align === 'left' }));
      return h('th', { class: c.align, scope: 'col', 'aria-sort': sorted ? (this.kept.up ? 'ascending' : 'descending') : undefined }, b);
    }));
  }

  /** fill shows the rows. Of a table that has only grown, rows that are the same are left, and the focus stays on the row that had it. */
  private fill(r: StatsResult, append: boolean, grown: boolean): void {
    const of = r.rows.map(row => JSON.stringify([r.name, r.sort, row])), make = (i: number): HTMLElement => this.row(r, r.rows[i] as StatsRow, r.start + i);
    const active = document.activeElement, focused = active?.closest('tr'), held = focused && this.rows.contains(focused) ? focused : undefined;
    if (append) {
      this.rows.append(...of.map((_, i) => make(i)));
      this.rowsOf.push(...of);
      return;
    }
    const button = held ? [...held.querySelectorAll('button')].indexOf(active as HTMLButtonElement) : -1;
    const current = (held ?? this.rows.querySelector<HTMLElement>('tr[tabindex="0"]'))?.dataset['filter'];
    if (grown) refill(this.rows, this.rowsOf, of, make);
    else this.rows.replaceChildren(...of.map((_, i) => make(i)));
    this.rowsOf = of;
    const all = [...this.rows.children] as HTMLElement[], to = (grown ? all.find(el => el.dataset['filter'] === current) : undefined) ?? all[0];
    all.forEach(el => set(el, { tabindex: el === to ? 0 : -1 }));
    if (held && !held.isConnected) (to?.querySelectorAll('button')[button] ?? to)?.focus({ preventScroll: grown });
  }

  /** way shows the rows that were gone into; each leads back to the table it is of. */
  private way(title: string): void {
    this.trail.hidden = this.steps.length === 0;
    this.trail.replaceChildren(...this.steps.flatMap((s, i) => {
      const b = h('button', { type: 'button', class: 'textual', title: s.filter }, `${s.title}: ${s.label}`);
      b.addEventListener('click', () => this.backTo(i));
      return [b, icon('chevron-right')];
    }), h('span', { 'aria-current': 'page' }, title));
  }

  /** marks marks what is searched for. */
  private marks(): void {
    const text = this.search.value.trim(), out: Range[] = [];
    if (text !== '') {
      const re = new RegExp(text.replace(/[.*+?^${}()|[\]\\/]/g, '\\$&'), 'giu');
      for (const cell of this.rows.querySelectorAll<HTMLElement>('td.left:not(.buttons)')) {
        const of = cell.querySelector('button') ?? cell;
        for (const [a, b] of ranges(re, of.textContent ?? '', 20)) {
          const r = rangeIn(of, a, b);
          if (r) out.push(r);
        }
      }
    }
    mark('find-table', out);
  }

  private row(r: StatsResult, row: StatsRow, index: number): HTMLElement {
    const s = this.frame.strings;
    const el = h('tr', { tabindex: index === 0 ? 0 : -1, title: row.filter }, ...r.columns.map((c, i) => {
      const cell = h('td', { class: c.align }), text = row.cells[i] ?? '';
      if (i === 0 && r.drill !== '') {
        const b = h('button', { type: 'button', class: 'textual', tabindex: -1, title: format(s.into, row.label) }, text === '' ? row.label : text);
        b.addEventListener('click', () => this.into(row));
        cell.append(b);
      } else cell.textContent = text;
      if (c.id === r.sort && row.part > 0) {
        cell.classList.add('measured');
        cell.style.setProperty('--part', `${(row.part * 100).toFixed(2)}%`);
      }
      return cell;
    }));
    const buttons = h('td', { class: 'buttons' },
      iconButton('filter', s.showEvents, () => this.events(row.filter)),
      ...(row.num > 0 ? [iconButton('target', s.goToEvent, () => this.frame.host.send({ type: 'select', num: row.num }))] : []));
    el.append(buttons);
    el.dataset['filter'] = row.filter;
    el.dataset['num'] = String(row.num);
    el.addEventListener('dblclick', e => {
      if (!(e.target as HTMLElement).closest('button')) this.events(row.filter);
    });
    el.addEventListener('keydown', e => {
      if (e.target !== el || e.key !== 'ArrowRight') return;
      e.preventDefault();
      this.into(row);
    });
    return el;
  }

  /** Up and down go from row to row, right into one, left back; Enter shows the events of one. */
  private keys(e: KeyboardEvent): void {
    const at = (e.target as HTMLElement).closest('tr');
    if (!at) return;
    const to = e.key === 'ArrowDown' ? at.nextElementSibling : e.key === 'ArrowUp' ? at.previousElementSibling : undefined;
    if (to instanceof HTMLElement) {
      set(at, { tabindex: -1 });
      set(to, { tabindex: 0 });
      to.focus();
    } else if (e.key === 'Enter' && e.target === at) this.events(at.dataset['filter'] ?? '');
    else if ((e.key === 'ArrowLeft' || e.key === 'Backspace') && this.steps.length > 0) this.backTo(this.steps.length - 1);
    else return;
    e.preventDefault();
  }

  /** text is the whole table with a separator between its cells. */
  private async text(separator: string): Promise<string> {
    const plain = (s: string): string => s.replaceAll('\t', ' ');
    const lines = [(this.shown?.columns ?? []).map(c => plain(c.title)).join(separator)];
    for (let start = 0; ;) {
      const r = await this.ask(start, most);
      lines.push(...r.rows.map(row => row.cells.map(plain).join(separator)));
      start += r.rows.length;
      if (start >= r.total || r.rows.length === 0) return `${lines.join('\n')}\n`;
    }
  }
}
