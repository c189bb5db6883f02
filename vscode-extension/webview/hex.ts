// Layout of the bytes pane and the way between bytes and tree nodes.
import type { Node } from '../shared/wire.gen';

export const bytesPerRow = 16;

/** hex2 is a byte as two digits. */
export const hex2 = (b: number): string => b.toString(16).padStart(2, '0');

/** text is how a byte reads in the text column: itself if it is printable ASCII, else a dot. */
export const text = (b: number): string => (b >= 0x20 && b < 0x7f ? String.fromCharCode(b) : '.');

/** offsetDigits is how many digits the offset column needs up to a byte, at least 8. */
export const offsetDigits = (base: bigint, total: number): number =>
  Math.max(8, (base + BigInt(Math.max(0, total - 1))).toString(16).length);

/** offset is the offset column of a row. */
export const offset = (base: bigint, row: number, digits: number): string =>
  (base + BigInt(row * bytesPerRow)).toString(16).padStart(digits, '0');

/** rowCount is how many rows some bytes take. */
export const rowCount = (total: number): number => Math.ceil(total / bytesPerRow);

/** smallest is the path of child indexes to the smallest node that holds a byte; of equal ones the deepest, else the first. */
export function smallest(nodes: readonly Node[], byte: number): number[] | undefined {
  let best: number[] | undefined, size = Infinity;
  const walk = (list: readonly Node[], path: number[]): void => {
    list.forEach((n, i) => {
      const here = [...path, i];
      if (n.len > 0 && byte >= n.start && byte < n.start + n.len && (n.len < size || (n.len === size && here.length > (best?.length ?? 0)))) {
        best = here;
        size = n.len;
      }
      walk(n.children ?? [], here);
    });
  };
  walk(nodes, []);
  return best;
}

/** decode is base64 to bytes. */
export function decode(base64: string): Uint8Array {
  const s = atob(base64), out = new Uint8Array(s.length);
  for (let i = 0; i < s.length; i++) out[i] = s.charCodeAt(i);
  return out;
}
