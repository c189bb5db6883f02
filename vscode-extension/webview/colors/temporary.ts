// Colours that are there for a while: of a process, a thread, a descriptor, a container.
import type { FilterSource, Strings } from '../../shared/messages';
import { method, type ColorRule, type FilterFromParams, type View } from '../../shared/wire.gen';
import { Cancelled, type Host } from '../host';
import type { MenuEntry } from '../menu';
import { temporaryColors, type Coloring } from './coloring';

export interface Painted {
  /** the event that a colour is asked for */
  num(): number;
  view(): View;
  say(text: string): void;
}

export class Temporary {
  private told = '[]';

  constructor(private readonly host: Host, private readonly coloring: Coloring, private readonly list: Painted) {}

  /** paint gives what an event is about a colour, 1 to 10; 0: the first that is free. */
  async paint(source: FilterSource, color: number): Promise<void> {
    const nothing: FilterFromParams = {
      session: '', kind: 'process', mode: 'replace', base: '', num: this.list.num(), view: this.list.view(), column: '', field: '', value: '', method: '', id: '', tid: '',
    };
    try {
      const r = await this.host.request(method.filterFrom, { ...nothing, ...(source.kind === 'context' ? {} : source) });
      if (!this.coloring.on) this.host.send({ type: 'colors', action: 'on' });
      this.coloring.paint({ name: '', filter: r.text, language: r.language }, color || this.coloring.free);
      this.list.say('');
    } catch (e) {
      if (!(e instanceof Cancelled)) this.list.say(e instanceof Error ? e.message : String(e));
    }
    this.tell();
  }

  clear(): void {
    this.coloring.clear();
    this.tell();
  }

  /** key colours by a digit: the process of the selected event, with Shift what its descriptor is open on. */
  key(e: KeyboardEvent): boolean {
    const digit = /^(?:Digit|Numpad)(\d)$/.exec(e.code)?.[1];
    if (digit === undefined || e.ctrlKey || e.metaKey) return false;
    void this.paint({ kind: e.shiftKey ? 'fd' : 'process' }, Number(digit) || temporaryColors.length);
    return true;
  }

  menu(s: Strings): readonly MenuEntry[] {
    const none = this.coloring.forAWhile.length === 0;
    return [
      { label: s.colorRows, checked: this.coloring.on, run: () => this.host.send({ type: 'colors', action: 'toggle' }) },
      'separator',
      { label: s.editColors, run: () => this.host.send({ type: 'colors', action: 'edit' }) },
      { label: s.clearColors, disabled: none, run: () => this.clear() },
      { label: s.keepColors, disabled: none, run: () => this.host.send({ type: 'colors', action: 'keep' }) },
    ];
  }

  /** tell tells the host which temporary colours there are. */
  tell(): void {
    const rules: ColorRule[] = [...this.coloring.forAWhile], text = JSON.stringify(rules);
    if (text === this.told) return;
    this.told = text;
    this.host.send({ type: 'temporary', rules });
  }
}
