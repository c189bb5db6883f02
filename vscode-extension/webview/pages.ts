// A small cache of pages of rows and the loader that fills it. Nothing here knows the DOM.

/** A part of a list as it came. */
export interface Page<R> {
  rows: R[];
  /** columns of the cells */
  columns: string[];
  stale: boolean;
}

/** Pages of one list by number, the least recently used ones dropped. */
export class PageCache<R> {
  private readonly pages = new Map<number, Page<R>>();

  constructor(readonly size: number, readonly limit: number) {}

  /** row is a row and the columns of its cells, if loaded. */
  row(i: number): { row: R; columns: string[] } | undefined {
    const page = this.pages.get(Math.floor(i / this.size)), row = page?.rows[i % this.size];
    return page && row !== undefined ? { row, columns: page.columns } : undefined;
  }

  page(n: number): Readonly<Page<R>> | undefined {
    return this.pages.get(n);
  }

  /** missing is the pages of a range of rows that must be asked for, in order. */
  missing(first: number, end: number, total: number): number[] {
    const out: number[] = [];
    for (let p = Math.floor(first / this.size); p * this.size < Math.min(end, total); p++) {
      const page = this.pages.get(p), want = Math.min(this.size, total - p * this.size);
      if (!page || page.stale || page.rows.length < want) out.push(p);
      else this.touch(p, page);
    }
    return out;
  }

  put(page: number, rows: R[], columns: string[]): void {
    this.touch(page, { rows, columns, stale: false });
    for (const old of this.pages.keys()) {
      if (this.pages.size <= this.limit) break;
      this.pages.delete(old);
    }
  }

  /** staleAll keeps rows to show until newer ones come. */
  staleAll(): void {
    for (const p of this.pages.values()) p.stale = true;
  }

  clear(): void {
    this.pages.clear();
  }

  get count(): number {
    return this.pages.size;
  }

  private touch(n: number, page: Page<R>): void {
    this.pages.delete(n);
    this.pages.set(n, page);
  }
}

/** What of an answer the cache keeps. */
export type Kept<R> = Pick<Page<R>, 'rows' | 'columns'>;

/** Answers a page. The signal is aborted when nobody wants it any more. */
export type Fetch<A> = (page: number, signal: AbortSignal) => Promise<A>;

/** Loads the pages that are wanted now; what is not wanted any more is cancelled. */
export class PageLoader<R, A extends Kept<R>> {
  private readonly running = new Map<number, AbortController>();

  constructor(
    readonly cache: PageCache<R>, private readonly fetch: Fetch<A>,
    private readonly loaded: (page: number, answer: A) => void, private readonly failed: (error: unknown) => void,
  ) {}

  /** want asks for the pages of a range of rows and cancels all others. */
  want(first: number, end: number, total: number): void {
    const missing = this.cache.missing(first, end, total);
    for (const [p, c] of this.running) {
      if (missing.includes(p)) continue;
      this.running.delete(p);
      c.abort();
    }
    for (const p of missing) if (!this.running.has(p)) void this.load(p);
  }

  /** reset forgets all pages, or keeps them to be shown until newer ones come. */
  reset(keep: boolean): void {
    for (const c of this.running.values()) c.abort();
    this.running.clear();
    if (keep) this.cache.staleAll();
    else this.cache.clear();
  }

  get busy(): number {
    return this.running.size;
  }

  private async load(page: number): Promise<void> {
    const controller = new AbortController();
    this.running.set(page, controller);
    try {
      const r = await this.fetch(page, controller.signal);
      if (controller.signal.aborted) return;
      this.running.delete(page);
      this.cache.put(page, r.rows, r.columns);
      this.loaded(page, r);
    } catch (error) {
      if (controller.signal.aborted) return;
      this.running.delete(page);
      this.failed(error);
    }
  }
}
