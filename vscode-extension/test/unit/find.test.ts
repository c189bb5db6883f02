import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ways, type FindStrings, type Wanted } from '../../shared/find';
import { dump, plain, shownAs, spans, type Look } from '../../webview/analysis/streamfind';
import { Bad, bytePattern, latin1, ranges, step, textPattern } from '../../webview/find/search';
import { History } from '../../webview/history';

const s = { badRegex: 'regex: {0}', badDigit: 'digit {0} {1}', halfByte: 'half {0}', noByte: 'none' } as FindStrings;
const want = (w: Partial<Wanted>): Wanted => ({ mode: 'text', text: '', case: false, word: false, in: 'columns', ...w });
const bytes = (text: string): Uint8Array => new TextEncoder().encode(text);

test('texts are found in any case, in their case, as words', () => {
  const at = (w: Partial<Wanted>, text: string): number[] => ranges(textPattern(want(w), s), text).map(r => r[0]);
  assert.deepEqual(at({ text: 'Get' }, 'GET get Get'), [0, 4, 8]);
  assert.deepEqual(at({ text: 'Get', case: true }, 'GET get Get'), [8]);
  assert.deepEqual(at({ text: 'ärger' }, 'Ärger ärger'), [0, 6]);
  assert.deepEqual(at({ text: 'cat', word: true }, 'cat concat cat_ cats (cat)'), [0, 22]);
  assert.deepEqual(at({ text: '/etc', word: true }, 'a/etc /etc/x /etcx'), [1, 6]);
  assert.deepEqual(at({ text: 'a.b' }, 'axb a.b'), [4]);
  assert.deepEqual(at({ mode: 'regex', text: 'f[0-9]+' }, 'F12 f x f3'), [0, 8]);
  assert.deepEqual(at({ mode: 'regex', text: 'x*' }, 'aaxx'), [2], 'nothing is no match');
  assert.throws(() => textPattern(want({ mode: 'regex', text: 'a(' }), s), Bad);
});

test('bytes are found by digits, with unknown ones, and as text', () => {
  const at = (w: Partial<Wanted>, b: Uint8Array): [number, number][] => ranges(bytePattern(want(w), s), latin1(b));
  const b = new Uint8Array([0xde, 0xad, 0x0a, 0xde, 0xff, 0x0a, 0x00]);
  assert.deepEqual(at({ mode: 'hex', text: 'de ad' }, b), [[0, 2]]);
  assert.deepEqual(at({ mode: 'hex', text: 'DE??0a' }, b), [[0, 3], [3, 6]]);
  assert.deepEqual(at({ mode: 'hex', text: '0xd?, ?f' }, b), [[3, 5]]);
  assert.deepEqual(at({ text: 'é' }, bytes('aéÉ')), [[1, 3]], 'letters beyond ASCII keep their case');
  assert.deepEqual(at({ text: 'get' }, bytes('GET forget get')), [[0, 3], [7, 10], [11, 14]]);
  assert.deepEqual(at({ text: 'get', word: true }, bytes('GET forget get')), [[0, 3], [11, 14]]);
  assert.deepEqual(at({ mode: 'regex', text: '\\xde.' }, b), [[0, 2], [3, 5]]);
  for (const [text, message] of [['d', 'half 1'], ['d e', 'half 1'], ['de xy', 'digit x 4'], ['??', 'none']] as const) {
    assert.throws(() => bytePattern(want({ mode: 'hex', text }), s), new Bad(message));
  }
});

test('a search goes on from the other end', () => {
  assert.deepEqual(step([3, 5, 9], -1, false), { at: 3, wrapped: false });
  assert.deepEqual(step([3, 5, 9], 5, false), { at: 9, wrapped: false });
  assert.deepEqual(step([3, 5, 9], 9, false), { at: 3, wrapped: true });
  assert.deepEqual(step([3, 5, 9], 5, true), { at: 3, wrapped: false });
  assert.deepEqual(step([3, 5, 9], 3, true), { at: 9, wrapped: true });
  assert.deepEqual(step([3, 5, 9], -1, true), { at: 9, wrapped: false });
  assert.equal(step([], 3, false), undefined);
});

test('back and forward go through jumps, not through steps', () => {
  let told = 0;
  const h = new History(() => told++);
  assert.equal(h.canBack, false);
  h.visit(10, 0, false);
  h.visit(11, 1, false);
  h.visit(12, 2, false);
  assert.equal(h.canBack, false, 'steps are one place');
  h.visit(500, 300, false);
  h.visit(501, 301, true);
  assert.equal(h.go(true), 500);
  assert.equal(h.go(true), 12);
  assert.equal(h.go(true), undefined);
  assert.equal(h.canForward, true);
  assert.equal(h.go(false), 500);
  h.visit(900, 700, false);
  assert.equal(h.canForward, false, 'what was ahead is given up');
  assert.equal(h.go(true), 500);
  h.visit(500, 300, true);
  assert.equal(h.canForward, true, 'the same event is no new place');
  assert.ok(told > 0);
});

test('bytes of a stream are marked where they are shown', () => {
  const b = bytes('GET / HTTP/1.1\r\nHost: example.org\r\n\r\n');
  const start = 16, end = 20; // Host
  for (const look of ['text', 'raw', 'utf8'] as Look[]) {
    const [[x, y]] = spans(b, look, start, end) as [[number, number]];
    assert.equal(shownAs(b, look).slice(x, y), 'Host');
  }
  const shown = dump(b);
  const pieces = spans(b, 'hex', 14, 20).map(([x, y]) => shown.slice(x, y));
  assert.deepEqual(pieces, ['0d 0a', '..', '48 6f 73 74', 'Host']);
  assert.deepEqual(spans(b, 'hex', 6, 10).map(([x, y]) => shown.slice(x, y)), ['48 54  54 50', 'HTTP']);
  assert.equal(plain(new Uint8Array([0, 65, 13, 10])), '·A\r\n');
  assert.equal(Object.keys(ways).length, 9);
});
