// What leaves the analysis: pictures, tables, and filters of what is seen in it.
import type { AnalysisStrings, AnalysisToHost } from '../../shared/analysis';
import { iconButton } from '../dom';

/** png is what a canvas shows, in base64. */
export function png(source: HTMLCanvasElement, paper: string): string {
  const out = document.createElement('canvas'), c = out.getContext('2d');
  out.width = source.width;
  out.height = source.height;
  if (!c) return '';
  c.fillStyle = paper;
  c.fillRect(0, 0, out.width, out.height);
  c.drawImage(source, 0, 0);
  return out.toDataURL('image/png').split(',')[1] ?? '';
}

/** csv writes rows of cells. */
export const csv = (rows: (string | number)[][]): string => rows.map(r => `${r.map(v => (/[",\r\n]/.test(String(v)) ? `"${String(v).replaceAll('"', '""')}"` : v)).join(',')}\n`).join('');

/** Outputs are the forms in which a view can be saved; undefined when it shows nothing. */
export interface Outputs {
  png(): string | undefined;
  svg(): string | undefined;
  csv(): string | undefined;
}

/** outputs are the buttons that save a view under a name. */
export function outputs(frame: { strings: AnalysisStrings; host: { send(m: AnalysisToHost): void } }, name: string, of: Outputs): HTMLButtonElement[] {
  const s = frame.strings, button = (icon: string, label: string, form: keyof Outputs): HTMLButtonElement => iconButton(icon, label, () => {
    const data = of[form]();
    if (data) frame.host.send({ type: 'save', name: `${name}.${form}`, data, base64: form === 'png' });
  });
  return [button('file-media', s.savePng, 'png'), button('file-code', s.saveSvg, 'svg'), button('save', s.saveCsv, 'csv')];
}

/** Range is a part of the values of a field: those from the first on and before the second. Both are whole numbers. */
export interface Range { field: string; from: number | bigint; to: number | bigint }

/** within is a filter that leaves what is in all ranges. */
export const within = (ranges: Range[]): string => ranges.map(r => `${r.field}>=${r.from} and ${r.field}<${r.to}`).join(' and ');

/** times is a range of the time of events; from and to are ns since the first, of which start is the time in ns since the epoch. */
export const times = (start: string, from: number, to: number): Range =>
  ({ field: 'evt.rawtime', from: BigInt(start) + BigInt(Math.floor(Math.max(from, 0))), to: BigInt(start) + BigInt(Math.ceil(Math.max(to, from, 0))) });

/** isTime tells that a field is when an event was. */
export const isTime = (field: string | undefined): boolean => field === 'evt.rawtime' || field === 'evt.reltime';

/** inside is a filter that leaves the values of a field between two of an axis; "" when there is none between. */
export function inside(field: string, kind: string, labels: string[], values: number[], start: string, from: number, to: number): string {
  if (labels.length > 0) {
    const some = labels.filter((_, i) => i >= from && i <= to);
    return some.length === 0 ? '' : `${field} in (${some.map(l => `"${l.replace(/["\\]/g, '\\$&')}"`).join(', ')})`;
  }
  if (isTime(field)) return within([times(start, Math.ceil(from), Math.floor(to) + 1)]);
  if (kind === 'time') return within([{ ...times(start, Math.ceil(from), Math.floor(to) + 1), field }]);
  if (values.every(Number.isInteger)) return within([{ field, from: Math.ceil(from), to: Math.floor(to) + 1 }]);
  return `${field}>=${+from.toPrecision(9)} and ${field}<=${+to.toPrecision(9)}`;
}
