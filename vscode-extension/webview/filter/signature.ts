// How the argument is written that the caret stands in, above the completions.
import type { FilterSignatureResult } from '../../shared/wire.gen';
import { h } from '../dom';
import { markdown } from '../markdown';

/** Asked is a text with a caret in it. */
export interface Asked {
  text: string;
  caret: number;
}

/** around is a label as what stands before the argument, the argument, and what stands behind it. */
export const around = (r: Pick<FilterSignatureResult, 'label' | 'start' | 'end'>): [before: string, argument: string, behind: string] =>
  [r.label.slice(0, r.start), r.label.slice(r.start, r.end), r.label.slice(r.end)];

export class Signature {
  /** what stands in it is read out when it changes, while the field keeps the focus */
  readonly element = h('div', { class: 'filter-signature', id: 'filter-signature', role: 'status', 'aria-live': 'polite', hidden: true });
  private asked: Asked | undefined;

  constructor() {
    this.element.addEventListener('mousedown', e => e.preventDefault());
  }

  get open(): boolean {
    return !this.element.hidden;
  }

  /** moved tells whether the caret is elsewhere, or in another text, than when it was asked last. */
  moved(now: Asked): boolean {
    if (this.asked?.text === now.text && this.asked.caret === now.caret) return false;
    this.asked = now;
    return true;
  }

  /** show shows it at a place, px; an empty one closes it. */
  show(r: FilterSignatureResult, left: number): void {
    if (r.label === '') {
      this.close();
      return;
    }
    const [before, argument, behind] = around(r);
    this.element.replaceChildren(h('div', { class: 'label' }, before, h('b', {}, argument), behind), ...markdown(r.markdown));
    this.element.hidden = false;
    const room = this.element.parentElement?.clientWidth ?? 0;
    this.element.style.left = `${Math.max(0, Math.min(left - 28, room - this.element.offsetWidth))}px`;
  }

  /** close closes it until the caret moves. */
  close(): void {
    this.element.hidden = true;
  }

  /** forget closes it, and it comes again at the same place. */
  forget(): void {
    this.close();
    this.asked = undefined;
  }
}
