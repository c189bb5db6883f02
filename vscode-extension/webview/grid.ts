// The event list: a grid that draws the rows in view, from a few pages of rows.
import type { ColumnsState, Strings } from '../shared/messages';
import { method, type Column, type Gap, type GotoResult, type Query, type Row, type TimeFormat } from '../shared/wire.gen';
import * as col from './columns';
import { frame, h, icon, set } from './dom';
import { Header } from './header';
import { Cancelled, type Host } from './host';
import { PageCache, PageLoader } from './pages';
import { Ruler } from './ruler';
import * as scroll from './scroll';

const rowHeight = 22, headHeight = 24, pageSize = 200, pageLimit = 40, cellPadding = 12, overscan = 3;
/** Gaps that make no line of their own: in the calls view there is one before nearly every row. */
const quietGap = 'enter halves';
/** Gaps of fewer events are shown small. */
const smallGap = 10;

export interface GridEvents {
  selected(num: number, row: number): void;
  total(total: number): void;
  columns(state: ColumnsState): void;
  gap(gap: Gap): void;
  error(message: string): void;
  moved(): void;
  enter(): void;
}

export class Grid {
  readonly element: HTMLElement;
  query: Query = { view: 'events', internal: false };
  time: TimeFormat = 'h';
  total = 0;
  /** selected row and its event number; -1 and 0: none */
  row = -1;
  num = 0;

  private columns: Column[] = [];
  private columnsState: ColumnsState = { visible: [], widths: {} };
  private shown: Column[] = [];
  private virtualTop = 0;
  private expected = 0;
  private following = false;
  private applied = false;
  private switching: AbortController | undefined;
  private probing = false;
  private probeAgain = false;
  private context = { row: -1, column: '' };
  private charWidth = 8;
  /** characters that the cells of a column took so far */
  private needs = new Map<string, number>();

  private readonly cache = new PageCache<Row>(pageSize, pageLimit);
  private readonly loader: PageLoader<Row>;
  private readonly rows = new Map<number, HTMLElement>();
  /** what an element shows, so that it is not filled again while it only moves */
  private readonly drawn = new WeakMap<HTMLElement, { i: number; row: Row | undefined; selected: boolean }>();
  private readonly layer = h('div', { class: 'layer', role: 'rowgroup' });
  private readonly space = h('div', { class: 'space', role: 'presentation' }, this.layer);
  private readonly header: Header;
  private readonly grid: HTMLElement;
  private readonly ruler: Ruler;
  private readonly empty: HTMLElement;
  private readonly draw = frame(() => this.render());

  constructor(private readonly host: Host, private readonly strings: Strings, private readonly events: GridEvents) {
    this.header = new Header(strings, {
      resize: (id, w) => this.setColumns(col.resize(this.columnsState, id, w)),
      fit: id => this.fit(id),
      move: (id, before) => this.setColumns(col.move(this.columnsState, id, before)),
      hide: id => this.setColumns(col.hide(this.columnsState, id)),
      context: id => (this.context = { row: -1, column: id }),
    });
    this.grid = h('div', {
      class: 'grid', role: 'grid', tabindex: 0, 'aria-label': strings.list, 'aria-readonly': 'true',
      'data-vscode-context': JSON.stringify({ webviewSection: 'row' }),
    }, this.header.element, this.space);
    this.ruler = new Ruler(strings.position, part => this.scrollTo(part * scroll.maxTop(this.extent)));
    this.empty = h('div', { class: 'empty' }, strings.openingName);
    this.element = h('div', { class: 'list' }, this.grid, this.ruler.element, this.empty);
    this.loader = new PageLoader(this.cache, (p, s) => this.fetch(p, s), (p, total, done) => this.loaded(p, total, done), e => this.failed(e));
    this.grid.addEventListener('scroll', () => this.scrolled());
    this.grid.addEventListener('wheel', e => this.wheel(e), { passive: false });
    this.grid.addEventListener('keydown', e => this.key(e));
    this.layer.addEventListener('mousedown', e => this.mouse(e));
    this.layer.addEventListener('mouseover', e => tip(e));
    new ResizeObserver(() => this.resized()).observe(this.grid);
  }

  /** open shows a capture. When it was opened again, everything stays where it is. */
  async open(columns: Column[], state: ColumnsState | undefined, again: boolean): Promise<void> {
    this.columns = columns;
    this.columnsState = col.restore(columns, again ? this.columnsState : state);
    this.measure();
    this.needs.clear();
    this.layoutColumns();
    this.loader.reset(again);
    if (again && this.applied) {
      this.draw();
      await this.probe();
    }
  }

  /** show lists what a query gives. The event stays in view that is selected, or the first that is seen, or the one given. */
  async show(query: Query, time: TimeFormat, at?: { top: number; row: number; num: number }): Promise<void> {
    this.switching?.abort();
    const { signal } = (this.switching = new AbortController());
    const seen = this.row >= 0 && this.num > 0 ? { row: this.row, num: this.num } : this.firstSeen();
    const anchor = at && at.num > 0 ? { row: at.row, num: at.num } : seen;
    const below = at ? (at.row - at.top) * rowHeight : anchor ? anchor.row * rowHeight - this.virtualTop : 0;
    const select = at ? at.num > 0 : this.row >= 0;
    try {
      let to: GotoResult | undefined;
      if (anchor) to = await this.host.request(method.goto, { query, to: `#${anchor.num}` }, signal).catch(ignoreUnlessCancelled);
      const row = to?.row ?? Math.floor(at?.top ?? 0), page = Math.floor(row / pageSize);
      const first = await this.fetch(page, signal, query, time);
      if (signal.aborted) return;
      this.query = query;
      this.time = time;
      this.loader.reset(false);
      this.cache.put(page, first.rows, first.columns);
      this.need(first.rows, first.columns);
      this.applied = true;
      this.setTotal(first.total, first.done);
      this.virtualTop = scroll.clampTop(this.extent, to ? row * rowHeight - below : (at?.top ?? 0) * rowHeight);
      this.row = -1;
      this.num = 0;
      if (to && select) this.select(row, false);
      this.render();
      if (!first.done) void this.probe(); // it may have grown while nobody listened
    } catch (error) {
      if (!(error instanceof Cancelled)) this.failed(error);
    }
  }

  /** probe looks how long the list is now. */
  async probe(): Promise<void> {
    if (!this.applied) return;
    if (this.probing) {
      this.probeAgain = true;
      return;
    }
    this.probing = true;
    const { query } = this;
    try {
      const r = await this.host.request(method.page, {
        query, start: Math.max(0, this.total - 1), count: 1, columns: this.shown.slice(0, 1).map(c => c.id), time: this.time,
      });
      if (query === this.query) this.setTotal(r.total, r.done);
    } catch (error) {
      if (!(error instanceof Cancelled)) this.failed(error);
    }
    this.probing = false;
    if (!this.probeAgain) return;
    this.probeAgain = false;
    await this.probe();
  }

  /** goto selects an event by number or time. */
  async goto(to: string): Promise<GotoResult> {
    const r = await this.host.request(method.goto, { query: this.query, to });
    if (r.row >= this.total) this.setTotal(r.row + 1, false);
    this.select(r.row, true);
    return r;
  }

  select(row: number, centre = false): void {
    if (this.total === 0) return;
    if (row !== this.context.row) this.context.row = -1;
    this.row = Math.min(Math.max(0, row), this.total - 1);
    this.num = this.cache.row(this.row)?.row.num ?? 0;
    this.scrollTo((centre ? scroll.center : scroll.reveal)(this.extent, this.virtualTop, this.row));
    if (this.num > 0) this.events.selected(this.num, this.row);
  }

  focus(): void {
    this.grid.focus({ preventScroll: true });
  }

  /** top is the topmost row, may be a fraction. */
  get top(): number {
    return this.virtualTop / rowHeight;
  }

  get visibleColumns(): string[] {
    return this.columnsState.visible;
  }

  choose(ids: string[]): void {
    this.setColumns(col.choose(this.columns, this.columnsState, ids));
  }

  resetColumns(): void {
    this.setColumns(col.defaults(this.columns));
  }

  /** rowText is the cells of the selected row, tab separated. */
  rowText(): string | undefined {
    const r = this.cache.row(this.row);
    return r && this.shown.map(c => r.row.cells[r.columns.indexOf(c.id)] ?? '').join('\t');
  }

  cellText(): string | undefined {
    const r = this.cache.row(this.context.row >= 0 ? this.context.row : this.row);
    return r?.row.cells[r.columns.indexOf(this.context.column)];
  }

  contextColumn(run: 'fit' | 'hide'): void {
    const { column } = this.context;
    if (run === 'fit') this.fit(column);
    else this.setColumns(col.hide(this.columnsState, column));
  }

  private get extent(): scroll.Extent {
    return { total: this.total, rowHeight, height: Math.max(0, this.grid.clientHeight - headHeight) };
  }

  private async fetch(page: number, signal: AbortSignal, query = this.query, time = this.time): ReturnType<ConstructorParameters<typeof PageLoader<Row>>[1]> {
    const columns = this.shown.map(c => c.id);
    const r = await this.host.request(method.page, { query, start: page * pageSize, count: pageSize, columns, time }, signal);
    return { rows: r.rows ?? [], columns, total: r.total, done: r.done };
  }

  private loaded(page: number, total: number, done: boolean): void {
    this.setTotal(total, done);
    const p = this.cache.page(page);
    if (p) this.need(p.rows, p.columns);
    if (this.row >= 0 && this.num === 0) {
      const known = this.cache.row(this.row)?.row.num;
      if (known !== undefined) {
        this.num = known;
        this.events.selected(known, this.row);
      }
    }
    this.draw();
  }

  private failed(error: unknown): void {
    this.events.error(error instanceof Error ? error.message : String(error));
  }

  /** A list may be empty because nothing is indexed yet. */
  private setTotal(total: number, done: boolean): void {
    this.empty.textContent = total > 0 ? '' : done ? this.strings.emptyCapture : this.strings.indexing;
    this.empty.hidden = total > 0;
    if (total === this.total) return;
    const grew = total > this.total;
    this.total = total;
    set(this.grid, { 'aria-rowcount': total + 1 });
    if (this.following && grew) this.virtualTop = scroll.maxTop(this.extent);
    this.events.total(total);
    this.draw();
  }

  private firstSeen(): { row: number; num: number } | undefined {
    const row = Math.ceil(this.virtualTop / rowHeight), r = this.cache.row(row);
    return r && row > 0 ? { row, num: r.row.num } : undefined;
  }

  // Columns

  private setColumns(state: ColumnsState): void {
    if (state === this.columnsState) return;
    const before = new Set(this.shown.map(c => c.id));
    this.columnsState = state;
    this.layoutColumns();
    if (this.shown.some(c => !before.has(c.id))) this.loader.reset(true);
    this.events.columns(state);
    this.draw();
  }

  private measure(): void {
    const context = document.createElement('canvas').getContext('2d');
    if (!context) return;
    context.font = getComputedStyle(this.layer).font;
    this.charWidth = context.measureText('0'.repeat(100)).width / 100;
  }

  private layoutColumns(): void {
    this.shown = col.shown(this.columns, this.columnsState);
    set(this.grid, { 'aria-colcount': this.shown.length });
    this.layoutWidths();
    for (const el of this.rows.values()) el.remove();
    this.rows.clear();
    this.draw();
  }

  private layoutWidths(): void {
    const px = col.pixels(this.shown, this.columnsState, this.charWidth, cellPadding, this.grid.clientWidth, this.needs);
    this.grid.style.setProperty('--columns', px.map(p => `${p}px`).join(' '));
    this.grid.style.setProperty('--width', `${px.reduce((a, b) => a + b, 0)}px`);
    this.header.show(this.shown, px);
    this.sides();
  }

  /** need notes how wide the cells of these rows are. Columns grow by it and do not shrink again, so that a list does not jump while it scrolls. */
  private need(rows: readonly Row[], columns: readonly string[]): void {
    if (rows.length === 0) return;
    let grew = false;
    columns.forEach((id, n) => {
      const before = this.needs.get(id) ?? 0, now = rows.reduce((most, r) => Math.max(most, r.cells[n]?.length ?? 0), before);
      if (now > before || !this.needs.has(id)) grew = true;
      this.needs.set(id, now);
    });
    if (grew) this.layoutWidths();
  }

  /** sides marks the sides at which columns are out of view. */
  private sides(): void {
    const { scrollLeft, scrollWidth, clientWidth } = this.grid;
    this.element.classList.toggle('more-left', scrollLeft > 1);
    this.element.classList.toggle('more-right', scrollLeft + clientWidth < scrollWidth - 1);
  }

  private fit(id: string): void {
    const column = this.shown.find(c => c.id === id), context = document.createElement('canvas').getContext('2d');
    if (!column || !context) return;
    context.font = getComputedStyle(this.layer).font;
    let widest = this.header.titleWidth(id);
    for (const i of this.rows.keys()) {
      const r = this.cache.row(i);
      widest = Math.max(widest, context.measureText(r?.row.cells[r.columns.indexOf(id)] ?? '').width);
    }
    this.setColumns(col.resize(this.columnsState, id, Math.min(Math.ceil(widest) + cellPadding + 2, 2000)));
  }

  // Moving

  private resized(): void {
    this.element.style.setProperty('--view', `${this.grid.clientWidth}px`);
    this.virtualTop = this.following ? scroll.maxTop(this.extent) : scroll.clampTop(this.extent, this.virtualTop);
    this.layoutWidths();
    this.draw();
  }

  private scrollTo(top: number): void {
    const e = this.extent;
    this.virtualTop = scroll.clampTop(e, top);
    this.following = this.total * rowHeight > e.height && this.virtualTop >= scroll.maxTop(e);
    this.draw();
  }

  private scrolled(): void {
    this.grid.style.setProperty('--left', `${this.grid.scrollLeft}px`);
    this.sides();
    if (Math.abs(this.grid.scrollTop - this.expected) < 1) return;
    this.expected = this.grid.scrollTop;
    this.scrollTo(scroll.topFromScroll(this.extent, this.grid.scrollTop));
  }

  /** A scaled scrollbar is too coarse for a wheel: rows move by what the wheel says. */
  private wheel(e: WheelEvent): void {
    if (!scroll.scaled(this.extent) || e.ctrlKey || e.shiftKey || Math.abs(e.deltaX) > Math.abs(e.deltaY)) return;
    e.preventDefault();
    const unit = e.deltaMode === WheelEvent.DOM_DELTA_LINE ? rowHeight : e.deltaMode === WheelEvent.DOM_DELTA_PAGE ? this.extent.height : 1;
    this.scrollTo(this.virtualTop + e.deltaY * unit);
  }

  private key(e: KeyboardEvent): void {
    if (e.target !== this.grid || e.altKey) return;
    const page = Math.max(1, scroll.wholeRows(this.extent) - 1), now = this.row < 0 ? Math.ceil(this.virtualTop / rowHeight) - 1 : this.row;
    switch (e.key) {
      case 'ArrowDown': this.select(now + 1); break;
      case 'ArrowUp': this.select(now - 1); break;
      case 'PageDown': this.select(now + page); break;
      case 'PageUp': this.select(now - page); break;
      case 'Home': this.select(0); break;
      case 'End': this.select(this.total - 1); break;
      case 'ArrowLeft': this.grid.scrollLeft -= 60; break;
      case 'ArrowRight': this.grid.scrollLeft += 60; break;
      case 'Enter': this.events.enter(); break;
      default: return;
    }
    e.preventDefault();
  }

  private mouse(e: MouseEvent): void {
    const target = e.target as HTMLElement, el = target.closest<HTMLElement>('.row');
    if (!el || target.closest('button')) return;
    const row = Number(el.dataset.row), cell = target.closest<HTMLElement>('.cell');
    this.context = { row, column: cell ? (this.shown[[...el.children].indexOf(cell)]?.id ?? '') : '' };
    this.focus();
    this.select(row);
  }

  // Drawing

  private render(): void {
    if (!this.applied) return;
    const e = this.extent;
    this.virtualTop = scroll.clampTop(e, this.virtualTop);
    this.space.style.height = `${Math.max(scroll.spacerHeight(e), e.height)}px`;
    this.layer.style.height = `${e.height}px`;
    const want = scroll.scrollFromTop(e, this.virtualTop);
    if (Math.abs(want - this.grid.scrollTop) >= 1) this.grid.scrollTop = want;
    this.expected = this.grid.scrollTop;
    const [first, end] = scroll.visible(e, this.virtualTop);
    this.loader.want(Math.max(0, first - overscan), end + overscan, this.total);
    const spare: HTMLElement[] = [];
    for (const [i, el] of this.rows) {
      if (i >= first && i < end) continue;
      this.rows.delete(i);
      spare.push(el);
    }
    for (let i = first; i < end; i++) {
      let el = this.rows.get(i);
      if (!el) {
        el = spare.pop() ?? this.layer.appendChild(h('div'));
        this.rows.set(i, el);
      }
      el.style.transform = `translateY(${i * rowHeight - this.virtualTop}px)`;
      this.fill(el, i);
    }
    for (const el of spare) el.remove();
    set(this.grid, { 'aria-activedescendant': this.rows.has(this.row) ? `row-${this.row}` : undefined });
    this.ruler.draw(e, this.virtualTop, this.row);
    this.events.moved();
  }

  private fill(el: HTMLElement, i: number): void {
    const r = this.cache.row(i), selected = i === this.row, drawn = this.drawn.get(el);
    if (drawn && drawn.i === i && drawn.row === r?.row && drawn.selected === selected) return;
    this.drawn.set(el, { i, row: r?.row, selected });
    const cls = ['row', r ? `kind-${r.row.kind}` : 'loading', r?.row.failed && 'failed', selected && 'selected', r?.row.gap && 'gap'].filter(Boolean).join(' ');
    if (el.className !== cls) el.className = cls;
    set(el, {
      id: `row-${i}`, role: 'row', 'data-row': i, 'aria-rowindex': i + 2, 'aria-selected': selected ? 'true' : 'false',
      'aria-description': r?.row.failed ? this.strings.rowFailed : undefined, 'aria-busy': r ? undefined : 'true',
    });
    while (el.children.length > this.shown.length) el.lastChild?.remove();
    this.shown.forEach((c, n) => {
      const cell = (el.children[n] as HTMLElement | undefined) ?? el.appendChild(h('div', { role: 'gridcell' }));
      const value = r?.row.cells[r.columns.indexOf(c.id)];
      const name = `cell ${c.align === 'right' ? 'right' : ''} ${value === undefined ? 'skeleton' : ''}`;
      if (cell.className !== name) cell.className = name;
      if (cell.textContent !== (value ?? '')) {
        cell.textContent = value ?? '';
        cell.removeAttribute('title');
      }
    });
    if (r?.row.gap) this.fillGap(el, r.row.gap);
  }

  private fillGap(el: HTMLElement, gap: Gap): void {
    if (gap.reason === quietGap) {
      el.classList.remove('gap');
      return;
    }
    const note = h('div', { class: `gap-note ${gap.to - gap.from < smallGap ? 'small' : ''}`, role: 'gridcell', title: gap.text }, icon('fold'), h('span', {}, gap.text));
    if (!this.query.internal) {
      const button = h('button', { type: 'button', tabindex: -1, title: this.strings.showInternal }, this.strings.show);
      button.addEventListener('click', () => this.events.gap(gap));
      note.append(button);
    }
    el.append(note);
  }
}

/** tip shows the whole text of a cell that is cut off. */
function tip(e: MouseEvent): void {
  const cell = (e.target as HTMLElement).closest<HTMLElement>('.cell');
  if (cell) set(cell, { title: cell.scrollWidth > cell.clientWidth ? (cell.textContent ?? '') : undefined });
}

function ignoreUnlessCancelled(error: unknown): undefined {
  if (error instanceof Cancelled) throw error;
  return undefined;
}

