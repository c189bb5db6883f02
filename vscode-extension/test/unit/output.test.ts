import assert from 'node:assert/strict';
import { test } from 'node:test';
import { csv, inside, times, within } from '../../webview/analysis/output';
import { SvgPaper } from '../../webview/analysis/paper';

const start = '1700000000000000001'; // more digits than a number has

test('a part of the time is a filter of whole nanoseconds', () => {
  assert.equal(within([times(start, 1000, 2000.5)]), 'evt.rawtime>=1700000000000001001 and evt.rawtime<1700000000000002002');
  assert.equal(within([times(start, -5, 10), { field: 'evt.latency', from: 1024, to: 2048 }]),
    'evt.rawtime>=1700000000000000001 and evt.rawtime<1700000000000000011 and evt.latency>=1024 and evt.latency<2048');
});

test('what lies between two places of an axis is a filter of its field', () => {
  assert.equal(inside('evt.reltime', 'duration', [], [], start, 0.5, 9.5), 'evt.rawtime>=1700000000000000002 and evt.rawtime<1700000000000000011');
  assert.equal(inside('evt.latency', 'duration', [], [1, 5], start, 1.2, 5), 'evt.latency>=2 and evt.latency<6');
  assert.equal(inside('some.part', 'count', [], [0.25], start, 0.1, 0.5), 'some.part>=0.1 and some.part<=0.5');
  assert.equal(inside('evt.type', 'count', ['open', 'a"b', 'close'], [], start, 0.6, 2), 'evt.type in ("a\\"b", "close")');
  assert.equal(inside('evt.type', 'count', ['open'], [], start, 0.1, 0.2), '');
});

test('cells of a table are quoted where they must be', () => {
  assert.equal(csv([['a', 'b,c'], [1, 'say "x"']]), 'a,"b,c"\n1,"say ""x"""\n');
});

test('what is drawn is written as SVG', () => {
  const p = new SvgPaper(100, 50, '#000');
  p.fillStyle = 'red';
  p.globalAlpha = 0.5;
  p.fillRect(1, 2, 3, 4);
  p.globalAlpha = 1;
  p.textAlign = 'right';
  p.fillText('a<b', 10, 20);
  p.beginPath();
  p.arc(10, 10, 2);
  p.fill();
  assert.match(p.svg, /^<svg xmlns="http:\/\/www.w3.org\/2000\/svg" viewBox="0 0 100 50"[^>]*><rect x="0" y="0" width="100" height="50" fill="#000"\/>/);
  assert.match(p.svg, /<rect x="1" y="2" width="3" height="4" fill="red" fill-opacity="0.5"\/><text x="10" y="20" text-anchor="end"[^>]*>a&#60;b<\/text><path d="M8 10a2 2 0 1 0 4 0a2 2 0 1 0 -4 0Z" fill="red"\/>/);
});
