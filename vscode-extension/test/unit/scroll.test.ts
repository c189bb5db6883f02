import assert from 'node:assert/strict';
import { test } from 'node:test';
import * as s from '../../webview/scroll';

const small: s.Extent = { total: 1000, rowHeight: 22, height: 440 };
const huge: s.Extent = { total: 100_000_000, rowHeight: 22, height: 437 };

test('a short list scrolls as the browser does', () => {
  assert.equal(s.scaled(small), false);
  assert.equal(s.spacerHeight(small), 22_000);
  assert.equal(s.topFromScroll(small, 1234), 1234);
  assert.equal(s.scrollFromTop(small, 1234), 1234);
  assert.equal(s.maxTop(small), 22_000 - 440);
});

test('the spacer of a long list is capped', () => {
  assert.equal(s.scaled(huge), true);
  assert.equal(s.spacerHeight(huge), s.maxSpacer);
});

test('both ends of a scaled scrollbar are both ends of the list', () => {
  assert.equal(s.topFromScroll(huge, 0), 0);
  assert.equal(s.topFromScroll(huge, s.maxSpacer - huge.height), s.maxTop(huge));
  assert.equal(s.topFromScroll(huge, s.maxSpacer - huge.height - 0.6), s.maxTop(huge), 'browsers stop a fraction early');
  assert.equal(s.scrollFromTop(huge, s.maxTop(huge)), s.maxSpacer - huge.height);
  assert.deepEqual(s.visible(huge, s.maxTop(huge)), [99_999_980, 100_000_000]);
});

test('a scaled position comes back within a pixel of scrollbar', () => {
  for (const row of [0, 1, 17, 4_999_999, 50_000_000, 99_999_900]) {
    const back = s.topFromScroll(huge, s.scrollFromTop(huge, row * 22));
    assert.ok(Math.abs(back - row * 22) < 1e-3, `row ${row}: ${back}`);
  }
});

test('rows in view include those seen in part', () => {
  assert.deepEqual(s.visible(small, 0), [0, 20]);
  assert.deepEqual(s.visible(small, 1), [0, 21]);
  assert.deepEqual(s.visible(small, s.maxTop(small)), [980, 1000]);
  assert.deepEqual(s.visible({ ...small, total: 3 }, 0), [0, 3]);
  assert.deepEqual(s.visible({ ...small, total: 0 }, 0), [0, 0]);
});

test('revealing a row moves as little as needed', () => {
  assert.equal(s.reveal(small, 0, 5), 0);
  assert.equal(s.reveal(small, 0, 20), 22);
  assert.equal(s.reveal(small, 2200, 99), 99 * 22);
  assert.equal(s.reveal(small, 0, 999), s.maxTop(small));
  assert.equal(s.reveal(huge, 0, 50_000_000), 50_000_001 * 22 - 437);
});

test('centring leaves a row alone that is in view', () => {
  assert.equal(s.center(small, 44, 10), 44);
  const top = s.center(small, 0, 500), [first, end] = s.visible(small, top);
  assert.ok(Math.abs((first + end) / 2 - 500) <= 1);
});

test('a page is at least one row', () => {
  assert.equal(s.wholeRows({ ...small, height: 5 }), 1);
  assert.equal(s.wholeRows(huge), 19);
});
