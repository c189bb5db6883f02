// Which rows of the list are selected: ranges of rows, beside the one row that the details are of. Nothing here knows the DOM.
import type { RowRange } from '../shared/wire.gen';

/** Rows from one on up to another, without it. */
interface Span {
  from: number;
  end: number;
}

export class Selection {
  /** selected before the range that is being extended */
  private kept: Span[] = [];
  /** where the range begins that Shift extends; -1: nowhere */
  private anchor = -1;
  /** its other end */
  private focus = -1;

  /** only selects one row; -1: none. */
  only(row: number): void {
    this.kept = [];
    this.anchor = this.focus = row;
  }

  /** extend lets the range reach to a row; keep leaves what was selected before. */
  extend(row: number, keep = false): void {
    if (!keep) this.kept = [];
    if (this.anchor < 0) this.anchor = row;
    this.focus = row;
  }

  /** toggle selects a row besides the others, or leaves it out; the next range begins there. */
  toggle(row: number): void {
    const { spans } = this, was = this.has(row);
    this.kept = !was ? spans
      : spans.flatMap(s => (row < s.from || row >= s.end ? [s] : [{ from: s.from, end: row }, { from: row + 1, end: s.end }].filter(p => p.end > p.from)));
    this.anchor = this.focus = was ? -1 : row;
  }

  /** all selects every row. */
  all(total: number): void {
    this.kept = [];
    this.anchor = total > 0 ? 0 : -1;
    this.focus = total - 1;
  }

  has(row: number): boolean {
    return this.spans.some(s => row >= s.from && row < s.end);
  }

  get count(): number {
    return this.spans.reduce((n, s) => n + s.end - s.from, 0);
  }

  /** ranges is the rows, from the first to the last. */
  get ranges(): RowRange[] {
    return this.spans.map(s => ({ start: s.from, count: s.end - s.from }));
  }

  private get spans(): Span[] {
    const all = [...this.kept];
    if (this.anchor >= 0) all.push({ from: Math.min(this.anchor, this.focus), end: Math.max(this.anchor, this.focus) + 1 });
    all.sort((a, b) => a.from - b.from);
    const out: Span[] = [];
    for (const s of all) {
      const last = out[out.length - 1];
      if (last && s.from <= last.end) last.end = Math.max(last.end, s.end);
      else out.push({ ...s });
    }
    return out;
  }
}
