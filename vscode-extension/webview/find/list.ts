// Find in the list: the server searches, in parts so that one can see how far it is and stop it; matches are marked in the rows that are seen.
import type { TimeStyle } from '../../shared/notes';
import type { Strings } from '../../shared/messages';
import { method, type FindResult, type Query, type TimeFormat } from '../../shared/wire.gen';
import { format } from '../dom';
import type { Host } from '../host';
import { Latest, ofShown } from '../latest';
import { FindBar } from './bar';
import { Completions } from './complete';
import { mark, rangeIn } from './marks';
import { has, ranges, searchOf, textPattern } from './search';

/** What of the list is searched. */
export interface Searched {
  readonly element: HTMLElement;
  readonly query: Query;
  readonly time: TimeFormat;
  readonly style: TimeStyle;
  readonly columns: string[];
  readonly num: number;
  settled(): Promise<number>;
  /** goes to a row that was found */
  go(r: FindResult): void;
  focus(): void;
}

const countWait = 250, partWait = 300; // ms

export class ListFind {
  readonly bar: FindBar;
  private readonly steps = new Latest();
  private readonly counts = new Latest();
  private pattern: RegExp | undefined;
  /** row and column of the match that was found last */
  private current = { num: 0, column: '' };
  private note = '';
  private counted = '';
  /** what was counted, so that it is not again */
  private key = '';

  constructor(private readonly host: Host, private readonly strings: Strings, private readonly locale: string, private readonly list: Searched) {
    const s = strings.findStrings;
    this.bar = new FindBar(s, s.find, ['text', 'regex', 'hex', 'filter'], ['columns', 'bytes', 'details'], {
      changed: () => this.changed(),
      step: backwards => this.step(backwards),
      closed: () => this.closed(),
      cancel: () => this.stop(),
    });
    this.bar.complete(new Completions(host, strings, this.bar.input, () => this.bar.wanted.mode === 'filter'));
  }

  /** ready tells that there is something to go on with. */
  get ready(): boolean {
    return this.bar.wanted.text !== '';
  }

  /** shown tells that the list shows something else, or in another way. */
  shown(): void {
    this.key = '';
    if (this.bar.open && this.ready) this.count(countWait);
  }

  /** selected tells that another row is selected: which of the matches it is may be known. */
  selected(): void {
    if (this.bar.open && this.ready) this.count(countWait);
  }

  /** marks marks matches in the rows that are drawn. */
  marks(): void {
    const { pattern } = this, out: Range[] = [], here: Range[] = [];
    if (pattern && this.bar.open) {
      for (const cell of this.list.element.querySelectorAll<HTMLElement>('.row > .cell')) {
        const text = cell.textContent ?? '';
        if (text === '' || !has(pattern, text)) continue;
        const found = ranges(pattern, text, 50).map(([a, b]) => rangeIn(cell, a, b)).filter(r => r !== undefined);
        (cell.parentElement?.classList.contains('selected') ? here : out).push(...found);
      }
    }
    mark('find', out);
    mark('find-here', here);
  }

  step(backwards: boolean): void {
    const { wanted } = this.bar;
    if (wanted.text === '') {
      this.bar.show();
      return;
    }
    if (!this.compile()) return;
    this.counts.cancel();
    this.steps.run(0, signal => ofShown(this.list, async query => {
      const { time, columns, style } = this.list, search = { ...searchOf(wanted, columns, time), ...style }, from = await this.list.settled();
      for (;;) {
        const r = await this.host.request(method.find, { query, search, from, backwards, wrap: true, wait: partWait }, signal);
        if (r.done || signal.aborted) return r;
        this.bar.progress(r.part);
        this.bar.say(format(this.strings.findStrings.searching, Math.floor(r.part * 100)));
      }
    }), r => this.found(r, backwards), e => this.failed(e));
  }

  /** stop ends what is searched. */
  stop(): void {
    this.steps.cancel();
    this.counts.cancel();
    this.bar.progress(undefined);
    this.bar.say(this.strings.findStrings.cancelled);
  }

  private found(r: FindResult, backwards: boolean): void {
    const s = this.strings.findStrings;
    this.bar.progress(undefined);
    if (!r.found) {
      this.note = '';
      this.counted = s.none;
      this.tell();
      return;
    }
    this.note = r.wrapped ? (backwards ? s.wrappedUp : s.wrappedDown) : '';
    this.current = { num: r.num, column: r.column };
    this.counted = '';
    this.tell();
    this.list.go(r);
    if (this.bar.open) this.count(0, r.num);
  }

  private changed(): void {
    this.steps.cancel();
    this.note = this.counted = this.key = '';
    this.current = { num: 0, column: '' };
    this.bar.progress(undefined);
    this.tell();
    const ok = this.compile();
    this.marks();
    if (ok && this.ready) this.count(countWait);
    else this.counts.cancel();
  }

  /** compile readies the marks; false when what is wanted has an error, which is said. */
  private compile(): boolean {
    const { wanted } = this.bar;
    this.pattern = undefined;
    if (wanted.text === '') return true;
    try {
      if ((wanted.mode === 'text' || wanted.mode === 'regex') && wanted.in === 'columns') this.pattern = textPattern(wanted, this.strings.findStrings);
    } catch { /* the server reads expressions in its own way, and says what is wrong */ }
    return true;
  }

  private closed(): void {
    this.steps.cancel();
    this.counts.cancel();
    this.marks();
    this.list.focus();
  }

  /** count asks how many matches there are, and which of them is selected. */
  private count(wait: number, num = this.list.num): void {
    const { wanted } = this.bar, { query, time, columns } = this.list, search = { ...searchOf(wanted, columns, time), ...this.list.style };
    const key = JSON.stringify([query, search, num]);
    if (key === this.key) return;
    this.counts.run(wait, async signal => {
      for (;;) {
        const r = await this.host.request(method.findCount, { query, search, num, wait: partWait }, signal);
        if (r.done || signal.aborted) return r;
        this.bar.progress(r.part);
        this.counted = format(this.strings.findStrings.countSoFar, this.n(r.matched), Math.floor(r.part * 100));
        this.tell();
      }
    }, r => {
      const s = this.strings.findStrings;
      this.key = key;
      this.bar.progress(undefined);
      this.bar.wrong('');
      this.counted = r.matched === 0 ? s.none : r.at > 0 ? format(s.countOf, this.n(r.at), this.n(r.matched)) : format(s.count, this.n(r.matched));
      if (this.current.num !== 0 && num !== this.current.num) this.note = '';
      this.tell();
    }, e => this.failed(e));
  }

  private tell(): void {
    this.bar.say([this.counted, this.note].filter(Boolean).join(' · '));
  }

  private failed(e: unknown): void {
    this.bar.progress(undefined);
    this.bar.wrong(e instanceof Error ? e.message : String(e));
  }

  private n(v: number): string {
    return v.toLocaleString(this.locale);
  }
}
