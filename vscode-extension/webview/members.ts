// The line above the list of captures that are open together: whose events these are, and what was done to their clocks.
import type { Strings } from '../shared/messages';
import type { Member } from '../shared/wire.gen';
import { format, h, icon } from './dom';

export class Members {
  readonly element: HTMLElement;
  private readonly list = h('span', { class: 'members-list', role: 'list' });

  constructor(private readonly strings: Strings, private readonly locale: string, correct: () => void) {
    const button = h('button', { type: 'button', class: 'toggle', title: strings.clocksTip }, icon('clock'), h('span', {}, strings.clocks));
    button.addEventListener('click', correct);
    this.element = h('div', { class: 'members', role: 'group', 'aria-label': strings.together, hidden: true }, icon('combine'), this.list, button);
  }

  show(members: readonly Member[]): void {
    this.element.hidden = members.length === 0;
    this.list.replaceChildren(...members.map(m => h('span', { class: 'member', role: 'listitem', title: [m.path, ...this.clock(m)].join('\n') }, h('b', {}, m.host), ` ${this.clock(m).join(', ')}`)));
  }

  /** clock says how the times of a capture come about. */
  private clock(m: Member): string[] {
    const s = this.strings, out = [m.known ? format(s.clockOffset, this.span(-Number(m.offset))) : s.clockUnknown];
    if (m.shift !== '0') out.push(format(s.clockShift, this.span(Number(m.shift))));
    return out;
  }

  /** span is a time with its sign, in the unit that suits it. */
  private span(ns: number): string {
    const [unit, by] = Math.abs(ns) >= 1e9 ? ['s', 1e9] : Math.abs(ns) >= 1e6 || ns === 0 ? ['ms', 1e6] : ['µs', 1e3];
    return `${(ns / (by as number)).toLocaleString(this.locale, { maximumFractionDigits: 3, signDisplay: 'exceptZero' })} ${unit as string}`;
  }
}
