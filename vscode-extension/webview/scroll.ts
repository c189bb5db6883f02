// Scroll maths of a list with rows of one height. Browsers clip elements at some ten million pixels, so the spacer that
// makes the scrollbar is capped, and past the cap positions are scaled. Positions ("top") are virtual pixels: exact
// for any number of rows below 2^32, since a double holds them.

/** The tallest spacer, px. Chromium clips at 33 million, Firefox at 17 million. */
export const maxSpacer = 8_000_000;

/** What is scrolled: rows of one height in a window of some height. */
export interface Extent {
  total: number;
  rowHeight: number;
  height: number;
}

/** contentHeight is the height of all rows, virtual px. */
export const contentHeight = (e: Extent): number => e.total * e.rowHeight;

/** spacerHeight is the height that the scrolled element gets, px. */
export const spacerHeight = (e: Extent): number => Math.max(Math.min(contentHeight(e), maxSpacer), 0);

/** scaled tells that scrollTop is not the virtual top. */
export const scaled = (e: Extent): boolean => contentHeight(e) > maxSpacer;

/** maxTop is the top at which the last row ends at the lower edge. */
export const maxTop = (e: Extent): number => Math.max(0, contentHeight(e) - e.height);

/** clampTop moves a top into what can be shown. */
export const clampTop = (e: Extent, top: number): number => Math.min(Math.max(0, top), maxTop(e));

/** topFromScroll is the virtual top at a scrollTop. */
export function topFromScroll(e: Extent, scrollTop: number): number {
  if (!scaled(e)) return clampTop(e, scrollTop);
  const range = spacerHeight(e) - e.height;
  // A browser's largest scrollTop may be a pixel short of the range: near enough counts as the end.
  if (scrollTop >= range - 1) return maxTop(e);
  return range <= 0 ? 0 : clampTop(e, (scrollTop / range) * maxTop(e));
}

/** scrollFromTop is the scrollTop that shows a virtual top. */
export function scrollFromTop(e: Extent, top: number): number {
  if (!scaled(e)) return clampTop(e, top);
  const range = Math.max(0, spacerHeight(e) - e.height), max = maxTop(e);
  return max === 0 ? 0 : (clampTop(e, top) / max) * range;
}

/** visible is the half-open range of rows that are seen in part or whole. */
export function visible(e: Extent, top: number): [first: number, end: number] {
  const first = Math.min(Math.floor(top / e.rowHeight), e.total);
  return [first, Math.min(e.total, Math.ceil((top + e.height) / e.rowHeight))];
}

/** wholeRows is how many rows fit; what a page key moves by. At least 1. */
export const wholeRows = (e: Extent): number => Math.max(1, Math.floor(e.height / e.rowHeight));

/** reveal is the nearest top at which a row is seen whole. */
export function reveal(e: Extent, top: number, row: number): number {
  const start = row * e.rowHeight, end = start + e.rowHeight;
  if (start < top) return clampTop(e, start);
  if (end > top + e.height) return clampTop(e, end - e.height);
  return clampTop(e, top);
}

/** center is the top at which a row is in the middle, unless it is seen already. */
export function center(e: Extent, top: number, row: number): number {
  const start = row * e.rowHeight;
  if (start >= top && start + e.rowHeight <= top + e.height) return clampTop(e, top);
  return clampTop(e, Math.floor(row - (wholeRows(e) - 1) / 2) * e.rowHeight);
}
