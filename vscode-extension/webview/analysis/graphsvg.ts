// A graph as SVG: the lines of a plot on its own scales, with its ticks.

export interface SvgAxis {
  min: number;
  max: number;
  log: boolean;
  ticks: { at: number; label: string }[];
}

export interface SvgGraph {
  width: number;
  height: number;
  paper: string;
  ink: string;
  rule: string;
  x: SvgAxis;
  /** the first is on the left, the others on the right */
  y: SvgAxis[];
  times: number[];
  /** axis is a position in y; null is a gap */
  lines: { name: string; color: string; axis: number; values: (number | null)[] }[];
  bars: boolean;
  filled: boolean;
}

export const escaped = (s: string): string => s.replace(/[&<>"]/g, ch => `&#${ch.charCodeAt(0)};`);
const clip = 'clip-path="url(#inside)"', side = 76, top = 8, under = 24, lineHeight = 16;

/** part is how far along an axis a value is, 0 to 1. */
function part(a: SvgAxis, v: number): number {
  const f = a.log ? Math.log10 : (n: number): number => n, span = f(a.max) - f(a.min);
  return span > 0 ? (f(v) - f(a.min)) / span : 0.5;
}

/** svgGraph writes it, with the names of the lines below. */
export function svgGraph(g: SvgGraph): string {
  const right = g.width - (g.y.length > 1 ? side * (g.y.length - 1) : 14), bottom = g.height - under, height = g.height + g.lines.length * lineHeight + 4;
  const n = (v: number): string => String(+v.toFixed(1));
  const x = (v: number): number => side + part(g.x, v) * (right - side), y = (a: SvgAxis, v: number): number => bottom - part(a, v) * (bottom - top);
  const text = (at: [number, number], anchor: string, color: string, s: string): string => `<text x="${n(at[0])}" y="${n(at[1])}" text-anchor="${anchor}" fill="${escaped(color)}">${escaped(s)}</text>`;
  const rule = (x1: number, y1: number, x2: number, y2: number): string => `<path class="grid" d="M${n(x1)} ${n(y1)}L${n(x2)} ${n(y2)}" stroke="${escaped(g.rule)}"/>`;
  const out: string[] = [];
  for (const t of g.x.ticks) out.push(rule(x(t.at), top, x(t.at), bottom), text([x(t.at), bottom + 15], 'middle', g.ink, t.label));
  g.y.forEach((a, i) => {
    for (const t of a.ticks) {
      if (i === 0) out.push(rule(side, y(a, t.at), right, y(a, t.at)));
      out.push(text(i === 0 ? [side - 6, y(a, t.at) + 4] : [right + side * (i - 1) + 6, y(a, t.at) + 4], i === 0 ? 'end' : 'start', g.ink, t.label));
    }
  });
  const step = g.times.length > 1 ? x(g.times[1] ?? 0) - x(g.times[0] ?? 0) : right - side, wide = Math.max(0.5, Math.min(step * 0.9, 100));
  for (const l of g.lines) {
    const a = g.y[l.axis], color = escaped(l.color);
    if (!a) continue;
    const ground = y(a, a.log ? a.min : Math.min(Math.max(0, a.min), a.max)), paint = `stroke="${color}" stroke-width="1.5"`;
    if (g.bars) {
      const path = l.values.map((v, k) => (v === null ? '' : `M${n(x(g.times[k] ?? 0) - wide / 2)} ${n(ground)}V${n(y(a, v))}h${n(wide)}V${n(ground)}Z`)).join('');
      out.push(`<path class="line" d="${path}" fill="${color}" fill-opacity="0.35" ${paint} ${clip}/>`);
      continue;
    }
    const runs: [number, number][][] = [];
    l.values.forEach((v, k) => {
      if (v === null) return;
      if (k === 0 || l.values[k - 1] === null) runs.push([]);
      runs.at(-1)?.push([x(g.times[k] ?? 0), y(a, v)]);
    });
    const path = (run: [number, number][]): string => run.map(([px, py], k) => `${k === 0 ? 'M' : 'L'}${n(px)} ${n(py)}`).join('');
    if (g.filled) out.push(`<path class="area" d="${runs.map(r => `${path(r)}V${n(ground)}H${n(r[0]?.[0] ?? 0)}Z`).join('')}" fill="${color}" fill-opacity="0.35" ${clip}/>`);
    out.push(`<path class="line" d="${runs.map(path).join('')}" fill="none" ${paint} ${clip}/>`);
    for (const r of runs) if (r.length === 1) out.push(`<circle cx="${n(r[0]?.[0] ?? 0)}" cy="${n(r[0]?.[1] ?? 0)}" r="2" fill="${color}"/>`);
  }
  g.lines.forEach((l, i) => out.push(`<rect x="${side}" y="${g.height + i * lineHeight}" width="10" height="10" fill="${escaped(l.color)}"/>`, text([side + 16, g.height + i * lineHeight + 9], 'start', g.ink, l.name)));
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${n(g.width)} ${n(height)}" width="${n(g.width)}" height="${n(height)}" font-family="sans-serif" font-size="11"><rect width="100%" height="100%" fill="${escaped(g.paper)}"/>`
    + `<clipPath id="inside"><rect x="${side}" y="0" width="${n(right - side)}" height="${n(bottom + 1)}"/></clipPath>${out.join('')}</svg>\n`;
}
