// What a filter does to the query of a list.
import type { Language, Query } from '../../shared/wire.gen';

/** Mode says what a filter does: hide what does not match, or mark what does. */
export type Mode = 'filter' | 'mark';

/** Filter is what the box holds. */
export interface Filter {
  text: string;
  language: Language;
  mode: Mode;
}

/** queryOf is a query with a filter; one without has no filter and no language. */
export function queryOf(q: Query, f: Filter): Query {
  const bare: Query = { view: q.view, internal: q.internal, ...(q.sort && { sort: q.sort }) };
  return f.mode === 'mark' || f.text === '' ? bare : { ...bare, filter: f.text, ...(f.language !== '' && { language: f.language }) };
}

/** sameRows tells that two queries give the same rows in the same order. */
export const sameRows = (a: Query, b: Query): boolean => sameList(a, b) && a.sort?.column === b.sort?.column && a.sort?.descending === b.sort?.descending;

/** sameList tells that two queries give the same rows. */
export const sameList = (a: Query, b: Query): boolean =>
  a.view === b.view && a.internal === b.internal && (a.filter ?? '') === (b.filter ?? '') && (a.language ?? '') === (b.language ?? '');
