// Going back to filters that were used before, with the arrow keys.

/** Recall walks through a list, newest first, and comes back to the text it set out from. */
export class Recall {
  private at = -1;
  private from = '';
  private shown: string | undefined;

  constructor(private list: readonly string[] = []) {}

  /** set takes another list; a walk under way goes on from where it is. */
  set(list: readonly string[]): void {
    const now = this.list[this.at];
    this.list = list;
    if (this.at >= 0) this.at = now === undefined ? -1 : list.indexOf(now);
  }

  get entries(): readonly string[] {
    return this.list;
  }

  /** can tells that the arrow keys mean history: the text is empty, was not changed since it was applied, or came from here. */
  can(text: string, applied: string): boolean {
    return text.trim() === '' || text === applied || text === this.shown;
  }

  /** older is the filter before the one that is shown; undefined when there is none. */
  older(text: string): string | undefined {
    if (text !== this.shown || this.at < 0) {
      this.at = -1;
      this.from = text;
    }
    for (let i = this.at + 1; i < this.list.length; i++) {
      const entry = this.list[i];
      if (entry !== undefined && entry !== text) return this.show(i, entry);
    }
    return undefined;
  }

  /** newer is the filter after the one that is shown, at last the text that the walk began with. */
  newer(text: string): string | undefined {
    if (text !== this.shown || this.at < 0) return undefined;
    for (let i = this.at - 1; i >= 0; i--) {
      const entry = this.list[i];
      if (entry !== undefined && entry !== text) return this.show(i, entry);
    }
    return this.show(-1, this.from);
  }

  private show(at: number, text: string): string {
    this.at = at;
    this.shown = text;
    return text;
  }
}
