// The columns a list shows, and how wide they are.
import type { ColumnsState } from '../shared/messages';
import type { Column, ColumnSetting, Row } from '../shared/wire.gen';
import * as col from './columns';

export class Shown {
  /** the columns in order */
  list: Column[] = [];
  state: ColumnsState = { visible: [], widths: {} };
  private all: Column[] = [];
  /** columns of fields that are none of the list's own */
  private readonly described: Column[] = [];
  private charWidth = 8;
  /** characters that the cells of a column took so far */
  private needs = new Map<string, number>();

  constructor(private readonly padding: number) {}

  /** open takes the columns of a capture and the state that was kept. */
  open(all: Column[], state: ColumnsState | undefined, font: string): void {
    this.measure(font);
    this.needs.clear();
    const own = new Set(all.map(c => c.id));
    this.all = [...all, ...this.described.filter(c => !own.has(c.id))];
    this.state = col.restore(this.all, state);
    this.list = col.shown(this.all, this.state);
  }

  /** unknown is those columns of a state that nobody has described yet; all is the list's own. */
  unknown(all: readonly Column[], state: ColumnsState | undefined): string[] {
    return (state?.visible ?? []).filter(id => ![...all, ...this.described].some(c => c.id === id));
  }

  /** know adds columns that may be shown. */
  know(columns: readonly Column[]): void {
    for (const c of columns) {
      if (!this.described.some(d => d.id === c.id)) this.described.push({ ...c, default: false });
      if (!this.all.some(a => a.id === c.id)) this.all = [...this.all, { ...c, default: false }];
    }
  }

  get settings(): ColumnSetting[] {
    return col.settings(this.state, this.charWidth, this.padding);
  }

  fromSettings(kept: readonly ColumnSetting[]): ColumnsState {
    return col.restore(this.all, col.fromSettings(kept, this.charWidth, this.padding));
  }

  /** converted is fromSettings before anything is shown: unknown columns are kept. */
  converted(kept: readonly ColumnSetting[], font: string): ColumnsState {
    this.measure(font);
    return col.fromSettings(kept, this.charWidth, this.padding);
  }

  private measure(font: string): void {
    const context = document.createElement('canvas').getContext('2d');
    if (!context) return;
    context.font = font;
    this.charWidth = context.measureText('0'.repeat(100)).width / 100;
  }

  title(id: string): string {
    return this.state.titles?.[id] ?? this.all.find(c => c.id === id)?.title ?? id;
  }

  /** set takes another state, and tells whether columns came that were not there. */
  set(state: ColumnsState): boolean {
    const before = new Set(this.list.map(c => c.id));
    this.state = state;
    this.list = col.shown(this.all, state);
    return this.list.some(c => !before.has(c.id));
  }

  chosen(ids: string[]): ColumnsState {
    return col.choose(this.all, this.state, ids);
  }

  defaults(): ColumnsState {
    return col.defaults(this.all);
  }

  pixels(room: number): number[] {
    return col.pixels(this.list, this.state, this.charWidth, this.padding, room, this.needs);
  }

  /** need notes how wide the cells of rows are, and tells that columns must grow. They do not shrink again, so that a list does not jump while it scrolls. */
  need(rows: readonly Row[], columns: readonly string[]): boolean {
    let grew = false;
    if (rows.length > 0) columns.forEach((id, n) => {
      const before = this.needs.get(id) ?? 0, now = rows.reduce((most, r) => Math.max(most, r.cells[n]?.length ?? 0), before);
      if (now > before || !this.needs.has(id)) grew = true;
      this.needs.set(id, now);
    });
    return grew;
  }

  /** fitted is the state in which a column is as wide as these texts and its title, px. */
  fitted(id: string, title: number, texts: readonly string[], font: string): ColumnsState {
    const context = document.createElement('canvas').getContext('2d');
    if (!context) return this.state;
    context.font = font;
    const widest = texts.reduce((most, t) => Math.max(most, context.measureText(t).width), title);
    return col.resize(this.state, id, Math.min(Math.ceil(widest) + this.padding + 2, 2000));
  }
}
