// A find bar: what is searched for, how, where; the way from match to match, and how many there are.
import type { FindStrings, Wanted } from '../../shared/find';
import type { Completion, SearchIn, SearchMode } from '../../shared/wire.gen';
import { h, icon, iconButton, set } from '../dom';

export interface BarEvents {
  /** what is searched for is another; nothing is gone to yet */
  changed(): void;
  step(backwards: boolean): void;
  closed(): void;
  cancel(): void;
}

/** Completer offers what may stand in a filter. */
export interface Completer {
  readonly element: HTMLElement;
  readonly open: boolean;
  typed(): void;
  /** key is true where it took the key */
  key(e: KeyboardEvent): boolean;
  close(): void;
}

const twice = 1500; // ms in which the same key may come here and by way of the workbench

export class FindBar {
  readonly element: HTMLElement;
  readonly input: HTMLInputElement;
  private mode: SearchMode;
  private readonly modes: HTMLSelectElement;
  private readonly places: HTMLSelectElement;
  private readonly caseButton: HTMLButtonElement;
  private readonly wordButton: HTMLButtonElement;
  private readonly said = h('span', { class: 'find-said', role: 'status', 'aria-live': 'polite' });
  private readonly stop: HTMLButtonElement;
  private readonly bar = h('div', { class: 'bar' });
  private readonly track = h('div', { class: 'find-track', role: 'progressbar', hidden: true }, this.bar);
  private completer: Completer | undefined;
  private focused = 0;

  constructor(private readonly strings: FindStrings, label: string, modes: readonly SearchMode[], places: readonly SearchIn[], private readonly events: BarEvents) {
    const s = strings;
    this.mode = modes[0] ?? 'text';
    this.input = h('input', { type: 'text', class: 'find-input', role: 'combobox', 'aria-autocomplete': 'list', 'aria-expanded': 'false', 'aria-label': label, spellcheck: 'false', autocomplete: 'off' });
    this.modes = h('select', { 'aria-label': s.mode, title: s.mode }, ...modes.map(m => h('option', { value: m }, s.modes[m])));
    this.places = h('select', { 'aria-label': s.place, title: s.place, hidden: places.length < 2 }, ...places.map(p => h('option', { value: p }, s.places[p])));
    const toggle = (name: string, tip: string): HTMLButtonElement => {
      const b = iconButton(name, tip, () => {
        set(b, { 'aria-pressed': String(b.getAttribute('aria-pressed') !== 'true') });
        events.changed();
      });
      set(b, { 'aria-pressed': 'false' });
      return b;
    };
    this.caseButton = toggle('case-sensitive', s.matchCase);
    this.wordButton = toggle('whole-word', s.wholeWord);
    this.stop = iconButton('debug-stop', s.cancel, () => events.cancel());
    this.stop.hidden = true;
    this.modes.addEventListener('change', () => this.setMode(this.modes.value as SearchMode));
    this.places.addEventListener('change', () => events.changed());
    this.input.addEventListener('input', () => {
      this.wrong('');
      this.completer?.typed();
      events.changed();
    });
    this.input.addEventListener('keydown', e => this.key(e));
    this.input.addEventListener('blur', () => this.completer?.close());
    this.element = h('div', { class: 'find-bar', role: 'search', 'aria-label': label, hidden: true },
      this.modes, h('div', { class: 'find-box' }, icon('search'), this.input, this.caseButton, this.wordButton, this.track), this.places,
      iconButton('arrow-up', s.previous, () => events.step(true)), iconButton('arrow-down', s.next, () => events.step(false)), this.stop, this.said,
      h('span', { class: 'grow' }), iconButton('close', s.close, () => this.close()));
    this.element.addEventListener('keydown', e => {
      if (e.key !== 'Escape' || e.defaultPrevented) return;
      e.preventDefault();
      this.close();
    });
    this.setMode(this.mode, true);
  }

  /** complete offers completions below the input, in filters. */
  complete(c: Completer): void {
    this.completer = c;
    this.input.parentElement?.append(c.element);
  }

  get open(): boolean {
    return !this.element.hidden;
  }

  get wanted(): Wanted {
    const on = (b: HTMLElement): boolean => b.getAttribute('aria-pressed') === 'true' && !b.hidden;
    return { mode: this.mode, text: this.mode === 'text' ? this.input.value : this.input.value.trim(), case: on(this.caseButton), word: on(this.wordButton), in: (this.places.value || 'columns') as SearchIn };
  }

  /** show opens the bar with the focus in it; a text, where given, takes the place of what is in it. */
  show(text?: string): void {
    const again = document.activeElement === this.input && performance.now() - this.focused < twice;
    this.element.hidden = false;
    if (again) return; // the key came here and, by way of the workbench, as a command: what was typed between the two stays
    this.focused = performance.now();
    if (text !== undefined && text !== '') this.input.value = text;
    this.input.focus();
    this.input.select();
    this.events.changed();
  }

  close(): void {
    this.completer?.close();
    this.element.hidden = true;
    this.say('');
    this.progress(undefined);
    this.events.closed();
  }

  /** say shows how many there are, or that the search went around. */
  say(text: string): void {
    if (this.said.textContent !== text) this.said.textContent = text;
    this.said.title = text;
    this.said.classList.remove('bad');
  }

  /** wrong says why nothing can be searched for; an empty text takes that back. */
  wrong(text: string): void {
    set(this.input, { 'aria-invalid': text === '' ? undefined : 'true' });
    if (text === '' && !this.said.classList.contains('bad')) return;
    this.say(text);
    this.said.classList.toggle('bad', text !== '');
  }

  /** progress shows how far a search is, 0 to 1, with a button to stop it; undefined: none is at work. */
  progress(part: number | undefined): void {
    this.track.hidden = this.stop.hidden = part === undefined;
    this.bar.style.width = `${(part ?? 1) * 100}%`;
    set(this.track, { 'aria-valuenow': part === undefined ? undefined : Math.floor(part * 100), 'aria-label': this.strings.find });
  }

  private setMode(mode: SearchMode, first = false): void {
    this.mode = this.modes.value = mode;
    set(this.input, { placeholder: this.strings.hints[mode] });
    this.caseButton.hidden = this.wordButton.hidden = mode === 'hex' || mode === 'filter';
    this.places.hidden = this.places.options.length < 2 || mode === 'hex' || mode === 'filter';
    this.input.classList.toggle('mono', mode !== 'text');
    this.completer?.close();
    this.wrong('');
    if (first) return;
    this.input.focus();
    this.events.changed();
  }

  private key(e: KeyboardEvent): void {
    if (this.mode === 'filter' && this.completer?.key(e)) {
      e.preventDefault();
      return;
    }
    if (e.key !== 'Enter' || e.ctrlKey || e.metaKey || e.altKey) return;
    e.preventDefault();
    this.completer?.close();
    this.events.step(e.shiftKey);
  }
}

/** caretOf is where an input's caret is. */
export const caretOf = (input: HTMLInputElement): number => input.selectionStart ?? input.value.length;

/** put puts a completion into an input. */
export function put(input: HTMLInputElement, c: Completion): void {
  input.focus();
  input.setSelectionRange(c.start, c.end);
  document.execCommand('insertText', false, c.insert); // the one way that keeps the browser's undo
  input.setSelectionRange(c.start + c.caret, c.start + c.caret);
}
