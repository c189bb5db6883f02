// The colours of the whole list, in its order, drawn small beside it.
import type { Strings } from '../../shared/messages';
import { method, type ColorPart, type ColorsOfResult, type Query } from '../../shared/wire.gen';
import { fit } from '../analysis/colors';
import { format, h } from '../dom';
import type { Asks } from '../host';
import { Latest } from '../latest';
import type { Coloring } from './coloring';
import { css } from './theme';

const again = 400, soon = 30; // ms between two askings
const mostParts = 4096, leastWidth = 1.5; // px of a rule that is there at all

export class ColorMap {
  readonly canvas = h('canvas', { class: 'color-map', 'aria-hidden': 'true' });
  private readonly asks = new Latest();
  private result: ColorsOfResult | undefined;
  private rules: Coloring['rules'] = [];
  private asked = 0;
  /** it is being asked, or will be */
  private busy = false;
  private more = false;
  private width = 0;
  private height = 0;

  constructor(private readonly host: Asks, private readonly coloring: Coloring, private readonly strings: Strings, private readonly query: () => Query | undefined) {}

  /** ask asks for the colours again; fresh when others than those that are drawn are wanted. */
  ask(fresh: boolean): void {
    const query = this.query(), { rules } = this.coloring;
    this.canvas.parentElement?.classList.toggle('colored', rules.length > 0);
    if (!query || rules.length === 0 || this.height < 1) {
      this.asks.cancel();
      this.busy = this.more = false;
      this.result = undefined;
      this.draw();
      return;
    }
    if (this.busy && !fresh) {
      this.more = true;
      return;
    }
    this.busy = true;
    this.more = false;
    const wait = fresh ? soon : Math.max(soon, this.asked + again - performance.now()), parts = Math.min(mostParts, Math.floor(this.height));
    const over = (): void => {
      this.busy = false;
      if (this.more) this.ask(false);
    };
    this.asks.run(wait, signal => {
      this.asked = performance.now();
      return this.host.request(method.colors, { query, colors: this.coloring.filters, parts }, signal);
    }, r => {
      this.result = r;
      this.rules = rules;
      this.draw();
      over();
    }, over);
  }

  /** colored tells that more is known. */
  colored(): void {
    if (this.result?.done !== true || this.busy) this.ask(false);
  }

  resize(width: number, height: number): void {
    if (width === this.width && height === this.height) return;
    const other = height !== this.height;
    this.width = width;
    this.height = height;
    this.draw();
    if (other) this.ask(true);
  }

  draw(): void {
    const c = fit(this.canvas, this.width, this.height), parts = this.result?.parts ?? [], all = this.result?.total ?? 0;
    if (all === 0) return;
    const dots = this.rules.map(r => css(this.coloring.palette.look(r).dot));
    let row = 0;
    for (const part of parts) {
      const top = Math.floor((row / all) * this.height), end = Math.max(top + 1, Math.floor(((row + part.rows) / all) * this.height));
      row += part.rows;
      let x = 0;
      for (const [i, n] of (part.of ?? []).entries()) {
        if (n === 0 || x >= this.width) continue;
        const wide = Math.max(leastWidth, (n / part.rows) * this.width);
        c.fillStyle = dots[i] ?? '';
        c.fillRect(x, top, Math.min(wide, this.width - x), end - top);
        x += wide;
      }
    }
  }

  /** says is what is at a height, in words. */
  says(y: number): string {
    const all = this.result?.total ?? 0;
    let row = 0, at: ColorPart | undefined;
    for (const part of this.result?.parts ?? []) {
      row += part.rows;
      if ((row / all) * this.height <= y) continue;
      at = part;
      break;
    }
    return (at?.of ?? []).map((n, i) => (n > 0 ? format(this.strings.colorShare, this.rules[i]?.name || this.rules[i]?.filter || '', n) : '')).filter(Boolean).join('\n');
  }
}
