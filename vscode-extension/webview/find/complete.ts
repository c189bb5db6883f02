// Completions in the find bar of the list, as in the filter box.
import type { Strings } from '../../shared/messages';
import { method } from '../../shared/wire.gen';
import { Suggest } from '../filter/suggest';
import type { Host } from '../host';
import { Latest } from '../latest';
import { caretOf, put, type Completer } from './bar';

export class Completions implements Completer {
  private readonly asked = new Latest();
  private readonly suggest: Suggest;

  constructor(private readonly host: Host, strings: Strings, private readonly input: HTMLInputElement, private readonly wanted: () => boolean) {
    this.suggest = new Suggest(strings, input, c => {
      put(input, c);
      if (c.again) this.ask();
      else this.close();
    }, 'find-suggest');
  }

  get element(): HTMLElement {
    return this.suggest.element;
  }

  get open(): boolean {
    return this.suggest.open;
  }

  typed(): void {
    if (this.wanted() && this.input.value.trim() !== '') this.ask();
    else this.close();
  }

  key(e: KeyboardEvent): boolean {
    if (e.key === ' ' && e.ctrlKey) this.ask();
    else if (!this.suggest.open) return false;
    else if (e.key === 'Escape') this.close();
    else if (e.key === 'Tab' || (e.key === 'Enter' && this.suggest.chosen)) {
      const c = e.key === 'Tab' ? this.suggest.first : this.suggest.chosen;
      if (!c) return false;
      put(this.input, c);
      this.input.dispatchEvent(new Event('input'));
      if (!c.again) this.close();
    } else return !e.ctrlKey && !e.metaKey && !e.altKey && this.suggest.key(e);
    e.stopPropagation();
    return true;
  }

  close(): void {
    this.asked.cancel();
    this.suggest.close();
  }

  private ask(): void {
    const text = this.input.value, caret = caretOf(this.input);
    this.asked.until(0, signal => this.host.request(method.filterComplete, { text, language: '', caret }, signal), (r, before) => {
      if (before > 0 && (text !== this.input.value || caret !== caretOf(this.input))) return;
      const items = r.items ?? [], only = items.length === 1 ? items[0] : undefined;
      if ((only && only.insert === text.slice(only.start, only.end)) || document.activeElement !== this.input) this.suggest.close();
      else this.suggest.show(items, c => text.slice(c.start, caret), 8, false, before > 0);
    }, () => this.suggest.close());
  }
}
