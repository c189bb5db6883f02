import assert from 'node:assert/strict';
import { test } from 'node:test';
import { svgGraph, type SvgGraph } from '../../webview/analysis/graphsvg';

const plain: SvgGraph = {
  width: 390, height: 232, paper: '#000', ink: '#aaa', rule: '#333', bars: false, filled: false,
  x: { min: 0, max: 3, log: false, ticks: [{ at: 0, label: '0 s' }, { at: 3, label: '3 s' }] },
  y: [{ min: 0, max: 100, log: false, ticks: [{ at: 0, label: 'none' }, { at: 100, label: 'hundred' }] }],
  times: [0, 1, 2, 3], lines: [{ name: 'a<b', color: 'red', axis: 0, values: [0, 50, 100, 0] }, { name: 'half', color: 'blue', axis: 0, values: [0, 25, 50, 0] }],
};
const lines = (svg: string, what = 'line'): string[] => [...svg.matchAll(new RegExp(`class="${what}" d="([^"]*)"`, 'g'))].map(m => m[1] ?? '');

test('lines share the scale of the plot', () => {
  assert.deepEqual(lines(svgGraph(plain)), ['M76 208L176 108L276 8L376 208', 'M76 208L176 158L276 108L376 208']);
});

test('the ticks of the plot are written at their places, names are escaped', () => {
  const svg = svgGraph(plain);
  assert.match(svg, /<text x="70" y="212" text-anchor="end" fill="#aaa">none<\/text>/);
  assert.match(svg, /<text x="70" y="12" text-anchor="end" fill="#aaa">hundred<\/text>/);
  assert.match(svg, /<text x="376" y="223" text-anchor="middle" fill="#aaa">3 s<\/text>/);
  assert.match(svg, />a&#60;b</);
  assert.equal(lines(svg, 'grid').length, 4);
});

test('a logarithmic scale has equal steps for powers, and a gap is one', () => {
  const svg = svgGraph({ ...plain, y: [{ min: 1, max: 100, log: true, ticks: [] }], lines: [{ name: 'a', color: 'red', axis: 0, values: [1, 10, null, 100] }] });
  assert.deepEqual(lines(svg), ['M76 208L176 108M376 8']);
  assert.match(svg, /<circle cx="376" cy="8"/, 'a point between gaps is seen');
});

test('bars stand on the ground, filled lines have their area', () => {
  assert.deepEqual(lines(svgGraph({ ...plain, bars: true, lines: [{ name: 'a', color: 'red', axis: 0, values: [null, 50, null, null] }] })), ['M131 208V108h90V208Z']);
  assert.deepEqual(lines(svgGraph({ ...plain, filled: true }), 'area')[1], 'M76 208L176 158L276 108L376 208V208H76Z');
});

test('lines of another kind have their axis on the right', () => {
  const svg = svgGraph({ ...plain, width: 452, y: [...plain.y, { min: 0, max: 10, log: false, ticks: [{ at: 10, label: '10 ms' }] }], lines: [{ name: 't', color: 'red', axis: 1, values: [0, 10, 0, 0] }] });
  assert.deepEqual(lines(svg), ['M76 208L176 8L276 208L376 208']);
  assert.match(svg, /<text x="382" y="12" text-anchor="start" fill="#aaa">10 ms<\/text>/);
});
