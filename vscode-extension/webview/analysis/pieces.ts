// What is known of a list that grows at its end, and may become another one.

export class Pieces<T extends { num: number }> {
  list: T[] = [];
  total = 0;

  /** whole tells whether all pieces are here. */
  get whole(): boolean {
    return this.list.length >= this.total;
  }

  clear(): void {
    this.list = [];
    this.total = 0;
  }

  /** newer is what to ask for, at most so many, so that the answer tells what is new. A piece that is here comes first: it tells whether the list is still the same. */
  newer(most: number): { start: number; count: number } {
    const known = Math.min(1, this.list.length);
    return { start: this.list.length - known, count: this.whole ? most : known };
  }

  /** take joins an answer to what is here and returns how many pieces are new; undefined when the list has become another one. */
  take(start: number, got: readonly T[], total: number): number | undefined {
    const known = this.list.length - start;
    if (known < 0) return undefined;
    if ((known > 0 && got.length === 0) || got.slice(0, known).some((p, i) => p.num !== this.list[start + i]?.num)) return undefined;
    const fresh = got.slice(known);
    this.list.push(...fresh);
    this.total = total;
    return fresh.length;
  }
}
