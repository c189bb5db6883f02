// A choice of colours, shown as a rule would look in them.
import type { ColorStrings } from '../../shared/colors';
import { format, h, set } from '../dom';
import type { Looks, Palette } from './palette';
import { css, names } from './theme';

const columns = 11; // the theme's own and ten names

/** nameOf is what people call a colour. */
export function nameOf(color: string, s: ColorStrings): string {
  if (color === '') return s.theme;
  if (color.startsWith('#')) return color;
  const name = color.replace(/^strong-/, ''), said = s.colors[name] ?? name;
  return name === color ? said : format(s.strong, said);
}

/** Swatches is a group of radio buttons, and a field for any other colour. */
export class Swatches {
  readonly element: HTMLElement;
  private readonly buttons = new Map<string, HTMLButtonElement>();
  private readonly other: HTMLInputElement;
  private readonly otherName = h('span', { class: 'swatch-other' });
  private looks: Looks = { foreground: '', background: '' };

  constructor(
    private readonly part: keyof Looks, label: string, private readonly palette: Palette, private readonly strings: ColorStrings, private readonly chosen: (color: string) => void,
  ) {
    const offered = ['', ...names.filter(n => part === 'background' || !n.startsWith('strong-'))];
    const group = h('div', { class: 'swatches', role: 'radiogroup', 'aria-label': label });
    for (const color of offered) {
      const b = h('button', { type: 'button', class: 'swatch', role: 'radio', tabindex: -1, title: nameOf(color, strings), 'aria-label': nameOf(color, strings), 'aria-checked': 'false' }, 'a');
      b.addEventListener('click', () => this.choose(color));
      this.buttons.set(color, b);
      group.append(b);
    }
    group.addEventListener('keydown', e => this.key(e, offered));
    this.other = h('input', { type: 'color', title: strings.other, 'aria-label': `${label}: ${strings.other}` });
    this.other.addEventListener('input', () => this.choose(this.other.value));
    this.element = h('div', { class: 'field' }, h('span', { class: 'label', 'aria-hidden': 'true' }, label), group, h('label', { class: 'other' }, this.other, this.otherName));
  }

  /** show shows what a rule has. */
  show(looks: Looks): void {
    this.looks = looks;
    const now = looks[this.part];
    for (const [color, b] of this.buttons) {
      const l = this.palette.look({ ...looks, [this.part]: color });
      b.style.color = css(l.text);
      b.style.background = css(l.paper);
      set(b, { 'aria-checked': String(color === now), tabindex: color === now || (!this.buttons.has(now) && color === '') ? 0 : -1 });
    }
    const own = now.startsWith('#');
    this.other.value = own ? now : '#808080';
    this.otherName.textContent = own ? now : this.strings.other;
    this.element.classList.toggle('own', own);
  }

  private choose(color: string): void {
    this.show({ ...this.looks, [this.part]: color });
    this.chosen(color);
  }

  private key(e: KeyboardEvent, offered: readonly string[]): void {
    const steps: Record<string, number> = { ArrowRight: 1, ArrowLeft: -1, ArrowDown: columns, ArrowUp: -columns }, step = steps[e.key];
    if (step === undefined) return;
    const at = offered.findIndex(c => this.buttons.get(c) === document.activeElement), to = offered[(at + step + offered.length) % offered.length];
    if (to === undefined) return;
    e.preventDefault();
    this.choose(to);
    this.buttons.get(to)?.focus();
  }
}
