// What filters do to the list: the box and the buttons above it, the reason in it when nothing is left, matches found in it.
import type { FilterAction, FilterSource, FilterStore, ListState, Strings } from '../shared/messages';
import type { TimeStyle } from '../shared/notes';
import { method, type ColumnSetting, type FilterButton, type FilteredParams, type FilterFromParams, type Node as TreeNode, type Query, type RowRange, type TimeFormat } from '../shared/wire.gen';
import { Cancelled } from './cancelled';
import { FilterBox } from './filter/box';
import { Buttons } from './filter/buttons';
import { queryOf, sameList, type Filter } from './filter/query';
import { byFilter } from './find/search';
import { Why } from './filter/says';
import type { Host } from './host';
import { Latest, ofShown } from './latest';

/** What of the list filters need. */
export interface Filtered {
  readonly query: Query;
  /** what is about to be listed, or is */
  readonly asked: Query;
  readonly time: TimeFormat;
  readonly style: TimeStyle;
  readonly total: number;
  readonly num: number;
  /** num, once it is known */
  settled(): Promise<number>;
  readonly columns: string[];
  readonly settings: ColumnSetting[];
  /** first and last selected event */
  readonly selection: { from: number; to: number; rows: number; ranges: RowRange[] };
  /** the cell or the node that a menu is about */
  readonly context: { cell: { num: number; column: string } } | { node: TreeNode | undefined; num: number };
  show(query: Query, mark: string): Promise<boolean>;
  found(row: number): void;
  filtered(matched: number, done: boolean): void;
  focus(): void;
  /** Something is to be kept for the next time. */
  keep(): void;
}

const countAgain = 1000, tellHost = 80; // ms

export class Filtering {
  readonly box: FilterBox;
  readonly buttons: Buttons;
  readonly why: Why;
  private of: number | undefined;
  private took: number | undefined;
  private matched = 0;
  private lastCount = 0;
  private hostTimer = 0;
  private readonly counts = new Latest();
  private readonly whys = new Latest();
  private readonly finds = new Latest();

  constructor(private readonly host: Host, private readonly strings: Strings, locale: string, private readonly list: Filtered) {
    this.box = new FilterBox(host, strings, locale, {
      apply: f => void this.apply(f),
      changed: () => {
        this.tell();
        list.keep();
      },
      find: (f, backwards) => this.find(f, backwards),
      count: (f, signal) => host.request(method.filterCount, { query: queryOf(list.query, { ...f, mode: 'filter' }) }, signal),
      leave: () => list.focus(),
      host: action => this.ask(action),
    });
    this.buttons = new Buttons(strings, {
      use: (b, and) => {
        const base = this.box.applied.text;
        void this.box.put(and && base !== '' ? this.joined(base, b.text) : b.text, and ? '' : b.language, true);
      },
      edit: (action, button) => this.ask(action, button),
    });
    this.why = new Why(strings, locale, {
      fix: f => void this.box.fixApplied(f),
      select: (a, b) => this.box.select(a, b),
      read: () => undefined,
    }, () => this.box.clear());
  }

  set stored(s: FilterStore) {
    this.box.stored = s;
    this.buttons.stored = s;
  }

  /** restore shows the filter of a list that was restored. */
  restore(f: Filter, text: string): void {
    this.box.restore(f, text);
    this.shown();
  }

  /** shown tells that the list shows another query, or is growing. */
  shown(): void {
    this.buttons.show(this.box.applied);
    this.of = this.took = undefined;
    this.why.clear();
    this.box.progress(1);
    this.count(0);
    this.tell();
  }

  /** total tells how long the list is. */
  total(total: number, done: boolean): void {
    this.tellCount();
    if (this.list.query.filter && total === 0 && done) this.explain();
    else {
      this.whys.cancel();
      this.why.clear();
    }
  }

  /** grown tells that there are more events. */
  grown(): void {
    if (this.box.applied.text !== '') this.count(Math.max(0, this.lastCount + countAgain - Date.now()));
  }

  filtered(p: FilteredParams): void {
    if (!sameList(p.query, this.list.query)) return;
    this.box.progress(p.done || p.of === 0 ? 1 : p.scanned / p.of);
    if (p.done) this.took = p.took;
    this.list.filtered(p.matched, p.done);
  }

  /** from makes a filter of something that is shown and puts it into the box, or applies it. */
  async from(source: FilterSource, mode: FilterFromParams['mode'], apply: boolean): Promise<void> {
    const nothing: FilterFromParams = {
      session: '', kind: 'cell', mode, base: this.box.filter.text, num: this.list.num, view: this.list.query.view, column: '', field: '', value: '', method: '', id: '', tid: '',
    };
    try {
      const r = await this.host.request(method.filterFrom, { ...nothing, ...(source.kind === 'context' ? this.context() : { ...source, mode }) });
      await this.box.put(r.text, r.language, apply);
      if (apply) this.list.focus();
    } catch (e) {
      if (!(e instanceof Cancelled)) this.box.say('warning', e instanceof Error ? e.message : String(e));
    }
  }

  /** ask asks the host for something, which must know what the box holds by then. */
  private ask(action: FilterAction, button?: FilterButton): void {
    clearTimeout(this.hostTimer);
    this.host.send({ type: 'list', list: this.state });
    this.host.send({ type: 'filter', action, ...(button && { button }) });
  }

  /** tell tells the host what is listed and what is typed. */
  tell(): void {
    clearTimeout(this.hostTimer);
    this.hostTimer = window.setTimeout(() => this.host.send({ type: 'list', list: this.state }), tellHost);
  }

  private get state(): ListState {
    const { query, time, style, columns, settings, selection } = this.list, { text, language } = this.box.filter;
    return { query, time, style, columns, settings, text, language, read: this.box.readAs, from: selection.from, to: selection.to, rows: selection.rows > 1 ? selection.ranges : [] };
  }

  private context(): Partial<FilterFromParams> {
    const at = this.list.context;
    if ('cell' in at) return { kind: 'cell', num: at.cell.num, column: at.cell.column };
    return { kind: 'node', num: at.num, field: at.node?.field ?? '', value: at.node?.value ?? '' };
  }

  /** joined is two filters of which both must match. Parentheses never change what a filter means. */
  private joined(a: string, b: string): string {
    return `(${a}) and (${b})`;
  }

  private async apply(f: Filter): Promise<void> {
    const query = queryOf(this.list.asked, f);
    if (f.text !== '') this.host.send({ type: 'used', text: f.text, language: f.language });
    if (!(await this.list.show(query, f.mode === 'mark' ? f.text : ''))) return;
    this.shown();
  }

  private find(f: Filter, backwards: boolean): void {
    this.finds.run(0, signal => ofShown(this.list, async query => {
      const from = await this.list.settled();
      return this.host.request(method.find, { query, search: byFilter(f.text, f.language), from, backwards, wrap: true, wait: 0 }, signal);
    }), r => {
      if (!r.found) {
        this.box.say('info', this.strings.noMatch);
        return;
      }
      this.list.found(r.row);
      if (r.wrapped) this.box.say('info', backwards ? this.strings.wrappedUp : this.strings.wrappedDown);
      else this.box.quiet();
    }, e => this.box.say('error', e instanceof Error ? e.message : String(e)));
  }

  /** count asks how many rows there are without the filter. */
  private count(wait: number): void {
    const f = this.box.applied;
    if (f.text === '') {
      this.counts.cancel();
      return;
    }
    this.counts.run(wait, signal => this.host.request(method.filterCount, { query: queryOf(this.list.query, { ...f, mode: 'filter' }) }, signal), r => {
      this.lastCount = Date.now();
      this.of = r.of;
      this.took ??= r.took;
      this.matched = r.matched;
      this.tellCount();
    }, () => undefined);
  }

  private tellCount(): void {
    const { applied } = this.box;
    if (applied.text === '' || this.of === undefined) return;
    this.box.tell(applied.mode === 'filter' ? this.list.total : this.matched, this.of, this.took);
  }

  private explain(): void {
    const { query } = this.list, text = this.box.applied.text;
    this.why.show(text, undefined);
    this.whys.run(0, signal => this.host.request(method.filterWhy, { query }, signal), r => this.why.show(text, r), () => undefined);
  }
}
