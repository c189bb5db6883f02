// How fast a file grows that somebody else writes to.

/** Growth counts the events of the last seconds. */
export class Growth {
  private samples: { at: number; events: number }[] = [];

  /** window is how many ms count. */
  constructor(private readonly window = 2000) {}

  note(events: number, at: number): void {
    this.samples.push({ at, events });
    // One sample from before the window stays: what came since is the rate.
    while (this.samples.length > 2 && (this.samples[1]?.at ?? 0) <= at - this.window) this.samples.shift();
  }

  /** rate is the events per second as of a moment. */
  rate(at: number): number {
    const first = this.samples[0], last = this.samples.at(-1);
    if (!first || !last || at - last.at > this.window || last.events <= first.events) return 0;
    return ((last.events - first.events) * 1000) / Math.max(at - first.at, 1);
  }
}
