// What can be said of the text of a filter without knowing the language: pieces to colour, changes, places. Nothing here knows the DOM.
import type { FilterDiagnostic, FilterToken, Severity, TokenKind } from '../../shared/wire.gen';

/** Change puts a text in the place of a range. */
export interface Change {
  start: number;
  end: number;
  text: string;
}

/** change is a text with something in the place of a range; a range beyond the text ends with it. */
export function change(text: string, c: Change): string {
  const start = Math.min(Math.max(0, c.start), text.length), end = Math.min(Math.max(start, c.end), text.length);
  return text.slice(0, start) + c.text + text.slice(end);
}

/** between is the smallest change that makes one text of another. */
export function between(before: string, after: string): Change {
  const most = Math.min(before.length, after.length);
  let start = 0, tail = 0;
  while (start < most && before[start] === after[start]) start++;
  while (tail < most - start && before[before.length - 1 - tail] === after[after.length - 1 - tail]) tail++;
  return { start, end: before.length - tail, text: after.slice(start, after.length - tail) };
}

/** shift moves ranges of one text to where they are in another, so that colours stay until the server has told the new ones. */
export function shift<T extends { start: number; end: number }>(ranges: readonly T[], before: string, after: string): T[] {
  const c = between(before, after), by = c.text.length - (c.end - c.start);
  return ranges.flatMap(r => {
    if (r.end < c.start) return [r];
    if (r.start > c.end || (r.start === c.end && c.end > c.start)) return [{ ...r, start: r.start + by, end: r.end + by }];
    // The change is within the range or touches it: the range grows or shrinks with it.
    const start = Math.min(r.start, c.start), end = Math.max(c.start + c.text.length, r.end + by);
    return end > start ? [{ ...r, start, end }] : [];
  });
}

/** Piece is a run of text that looks the same. */
export interface Piece {
  text: string;
  kind: TokenKind | undefined;
  severity: Severity | undefined;
}

const grave: readonly Severity[] = ['info', 'warning', 'error'];

/** pieces cuts a text into runs of one colour and one underline. What is said of an empty range is shown at the character before it. */
export function pieces(text: string, tokens: readonly FilterToken[], said: readonly FilterDiagnostic[]): Piece[] {
  const kinds: (TokenKind | undefined)[] = Array.from({ length: text.length }), worst: number[] = Array.from({ length: text.length }, () => -1);
  for (const t of tokens) for (let i = Math.max(0, t.start); i < Math.min(t.end, text.length); i++) kinds[i] = t.kind;
  for (const d of said) {
    const [start, end] = d.end > d.start ? [d.start, d.end] : [d.start - 1, d.start];
    for (let i = Math.max(0, start); i < Math.min(end, text.length); i++) worst[i] = Math.max(worst[i] ?? -1, grave.indexOf(d.severity));
  }
  const out: Piece[] = [];
  for (let i = 0, from = 0; i < text.length; i++) {
    if (i + 1 < text.length && kinds[i + 1] === kinds[i] && worst[i + 1] === worst[i]) continue;
    out.push({ text: text.slice(from, i + 1), kind: kinds[i], severity: grave[worst[i] ?? -1] });
    from = i + 1;
  }
  return out;
}

/** at is what is said of a place: the gravest first. */
export const at = (said: readonly FilterDiagnostic[], place: number): FilterDiagnostic[] =>
  said.filter(d => place >= d.start && place < Math.max(d.end, d.start + 1)).sort((a, b) => grave.indexOf(b.severity) - grave.indexOf(a.severity));

/** same tells that two filters are one: blanks around them do not count. */
export const same = (a: string, b: string): boolean => a.trim() === b.trim();
