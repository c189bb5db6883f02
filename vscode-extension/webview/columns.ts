// Which columns a list shows, in which order and how wide.
import type { ColumnsState } from '../shared/messages';
import type { Align, Column, ColumnSetting, Sort } from '../shared/wire.gen';

export const minWidth = 24;

/** defaults is the state that the server suggests. */
export const defaults = (all: readonly Column[]): ColumnsState => ({ visible: all.filter(c => c.default).map(c => c.id), widths: {} });

/** restore is a kept state without columns that are gone; the defaults if nothing is left. */
export function restore(all: readonly Column[], kept: ColumnsState | undefined): ColumnsState {
  const known = new Set(all.map(c => c.id));
  const visible = [...new Set(kept?.visible ?? [])].filter(id => known.has(id));
  if (!kept || visible.length === 0) return defaults(all);
  const of = <T>(record: Record<string, T> | undefined): Record<string, T> | undefined => {
    const entries = Object.entries(record ?? {}).filter(([id]) => known.has(id));
    return entries.length > 0 ? Object.fromEntries(entries) : undefined;
  };
  const aligns = of(kept.aligns), titles = of(kept.titles);
  return {
    visible, widths: Object.fromEntries(Object.entries(kept.widths).filter(([id, w]) => known.has(id) && w >= minWidth)), ...(aligns && { aligns }), ...(titles && { titles }),
  };
}

/** shown is the visible columns in order, with the titles and alignments that the user chose. */
export function shown(all: readonly Column[], state: ColumnsState): Column[] {
  const byId = new Map(all.map(c => [c.id, c]));
  return state.visible.flatMap(id => {
    const c = byId.get(id);
    return c ? { ...c, title: state.titles?.[id] ?? c.title, align: state.aligns?.[id] ?? c.align } : [];
  });
}

/** add shows a column before another one, or last; one that is shown stays where it is. */
export const add = (state: ColumnsState, id: string, before: string | undefined): ColumnsState =>
  state.visible.includes(id) ? state : move({ ...state, visible: [...state.visible, id] }, id, before);

/** place is before which column a new one is put: a very wide one, which else would hide it; undefined: last. */
export const place = (columns: readonly Column[]): string | undefined => columns.findLast(c => c.width >= elasticChars)?.id;

/** align sets how the cells of a column are aligned; undefined: as usual. */
export const align = (state: ColumnsState, id: string, to: Align | undefined): ColumnsState => ({ ...state, aligns: changed(state.aligns, id, to) });

/** rename sets the title of a column; an empty one is the usual one. */
export const rename = (state: ColumnsState, id: string, title: string): ColumnsState => ({ ...state, titles: changed(state.titles, id, title.trim() || undefined) });

function changed<T>(record: Record<string, T> | undefined, id: string, to: T | undefined): Record<string, T> {
  const out = { ...record };
  if (to === undefined) delete out[id];
  else out[id] = to;
  return out;
}

/** settings is the columns as they are kept on the server: widths in characters. */
export const settings = (state: ColumnsState, charWidth: number, padding: number): ColumnSetting[] => state.visible.map(id => {
  const width = state.widths[id], align = state.aligns?.[id], title = state.titles?.[id];
  return { id, width: width === undefined ? 0 : Math.max(1, Math.round((width - padding) / charWidth)), ...(align && { align }), ...(title && { title }) };
});

/** fromSettings is the state that the server has kept. */
export function fromSettings(kept: readonly ColumnSetting[], charWidth: number, padding: number): ColumnsState {
  const state: ColumnsState = { visible: kept.map(c => c.id), widths: {}, aligns: {}, titles: {} };
  for (const c of kept) {
    if (c.width > 0) state.widths[c.id] = Math.max(minWidth, Math.round(c.width * charWidth + padding));
    if (c.align) state.aligns![c.id] = c.align;
    if (c.title) state.titles![c.id] = c.title;
  }
  return state;
}

/** nextSort is what a click on a column's title does: ascending, descending, then as in the file. */
export function nextSort(now: Sort | undefined, column: string): Sort | undefined {
  if (now?.column !== column) return { column, descending: false };
  return now.descending ? undefined : { column, descending: true };
}

/** move puts a column before another one, or last. */
export function move(state: ColumnsState, id: string, before: string | undefined): ColumnsState {
  if (id === before || !state.visible.includes(id)) return state;
  const visible = state.visible.filter(v => v !== id), at = before === undefined ? -1 : visible.indexOf(before);
  visible.splice(at < 0 ? visible.length : at, 0, id);
  return { ...state, visible };
}

/** hide leaves out a column, but never the last one. */
export const hide = (state: ColumnsState, id: string): ColumnsState =>
  state.visible.length > 1 ? { ...state, visible: state.visible.filter(v => v !== id) } : state;

/** choose shows these columns: those that were shown keep their order, new ones follow in the server's order. */
export function choose(all: readonly Column[], state: ColumnsState, ids: readonly string[]): ColumnsState {
  const want = new Set(ids), kept = state.visible.filter(id => want.has(id));
  const added = all.map(c => c.id).filter(id => want.has(id) && !kept.includes(id));
  return kept.length + added.length > 0 ? { ...state, visible: [...kept, ...added] } : state;
}

/** resize sets a width in px, or the default width again. */
export function resize(state: ColumnsState, id: string, width: number | undefined): ColumnsState {
  const widths = { ...state.widths };
  if (width === undefined) delete widths[id];
  else widths[id] = Math.max(minWidth, Math.round(width));
  return { ...state, widths };
}

/** The elastic column is not made narrower than the first, in characters, and when room is short than the second. */
const elasticChars = 40, squeezedChars = 24;
/** When room is short, columns of at least so many characters are made as narrow as the second says. */
const longChars = 20, shortChars = 12;

/** needs is how many characters the cells of columns take, of the rows seen so far. */
export type Needs = ReadonlyMap<string, number>;

/**
 * pixels is the widths of columns. The widest one that was not resized is elastic: it takes what the others leave of the room. When that is little,
 * the others first give what their cells do not need, and then long ones give more, so that the elastic one begins in view.
 */
export function pixels(
  columns: readonly Column[], state: ColumnsState, charWidth: number, padding: number, room: number, needs: Needs = new Map<string, number>(),
): number[] {
  const wide = (chars: number): number => Math.max(minWidth, Math.ceil(Math.max(chars, 1) * charWidth + padding));
  const free = columns.filter(c => state.widths[c.id] === undefined), widest = Math.max(...free.map(c => c.width));
  const elastic = columns.findLastIndex(c => state.widths[c.id] === undefined && c.width === widest);
  const each = (chars: (c: Column) => number, ofElastic: number): number[] =>
    columns.map((c, i) => state.widths[c.id] ?? wide(i === elastic ? Math.min(widest, ofElastic) : chars(c)));
  const needed = (c: Column): number => Math.min(c.width, Math.max(needs.get(c.id) ?? c.width, c.title.length));
  let out = each(c => c.width, elasticChars);
  if (elastic < 0) return out;
  out = shrink(out, each(needed, elasticChars), room);
  out = shrink(out, each(c => (c.width < longChars ? needed(c) : Math.min(needed(c), shortChars)), squeezedChars), room);
  out[elastic] = (out[elastic] ?? 0) + Math.max(0, room - sum(out));
  return out;
}

const sum = (list: readonly number[]): number => list.reduce((a, b) => a + b, 0);

/** shrink takes from all widths, in proportion, what does not fit into the room, down to the least. */
function shrink(widths: readonly number[], least: readonly number[], room: number): number[] {
  const give = sum(widths) - sum(least), part = Math.min(1, Math.max(0, sum(widths) - room) / Math.max(1, give));
  return widths.map((w, i) => w - Math.min(w - (least[i] ?? w), Math.ceil((w - (least[i] ?? w)) * part))); // a rest of some px is the elastic one's
}
