import assert from 'node:assert/strict';
import { test } from 'node:test';
import { gathered } from '../../webview/analysis/gathered';

/** server gives the numbers up to a total. */
function server(total: number) {
  const asked: [start: number, count: number][] = [];
  return { asked, page: async (start: number, count: number) => {
    asked.push([start, count]);
    return { total, list: Array.from({ length: Math.max(0, Math.min(count, total - start)) }, (_, i) => start + i) };
  } };
}
const upTo = (n: number): number[] => Array.from({ length: n }, (_, i) => i);

test('more is asked for after what is there', async () => {
  const { asked, page } = server(1200), r = await gathered(page, p => p.list, upTo(500), 1000, 500);
  assert.deepEqual(r.items, upTo(1000));
  assert.equal(r.last.total, 1200);
  assert.deepEqual(asked, [[500, 500]]);
});

test('as many as were there are asked for in pages', async () => {
  const { asked, page } = server(1200), r = await gathered(page, p => p.list, [], 1100, 500);
  assert.deepEqual(r.items, upTo(1100));
  assert.deepEqual(asked, [[0, 500], [500, 500], [1000, 100]]);
});

test('it ends where there is no more', async () => {
  assert.deepEqual((await gathered(server(7).page, p => p.list, [], 500, 500)).items, upTo(7));
  assert.deepEqual((await gathered(server(0).page, p => p.list, [], 500, 500)).items, []);
  const less = server(3); // there were more before
  assert.deepEqual((await gathered(async (start, count) => ({ ...(await less.page(start, count)), total: 10 }), p => p.list, [], 500, 500)).items, upTo(3));
});
