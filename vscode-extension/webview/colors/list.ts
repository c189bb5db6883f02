// The list of colour rules, in their order.
import type { ColorStrings } from '../../shared/colors';
import type { ColorRule, ColorUse } from '../../shared/wire.gen';
import { format, h, icon, set } from '../dom';
import type { Palette } from './palette';

export interface ListEvents {
  selected(at: number): void;
  enabled(at: number, on: boolean): void;
  move(from: number, to: number): void;
  remove(at: number): void;
  edit(): void;
}

export class RuleList {
  readonly element: HTMLElement;
  private rules: readonly ColorRule[] = [];
  private uses: readonly (ColorUse | undefined)[] = [];
  private at = -1;
  private dragged = -1;

  constructor(private readonly strings: ColorStrings, private readonly locale: string, private readonly palette: Palette, private readonly events: ListEvents) {
    this.element = h('div', { class: 'rules', role: 'listbox', tabindex: 0, 'aria-label': strings.rules });
    this.element.addEventListener('keydown', e => this.key(e));
    this.element.addEventListener('click', e => this.click(e));
    this.element.addEventListener('dblclick', () => this.events.edit());
    this.element.addEventListener('dragstart', e => {
      this.dragged = this.of(e.target);
      e.dataTransfer?.setData('text/plain', String(this.dragged));
    });
    this.element.addEventListener('dragover', e => this.over(e));
    this.element.addEventListener('dragleave', () => this.mark(-1));
    this.element.addEventListener('drop', e => {
      e.preventDefault();
      const to = this.place(e);
      this.mark(-1);
      if (this.dragged >= 0 && to >= 0) this.events.move(this.dragged, to > this.dragged ? to - 1 : to);
      this.dragged = -1;
    });
  }

  show(rules: readonly ColorRule[], uses: readonly (ColorUse | undefined)[], at: number): void {
    this.rules = rules;
    this.uses = uses;
    this.at = at;
    if (rules.length === 0) this.element.replaceChildren(h('div', { class: 'none' }, this.strings.none));
    else this.element.replaceChildren(...rules.map((r, i) => this.line(r, i)));
    const now = this.element.children[at] as HTMLElement | undefined;
    set(this.element, { 'aria-activedescendant': now?.id });
    now?.scrollIntoView({ block: 'nearest' });
  }

  private line(r: ColorRule, i: number): HTMLElement {
    const s = this.strings, use = this.uses[i], fault = r.filter.trim() === '' ? s.noFilter : (use?.fault ?? ''), n = (v: number): string => v.toLocaleString(this.locale);
    const count = r.disabled ? s.off : fault !== '' ? s.fault : use ? format(s.matched, n(use.matched), n(use.colored)) : '';
    const el = h('div', {
      class: `rule ${i === this.at ? 'selected' : ''} ${r.disabled ? 'disabled' : ''} ${fault !== '' && !r.disabled ? 'faulty' : ''}`, id: `rule-${i}`, role: 'option', draggable: 'true',
      'data-i': i, 'aria-selected': String(i === this.at), 'aria-label': [format(s.number, i + 1, this.rules.length, r.name), r.filter, count].filter(Boolean).join(', '),
    },
    h('span', { class: 'grip', 'aria-hidden': 'true' }, icon('gripper')),
    h('span', { class: 'check', title: r.disabled ? s.off : s.enabled, 'aria-hidden': 'true' }, icon(r.disabled ? 'circle-large-outline' : 'pass-filled')),
    h('span', { class: `name ${this.palette.classOf(r)}` }, r.name || '\u00a0'),
    h('code', { class: 'text' }, r.filter),
    h('span', { class: 'count', title: fault !== '' && !r.disabled ? format(s.faulty, fault) : '' }, ...(fault !== '' && !r.disabled ? [icon('warning'), ' ', fault] : [count])));
    return el;
  }

  private of(target: EventTarget | null): number {
    return Number((target as HTMLElement | null)?.closest<HTMLElement>('.rule')?.dataset.i ?? -1);
  }

  private click(e: MouseEvent): void {
    const i = this.of(e.target);
    if (i < 0) return;
    if ((e.target as HTMLElement).closest('.check')) this.events.enabled(i, this.rules[i]?.disabled === true);
    this.events.selected(i);
    this.element.focus();
  }

  private key(e: KeyboardEvent): void {
    const last = this.rules.length - 1, { at } = this;
    if (e.ctrlKey || e.metaKey || last < 0) return;
    if (e.altKey && (e.key === 'ArrowUp' || e.key === 'ArrowDown')) {
      const to = at + (e.key === 'ArrowUp' ? -1 : 1);
      if (to >= 0 && to <= last) this.events.move(at, to);
    } else if (e.key === 'ArrowDown') this.events.selected(Math.min(last, at + 1));
    else if (e.key === 'ArrowUp') this.events.selected(Math.max(0, at - 1));
    else if (e.key === 'Home') this.events.selected(0);
    else if (e.key === 'End') this.events.selected(last);
    else if (e.key === ' ') this.events.enabled(at, this.rules[at]?.disabled === true);
    else if (e.key === 'Delete') this.events.remove(at);
    else if (e.key === 'Enter' || e.key === 'F2') this.events.edit();
    else return;
    e.preventDefault();
    e.stopPropagation();
  }

  /** place is the place in the list that a dragged rule would come to. */
  private place(e: DragEvent): number {
    const el = (e.target as HTMLElement).closest<HTMLElement>('.rule');
    if (!el) return this.rules.length;
    const r = el.getBoundingClientRect();
    return Number(el.dataset.i) + (e.clientY > r.top + r.height / 2 ? 1 : 0);
  }

  private over(e: DragEvent): void {
    if (this.dragged < 0) return;
    e.preventDefault();
    this.mark(this.place(e));
  }

  /** mark shows where a dragged rule would come to; -1: nowhere. */
  private mark(at: number): void {
    [...this.element.children].forEach((el, i) => {
      el.classList.toggle('before', i === at);
      el.classList.toggle('behind', at === this.rules.length && i === at - 1);
    });
  }
}
