import assert from 'node:assert/strict';
import { test } from 'node:test';
import { contrast, css, legible, look, luminance, mix, names, parse, readable, type Rgb, type Theme } from '../../webview/colors/theme';

const rgb = (text: string): Rgb => {
  const c = parse(text);
  assert.ok(c, text);
  return c;
};

/** What VS Code's own themes give, and one that has nothing. */
const themes: Record<string, Theme> = Object.fromEntries(Object.entries({
  'Dark Modern': { paper: '#1f1f1f', ink: '#cccccc', 'charts-red': '#f14c4c', 'charts-blue': '#59a4f9', 'charts-yellow': '#cca700', 'charts-orange': '#d18616', 'charts-green': '#89d185', 'charts-purple': '#b180d7', 'terminal-ansiCyan': '#11a8cd', 'terminal-ansiMagenta': '#bc3fbc' },
  'Dark+': { paper: '#1e1e1e', ink: '#d4d4d4', 'charts-red': '#f14c4c', 'charts-blue': '#3794ff', 'charts-yellow': '#cca700', 'charts-orange': '#d18616', 'charts-green': '#89d185', 'charts-purple': '#b180d7', 'terminal-ansiCyan': '#11a8cd', 'terminal-ansiMagenta': '#bc3fbc' },
  'Light Modern': { paper: '#ffffff', ink: '#3b3b3b', 'charts-red': '#e51400', 'charts-blue': '#0063d3', 'charts-yellow': '#bf8803', 'charts-orange': '#d18616', 'charts-green': '#388a34', 'charts-purple': '#652d90', 'terminal-ansiCyan': '#0598bc', 'terminal-ansiMagenta': '#bc05bc' },
  'Light+': { paper: '#ffffff', ink: '#000000', 'charts-red': '#e51400', 'charts-blue': '#1a85ff', 'charts-yellow': '#bf8803', 'charts-orange': '#d18616', 'charts-green': '#388a34', 'charts-purple': '#652d90', 'terminal-ansiCyan': '#0598bc', 'terminal-ansiMagenta': '#bc05bc' },
  'High Contrast': { paper: '#000000', ink: '#ffffff', 'charts-red': '#f48771', 'charts-blue': '#59a4f9', 'charts-yellow': '#ffd370', 'charts-orange': '#ab5a00', 'charts-green': '#89d185', 'charts-purple': '#b180d7', 'terminal-ansiCyan': '#00cdcd', 'terminal-ansiMagenta': '#cd00cd' },
  'High Contrast Light': { paper: '#ffffff', ink: '#292929', 'charts-red': '#b5200d', 'charts-blue': '#0063d3', 'charts-yellow': '#895503', 'charts-orange': '#0f4a85', 'charts-green': '#374e06', 'charts-purple': '#652d90', 'terminal-ansiCyan': '#0598bc', 'terminal-ansiMagenta': '#bc05bc' },
  'Solarized Light': { paper: '#fdf6e3', ink: '#657b83', 'charts-red': '#e51400', 'charts-yellow': '#bf8803' },
  Bare: { paper: '#202020', ink: '#b0b0b0' },
} as Record<string, Record<string, string>>).map(([name, t]) =>
  [name, { paper: rgb(t.paper ?? ''), ink: rgb(t.ink ?? ''), hue: v => parse(t[v] ?? '') } satisfies Theme]));

test('colours are read as browsers and people write them', () => {
  assert.deepEqual(parse('#ff8000'), [255, 128, 0]);
  assert.deepEqual(parse(' #ff8000cc '), [255, 128, 0]);
  assert.deepEqual(parse('#f80'), [255, 136, 0]);
  assert.deepEqual(parse('rgb(1, 2, 3)'), [1, 2, 3]);
  assert.deepEqual(parse('rgba(1 2 3 / 50%)'), [1, 2, 3]);
  assert.equal(parse('var(--x)'), undefined);
  assert.equal(parse(''), undefined);
});

test('contrast is counted as WCAG does', () => {
  assert.equal(contrast([0, 0, 0], [255, 255, 255]), 21);
  assert.equal(contrast([9, 9, 9], [9, 9, 9]), 1);
  assert.ok(Math.abs(contrast(rgb('#767676'), [255, 255, 255]) - 4.54) < 0.01);
  assert.ok(luminance([0, 255, 0]) > luminance([255, 0, 0]));
});

for (const [name, theme] of Object.entries(themes)) {
  test(`every text can be read on every colour in ${name}`, () => {
    for (const behind of ['', ...names, '#000000', '#ffffff', '#808080', '#ff00ff']) {
      for (const front of ['', ...names, '#000000', '#ffffff', '#808080']) {
        const l = look(front, behind, theme);
        const own = behind === '' && front === ''; // is the theme's own concern
        const shown = contrast(rgb(css(l.text)), rgb(css(l.paper))); // as browsers round them
        assert.ok(own || shown >= readable, `${front || 'text'} on ${behind || 'paper'}: ${shown.toFixed(2)}`);
      }
    }
  });
  test(`no two colours look the same in ${name}`, () => {
    for (const [i, a] of names.entries()) {
      const x = look('', a, theme).paper;
      assert.ok(distance(x, theme.paper) > 14, `${a} is seen on the paper: ${distance(x, theme.paper).toFixed(0)}`);
      for (const b of names.slice(i + 1)) {
        const y = look('', b, theme).paper;
        assert.ok(distance(x, y) > 7, `${a} and ${b}: ${distance(x, y).toFixed(1)}`);
      }
    }
  });
}

/** distance is how far apart two colours are, as far as the eye can tell (redmean), about 0 to 765. */
function distance(a: Rgb, b: Rgb): number {
  const mean = (a[0] + b[0]) / 2, [r, g, blue] = [a[0] - b[0], a[1] - b[1], a[2] - b[2]] as [number, number, number];
  return Math.sqrt((2 + mean / 256) * r * r + 4 * g * g + (2 + (255 - mean) / 256) * blue * blue);
}

test('a text is moved no further than it must', () => {
  const paper = rgb('#402020'), text = legible(rgb('#a05050'), paper);
  assert.ok(contrast(text, paper) >= readable);
  assert.ok(contrast(text, paper) < readable + 1);
  assert.deepEqual(legible([255, 255, 255], paper), [255, 255, 255]);
  assert.deepEqual(mix([100, 0, 0], [0, 0, 100], 0.25), [25, 0, 75]);
});
