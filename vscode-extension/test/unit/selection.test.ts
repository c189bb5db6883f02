import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Selection } from '../../webview/selection';

const rows = (s: Selection): number[] => s.ranges.flatMap(r => Array.from({ length: r.count }, (_, i) => r.start + i));

test('one row is selected, then a range, then another', () => {
  const s = new Selection();
  assert.equal(s.count, 0);
  s.only(5);
  assert.deepEqual(s.ranges, [{ start: 5, count: 1 }]);
  s.extend(8);
  assert.deepEqual(s.ranges, [{ start: 5, count: 4 }]);
  s.extend(3);
  assert.deepEqual(s.ranges, [{ start: 3, count: 3 }], 'the other end stays');
  s.only(1);
  assert.deepEqual(rows(s), [1]);
});

test('rows are added one by one, and left out again', () => {
  const s = new Selection();
  s.only(5);
  s.toggle(9);
  s.toggle(7);
  assert.deepEqual(rows(s), [5, 7, 9]);
  assert.equal(s.count, 3);
  s.toggle(5);
  assert.deepEqual(rows(s), [7, 9]);
  s.toggle(8);
  assert.deepEqual(s.ranges, [{ start: 7, count: 3 }], 'neighbours are one range');
  s.extend(11, true);
  assert.deepEqual(rows(s), [7, 8, 9, 10, 11]);
  s.toggle(9);
  assert.deepEqual(rows(s), [7, 8, 10, 11], 'a hole');
  assert.equal(s.has(9), false);
  s.toggle(9);
  assert.equal(s.has(9), true);
});

test('all rows are two numbers, however many there are', () => {
  const s = new Selection();
  s.all(100_000_000);
  assert.equal(s.count, 100_000_000);
  assert.deepEqual(s.ranges, [{ start: 0, count: 100_000_000 }]);
  s.toggle(50);
  assert.equal(s.count, 99_999_999);
  s.all(0);
  assert.equal(s.count, 0);
});
