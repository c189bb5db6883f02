// Matches are marked in texts as they stand in the page, by the browser's own highlights: no element changes.

const supported = typeof Highlight !== 'undefined' && 'highlights' in CSS;

/** mark marks ranges of text, in place of those that had the name before. The style is ::highlight(name). */
export function mark(name: string, ranges: Range[]): void {
  if (!supported) return;
  if (ranges.length === 0) CSS.highlights.delete(name);
  else CSS.highlights.set(name, new Highlight(...ranges));
}

/** rangeIn is a range of an element's own text, which is one node. */
export function rangeIn(el: Node, start: number, end: number): Range | undefined {
  const node = el.nodeType === Node.TEXT_NODE ? el : el.firstChild;
  if (node?.nodeType !== Node.TEXT_NODE || end > (node as Text).length) return undefined;
  const r = document.createRange();
  r.setStart(node, start);
  r.setEnd(node, end);
  return r;
}
