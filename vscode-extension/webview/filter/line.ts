// A text field of one line whose text is coloured: an input whose own text cannot be seen, and the coloured one above it, which lets the mouse through.
import type { FilterDiagnostic, FilterToken } from '../../shared/wire.gen';
import { h, set } from '../dom';
import { pieces, shift, type Change } from './text';

export class Line {
  readonly input: HTMLInputElement;
  readonly element: HTMLElement;
  private readonly over = h('div', { class: 'filter-text', 'aria-hidden': 'true' });
  private shownText = '';
  private tokens: FilterToken[] = [];
  private said: FilterDiagnostic[] = [];

  constructor(label: string, placeholder: string, private readonly changed: () => void) {
    this.input = h('input', {
      type: 'text', class: 'filter-input', role: 'combobox', placeholder, 'aria-label': label, 'aria-autocomplete': 'list', 'aria-expanded': 'false',
      spellcheck: 'false', autocomplete: 'off', autocapitalize: 'off', autocorrect: 'off',
    });
    this.element = h('div', { class: 'filter-line' }, this.input, this.over);
    this.input.addEventListener('input', () => {
      this.draw();
      this.changed();
    });
    for (const event of ['scroll', 'keyup', 'select', 'blur', 'pointerup'] as const) this.input.addEventListener(event, () => this.follow());
  }

  get text(): string {
    return this.input.value;
  }

  get caret(): number {
    return this.input.selectionStart ?? this.text.length;
  }

  get selected(): boolean {
    return this.input.selectionStart !== this.input.selectionEnd;
  }

  /** set takes another text; it can be undone where the field has the focus. */
  set(text: string, caret = text.length): void {
    if (text === this.text) return;
    this.change({ start: 0, end: this.text.length, text }, caret);
  }

  /** change changes a part and puts the caret somewhere, counted from the start of the part. */
  change(c: Change, caret = c.text.length): void {
    const { input } = this;
    const start = Math.min(c.start, input.value.length), end = Math.min(Math.max(start, c.end), input.value.length);
    let done = false;
    if (document.activeElement === input) {
      input.setSelectionRange(start, end);
      // The one way that keeps the browser's undo.
      done = c.text === '' && start === end ? true : document.execCommand(c.text === '' ? 'delete' : 'insertText', false, c.text);
    }
    if (!done) {
      input.setRangeText(c.text, start, end, 'end');
      input.dispatchEvent(new Event('input'));
    }
    input.setSelectionRange(start + caret, start + caret);
    this.reveal();
  }

  select(start: number, end: number): void {
    this.input.focus();
    this.input.setSelectionRange(start, end);
    this.reveal();
  }

  /** colour shows what the server told of a text; it is dropped when the text is another by now. */
  colour(text: string, tokens: readonly FilterToken[], said: readonly FilterDiagnostic[]): void {
    if (text !== this.text) return;
    this.tokens = [...tokens];
    this.said = [...said];
    this.draw();
  }

  describe(attributes: Record<string, string | undefined>): void {
    set(this.input, attributes);
  }

  /** place is where a position of the text is on the screen, px from the left of the field. */
  place(position: number): number {
    const range = this.range(position);
    return range === undefined ? this.input.clientLeft + 6 : range - this.element.getBoundingClientRect().left;
  }

  /** at is the position of the text below a point of the screen; undefined beside the text. */
  at(x: number): number | undefined {
    let low = 0, high = this.text.length;
    if (high === 0 || x < (this.range(0) ?? Infinity) || x > (this.range(high) ?? -Infinity)) return undefined;
    while (high - low > 1) {
      const middle = (low + high) >> 1;
      if ((this.range(middle) ?? 0) <= x) low = middle;
      else high = middle;
    }
    return low;
  }

  /** range is where a position is on the screen. */
  private range(position: number): number | undefined {
    let left = Math.min(position, this.text.length);
    for (const span of this.over.children) {
      const node = span.firstChild as Text | null, length = node?.length ?? 0;
      if (node && left <= length) {
        const range = document.createRange();
        range.setStart(node, left);
        range.setEnd(node, left);
        return range.getBoundingClientRect().left;
      }
      left -= length;
    }
    return undefined;
  }

  private draw(): void {
    const { text } = this;
    if (text !== this.shownText) {
      this.tokens = shift(this.tokens, this.shownText, text);
      this.said = shift(this.said, this.shownText, text);
      this.shownText = text;
    }
    this.over.replaceChildren(...pieces(text, this.tokens, this.said).map(p =>
      h('span', { class: [p.kind && `token-${p.kind}`, p.severity && `said-${p.severity}`].filter(Boolean).join(' ') || undefined }, p.text)));
    this.follow();
  }

  /** reveal brings the caret into view, as typing would. */
  private reveal(): void {
    const x = this.place(this.caret), width = this.input.clientWidth;
    if (x < 0) this.input.scrollLeft += x - 20;
    else if (x > width - 8) this.input.scrollLeft += x - width + 20;
    this.follow();
  }

  private follow(): void {
    this.over.scrollLeft = this.input.scrollLeft;
    requestAnimationFrame(() => (this.over.scrollLeft = this.input.scrollLeft));
  }
}
