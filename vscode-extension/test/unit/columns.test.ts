import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Column } from '../../shared/wire.gen';
import * as col from '../../webview/columns';

const column = (id: string, width: number, isDefault = true): Column => ({ id, title: id, tip: '', width, align: 'left', default: isDefault });
const all = [column('a', 10), column('b', 5), column('c', 20), column('x', 8, false)];
const state = col.defaults(all);

test('the server says which columns are shown at first', () => assert.deepEqual(state, { visible: ['a', 'b', 'c'], widths: {} }));

test('a kept state loses columns that are gone', () => {
  assert.deepEqual(col.restore(all, { visible: ['x', 'gone', 'a', 'x'], widths: { a: 100, gone: 50, x: 3 } }), { visible: ['x', 'a'], widths: { a: 100 } });
  assert.deepEqual(col.restore(all, { visible: ['gone'], widths: {} }), state);
  assert.deepEqual(col.restore(all, undefined), state);
});

test('columns move before others or to the end', () => {
  assert.deepEqual(col.move(state, 'c', 'a').visible, ['c', 'a', 'b']);
  assert.deepEqual(col.move(state, 'a', undefined).visible, ['b', 'c', 'a']);
  assert.deepEqual(col.move(state, 'a', 'c').visible, ['b', 'a', 'c']);
  assert.equal(col.move(state, 'a', 'a'), state);
  assert.equal(col.move(state, 'x', 'a'), state, 'one that is not shown does not move');
});

test('the last column cannot be hidden', () => {
  const one = col.hide(col.hide(state, 'a'), 'b');
  assert.deepEqual(one.visible, ['c']);
  assert.deepEqual(col.hide(one, 'c').visible, ['c']);
});

test('chosen columns keep their order, new ones follow', () => {
  assert.deepEqual(col.choose(all, col.move(state, 'c', 'a'), ['a', 'c', 'x']).visible, ['c', 'a', 'x']);
  assert.equal(col.choose(all, state, []), state);
});

test('the widest column that was not resized takes what is left', () => {
  assert.deepEqual(col.pixels(col.shown(all, state), state, 7, 16, 500), [86, 51, 363]);
  assert.deepEqual(col.pixels(col.shown(all, state), state, 7, 16, 100), [86, 51, 156]);
  const wide = col.resize(state, 'c', 40.4);
  assert.deepEqual(col.pixels(col.shown(all, wide), wide, 7, 16, 500), [409, 51, 40]);
  assert.deepEqual(col.resize(wide, 'c', undefined), state);
  assert.equal(col.resize(state, 'a', 1).widths.a, col.minWidth);
});

test('a very wide column gives way, to a point', () => {
  const columns = [column('a', 10), column('long', 80), column('b', 5)], s = col.defaults(columns);
  assert.deepEqual(col.pixels(columns, s, 7, 16, 1000), [86, 863, 51]);
  assert.deepEqual(col.pixels(columns, s, 7, 16, 300), [86, 184, 51]);
});

test('when room is short, columns give what their cells do not need, then long ones give more', () => {
  const columns = [column('num', 10), column('name', 30), column('args', 60)], s = col.defaults(columns), needs = new Map([['num', 4], ['name', 28], ['args', 200]]);
  const at = (room: number): number[] => col.pixels(columns, s, 7, 16, room, needs);
  assert.deepEqual(at(1000), [86, 226, 688], 'there is room');
  assert.equal(at(580).reduce((a, b) => a + b, 0), 580);
  assert.deepEqual(at(200), [44, 100, 184], 'no less than this');
  assert.deepEqual(col.pixels(columns, col.resize(s, 'name', 200), 7, 16, 200, needs), [44, 200, 184], 'what the user set stays');
});

test('titles and alignments are the user\'s, where he chose any', () => {
  const s = col.align(col.rename(state, 'a', ' Wer '), 'b', 'center');
  assert.deepEqual(col.shown(all, s).map(c => [c.title, c.align]), [['Wer', 'left'], ['b', 'center'], ['c', 'left']]);
  assert.deepEqual(col.restore(all, { ...s, titles: { ...s.titles, gone: 'x' } }), s);
  assert.deepEqual(col.shown(all, col.rename(s, 'a', ''))[0]!.title, 'a');
  assert.deepEqual(col.align(s, 'b', undefined).aligns, {});
});

test('columns are added before the very wide one, and kept in characters', () => {
  const wide = [...all, column('args', 60)], s = col.defaults(wide);
  assert.equal(col.place(wide), 'args');
  assert.equal(col.place(all), undefined);
  assert.deepEqual(col.add(s, 'x', 'args').visible, ['a', 'b', 'c', 'x', 'args']);
  assert.deepEqual(col.add(s, 'x', undefined).visible, ['a', 'b', 'c', 'args', 'x']);
  assert.equal(col.add(s, 'a', 'args'), s, 'one that is there stays');
  const kept = col.settings(col.align(col.rename(col.resize(state, 'a', 86), 'b', 'B'), 'c', 'right'), 7, 16);
  assert.deepEqual(kept, [{ id: 'a', width: 10 }, { id: 'b', width: 0, title: 'B' }, { id: 'c', width: 0, align: 'right' }]);
  assert.deepEqual(col.fromSettings(kept, 7, 16), { visible: ['a', 'b', 'c'], widths: { a: 86 }, titles: { b: 'B' }, aligns: { c: 'right' } });
});

test('a title sorts up, then down, then not', () => {
  const up = col.nextSort(undefined, 'a'), down = col.nextSort(up, 'a');
  assert.deepEqual([up, down, col.nextSort(down, 'a')], [{ column: 'a', descending: false }, { column: 'a', descending: true }, undefined]);
  assert.deepEqual(col.nextSort(down, 'b'), { column: 'b', descending: false });
});
