// A line above the list that tells what was done without being asked for, and undoes it.
import type { LookStrings } from '../shared/look';
import { h, icon, iconButton } from './dom';

const stays = 30_000; // ms

export class Told {
  readonly element = h('div', { class: 'notice info told', role: 'status', hidden: true });
  private timer = 0;

  constructor(private readonly strings: LookStrings, private readonly undo: () => void) {}

  show(text: string): void {
    const undo = h('button', { type: 'button', class: 'textual' }, this.strings.undo);
    undo.addEventListener('click', () => {
      this.hide();
      this.undo();
    });
    this.element.replaceChildren(h('span', { class: 'text' }, icon('info'), ' ', text), undo, iconButton('close', this.strings.dismiss, () => this.hide()));
    this.element.hidden = false;
    this.wait();
  }

  hide(): void {
    clearTimeout(this.timer);
    this.element.hidden = true;
  }

  /** It goes by itself, but not while someone is at it. */
  private wait(): void {
    clearTimeout(this.timer);
    this.timer = window.setTimeout(() => {
      if (this.element.matches(':hover, :focus-within')) this.wait();
      else this.hide();
    }, stays);
  }
}
