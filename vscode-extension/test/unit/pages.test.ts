import assert from 'node:assert/strict';
import { test } from 'node:test';
import { PageCache, PageLoader, type Kept } from '../../webview/pages';

const tick = (): Promise<void> => new Promise(resolve => setImmediate(resolve));
const rows = (from: number, n: number): number[] => Array.from({ length: n }, (_, i) => from + i);

test('a row is found with the columns of its page', () => {
  const c = new PageCache<number>(10, 3);
  c.put(2, rows(20, 10), ['a']);
  assert.deepEqual(c.row(25), { row: 25, columns: ['a'] });
  assert.equal(c.row(19), undefined);
});

test('missing pages are those not there, stale or not full', () => {
  const c = new PageCache<number>(10, 5);
  c.put(0, rows(0, 10), []);
  c.put(1, rows(10, 4), []);
  assert.deepEqual(c.missing(0, 14, 14), []);
  assert.deepEqual(c.missing(0, 20, 15), [1], 'the list has grown');
  assert.deepEqual(c.missing(5, 35, 100), [1, 2, 3]);
  c.staleAll();
  assert.deepEqual(c.missing(0, 10, 14), [0]);
  assert.ok(c.row(3), 'stale rows are still shown');
});

test('the pages used longest ago are dropped', () => {
  const c = new PageCache<number>(10, 2);
  c.put(0, rows(0, 10), []);
  c.put(1, rows(10, 10), []);
  c.missing(0, 10, 100);
  c.put(2, rows(20, 10), []);
  assert.equal(c.count, 2);
  assert.ok(c.row(0));
  assert.equal(c.row(10), undefined);
});

function harness() {
  const asked: { page: number; signal: AbortSignal; answer: () => void }[] = [], loaded: number[] = [];
  const cache = new PageCache<number>(10, 10);
  const loader = new PageLoader<number, Kept<number>>(cache, (page, signal) => new Promise(resolve => {
    asked.push({ page, signal, answer: () => resolve({ rows: rows(page * 10, 10), columns: ['a'] }) });
  }), page => loaded.push(page), error => assert.fail(String(error)));
  return { asked, loaded, cache, loader };
}

test('a page is asked for once', async () => {
  const { asked, loaded, loader } = harness();
  loader.want(0, 10, 1000);
  loader.want(3, 10, 1000);
  assert.equal(asked.length, 1);
  asked[0]?.answer();
  await tick();
  assert.deepEqual(loaded, [0]);
  loader.want(0, 10, 1000);
  assert.equal(asked.length, 1);
});

test('what is scrolled past is cancelled, and its late answer is dropped', async () => {
  const { asked, loaded, cache, loader } = harness();
  loader.want(0, 20, 1000);
  loader.want(500, 510, 1000);
  assert.deepEqual(asked.map(a => [a.page, a.signal.aborted]), [[0, true], [1, true], [50, false]]);
  for (const a of asked) a.answer();
  await tick();
  assert.deepEqual(loaded, [50]);
  assert.equal(cache.row(0), undefined);
});

test('a new query cancels all and forgets all', async () => {
  const { asked, cache, loader } = harness();
  loader.want(0, 10, 1000);
  asked[0]?.answer();
  await tick();
  loader.want(10, 20, 1000);
  loader.reset(false);
  assert.equal(loader.busy, 0);
  assert.equal(asked[1]?.signal.aborted, true);
  assert.equal(cache.row(0), undefined);
});
