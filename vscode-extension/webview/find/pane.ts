// Find in a pane: all of it is here, so that its matches are known at once.
import type { FindStrings } from '../../shared/find';
import type { SearchMode } from '../../shared/wire.gen';
import { format } from '../dom';
import { Latest } from '../latest';
import { FindBar } from './bar';
import { bytePattern, latin1, ranges, step, textPattern } from './search';

/** Pane is what is searched in: its matches have places that rise, in the order one goes from one to the next. */
export interface Pane {
  /** matches lists the places of what is found. */
  matches(bar: FindBar): Promise<number[]>;
  /** place is where one is, −1 for nowhere. */
  readonly place: number;
  go(place: number): void;
  /** shown is called when the matches are others; none when the bar is closed. */
  shown(found: readonly number[]): void;
  focus(): void;
}

export class PaneFind {
  readonly bar: FindBar;
  private readonly asked = new Latest();
  private found: number[] = [];
  private at = -1;

  constructor(private readonly strings: FindStrings, private readonly locale: string, label: string, modes: readonly SearchMode[], private readonly pane: Pane) {
    this.bar = new FindBar(strings, label, modes, [], {
      changed: () => this.look(() => this.count('')),
      step: backwards => this.step(backwards),
      closed: () => {
        this.asked.cancel();
        pane.shown([]);
        pane.focus();
      },
      cancel: () => this.asked.cancel(),
    });
  }

  /** changed tells that the pane shows something else; at is where the match is now that one was at. */
  changed(at = -1): void {
    this.at = this.at < 0 ? -1 : at;
    if (this.bar.open) this.look(() => this.count(''));
  }

  step(backwards: boolean): void {
    if (this.bar.wanted.text === '') {
      this.bar.show();
      return;
    }
    this.look(() => {
      const s = this.strings, to = step(this.found, this.pane.place, backwards);
      if (!to) return this.count('');
      this.at = to.at;
      this.pane.go(to.at);
      this.count(to.wrapped ? (backwards ? s.wrappedUp : s.wrappedDown) : '');
    });
  }

  private look(then: () => void): void {
    this.bar.wrong('');
    if (this.bar.wanted.text === '') {
      this.found = [];
      this.pane.shown([]);
      this.bar.say('');
      return;
    }
    this.asked.run(0, () => this.pane.matches(this.bar), found => {
      this.found = found;
      this.pane.shown(found);
      then();
    }, e => {
      this.found = [];
      this.pane.shown([]);
      this.bar.wrong(e instanceof Error ? e.message : String(e));
    });
  }

  private count(note: string): void {
    const n = (v: number): string => v.toLocaleString(this.locale), s = this.strings, i = this.found.indexOf(this.at);
    const count = this.found.length === 0 ? s.none : i >= 0 ? format(s.countOf, n(i + 1), n(this.found.length)) : format(s.count, n(this.found.length));
    this.bar.say([count, note].filter(Boolean).join(' · '));
  }
}

/** lines are the places, by number, of the texts that hold what is wanted. */
export function lines(texts: readonly string[], bar: FindBar, s: FindStrings): number[] {
  const re = textPattern(bar.wanted, s);
  return texts.flatMap((t, i) => (ranges(re, t, 1).length > 0 ? [i] : []));
}

/** inBytes is where in bytes what is wanted is. */
export const inBytes = (b: Uint8Array, bar: FindBar, s: FindStrings, most = 100_000): [start: number, end: number][] => ranges(bytePattern(bar.wanted, s), latin1(b), most);
