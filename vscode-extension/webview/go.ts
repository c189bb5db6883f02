// From event to event: back and forward, and to those that belong to the selected one.
import { ways } from '../shared/find';
import type { Strings, ViewCommand } from '../shared/messages';
import { method } from '../shared/wire.gen';
import { Cancelled } from './cancelled';
import { iconButton, set } from './dom';
import type { Grid } from './grid';
import { History } from './history';
import type { Host } from './host';
import { Latest, ofShown } from './latest';

const backButton = 3, forwardButton = 4; // of a mouse

export class Going {
  readonly buttons: HTMLElement[];
  private readonly history: History;
  private readonly asked = new Latest();
  /** the next selection is a jump, or goes through the history */
  private next: 'step' | 'jump' | 'history' = 'step';

  constructor(private readonly host: Host, strings: Strings, private readonly grid: Grid, private readonly say: (text: string) => void) {
    const s = strings.findStrings;
    const back = iconButton('arrow-left', s.back, () => void this.step(true)), forward = iconButton('arrow-right', s.forward, () => void this.step(false));
    back.classList.add('go-back');
    forward.classList.add('go-forward');
    this.buttons = [back, forward];
    const state = (): void => {
      set(back, { 'aria-disabled': this.history.canBack ? undefined : 'true' });
      set(forward, { 'aria-disabled': this.history.canForward ? undefined : 'true' });
      host.send({ type: 'history', back: this.history.canBack, forward: this.history.canForward });
    };
    this.history = new History(state);
    state();
    // Browsers go back by these buttons when they are released.
    for (const event of ['mousedown', 'mouseup'] as const) {
      window.addEventListener(event, e => {
        if (e.button !== backButton && e.button !== forwardButton) return;
        e.preventDefault();
        if (event === 'mouseup') void this.step(e.button === backButton);
      });
    }
  }

  /** jump tells that the next event that is selected is one that was gone to. */
  jump(): void {
    if (this.next === 'step') this.next = 'jump';
  }

  /** selected notes which event is selected now. */
  selected(num: number, row: number): void {
    const { next } = this;
    this.next = 'step';
    if (next !== 'history') this.history.visit(num, row, next === 'jump');
  }

  /** run carries out a command; false where it is none of these. */
  run(c: ViewCommand): boolean {
    if (c === 'back' || c === 'forward') {
      void this.step(c === 'back');
      return true;
    }
    if (!c.startsWith('go.')) return false;
    this.related(c.slice('go.'.length));
    return true;
  }

  private async step(back: boolean): Promise<void> {
    const num = this.history.go(back);
    if (num === undefined) return;
    this.next = 'history';
    try {
      await this.grid.goto(`#${num}`);
      this.grid.focus();
    } catch (e) {
      this.next = 'step';
      if (!(e instanceof Cancelled)) this.say(e instanceof Error ? e.message : String(e));
    }
  }

  private related(name: string): void {
    const way = ways[name];
    if (!way) return;
    this.asked.run(0, () => ofShown(this.grid, async query => {
      const num = await this.grid.settled();
      return num === 0 ? undefined : this.host.request(method.related, { query, num, ...way });
    }), r => {
      if (!r) return;
      if (r.found) {
        this.jump();
        this.grid.found(r.row);
      }
      // What is said is wiped when another event is selected.
      requestAnimationFrame(() => this.say(sentence(r.note)));
    }, e => this.say(e instanceof Error ? e.message : String(e)));
  }
}

const sentence = (text: string): string => (text === '' ? '' : `${text[0]!.toUpperCase()}${text.slice(1)}.`);
