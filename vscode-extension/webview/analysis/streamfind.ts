// Where bytes of a stream are in the text that shows them.

export type Look = 'text' | 'hex' | 'utf8';

/** plain shows every byte as one character: what cannot be printed as a dot. Carriage returns are left out. */
export const plain = (b: Uint8Array): string => Array.from(b, v => (v === 10 ? '\n' : v === 9 ? '\t' : v >= 32 && v < 127 ? String.fromCharCode(v) : v === 13 ? '' : '·')).join('');

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
export const shownAs = (b: Uint8Array, look: Look): string => (look === 'hex' ? dump(b) : look === 'utf8' ? new TextDecoder().decode(b) : plain(b));

/** spans is where the bytes from start to end are in that text. */
export function spans(b: Uint8Array, look: Look, start: number, end: number): [start: number, end: number][] {
  if (look === 'text') {
    const returns = (to: number): number => b.subarray(0, to).reduce((n, v) => n + (v === 13 ? 1 : 0), 0);
    return [[start - returns(start), end - returns(end)]];
  }
  if (look === 'utf8') {
    const chars = (to: number): number => new TextDecoder().decode(b.subarray(0, to)).length;
    return [[chars(start), chars(end)]];
  }
  const out: [number, number][] = [], hex = (k: number): number => (k < 8 ? hexAt + k * 3 : secondHalf + (k - 8) * 3);
  for (let line = Math.floor(start / lineBytes); line * lineBytes < end; line++) {
    const first = Math.max(0, start - line * lineBytes), last = Math.min(lineBytes, end - line * lineBytes) - 1, at = line * lineLength;
    out.push([at + hex(first), at + hex(last) + 2], [at + textAt + first, at + textAt + last + 1]);
  }
  return out;
}
