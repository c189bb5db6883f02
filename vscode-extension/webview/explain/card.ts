// The card that explains an event of the list, after the mouse rested on its row or by a key. It can be pointed at and
// scrolled, goes with Escape, and stays while the mouse or the focus is on the row or on it (WCAG 1.4.13).
import type { LookStrings } from '../../shared/look';
import type { ExplainResult } from '../../shared/wire.gen';
import { h, set } from '../dom';
import { Latest } from '../latest';
import { explained } from './text';

const rest = 650; // ms that the mouse does not move before a card opens
const leave = 300; // ms to get from the row to the card
const settle = 120; // ms without another selection before a card that is open tells of it
const gap = 4, margin = 6; // px

export interface CardOf {
  /** the element of the list, within which rows are */
  readonly list: HTMLElement;
  /** num is the event of a row of the list, 0 while it is not known. */
  num(row: number): number;
  /** selected is the selected row, undefined when it is out of view. */
  selected(): { num: number; element: HTMLElement } | undefined;
  explain(num: number, signal: AbortSignal): Promise<ExplainResult>;
  open(link: string): void;
  /** back gives the focus to the list. */
  back(): void;
}

export class Card {
  readonly element: HTMLElement;
  /** says aloud what a card that was asked for by a key tells; it never has the focus by itself */
  readonly said = h('div', { class: 'sr-only', role: 'status' });
  /** a card opens when the mouse rests on a row */
  hover = true;
  private readonly latest = new Latest();
  private timer = 0;
  private leaving = 0;
  /** event it tells of; 0: it is closed */
  private num = 0;
  private by: 'mouse' | 'key' = 'mouse';
  /** event whose card was closed by Escape: it does not open again before the mouse was elsewhere */
  private dismissed = 0;

  constructor(strings: LookStrings, private readonly of: CardOf) {
    this.element = h('div', { class: 'explain card', role: 'dialog', 'aria-label': strings.explain, tabindex: -1, hidden: true });
    this.element.addEventListener('mouseenter', () => clearTimeout(this.leaving));
    this.element.addEventListener('mouseleave', () => this.away());
    this.element.addEventListener('focusout', e => {
      if (!this.element.contains(e.relatedTarget as Node | null) && e.relatedTarget) this.close();
    });
    this.element.addEventListener('click', e => {
      const link = (e.target as HTMLElement).closest('a');
      if (!link) return;
      e.preventDefault();
      e.stopPropagation();
      of.open(link.href);
    });
    of.list.addEventListener('mousemove', e => this.moved(e));
    of.list.addEventListener('mouseleave', () => {
      this.dismissed = 0;
      this.away();
    });
    for (const event of ['mousedown', 'wheel'] as const) of.list.addEventListener(event, () => this.close(), { passive: true });
    document.addEventListener('keydown', e => this.key(e), true);
    document.addEventListener('contextmenu', () => this.close(), true);
    window.addEventListener('blur', () => this.close());
    new ResizeObserver(() => this.close()).observe(document.body);
  }

  get shown(): boolean {
    return this.num > 0;
  }

  /** ask opens the card of the selected row, or gives the card that is open the focus. */
  ask(): void {
    const selected = this.of.selected();
    if (!selected || selected.num === 0) return;
    if (this.num === selected.num && !this.element.hidden) this.element.focus();
    else this.load(selected.num, 'key', 0, () => this.of.selected()?.element, undefined);
  }

  /** selected tells that another row is selected: a card that was opened by a key goes with it. */
  selected(): void {
    if (this.by === 'mouse' || this.num === 0) return;
    this.load(this.of.selected()?.num ?? 0, 'key', settle, () => this.of.selected()?.element, undefined);
  }

  close(): void {
    clearTimeout(this.timer);
    clearTimeout(this.leaving);
    this.latest.cancel();
    const focused = this.element.contains(document.activeElement);
    this.num = 0;
    this.element.hidden = true;
    this.said.textContent = '';
    if (focused) this.of.back();
  }

  private moved(e: MouseEvent): void {
    clearTimeout(this.timer);
    if (!this.hover || e.buttons !== 0 || (this.by === 'key' && this.num > 0)) return;
    const row = (e.target as HTMLElement).closest<HTMLElement>('.row'), num = row ? this.of.num(Number(row.dataset.row)) : 0;
    if (num !== this.dismissed) this.dismissed = 0;
    if (num !== 0 && num === this.num) {
      clearTimeout(this.leaving);
      return;
    }
    if (this.num !== 0) this.away();
    if (!row || num === 0 || num === this.dismissed || (e.target as HTMLElement).closest('button')) return;
    const cell = (e.target as HTMLElement).closest<HTMLElement>('.cell'), { clientX } = e;
    this.timer = window.setTimeout(() => {
      if (document.querySelector('.menu') || !document.hasFocus()) return;
      const cut = cell && cell.scrollWidth > cell.clientWidth ? (cell.textContent ?? '') : '';
      this.load(num, 'mouse', 0, () => (this.of.num(Number(row.dataset.row)) === num && row.isConnected ? row : undefined), { x: clientX, cut });
    }, rest);
  }

  private away(): void {
    clearTimeout(this.timer);
    clearTimeout(this.leaving);
    if (this.by === 'key' || this.num === 0) return;
    this.leaving = window.setTimeout(() => {
      if (!this.element.matches(':hover, :focus-within')) this.close();
    }, leave);
  }

  private load(num: number, by: 'mouse' | 'key', wait: number, row: () => HTMLElement | undefined, at: { x: number; cut: string } | undefined): void {
    if (num === 0) {
      this.close();
      return;
    }
    clearTimeout(this.leaving);
    this.num = num;
    this.by = by;
    this.latest.run(wait, signal => this.of.explain(num, signal), r => {
      const anchor = row();
      if (!anchor) {
        this.close();
        return;
      }
      this.element.replaceChildren(...(at?.cut ? [h('p', { class: 'whole' }, at.cut)] : []), ...explained(r));
      this.place(anchor.getBoundingClientRect(), at?.x);
      if (by === 'key') this.said.textContent = r.sentence;
    }, () => this.close());
  }

  /** place puts the card below the row, or above it where there is more room, so that the row stays in view. */
  private place(row: DOMRect, x: number | undefined): void {
    const { element } = this, list = this.of.list.getBoundingClientRect(), width = document.documentElement.clientWidth, height = document.documentElement.clientHeight;
    element.hidden = false;
    const below = height - row.bottom - gap - margin, above = row.top - gap - margin, under = below >= Math.min(element.scrollHeight + 2, 220) || below >= above;
    element.style.maxHeight = `${Math.max(60, Math.min(under ? below : above, height * 0.5))}px`;
    const left = x === undefined ? list.left + 24 : x - 24;
    element.style.left = `${Math.max(margin, Math.min(left, width - element.offsetWidth - margin))}px`;
    element.style.top = under ? `${row.bottom + gap}px` : `${row.top - gap - element.offsetHeight}px`;
    element.scrollTop = 0;
    set(element, { 'data-num': this.num });
  }

  private key(e: KeyboardEvent): void {
    clearTimeout(this.timer);
    if (this.num === 0) return;
    if (e.key === 'Escape') {
      this.dismissed = this.by === 'mouse' ? this.num : 0;
      this.close();
      e.preventDefault();
      e.stopPropagation();
    } else if (this.by === 'mouse' && !this.element.contains(document.activeElement) && !['Shift', 'Control', 'Alt', 'Meta'].includes(e.key)) this.close();
  }
}
