// Colours of rules in a theme: names become colours that can be read. Nothing here knows the DOM.

/** A colour: red, green, blue, 0 to 255. */
export type Rgb = readonly [number, number, number];

/** Theme is what of the theme colours are made of. hue answers one of the theme's colours by the name of its variable. */
export interface Theme {
  paper: Rgb;
  ink: Rgb;
  hue(variable: string): Rgb | undefined;
}

/** Look is how a rule is shown: its text, what is behind it, and the colour that stands for it where there is no text. */
export interface Look {
  text: Rgb;
  paper: Rgb;
  dot: Rgb;
}

/** The least contrast of a text that people can be asked to read (WCAG 2, AA). */
export const readable = 4.5;

/** What is aimed at, since browsers show whole numbers. */
const aim = readable + 0.15;

/** Of each name the variables of the theme that may give it, the first that is there and such a colour, and what it is else. */
const hues: Record<string, { variables: string[]; otherwise: Rgb }> = {
  red: { variables: ['charts-red', 'terminal-ansiRed'], otherwise: [229, 72, 77] },
  orange: { variables: ['charts-orange'], otherwise: [232, 132, 32] },
  yellow: { variables: ['charts-yellow', 'terminal-ansiYellow'], otherwise: [214, 182, 12] },
  green: { variables: ['charts-green', 'terminal-ansiGreen'], otherwise: [56, 158, 72] },
  teal: { variables: ['terminal-ansiCyan'], otherwise: [20, 168, 180] },
  blue: { variables: ['charts-blue', 'terminal-ansiBlue'], otherwise: [48, 120, 232] },
  purple: { variables: ['charts-purple'], otherwise: [132, 92, 214] },
  pink: { variables: ['terminal-ansiMagenta', 'terminal-ansiBrightMagenta'], otherwise: [206, 70, 178] },
  brown: { variables: [], otherwise: [146, 96, 52] },
  gray: { variables: [], otherwise: [128, 128, 128] },
};

/** names is all names of colours, in the order in which they are offered. */
export const names: readonly string[] = [...Object.keys(hues), ...Object.keys(hues).map(n => `strong-${n}`)];

const tint = 0.26, strongTint = 0.62, textHue = 0.75;

/** parse reads a colour as browsers tell it, or #rrggbb. */
export function parse(text: string): Rgb | undefined {
  const hex = /^#([0-9a-f]{2})([0-9a-f]{2})([0-9a-f]{2})/i.exec(text.trim());
  if (hex) return [1, 2, 3].map(i => parseInt(hex[i] ?? '0', 16)) as unknown as Rgb;
  const short = /^#([0-9a-f])([0-9a-f])([0-9a-f])$/i.exec(text.trim());
  if (short) return [1, 2, 3].map(i => parseInt((short[i] ?? '0').repeat(2), 16)) as unknown as Rgb;
  const rgb = /^rgba?\(\s*([\d.]+)[\s,]+([\d.]+)[\s,]+([\d.]+)/.exec(text.trim());
  if (rgb) return [1, 2, 3].map(i => Number(rgb[i])) as unknown as Rgb;
  return undefined;
}

export const css = (c: Rgb): string => `rgb(${c.map(v => Math.round(v)).join(', ')})`;

/** mix is part of a and the rest of b. */
export const mix = (a: Rgb, b: Rgb, part: number): Rgb => [0, 1, 2].map(i => (a[i] ?? 0) * part + (b[i] ?? 0) * (1 - part)) as unknown as Rgb;

/** luminance is how bright a colour is, as WCAG counts it. */
export function luminance(c: Rgb): number {
  const [r, g, b] = c.map(v => {
    const s = v / 255;
    return s <= 0.04045 ? s / 12.92 : ((s + 0.055) / 1.055) ** 2.4;
  }) as [number, number, number];
  return 0.2126 * r + 0.7152 * g + 0.0722 * b;
}

/** contrast is that of two colours, 1 to 21. */
export function contrast(a: Rgb, b: Rgb): number {
  const [x, y] = [luminance(a), luminance(b)];
  return (Math.max(x, y) + 0.05) / (Math.min(x, y) + 0.05);
}

const black: Rgb = [0, 0, 0], white: Rgb = [255, 255, 255];

/** legible is a text colour, moved towards black or white until it can be read. */
export function legible(text: Rgb, paper: Rgb, least = aim): Rgb {
  if (contrast(text, paper) >= least) return text;
  const end = contrast(black, paper) > contrast(white, paper) ? black : white;
  for (let part = 0.05; part < 1; part += 0.05) {
    const moved = mix(end, text, part);
    if (contrast(moved, paper) >= least) return moved;
  }
  return end;
}

/** named is the colour of a name or a number itself; undefined for the theme's own. */
export function named(name: string, theme: Theme): Rgb | undefined {
  if (name.startsWith('#')) return parse(name);
  const hue = hues[name.replace(/^strong-/, '')];
  if (!hue) return undefined;
  for (const v of hue.variables) {
    const found = theme.hue(v);
    if (found && alike(found, hue.otherwise)) return found;
  }
  return hue.otherwise;
}

const vivid = 40, near = 45;

/** alike tells that people call two colours the same: themes of few colours call one red, orange and blue. */
function alike(a: Rgb, b: Rgb): boolean {
  const apart = Math.abs(angle(a) - angle(b));
  return Math.max(...a) - Math.min(...a) > vivid && Math.min(apart, 360 - apart) < near;
}

/** angle is where a colour is on the wheel of colours, in degrees. */
function angle([r, g, b]: Rgb): number {
  const degrees = (Math.atan2(Math.sqrt(3) * (g - b), 2 * r - g - b) * 180) / Math.PI;
  return (degrees + 360) % 360;
}

/** look is how a rule with these names is shown in a theme; its text can be read on what is behind it. */
export function look(foreground: string, background: string, theme: Theme): Look {
  const behind = named(background, theme), front = named(foreground, theme);
  let paper = theme.paper;
  if (behind) {
    paper = background.startsWith('#') ? behind : mix(behind, theme.paper, background.startsWith('strong-') ? strongTint : tint);
    // The theme's own text is better than black or white: a tint is paler rather than that, unless the theme's text can hardly be read anywhere.
    if (!front && !background.startsWith('#') && contrast(theme.ink, theme.paper) > readable + 1) {
      for (let part = 1; part > 0.5 && contrast(theme.ink, paper) < aim; part -= 0.1) paper = mix(paper, theme.paper, 0.9);
    }
  }
  const text = front ? (foreground.startsWith('#') ? front : mix(front, theme.ink, textHue)) : theme.ink;
  return { text: legible(text, paper), paper, dot: behind ?? front ?? theme.ink };
}
