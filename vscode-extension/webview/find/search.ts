// What is searched for: as the server takes it, and as it is found in what is here already. Nothing here knows the DOM.
import type { FindStrings, Wanted } from '../../shared/find';
import type { Language, Search, TimeFormat } from '../../shared/wire.gen';
import { format } from '../dom';

/** byFilter searches for the rows that a filter matches. */
export const byFilter = (text: string, language: Language): Search =>
  ({ mode: 'filter', text, language, case: false, word: false, in: 'columns', columns: [], time: 'h' });

/** searchOf is what the server is asked for, in the columns and times that are shown. */
export const searchOf = (w: Wanted, columns: string[], time: TimeFormat): Search => ({ ...w, language: '', columns, time });

/** Bad says why something cannot be searched for. */
export class Bad extends Error {}

const special = /[.*+?^${}()|[\]\\/]/g;
const wordBefore = '(?<![\\p{L}\\p{N}_])', wordBehind = '(?![\\p{L}\\p{N}_])', isWord = /[\p{L}\p{N}_]/u;

/** inWords is a source that begins and ends no word in its middle, for what it is a source of. */
function inWords(source: string, text: string): string {
  const chars = [...text], first = chars[0] ?? '', last = chars[chars.length - 1] ?? '';
  return `${isWord.test(first) ? wordBefore : ''}(?:${source})${isWord.test(last) ? wordBehind : ''}`;
}

/** textPattern finds what is wanted in texts. It throws a Bad. */
export function textPattern(w: Wanted, s: FindStrings): RegExp {
  const flags = w.case ? 'gu' : 'giu';
  if (w.mode !== 'regex') {
    const source = w.text.replace(special, '\\$&');
    return new RegExp(w.word ? inWords(source, w.text) : source, flags);
  }
  return compiled(w.word ? `${wordBefore}(?:${w.text})${wordBehind}` : w.text, flags, s);
}

function compiled(source: string, flags: string, s: FindStrings): RegExp {
  try {
    return new RegExp(source, flags);
  } catch (e) {
    throw new Bad(format(s.badRegex, e instanceof Error ? e.message.replace(/^Invalid regular expression: /, '') : String(e)));
  }
}

/** bytePattern finds what is wanted in bytes that are given as a string of a character each. It throws a Bad. */
export function bytePattern(w: Wanted, s: FindStrings): RegExp {
  if (w.mode === 'hex') return new RegExp(hexSource(w.text, s), 'g');
  if (w.mode === 'regex') return compiled(w.word ? `(?<!\\w)(?:${w.text})(?!\\w)` : w.text, w.case ? 'g' : 'gi', s);
  const bytes = Array.from(new TextEncoder().encode(w.text));
  // Letters beyond ASCII keep their case: their bytes are not those of others.
  const source = bytes.map(b => (w.case || !/[a-z]/i.test(String.fromCharCode(b)) ? byte(b) : `[${String.fromCharCode(b).toLowerCase()}${String.fromCharCode(b).toUpperCase()}]`)).join('');
  if (!w.word) return new RegExp(source, 'g');
  const edge = (b: number | undefined): boolean => b !== undefined && /\w/.test(String.fromCharCode(b));
  return new RegExp(`${edge(bytes[0]) ? '(?<!\\w)' : ''}${source}${edge(bytes[bytes.length - 1]) ? '(?!\\w)' : ''}`, 'g');
}

const byte = (b: number): string => `\\x${b.toString(16).padStart(2, '0')}`;

/** hexSource is the source of an expression for bytes in hexadecimal; a question mark stands for any digit. */
function hexSource(text: string, s: FindStrings): string {
  let out = '', known = false;
  for (let i = 0; i < text.length;) {
    if (/[\s,:;-]/.test(text[i]!)) {
      i++;
      continue;
    }
    if (/^(0x|\\x)/i.test(text.slice(i))) i += 2;
    const pair = text.slice(i, i + 2);
    for (const [k, c] of [...pair].entries()) {
      if (k === 1 && /[\s,:;-]/.test(c)) throw new Bad(format(s.halfByte, i + 1));
      if (!/[0-9a-f?]/i.test(c)) throw new Bad(format(s.badDigit, c, i + k + 1));
    }
    if (pair.length < 2) throw new Bad(format(s.halfByte, i + 1));
    const [high, low] = [pair[0]!, pair[1]!];
    if (high === '?' && low === '?') out += '[\\s\\S]';
    else {
      known = true;
      if (low === '?') out += `[${byte(parseInt(`${high}0`, 16))}-${byte(parseInt(`${high}f`, 16))}]`;
      else if (high === '?') out += `[${Array.from({ length: 16 }, (_, n) => byte(n * 16 + parseInt(low, 16))).join('')}]`;
      else out += byte(parseInt(pair, 16));
    }
    i += 2;
  }
  if (!known) throw new Bad(s.noByte);
  return out;
}

/** latin1 is bytes as a string of a character each. */
export function latin1(b: Uint8Array): string {
  let out = '';
  for (let i = 0; i < b.length; i += 4096) out += String.fromCharCode(...b.subarray(i, i + 4096));
  return out;
}

/** ranges is where a pattern is in a text, at most so many. Empty matches are none. */
export function ranges(re: RegExp, text: string, most = 1000): [start: number, end: number][] {
  const out: [number, number][] = [];
  re.lastIndex = 0;
  for (let m = re.exec(text); m && out.length < most; m = re.exec(text)) {
    if (m[0] === '') re.lastIndex++;
    else out.push([m.index, m.index + m[0].length]);
  }
  return out;
}

/** has tells whether a pattern is in a text. */
export const has = (re: RegExp, text: string): boolean => {
  re.lastIndex = 0;
  return re.test(text);
};

/** Step is where a search goes on. */
export interface Step { at: number; wrapped: boolean }

/** step is the next of some places in an order, behind or before one (−1: none was found yet), going on from the other end; undefined without any. */
export function step(places: readonly number[], from: number, backwards: boolean): Step | undefined {
  if (places.length === 0) return undefined;
  const next = backwards ? (from < 0 ? undefined : places.findLast(p => p < from)) : places.find(p => p > from);
  if (next !== undefined) return { at: next, wrapped: false };
  return { at: backwards ? places[places.length - 1]! : places[0]!, wrapped: from >= 0 };
}
