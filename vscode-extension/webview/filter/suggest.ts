// The list of completions below the filter box, with the help of the chosen one beside it.
import type { Strings } from '../../shared/messages';
import type { Completion, CompletionKind } from '../../shared/wire.gen';
import { h, icon, set } from '../dom';
import { markdown } from '../markdown';

const icons: Record<CompletionKind, string> = {
  field: 'symbol-field', operator: 'symbol-operator', value: 'symbol-constant', keyword: 'symbol-keyword', function: 'symbol-method', snippet: 'symbol-snippet',
  saved: 'bookmark',
};
const most = 200, pageStep = 9;

export class Suggest {
  readonly element: HTMLElement;
  private items: Completion[] = [];
  private at = -1;
  private readonly list: HTMLElement;
  private readonly doc = h('div', { class: 'suggest-doc', hidden: true });

  constructor(private readonly strings: Strings, private readonly input: HTMLInputElement, private readonly accept: (c: Completion) => void, id = 'suggest') {
    this.list = h('div', { class: 'suggest-list', role: 'listbox', id, 'aria-label': strings.completions });
    this.element = h('div', { class: 'suggest', hidden: true }, this.list, this.doc);
    set(input, { 'aria-controls': id });
    // A click must not take the focus from the field, which would close the list.
    this.element.addEventListener('mousedown', e => e.preventDefault());
    this.list.addEventListener('click', e => {
      const i = Number((e.target as HTMLElement).closest<HTMLElement>('.suggestion')?.dataset.i ?? -1), item = this.items[i];
      if (item) this.accept(item);
    });
  }

  get open(): boolean {
    return !this.element.hidden;
  }

  /** chosen is the item that Enter takes: one that the user went to. */
  get chosen(): Completion | undefined {
    return this.items[this.at];
  }

  /** first is the item that Tab takes. */
  get first(): Completion | undefined {
    return this.items[Math.max(0, this.at)];
  }

  /**
   * show shows a list at a place, px. choose goes to its first item, else none is chosen until the user goes to one. keep stays at the item that is chosen,
   * when the list is the same with more in it.
   */
  show(items: readonly Completion[], typed: (c: Completion) => string, left: number, choose: boolean, keep = false): void {
    const { chosen } = this;
    this.items = items.slice(0, most);
    if (this.items.length === 0) {
      this.close();
      return;
    }
    this.list.replaceChildren(...this.items.map((c, i) => this.line(c, i, typed(c))));
    this.list.scrollTop = 0;
    this.element.hidden = false;
    set(this.input, { 'aria-expanded': 'true' });
    const kept = keep && chosen ? this.items.findIndex(c => c.kind === chosen.kind && c.insert === chosen.insert) : -1;
    this.go(kept >= 0 ? kept : choose ? 0 : -1);
    const room = this.element.parentElement?.clientWidth ?? 0;
    this.element.style.left = `${Math.max(0, Math.min(left - 28, room - this.element.offsetWidth))}px`;
  }

  close(): void {
    this.element.hidden = true;
    this.items = [];
    this.at = -1;
    set(this.input, { 'aria-expanded': 'false', 'aria-activedescendant': undefined });
  }

  /** key moves in the list; false where a key means nothing here. */
  key(e: KeyboardEvent): boolean {
    const last = this.items.length - 1;
    switch (e.key) {
      case 'ArrowDown': this.go(this.at >= last ? 0 : this.at + 1); return true;
      case 'ArrowUp': this.go(this.at <= 0 ? last : this.at - 1); return true;
      case 'PageDown': this.go(Math.min(last, this.at + pageStep)); return true;
      case 'PageUp': this.go(Math.max(0, this.at - pageStep)); return true;
      default: return false;
    }
  }

  private line(c: Completion, i: number, typed: string): HTMLElement {
    const at = typed === '' ? -1 : c.label.toLowerCase().indexOf(typed.toLowerCase());
    const label = at < 0 ? [c.label]
      : [c.label.slice(0, at), h('b', {}, c.label.slice(at, at + typed.length)), c.label.slice(at + typed.length)];
    return h('div', { class: 'suggestion', role: 'option', id: `${this.list.id}ion-${i}`, 'data-i': i, 'aria-selected': 'false', title: c.label },
      icon(icons[c.kind] ?? 'symbol-misc'), h('span', { class: 'label' }, ...label), h('span', { class: 'detail' }, c.detail));
  }

  private go(i: number): void {
    this.list.children[this.at]?.classList.remove('selected');
    if (this.list.children[this.at]) set(this.list.children[this.at]!, { 'aria-selected': 'false' });
    this.at = i;
    const el = this.list.children[i] as HTMLElement | undefined, item = this.items[i];
    if (el) {
      el.classList.add('selected');
      set(el, { 'aria-selected': 'true' });
      const top = el.offsetTop, end = top + el.offsetHeight;
      if (top < this.list.scrollTop) this.list.scrollTop = top;
      else if (end > this.list.scrollTop + this.list.clientHeight) this.list.scrollTop = end - this.list.clientHeight;
    }
    set(this.input, { 'aria-activedescendant': el?.id });
    this.explain(item ?? this.items[0]);
  }

  private explain(c: Completion | undefined): void {
    this.doc.hidden = !c?.doc;
    if (c?.doc) this.doc.replaceChildren(...markdown(c.doc));
    this.doc.scrollTop = 0;
    set(this.doc, { 'aria-label': this.strings.help });
  }
}
