// Which colours the rows of a list have: the rules that are kept, and before them those that are there for a while.
import type { ColorFilter, ColorRule, Row } from '../../shared/wire.gen';
import { Palette } from './palette';

/** How many colours there are for a while; each is for one filter. */
export const temporaryColors: readonly string[] = [
  'strong-green', 'strong-blue', 'strong-orange', 'strong-purple', 'strong-teal', 'strong-pink', 'strong-yellow', 'strong-brown', 'strong-red', 'strong-gray',
];

/** Tinted is a row with the class that shows its colour, and the rule that gave it. */
export type Tinted = Row & { tint?: string; rule?: string };

export class Coloring {
  /** false: the list is shown without colours */
  on = true;
  private kept: readonly ColorRule[] = [];
  private temporary: ColorRule[] = [];
  private active: readonly ColorRule[] = [];
  readonly palette: Palette;

  /** changed is called when rows may have other colours; themed when the same colours look otherwise. */
  constructor(private readonly changed: () => void, themed: () => void) {
    this.palette = new Palette(themed);
  }

  /** rules is those that colour rows now, in their order. */
  get rules(): readonly ColorRule[] {
    return this.active;
  }

  /** filters is what the server is asked of rows. */
  get filters(): ColorFilter[] {
    return this.active.map(r => ({ filter: r.filter, language: r.language }));
  }

  /** forAWhile is the temporary rules. */
  get forAWhile(): readonly ColorRule[] {
    return this.temporary;
  }

  set(rules: readonly ColorRule[], on: boolean): void {
    this.kept = rules;
    this.on = on;
    this.settle();
  }

  /** restore takes temporary rules that were there before. */
  restore(rules: readonly ColorRule[]): void {
    this.temporary = rules.filter(r => temporaryColors.includes(r.background)).slice(0, temporaryColors.length);
    this.settle();
  }

  /** free is the number (from 1) of the first colour that no temporary rule has; the first when all have one. */
  get free(): number {
    const at = temporaryColors.findIndex(c => !this.temporary.some(t => t.background === c));
    return at < 0 ? 1 : at + 1;
  }

  /** paint gives rows that a filter matches a colour (from 1) for a while; what had it before loses it. The latest goes before the others. */
  paint(rule: Pick<ColorRule, 'name' | 'filter' | 'language'>, color: number): void {
    const background = temporaryColors[color - 1];
    if (background === undefined) return;
    const others = this.temporary.filter(t => t.background !== background && t.filter !== rule.filter);
    this.temporary = [{ ...rule, id: `temporary-${color}`, foreground: '', background, disabled: false }, ...others];
    this.on = true;
    this.settle();
  }

  /** clear takes all temporary colours back. */
  clear(): void {
    this.temporary = [];
    this.settle();
  }

  /** tinted is a row that came with colours of these rules. */
  tinted(row: Row, rules: readonly ColorRule[]): Tinted {
    const rule = row.color ? rules[row.color - 1] : undefined;
    if (!rule) return row;
    return { ...row, tint: this.palette.classOf(rule), rule: rule.name || rule.filter };
  }

  private settle(): void {
    const active = this.on ? [...this.temporary, ...this.kept.filter(r => !r.disabled && r.filter.trim() !== '')] : [];
    for (const r of active) this.palette.classOf(r);
    if (JSON.stringify(active) === JSON.stringify(this.active)) return;
    this.active = active;
    this.changed();
  }
}
