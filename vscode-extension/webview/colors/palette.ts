// The colours of rules in the theme of the window, as classes of a style sheet of their own.
import { onTheme } from '../analysis/colors';
import { css, look, parse, type Look, type Rgb, type Theme } from './theme';

/** Looks is what of a rule says how it looks. */
export interface Looks {
  foreground: string;
  background: string;
}

export class Palette {
  private readonly sheet = new CSSStyleSheet();
  private theme = themeOf();
  /** by class */
  private readonly made = new Map<string, Look & Looks>();

  /** changed is called when the colours are others, since the theme is. */
  constructor(changed: () => void) {
    document.adoptedStyleSheets = [...document.adoptedStyleSheets, this.sheet];
    onTheme(() => {
      this.theme = themeOf();
      const all = [...this.made.values()];
      this.made.clear();
      for (const l of all) this.add(l);
      this.write();
      changed();
    });
  }

  /** classOf is the class that shows a rule's colours; it is there from now on. "": the rule has none. */
  classOf(l: Looks): string {
    if (l.foreground === '' && l.background === '') return '';
    const name = `tint-${id(l.foreground)}-${id(l.background)}`;
    if (!this.made.has(name)) {
      this.add(l);
      this.write();
    }
    return name;
  }

  look(l: Looks): Look {
    return this.made.get(this.classOf(l)) ?? look(l.foreground, l.background, this.theme);
  }

  private add(l: Looks): void {
    this.made.set(`tint-${id(l.foreground)}-${id(l.background)}`, { foreground: l.foreground, background: l.background, ...look(l.foreground, l.background, this.theme) });
  }

  private write(): void {
    this.sheet.replaceSync([...this.made].map(([name, l]) =>
      `.${name} { --tint-text: ${css(l.text)}; --tint-paper: ${l.background === '' ? 'transparent' : css(l.paper)}; --tint-dot: ${css(l.dot)}; }`).join('\n'));
  }
}

const id = (name: string): string => (name === '' ? 'none' : name.replace(/[^a-z0-9]/gi, ''));

/** themeOf reads the theme's colours. */
function themeOf(): Theme {
  const style = getComputedStyle(document.documentElement);
  const hue = (variable: string): Rgb | undefined => parse(style.getPropertyValue(`--vscode-${variable}`));
  const paper = hue('editor-background') ?? [30, 30, 30], ink = hue('editor-foreground') ?? [212, 212, 212];
  return { paper, ink, hue };
}
