// Pages of what the server gives in parts.

/** gathered asks for pages, each of size items at most, until there are as many items as wanted or all; had are the first ones. It returns the last page with all items. */
export async function gathered<R extends { total: number }, T>(
  page: (start: number, count: number) => Promise<R>, of: (r: R) => T[], had: readonly T[], want: number, size: number,
): Promise<{ last: R; items: T[] }> {
  const items = [...had];
  for (;;) {
    const last = await page(items.length, Math.min(want - items.length, size)), more = of(last);
    items.push(...more);
    if (items.length >= Math.min(want, last.total) || more.length === 0) return { last, items };
  }
}
