// The event list: a grid that draws the rows in view, from a few pages of rows.
import type { ColumnsState, CopyAsk, Strings } from '../shared/messages';
import type { TimeStyle } from '../shared/notes';
import {
  method, type Align, type Column, type ColumnSetting, type CopyFormat, type Gap, type GotoResult, type Query, type Row, type RowRange, type Sort, type TimeFormat,
} from '../shared/wire.gen';
import type { Coloring, Tinted } from './colors/coloring';
import { ColorMap } from './colors/map';
import * as col from './columns';
import { frame, h, set } from './dom';
import { sameRows } from './filter/query';
import { Header } from './header';
import { Cancelled, type Asks } from './host';
import { ofShown } from './latest';
import { PageCache, PageLoader } from './pages';
import { draw, drawGap, same, tip, type RowState } from './row';
import { Ruler } from './ruler';
import * as scroll from './scroll';
import { Selection } from './selection';
import { Shown } from './shown';

/** rows that are copied as they are here, the most; more are copied on the server */
const copyHere = 2000;
/** px that the arrow of a sorted column takes */
const arrow = 18;
const rowHeight = 22, headHeight = 24, pageSize = 200, pageLimit = 40, cellPadding = 12, overscan = 3;
/** how often a list that is about to be shown goes after a selection that moves meanwhile */
const maxTurns = 3;
/** room before the first cell for what is noted about an event, px; as in notes.css */
const gutter = 16;

/** Listed is what is listed, and how. */
export interface Listed {
  query: Query;
  time: TimeFormat;
  mark: string;
}

/** Answer is a page as it came. */
interface Answer {
  rows: Tinted[];
  columns: string[];
  total: number;
  done: boolean;
  /** not all of its rows have the colours that they will have */
  pale: boolean;
  /** the grid's news when it was asked for */
  news: number;
}

/** Place is where a list was: the selected event, or the topmost, and how many rows below the top. */
export interface Place {
  top: number;
  row: number;
  num: number;
  /** the event is only where the list is, and is not selected */
  unselected?: boolean;
}

export interface GridEvents {
  selected(num: number, row: number): void;
  /** more rows are selected, or other ones */
  ranged(): void;
  total(total: number, done: boolean): void;
  columns(state: ColumnsState): void;
  gap(gap: Gap): void;
  error(message: string): void;
  moved(): void;
  enter(): void;
  /** the selected event is to be explained */
  explain(): void;
  /** a key that the list itself has no use for; true when it was used */
  key(e: KeyboardEvent): boolean;
  /** the list shows the newest rows as they come, or does not any more */
  followed(on: boolean): void;
  /** the list is to be sorted otherwise */
  sort?(sort: Sort | undefined): void;
  /** sorts a list on the server; rejects with Cancelled when the user does not want it */
  sorting?(query: Query, signal: AbortSignal): Promise<unknown>;
  /** so many events came since the list was sorted */
  newer?(events: number): void;
  /** rows are to be copied that are not here */
  copy?(ask: CopyAsk): void;
}

export class Grid {
  readonly element: HTMLElement;
  query: Query = { view: 'events', internal: false };
  time: TimeFormat = 'h';
  style: TimeStyle = { utc: false, precision: '' };
  /** filter whose rows are marked */
  mark = '';
  total = 0;
  /** selected row and its event number; -1 and 0: none */
  row = -1;
  num = 0;
  /** rows are still written: a list that is short is followed, too */
  live = false;
  /** cells that are cut off have tooltips */
  tips = true;
  /** the list stands still, whatever is written */
  paused = false;

  private readonly shown = new Shown(cellPadding);
  private virtualTop = 0;
  private expected = 0;
  following = false;
  private applied = false;
  private switching: AbortController | undefined;
  private going: AbortController | undefined;
  /** what is about to be listed */
  private wanted: Listed | undefined;
  private probing = false;
  private probeAgain = false;
  private context = { row: -1, column: '' };
  private readonly selected = new Selection();
  /** who waits for the number of the selected event */
  private waiting: (() => void)[] = [];

  private readonly cache = new PageCache<Tinted>(pageSize, pageLimit);
  private readonly loader: PageLoader<Tinted, Answer>;
  /** rows are there whose colours are not known yet */
  /** rows are in the cache without the colours that they will have */
  private pale = false;
  /** counts what is told of colours and of what a filter leaves */
  private news = 0;
  private readonly map: ColorMap;
  private readonly rows = new Map<number, HTMLElement>();
  /** what an element shows, so that it is not filled again while it only moves */
  private readonly drawn = new WeakMap<HTMLElement, RowState>();
  private readonly layer = h('div', { class: 'layer', role: 'rowgroup' });
  private readonly space = h('div', { class: 'space', role: 'presentation' }, this.layer);
  private readonly header: Header;
  private readonly grid: HTMLElement;
  private readonly ruler: Ruler;
  private readonly empty: HTMLElement;
  private readonly draw = frame(() => this.render());

  constructor(private readonly host: Asks, private readonly strings: Strings, private readonly coloring: Coloring, private readonly events: GridEvents) {
    this.header = new Header(strings, {
      resize: (id, w) => this.setColumns(col.resize(this.shown.state, id, id === this.shown.list[0]?.id ? w - gutter : w)),
      fit: id => this.fit(id),
      move: (id, before) => this.setColumns(col.move(this.shown.state, id, before)),
      hide: id => this.setColumns(col.hide(this.shown.state, id)),
      context: id => (this.context = { row: -1, column: id }),
      sort: id => this.events.sort?.(col.nextSort(this.asked.query.sort, id)),
    });
    this.grid = h('div', {
      class: 'grid', role: 'grid', tabindex: 0, 'aria-label': strings.list, 'aria-readonly': 'true',
      'aria-multiselectable': 'true', 'data-vscode-context': JSON.stringify({ webviewSection: 'row' }),
    }, this.header.element, this.space);
    this.map = new ColorMap(host, coloring, strings, () => (this.applied ? this.query : undefined));
    this.ruler = new Ruler(strings.position, this.map, part => this.scrollTo(part * scroll.contentHeight(this.extent) - this.extent.height / 2));
    this.empty = h('div', { class: 'empty' }, strings.openingName);
    this.element = h('div', { class: 'list' }, this.grid, this.ruler.element, this.empty);
    this.loader = new PageLoader(this.cache, (p, s) => this.fetch(p, s), (p, answer) => this.loaded(p, answer), e => this.failed(e));
    this.grid.addEventListener('scroll', () => this.scrolled());
    this.grid.addEventListener('wheel', e => this.wheel(e), { passive: false });
    this.grid.addEventListener('keydown', e => this.key(e));
    this.layer.addEventListener('mousedown', e => this.mouse(e));
    this.layer.addEventListener('mouseover', e => tip(e, this.tips));
    new ResizeObserver(() => this.resized()).observe(this.grid);
  }

  /** open shows a capture. When it was opened again, everything stays where it is. */
  async open(columns: Column[], state: ColumnsState | undefined, again: boolean): Promise<void> {
    if (!again) await this.describe(this.shown.unknown(columns, state));
    this.shown.open(columns, again ? this.shown.state : state, this.font);
    this.layoutColumns();
    this.loader.reset(again);
    if (again && this.applied) {
      this.draw();
      await this.probe();
    }
  }

  /** look shows other columns, and everything else as it is. */
  async look(columns: Column[], state: ColumnsState | undefined): Promise<void> {
    await this.describe(this.shown.unknown(columns, state));
    this.shown.open(columns, state, this.font);
    this.layoutColumns();
    this.loader.reset(true);
    this.draw();
  }

  /**
   * show lists what a query gives; false when it could not. The event stays in view that is selected when the answer is there, or the first that is seen, or the one
   * given.
   */
  async show(query: Query, time: TimeFormat, mark: string, at?: Place): Promise<boolean> {
    this.switching?.abort();
    const mayFollow = !at && !query.sort && (this.live || sameRows(query, this.query)); // a file may grow without a capture
    const { signal } = (this.switching = new AbortController());
    const wanted = (this.wanted = { query, time, mark });
    try {
      if (query.sort && !(this.applied && sameRows(query, this.query))) await this.events.sorting?.(query, signal);
      let to: GotoResult | undefined, stays = this.staying(at), row: number, page: number, first: Awaited<ReturnType<Grid['fetch']>>;
      for (let turn = 0; ; turn++) {
        const selected = this.row;
        if (stays.num > 0) to = await this.host.request(method.goto, { query, to: `#${stays.num}`, at: 0 }, signal).catch(ignoreUnlessCancelled);
        row = to?.row ?? Math.floor(at?.top ?? 0);
        page = Math.floor(row / pageSize);
        first = await this.fetch(page, signal, query, time, mark);
        if (at || this.row === selected || turn === maxTurns || (await this.settled()) === 0) break;
        stays = this.staying(); // another one was selected meanwhile
      }
      if (signal.aborted) return false;
      const follow = mayFollow && this.following; // which may have begun or ended meanwhile
      this.query = query;
      this.time = time;
      this.mark = mark;
      this.header.sorted(query.sort);
      this.layoutWidths();
      if (query.sort) this.setFollowing(false);
      this.loader.reset(false);
      this.cache.put(page, first.rows, first.columns);
      this.need(first.rows, first.columns);
      this.applied = true;
      this.setTotal(first.total, first.done, true);
      this.virtualTop = scroll.clampTop(this.extent, to ? row * rowHeight - stays.below : (at?.top ?? 0) * rowHeight);
      this.row = -1;
      this.num = 0;
      this.settle();
      this.selected.only(-1);
      if (to && stays.selected) this.selectRow(row, false);
      if (follow) this.follow(true);
      this.render();
      this.map.ask(true);
      this.came(first);
      if (!first.done) void this.probe(); // what was told of this list before it was shown went by
      return true;
    } catch (error) {
      if (!(error instanceof Cancelled)) this.failed(error);
      return false;
    } finally {
      if (this.wanted === wanted) this.wanted = undefined;
    }
  }

  /** staying is the event that stays in view when another list is shown, 0: none, how far below the upper edge, and whether it is selected. */
  private staying(at?: Place): { num: number; below: number; selected: boolean } {
    const here = this.row >= 0 && this.num > 0 ? { row: this.row, num: this.num } : this.firstSeen();
    const { row, num } = at && at.num > 0 ? at : here ?? { row: 0, num: 0 };
    return {
      num, below: at ? (at.row - at.top) * rowHeight : num > 0 ? row * rowHeight - this.virtualTop : 0, selected: at ? at.num > 0 && !at.unselected : this.row >= 0,
    };
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
        query, start: Math.max(0, this.total - 1), count: 1, columns: this.shown.list.slice(0, 1).map(c => c.id), time: this.time,
      });
      if (query === this.query) {
        if (this.live && this.following && !this.paused) await this.ahead(r.total);
        if (query === this.query) this.setTotal(r.total, r.done);
        this.events.newer?.(r.newer ?? 0);
      }
    } catch (error) {
      if (!(error instanceof Cancelled)) this.failed(error);
    }
    this.probing = false;
    if (!this.probeAgain) return;
    this.probeAgain = false;
    await this.probe();
  }

  /** ahead loads the last rows of a list before it is as long: what follows a fast capture would never see but rows that are still loading. */
  private async ahead(total: number): Promise<void> {
    const { query } = this, { signal } = new AbortController();
    for (const page of this.cache.missing(Math.max(0, total - Math.ceil(this.extent.height / rowHeight) - overscan), total, total)) {
      const r = await this.fetch(page, signal);
      if (query !== this.query) return;
      this.cache.put(page, r.rows, r.columns);
      this.need(r.rows, r.columns);
      this.came(r);
    }
  }

  /** goto selects an event by number or time. It ends as Cancelled when something else is selected before it is found. */
  async goto(to: string): Promise<GotoResult> {
    this.going?.abort();
    const { signal } = (this.going = new AbortController());
    const r = await ofShown(this, query => this.host.request(method.goto, { query, to, at: this.num }, signal));
    if (signal.aborted) throw new Cancelled();
    this.found(r.row);
    return r;
  }

  /** found selects a row that was found. */
  found(row: number): void {
    if (row >= this.total) this.setTotal(row + 1, false, true);
    this.select(row, true);
  }

  /** showColumn brings a column into view. */
  showColumn(id: string): void {
    const n = this.shown.list.findIndex(c => c.id === id), cell = this.rows.get(this.row)?.children[n] as HTMLElement | undefined;
    if (cell) this.reveal(cell);
  }

  /** filtered tells how long the list is so far, by a filter that is still being asked. */
  filtered(matched: number, done: boolean): void {
    this.news++;
    if (this.probing) this.probeAgain = true; // its answer may be older
    if (!this.applied || matched < this.total || this.query.sort) return;
    if (this.live && this.following) void this.probe();
    else this.setTotal(matched, done);
  }

  /** select selects a row; extend keeps the other end of the rows that are selected. */
  select(row: number, centre = false, extend = false): void {
    this.going?.abort();
    this.selectRow(row, centre, extend);
  }

  /** selectRow is select, but for who is going to an event: he gets there. */
  private selectRow(row: number, centre: boolean, extend = false): void {
    if (this.total === 0) return;
    row = Math.min(Math.max(0, row), this.total - 1);
    if (extend) this.selected.extend(row);
    else this.selected.only(row);
    this.go(row, centre);
    if (extend) this.events.ranged();
  }

  /** toggle selects a row besides others, or leaves it out. */
  toggle(row: number): void {
    if (row < 0 || row >= this.total) return;
    this.going?.abort();
    this.selected.toggle(row);
    this.go(row, false);
    this.events.ranged();
  }

  selectAll(): void {
    this.going?.abort();
    this.selected.all(this.total);
    if (this.row < 0) this.go(Math.ceil(this.top), false);
    this.events.ranged();
    this.draw();
  }

  /** go shows the details of a row, and what is selected. */
  private go(row: number, centre: boolean): void {
    if (row !== this.context.row) this.context.row = -1;
    this.row = row;
    this.num = this.cache.row(this.row)?.row.num ?? 0;
    this.scrollTo((centre ? scroll.center : scroll.reveal)(this.extent, this.virtualTop, this.row));
    if (this.row < this.total - 1) this.setFollowing(false);
    if (this.num > 0) {
      this.events.selected(this.num, this.row);
      this.settle();
    }
  }

  /** follow keeps the newest rows in view, or lets the list stay where it is. */
  follow(on: boolean): void {
    if (on) this.virtualTop = scroll.maxTop(this.extent);
    this.setFollowing(on);
    this.draw();
  }

  /** recolor shows rows in the colours that rules give them now. */
  recolor(): void {
    this.stale();
    this.map.ask(true);
  }

  /** colored tells that more is known of colours. */
  colored(): void {
    this.news++;
    if (this.pale) this.stale();
    this.map.colored();
  }

  /** themed tells that the same colours look otherwise now. */
  themed(): void {
    this.map.draw();
  }

  /** stale asks for the rows again that are seen: others may stand in their places now. */
  stale(): void {
    this.pale = false;
    this.loader.reset(true);
    this.draw();
  }

  /** asked is what is about to be listed, or what is listed: what changes a part of it keeps the rest. */
  get asked(): Listed {
    return this.wanted ?? { query: this.query, time: this.time, mark: this.mark };
  }

  /** changing: another list is about to be shown */
  get changing(): boolean {
    return this.wanted !== undefined;
  }

  /** settled is the number of the selected event, once it is known; 0: none is selected. */
  async settled(): Promise<number> {
    if (this.row >= 0 && this.num === 0) await new Promise<void>(resolve => this.waiting.push(resolve));
    return this.num;
  }

  /** selection is the rows that are selected, and of one alone, or where they are loaded, the numbers of the first and the last event; 0: not known. */
  get selection(): { from: number; to: number; rows: number; ranges: RowRange[] } {
    const { count, ranges } = this.selected, first = ranges[0], last = ranges[ranges.length - 1];
    if (this.num === 0 || !first || !last) return { from: this.num, to: this.num, rows: this.num === 0 ? 0 : 1, ranges: [] };
    if (count === 1) return { from: this.num, to: this.num, rows: 1, ranges };
    const num = (row: number): number => this.cache.row(row)?.row.num ?? 0;
    return { from: num(first.start), to: num(last.start + last.count - 1), rows: count, ranges };
  }

  /** event is how the selected event is called where its number alone does not say it. */
  get event(): string {
    return this.cache.row(this.row)?.row.event ?? '';
  }

  /** selectedRows are the positions of the selected rows. */
  get selectedRows(): RowRange[] {
    const { ranges, count } = this.selected;
    return count > 0 ? ranges : this.row < 0 ? [] : [{ start: this.row, count: 1 }];
  }

  /** firstNum is the number of the topmost whole row; 0 while it is not loaded. */
  get firstNum(): number {
    return this.cache.row(Math.ceil(this.top))?.row.num ?? 0;
  }

  focus(): void {
    this.grid.focus({ preventScroll: true });
  }

  /** top is the topmost row, may be a fraction. */
  get top(): number {
    return this.virtualTop / rowHeight;
  }

  get visibleColumns(): string[] {
    return this.shown.state.visible;
  }

  /** numOf is the event of a row, 0 while it is not loaded. */
  numOf(row: number): number {
    return this.cache.row(row)?.row.num ?? 0;
  }

  /** current is the selected row, undefined when it is out of view. */
  get current(): { num: number; element: HTMLElement } | undefined {
    const element = this.row < 0 ? undefined : this.rows.get(this.row);
    return element && { num: this.num, element };
  }

  choose(ids: string[]): void {
    this.setColumns(this.shown.chosen(ids));
  }

  resetColumns(): void {
    this.setColumns(this.shown.defaults());
  }

  /** rowText is the cells of the selected rows, tab separated, a line each; undefined when there are none, or when the server is asked for them. */
  rowText(): string | undefined {
    if (this.row < 0) return undefined;
    const { ranges, count } = this.selected, lines: string[] = [];
    if (count > copyHere) return this.copy('text');
    for (const part of count > 0 ? ranges : [{ start: this.row, count: 1 }]) {
      for (let i = part.start; i < part.start + part.count; i++) {
        const r = this.cache.row(i), cells = r && this.shown.list.map(c => r.row.cells[r.columns.indexOf(c.id)]);
        if (!cells || cells.some(c => c === undefined || c.endsWith('…'))) return this.copy('text');
        lines.push(cells.join('\t').replaceAll('\n', ' '));
      }
    }
    return lines.join('\n');
  }

  /** copy lets the server make a text of the selected rows. */
  copy(format: CopyFormat): undefined {
    if (this.row < 0) return;
    const rows = this.selected.count > 0 ? this.selected.ranges : [{ start: this.row, count: 1 }];
    this.events.copy?.({ query: this.query, rows, time: this.time, ...this.style, format, columns: this.shown.list.map(({ id, title, align }) => ({ id, title, align })) });
  }

  cellText(): string | undefined {
    const r = this.cache.row(this.context.row >= 0 ? this.context.row : this.row);
    return r?.row.cells[r.columns.indexOf(this.context.column)];
  }

  /** cell is the event and the column that a menu is about; without a column when there is none. */
  get cell(): { num: number; column: string } {
    const num = this.cache.row(this.context.row >= 0 ? this.context.row : this.row)?.row.num ?? this.num;
    return { num, column: this.shown.list.some(c => c.id === this.context.column) ? this.context.column : '' };
  }

  contextColumn(run: 'fit' | 'hide'): void {
    const { column } = this.context;
    if (run === 'fit') this.fit(column);
    else this.setColumns(col.hide(this.shown.state, column));
  }

  /** alignColumn aligns the cells of the column that a menu is about. */
  alignColumn(to: Align): void {
    this.setColumns(col.align(this.shown.state, this.context.column, to));
  }

  renameColumn(id: string, title: string): void {
    this.setColumns(col.rename(this.shown.state, id, title));
  }

  /** sortColumn sorts by the column that a menu is about. */
  sortColumn(descending: boolean): void {
    const { column } = this.context;
    if (this.shown.list.some(c => c.id === column)) this.events.sort?.({ column, descending });
  }

  title(id: string): string {
    return this.shown.title(id);
  }

  /** settings is the columns as the server keeps them. */
  get settings(): ColumnSetting[] {
    return this.shown.settings;
  }

  /** use shows the columns that the server has kept. */
  async use(kept: readonly ColumnSetting[]): Promise<void> {
    await this.describe(this.shown.unknown(this.shown.list, { visible: kept.map(c => c.id), widths: {} }));
    this.setColumns(this.shown.fromSettings(kept));
  }

  /** stateOf is the columns that the server has kept, as a state to open a capture with. */
  stateOf(kept: readonly ColumnSetting[]): ColumnsState | undefined {
    return kept.length > 0 ? this.shown.converted(kept, this.font) : undefined;
  }

  /** addColumn shows a field as a column, beside the one that a menu of the header is about; false when there is no such field. */
  async addColumn(field: string, at = ''): Promise<boolean> {
    const [id] = await this.describe([field]);
    if (id === undefined) return false;
    const { visible } = this.shown.state, beside = visible.indexOf(at);
    this.setColumns(col.add(this.shown.state, id, beside >= 0 ? visible[beside + 1] : col.place(this.shown.list)));
    const title = this.header.find(id);
    if (title) this.reveal(title);
    return true;
  }

  /** describe asks what columns of fields are; those that are none are told of and left out. */
  private async describe(fields: string[]): Promise<string[]> {
    if (fields.length === 0) return [];
    const r = await this.host.request(method.columns, { ids: fields }), found = r.columns.flatMap(c => c.column ?? []);
    this.shown.know(found);
    const bad = r.columns.find(c => !c.column);
    if (bad) this.events.error(bad.message);
    return found.map(c => c.id);
  }

  private get extent(): scroll.Extent {
    return { total: this.total, rowHeight, height: Math.max(0, this.grid.clientHeight - headHeight) };
  }

  private async fetch(page: number, signal: AbortSignal, query = this.query, time = this.time, mark = this.mark): Promise<Answer> {
    const { news } = this, columns = this.shown.list.map(c => c.id), { rules, filters: colors } = this.coloring;
    const r = await this.host.request(method.page, { query, start: page * pageSize, count: pageSize, columns, time, ...this.style, ...(mark && { mark }), ...(colors.length > 0 && { colors }) }, signal);
    if (rules !== this.coloring.rules) return this.fetch(page, signal, query, time, mark); // others meanwhile, which the rows are to be shown in
    return { rows: (r.rows ?? []).map(row => this.coloring.tinted(row, rules)), columns, total: r.total, done: r.done, pale: !r.colored, news };
  }

  /** came looks whether more was told of rows that are in the cache now while they were on their way. */
  private came({ pale, done, news }: Answer): void {
    if (pale) this.pale = true;
    if (news === this.news) return;
    if (pale) this.stale();
    if (!done) void this.probe();
  }

  private loaded(page: number, answer: Answer): void {
    const { total, done } = answer;
    if (!this.live || !this.following) this.setTotal(total, done); // else when the rows are there: see ahead
    const p = this.cache.page(page);
    if (p) this.need(p.rows, p.columns);
    if (this.row >= 0 && this.num === 0) {
      const known = this.cache.row(this.row)?.row.num;
      if (known !== undefined) {
        this.num = known;
        this.events.selected(known, this.row);
        this.settle();
      }
    }
    this.came(answer);
    this.draw();
  }

  private settle(): void {
    for (const resolve of this.waiting.splice(0)) resolve();
  }

  private failed(error: unknown): void {
    this.settle();
    this.events.error(error instanceof Error ? error.message : String(error));
  }

  /** A list may be empty because nothing is indexed yet. */
  private setTotal(total: number, done: boolean, force = false): void {
    if (this.paused && !force) return;
    // Why a filter leaves nothing is told elsewhere.
    this.empty.textContent = total > 0 ? '' : !done ? this.strings.indexing : this.query.filter ? '' : this.strings.emptyCapture;
    this.empty.hidden = this.empty.textContent === '';
    if (total === this.total) {
      if (total === 0) this.events.total(total, done);
      return;
    }
    const grew = total > this.total;
    this.total = total;
    set(this.grid, { 'aria-rowcount': total + 1 });
    if (this.following && grew) this.virtualTop = scroll.maxTop(this.extent);
    this.map.ask(false);
    this.events.total(total, done);
    this.draw();
  }

  private firstSeen(): { row: number; num: number } | undefined {
    const row = Math.ceil(this.virtualTop / rowHeight), r = this.cache.row(row);
    return r && row > 0 ? { row, num: r.row.num } : undefined;
  }

  // Columns

  private setColumns(state: ColumnsState): void {
    if (state === this.shown.state) return;
    const more = this.shown.set(state);
    this.layoutColumns();
    if (more) this.loader.reset(true);
    this.events.columns(state);
    this.draw();
  }

  private layoutColumns(): void {
    set(this.grid, { 'aria-colcount': this.shown.list.length });
    this.layoutWidths();
    for (const el of this.rows.values()) el.remove();
    this.rows.clear();
    this.draw();
  }

  private layoutWidths(): void {
    const px = this.shown.pixels(this.grid.clientWidth - gutter), by = this.shown.list.findIndex(c => c.id === this.query.sort?.column);
    if (by >= 0) { // the arrow takes room beside the title, from the widest column
      const more = Math.ceil(this.header.titleWidth(this.shown.list[by]!.id)) + cellPadding + arrow - px[by]!, widest = px.indexOf(Math.max(...px));
      if (more > 0 && widest !== by) {
        px[by]! += more;
        px[widest]! -= more;
      }
    }
    px[0] = (px[0] ?? 0) + gutter;
    this.grid.style.setProperty('--columns', px.map(p => `${p}px`).join(' '));
    this.grid.style.setProperty('--width', `${px.reduce((a, b) => a + b, 0)}px`);
    this.header.show(this.shown.list, px);
    this.sides();
  }

  private need(rows: readonly Row[], columns: readonly string[]): void {
    if (this.shown.need(rows, columns)) this.layoutWidths();
  }

  /** sides marks the sides at which columns are out of view. */
  private sides(): void {
    const { scrollLeft, scrollWidth, clientWidth } = this.grid;
    this.element.classList.toggle('more-left', scrollLeft > 1);
    this.element.classList.toggle('more-right', scrollLeft + clientWidth < scrollWidth - 1);
  }

  private fit(id: string): void {
    if (!this.shown.list.some(c => c.id === id)) return;
    const texts = [...this.rows.keys()].map(i => this.cache.row(i)).map(r => r?.row.cells[r.columns.indexOf(id)] ?? '');
    this.setColumns(this.shown.fitted(id, this.header.titleWidth(id), texts, this.font));
  }

  private get font(): string {
    return getComputedStyle(this.layer).font;
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
    this.setFollowing(!this.query.sort && (this.live || this.total * rowHeight > e.height) && this.virtualTop >= scroll.maxTop(e));
    this.draw();
  }

  private setFollowing(on: boolean): void {
    if (on === this.following) return;
    this.following = on;
    this.events.followed(on);
  }

  private scrolled(): void {
    this.grid.style.setProperty('--left', `${this.grid.scrollLeft}px`);
    this.sides();
    if (Math.abs(this.grid.scrollTop - this.expected) < 1) return;
    this.expected = this.grid.scrollTop;
    // The end of what is drawn is the end, also where the list has grown since, or the browser moved it because the list has another height.
    const { scrollTop, clientHeight, scrollHeight } = this.grid, e = this.extent;
    this.scrollTo(scrollTop + clientHeight >= scrollHeight - 1 ? scroll.maxTop(e) : scroll.topFromScroll(e, scrollTop));
  }

  /** A scaled scrollbar is too coarse for a wheel: rows move by what the wheel says. */
  private wheel(e: WheelEvent): void {
    if (!scroll.scaled(this.extent) || e.ctrlKey || e.shiftKey || Math.abs(e.deltaX) > Math.abs(e.deltaY)) return;
    e.preventDefault();
    const unit = e.deltaMode === WheelEvent.DOM_DELTA_LINE ? rowHeight : e.deltaMode === WheelEvent.DOM_DELTA_PAGE ? this.extent.height : 1;
    this.scrollTo(this.virtualTop + e.deltaY * unit);
  }

  private key(e: KeyboardEvent): void {
    if (e.target !== this.grid) return;
    if (e.altKey) { // keys of the workbench; by some of them the browser would scroll as well
      if (!e.ctrlKey && !e.metaKey && /^(Arrow|Page|Home$|End$)/.test(e.key)) e.preventDefault();
      return;
    }
    if (e.key === 'ContextMenu' || (e.key === 'F10' && e.shiftKey)) {
      this.contextMenu();
      e.preventDefault();
      return;
    }
    if ((e.ctrlKey || e.metaKey) && (e.key === 'ArrowLeft' || e.key === 'ArrowRight')) {
      this.moveCell(e.key === 'ArrowRight' ? 1 : -1);
      e.preventDefault();
      return;
    }
    const extend = e.shiftKey;
    const page = Math.max(1, scroll.wholeRows(this.extent) - 1), now = this.row < 0 ? Math.ceil(this.virtualTop / rowHeight) - 1 : this.row;
    switch (e.key) {
      case 'ArrowDown': this.select(now + 1, false, extend); break;
      case 'ArrowUp': this.select(now - 1, false, extend); break;
      case 'PageDown': this.select(now + page, false, extend); break;
      case 'PageUp': this.select(now - page, false, extend); break;
      case 'Home': this.select(0, false, extend); break;
      case 'End': this.select(this.total - 1, false, extend); break;
      case 'ArrowLeft': this.grid.scrollLeft -= 60; break;
      case 'ArrowRight': this.grid.scrollLeft += 60; break;
      case 'Enter': this.events.enter(); break;
      case ' ':
        if (e.ctrlKey) this.toggle(this.row);
        else this.events.explain();
        break;
      default:
        if ((e.ctrlKey || e.metaKey) && e.key.toLowerCase() === 'a') this.selectAll();
        else if (!this.events.key(e)) return;
    }
    e.preventDefault();
  }

  private mouse(e: MouseEvent): void {
    const target = e.target as HTMLElement, el = target.closest<HTMLElement>('.row');
    if (!el || target.closest('button')) return;
    const row = Number(el.dataset.row), cell = target.closest<HTMLElement>('.cell');
    this.context = { row, column: cell ? (this.shown.list[[...el.children].indexOf(cell)]?.id ?? '') : '' };
    this.focus();
    // A menu is about all rows that are selected.
    if (e.button !== 0 && this.inRange(row)) this.draw();
    else if (e.button === 0 && (e.ctrlKey || e.metaKey)) this.toggle(row);
    else this.select(row, false, e.shiftKey);
    this.context.row = row;
  }

  private inRange(i: number): boolean {
    return this.selected.count > 1 && this.selected.has(i);
  }

  /** moveCell goes to another cell of the selected row, which menus of the keyboard are about. */
  private moveCell(by: number): void {
    const at = this.shown.list.findIndex(c => c.id === this.context.column), to = Math.min(Math.max(0, at < 0 ? 0 : at + by), this.shown.list.length - 1);
    if (this.row < 0) this.select(Math.ceil(this.top));
    this.context = { row: this.row, column: this.shown.list[to]?.id ?? '' };
    this.render();
    const cell = this.rows.get(this.row)?.children[to] as HTMLElement | undefined;
    if (cell) this.reveal(cell);
  }

  private reveal(cell: HTMLElement): void {
    const left = cell.offsetLeft, over = left + cell.offsetWidth - this.grid.scrollLeft - this.grid.clientWidth;
    if (left < this.grid.scrollLeft) this.grid.scrollLeft = left;
    else if (over > 0) this.grid.scrollLeft = Math.min(left, this.grid.scrollLeft + over);
  }

  /** contextMenu opens the menu of the workbench at the cell that the keys are at. */
  private contextMenu(): void {
    const row = this.rows.get(this.row), n = this.shown.list.findIndex(c => c.id === this.context.column), at = (row?.children[n] ?? row) as HTMLElement | undefined;
    if (!row || !at) return;
    const r = at.getBoundingClientRect(), left = Math.max(r.left, this.grid.getBoundingClientRect().left);
    this.context.row = this.row;
    at.dispatchEvent(new MouseEvent('contextmenu', { bubbles: true, cancelable: true, clientX: left + 12, clientY: r.bottom - 4, button: 2 }));
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
    set(this.grid, { 'aria-activedescendant': !this.rows.has(this.row) ? undefined : this.layer.querySelector('#cell-current') ? 'cell-current' : `row-${this.row}` });
    this.ruler.draw(e, this.virtualTop, this.row);
    this.events.moved();
  }

  private fill(el: HTMLElement, i: number): void {
    const r = this.cache.row(i), selected = i === this.row, { row, column } = this.context;
    const state: RowState = {
      i, row: r?.row, columns: r?.columns ?? [], selected, ranged: this.inRange(i), cell: selected && row === i ? this.shown.list.findIndex(c => c.id === column) : -1,
    };
    if (same(this.drawn.get(el), state)) return;
    this.drawn.set(el, state);
    draw(el, this.shown.list, state, this.strings);
    const gap = r?.row.gap;
    if (gap) drawGap(el, gap, this.strings, this.query.internal ? undefined : () => this.events.gap(gap));
  }
}

function ignoreUnlessCancelled(error: unknown): undefined {
  if (error instanceof Cancelled) throw error;
  return undefined;
}
