// Where one was in the list: the events that were selected, to go back to and forward again. Nothing here knows the DOM.

/** near is how many rows a step with the keys may be to count as the same place. */
const near = 10, most = 200;

interface Place { num: number; row: number }

export class History {
  private places: Place[] = [];
  private at = -1;

  constructor(private readonly changed: () => void) {}

  get canBack(): boolean {
    return this.at > 0;
  }

  get canForward(): boolean {
    return this.at < this.places.length - 1;
  }

  /** visit notes that an event is selected. jump: by something else than a step in the list. */
  visit(num: number, row: number, jump: boolean): void {
    const now = this.places[this.at];
    if (num <= 0 || now?.num === num) return;
    if (now && !jump && Math.abs(now.row - row) <= near) this.places[this.at] = { num, row };
    else {
      this.places.splice(this.at + 1);
      this.places.push({ num, row });
      if (this.places.length > most) this.places.shift();
      this.at = this.places.length - 1;
    }
    this.changed();
  }

  /** go is the event one step back, or forward; undefined when there is none. */
  go(back: boolean): number | undefined {
    if (back ? !this.canBack : !this.canForward) return undefined;
    this.at += back ? -1 : 1;
    this.changed();
    return this.places[this.at]?.num;
  }
}
