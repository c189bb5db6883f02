// Where bytes of a stream are in the text that shows them.

import { format } from '../dom';

export type Look = 'text' | 'hex' | 'raw' | 'utf8';

/** plain shows every byte as one character: what cannot be printed as a dot, ends of lines and tabs as they are. */
export const plain = (b: Uint8Array): string => Array.from(b, v => (v === 9 || v === 10 || v === 13 || (v >= 32 && v < 127) ? String.fromCharCode(v) : '·')).join('');

const escapes = new Map([[9, '\\t'], [10, '\\n\n'], [13, '\\r'], [92, '\\\\']]);

/** escaped is a byte as it is or as an escape, so that the text tells every byte; lines end behind \n. */
const escaped = (v: number): string => escapes.get(v) ?? (v >= 32 && v < 127 ? String.fromCharCode(v) : `\\x${v.toString(16).padStart(2, '0')}`);

const raw = (b: Uint8Array): string => Array.from(b, escaped).join('');

/** Cut is what the pieces before and behind a piece have of its first and last character. */
export interface Cut {
  /** bytes that are shown with it */
  before: Uint8Array;
  /** how many of its last bytes are shown with the next one */
  after: number;
}

const whole: Cut = { before: new Uint8Array(0), after: 0 };

/** incomplete is how many bytes at the end begin a character of UTF-8 that is not whole. */
function incomplete(b: Uint8Array): number {
  for (let k = 1; k <= Math.min(3, b.length); k++) {
    const v = b[b.length - k] ?? 0;
    if ((v & 0xc0) === 0x80) continue;
    const size = v >= 0xf0 && v < 0xf5 ? 4 : v >= 0xe0 && v < 0xf0 ? 3 : v >= 0xc2 && v < 0xe0 ? 2 : 1;
    return k < size ? k : 0;
  }
  return 0;
}

function joined(a: Uint8Array, b: Uint8Array): Uint8Array {
  const out = new Uint8Array(a.length + b.length);
  out.set(a);
  out.set(b, a.length);
  return out;
}

/** Characters finds the characters that are cut between two pieces of one direction. */
export class Characters {
  private readonly cuts: Cut[] = [];
  /** by direction: the piece that came last, and the bytes at its end that may go on */
  private readonly last = new Map<string, { i: number; rest: Uint8Array }>();

  /** add takes in the next piece; it returns the piece whose end is now shown with it. */
  add(data: Uint8Array, size: number, direction: string): number | undefined {
    const was = this.last.get(direction), before = was?.rest ?? whole.before, all = joined(before, data);
    const rest = data.length < size ? whole.before : all.slice(all.length - incomplete(all));
    this.last.set(direction, { i: this.cuts.length, rest });
    this.cuts.push({ before, after: 0 });
    const cut = was && this.cuts[was.i];
    if (!cut || before.length === 0) return undefined;
    cut.after = before.length;
    return was.i;
  }

  of(i: number): Cut {
    return this.cuts[i] ?? whole;
  }
}

/** decoded is the text of UTF-8, also of a mark at its beginning; with open a character that is not whole at the end is left out. */
const decoded = (b: Uint8Array, open = false): string => new TextDecoder('utf-8', { ignoreBOM: true }).decode(b, { stream: open });

function unicode(b: Uint8Array, cut: Cut): string {
  const all = joined(cut.before, b);
  return decoded(all.subarray(0, all.length - cut.after));
}

const lineBytes = 16, hexAt = 8, secondHalf = 33, textAt = 58, lineLength = 75;

/** dump is lines of offset, sixteen bytes in hex, and their characters. */
export function dump(b: Uint8Array): string {
  const lines: string[] = [];
  for (let i = 0; i < b.length; i += lineBytes) {
    const part = b.subarray(i, i + lineBytes), hex = Array.from(part, v => v.toString(16).padStart(2, '0'));
    const text = Array.from(part, v => (v >= 32 && v < 127 ? String.fromCharCode(v) : '.')).join('');
    lines.push(`${i.toString(16).padStart(6, '0')}  ${hex.slice(0, 8).join(' ').padEnd(23)}  ${hex.slice(8).join(' ').padEnd(23)}  ${text}`);
  }
  return lines.join('\n');
}

/** shownAs is the text of bytes. */
export const shownAs = (b: Uint8Array, look: Look, cut = whole): string => (look === 'hex' ? dump(b) : look === 'utf8' ? unicode(b, cut) : look === 'raw' ? raw(b) : plain(b));

/** keptOf says how much was kept of bytes that the snaplen cut. */
export const keptOf = (text: string, kept: number, size: number, locale: string): string => format(text, kept.toLocaleString(locale), size.toLocaleString(locale));

/** spans is where the bytes from start to end are in that text. */
export function spans(b: Uint8Array, look: Look, start: number, end: number, cut = whole): [start: number, end: number][] {
  if (look === 'text') return [[start, end]];
  if (look === 'raw') {
    const from = raw(b.subarray(0, start)).length;
    return [[from, from + raw(b.subarray(start, end)).length]];
  }
  if (look === 'utf8') {
    const to = (k: number): Uint8Array => joined(cut.before, b.subarray(0, k));
    return [[decoded(to(start), true).length, Math.min(decoded(to(end)).length, unicode(b, cut).length)]];
  }
  const out: [number, number][] = [], hex = (k: number): number => (k < 8 ? hexAt + k * 3 : secondHalf + (k - 8) * 3);
  for (let line = Math.floor(start / lineBytes); line * lineBytes < end; line++) {
    const first = Math.max(0, start - line * lineBytes), last = Math.min(lineBytes, end - line * lineBytes) - 1, at = line * lineLength;
    out.push([at + hex(first), at + hex(last) + 2], [at + textAt + first, at + textAt + last + 1]);
  }
  return out;
}
