import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Pieces } from '../../webview/analysis/pieces';
import { Characters, keptOf, shownAs, spans } from '../../webview/analysis/streamfind';

const bytes = (...v: (number | string)[]): Uint8Array => Uint8Array.from(v.flatMap(x => (typeof x === 'string' ? [...new TextEncoder().encode(x)] : [x])));

/** unescaped reads what the raw view shows. */
const unescaped = (text: string): number[] => {
  const out: number[] = [];
  const shown = text.replaceAll('\n', '');
  for (let i = 0; i < shown.length; i++) {
    if (shown[i] !== '\\') {
      out.push(shown.charCodeAt(i));
      continue;
    }
    const kind = shown[++i] ?? '';
    if (kind === 'x') {
      out.push(parseInt(shown.slice(i + 1, i + 3), 16));
      i += 2;
    } else out.push({ n: 10, r: 13, t: 9 }[kind] ?? kind.charCodeAt(0));
  }
  return out;
};

test('the raw view tells every byte', () => {
  const all = Uint8Array.from({ length: 256 }, (_, i) => i);
  assert.deepEqual(unescaped(shownAs(all, 'raw')), [...all]);
  assert.equal(shownAs(bytes('a\\', 0, 'é\r\n', 'b'), 'raw'), 'a\\\\\\x00\\xc3\\xa9\\r\\n\nb');
  const b = bytes(0, 'Host', 0xff), [[x, y]] = spans(b, 'raw', 1, 6) as [[number, number]];
  assert.equal(shownAs(b, 'raw').slice(x, y), 'Host\\xff');
});

test('carriage returns are in the text', () => {
  const b = bytes('a\r\nb');
  assert.equal(shownAs(b, 'text'), 'a\r\nb');
  assert.deepEqual(spans(b, 'text', 3, 4), [[3, 4]]);
});

test('a character that two pieces of a direction share is whole', () => {
  const out = new TextEncoder().encode('Grüße €😀.'), shown = (cuts: number[]): string => {
    const c = new Characters(), parts = [...cuts, out.length].map((to, i) => out.subarray(cuts[i - 1] ?? 0, to)), all: string[] = [];
    for (const p of parts) {
      c.add(p, p.length, 'w');
      c.add(bytes('—'), 3, 'r');
    }
    parts.forEach((p, i) => all.push(shownAs(p, 'utf8', c.of(2 * i)), shownAs(bytes('—'), 'utf8', c.of(2 * i + 1))));
    assert.ok(all.every((t, i) => i % 2 === 0 || t === '—'), 'the other direction has its own');
    return all.filter((_, i) => i % 2 === 0).join('');
  };
  for (let i = 1; i < out.length; i++) for (let k = i; k < out.length; k++) assert.equal(shown([i, k]), 'Grüße €😀.', `cut at ${i} and ${k}`);
  assert.equal(shown(Array.from({ length: out.length - 1 }, (_, i) => i + 1)), 'Grüße €😀.', 'byte by byte');
});

test('what is cut for good is shown as such', () => {
  const c = new Characters();
  assert.equal(c.add(bytes('a', 0xc3), 2, 'w'), undefined);
  assert.equal(shownAs(bytes('a', 0xc3), 'utf8', c.of(0)), 'a\ufffd', 'so far nothing follows');
  assert.equal(c.add(bytes(0xbc), 1, 'w'), 0, 'the one before is another text now');
  assert.equal(shownAs(bytes('a', 0xc3), 'utf8', c.of(0)), 'a');
  assert.equal(shownAs(bytes(0xbc), 'utf8', c.of(1)), 'ü');
  c.add(bytes('b', 0xc3), 4096, 'w');
  assert.equal(c.add(bytes(0xbc), 1, 'w'), undefined, 'the bytes between them were not kept');
  assert.equal(shownAs(bytes('b', 0xc3), 'utf8', c.of(2)), 'b\ufffd');
  const cut = { before: bytes(0xc3), after: 0 };
  assert.deepEqual(spans(bytes(0xbc, 'x'), 'utf8', 1, 2, cut), [[1, 2]]);
  assert.deepEqual(spans(bytes(0xbc, 'x'), 'utf8', 0, 1, cut), [[0, 1]]);
  assert.equal(shownAs(bytes(0xef, 0xbb, 0xbf, 'a'), 'utf8'), '\ufeffa');
});

test('a gap is shown with its size', () => {
  assert.equal(keptOf('{0} of {1} bytes kept', 80, 4096, 'en'), '80 of 4,096 bytes kept');
});

test('pieces are joined behind those that are there', () => {
  const p = new Pieces<{ num: number }>(), of = (...nums: number[]): { num: number }[] => nums.map(num => ({ num }));
  assert.deepEqual(p.newer(10), { start: 0, count: 10 });
  assert.equal(p.take(0, of(1, 2, 3), 3), 3);
  assert.ok(p.whole);
  assert.deepEqual(p.newer(10), { start: 2, count: 10 }, 'no more than the server gives');
  assert.equal(p.take(2, of(3, 4, 5), 5), 2);
  assert.equal(p.take(3, of(4, 5), 5), 0, 'another asking was faster');
  assert.deepEqual(p.list, of(1, 2, 3, 4, 5));
  assert.equal(p.take(4, of(5), 400), 0);
  assert.ok(!p.whole, 'there is more to show');
  assert.deepEqual(p.newer(10), { start: 4, count: 1 }, 'which is not fetched unasked');
  assert.equal(p.take(4, of(6), 400), undefined, 'the other end became known, and its pieces are among them');
  assert.equal(p.take(4, [], 2), undefined, 'it has become shorter');
  assert.equal(p.take(9, of(9), 10), undefined, 'a piece is missing between them');
});
