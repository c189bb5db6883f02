// Colours of the theme for what is drawn, read anew when the theme changes.

const names = ['blue', 'yellow', 'green', 'purple', 'red', 'orange'] as const;

export interface Colors {
  ink: string;
  muted: string;
  line: string;
  paper: string;
  bad: string;
  focus: string;
  series: string[];
}

/** colors reads the theme's. */
export function colors(): Colors {
  const style = getComputedStyle(document.documentElement), body = getComputedStyle(document.body);
  const v = (name: string, other: string): string => style.getPropertyValue(`--vscode-${name}`).trim() || other;
  return {
    ink: body.color, muted: v('descriptionForeground', body.color), line: v('panel-border', v('contrastBorder', 'rgba(128,128,128,0.35)')),
    paper: v('editor-background', '#000'), bad: v('charts-red', v('errorForeground', '#d33')), focus: v('focusBorder', '#08f'),
    series: names.map(n => v(`charts-${n}`, body.color)),
  };
}

/** onTheme calls run when the theme changed. */
export function onTheme(run: () => void): void {
  new MutationObserver(run).observe(document.body, { attributes: true, attributeFilter: ['class', 'data-vscode-theme-id'] });
}

/** fit makes a canvas as fine as the screen and returns its context, ready to be drawn on in CSS pixels. */
export function fit(canvas: HTMLCanvasElement, width: number, height: number): CanvasRenderingContext2D {
  const ratio = window.devicePixelRatio || 1, c = canvas.getContext('2d');
  if (!c) throw new Error('no canvas');
  canvas.width = Math.max(1, Math.round(width * ratio));
  canvas.height = Math.max(1, Math.round(height * ratio));
  canvas.style.width = `${width}px`;
  canvas.style.height = `${height}px`;
  c.setTransform(ratio, 0, 0, ratio, 0, 0);
  c.clearRect(0, 0, width, height);
  return c;
}

/** ticks are round times between two, in ns since the first event, with their labels. */
export function ticks(from: number, to: number, most: number): { at: number; label: string }[] {
  const span = Math.max(to - from, 1), rough = span / Math.max(most, 1);
  let step = 10 ** Math.floor(Math.log10(rough));
  for (const m of [1, 2, 5, 10]) if (step * m >= rough) { step *= m; break; }
  const digits = Math.max(0, -Math.floor(Math.log10(step / 1e9) + 1e-9));
  const out: { at: number; label: string }[] = [];
  for (let t = Math.ceil(from / step) * step; t <= to; t += step) out.push({ at: t, label: `${(t / 1e9).toFixed(Math.min(digits, 9))} s` });
  return out;
}
