// Which columns a list shows, in which order and how wide.
import type { ColumnsState } from '../shared/messages';
import type { Column } from '../shared/wire.gen';

export const minWidth = 24;

/** defaults is the state that the server suggests. */
export const defaults = (all: readonly Column[]): ColumnsState => ({ visible: all.filter(c => c.default).map(c => c.id), widths: {} });

/** restore is a kept state without columns that are gone; the defaults if nothing is left. */
export function restore(all: readonly Column[], kept: ColumnsState | undefined): ColumnsState {
  const known = new Set(all.map(c => c.id));
  const visible = [...new Set(kept?.visible ?? [])].filter(id => known.has(id));
  if (!kept || visible.length === 0) return defaults(all);
  return { visible, widths: Object.fromEntries(Object.entries(kept.widths).filter(([id, w]) => known.has(id) && w >= minWidth)) };
}

/** shown is the visible columns in order. */
export function shown(all: readonly Column[], state: ColumnsState): Column[] {
  const byId = new Map(all.map(c => [c.id, c]));
  return state.visible.flatMap(id => byId.get(id) ?? []);
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

/** The elastic column is not made narrower than this, in characters. */
const elasticChars = 40;

/** pixels is the widths of columns. The widest one that was not resized is elastic: it takes what the others leave of the room. */
export function pixels(columns: readonly Column[], state: ColumnsState, charWidth: number, padding: number, room: number): number[] {
  const wide = (chars: number): number => Math.max(minWidth, Math.ceil(Math.max(chars, 1) * charWidth + padding));
  const out = columns.map(c => state.widths[c.id] ?? wide(c.width));
  const free = columns.filter(c => state.widths[c.id] === undefined), widest = Math.max(...free.map(c => c.width));
  const elastic = columns.findLastIndex(c => state.widths[c.id] === undefined && c.width === widest);
  if (elastic < 0) return out;
  const rest = room - out.reduce((a, b) => a + b, 0) + (out[elastic] ?? 0);
  out[elastic] = Math.max(Math.min(wide(widest), wide(elasticChars)), rest);
  return out;
}
