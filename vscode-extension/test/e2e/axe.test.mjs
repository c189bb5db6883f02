// Accessibility of every webview, by axe, in the themes of VS Code; and of the report. The views are in views.mjs.
//
//   AXE_VIEWS   only the views whose names match this expression; AXE_THEME only the themes whose names do
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import path from 'node:path';
import { after, before, test } from 'node:test';
import { artifacts, launch, skip, start, Workbench } from './lib.mjs';
import { views } from './views.mjs';

const sample = process.env.SCAPLS_E2E_CAPTURE_SMALL;
const why = skip('SCAPLS_E2E_CAPTURE_SMALL', 'SCAPLS_BIN'), options = { timeout: 240_000, skip: why };
const themes = { dark: 'Dark Modern', light: 'Light Modern', 'high-contrast': 'Default High Contrast', 'high-contrast-light': 'Default High Contrast Light' };
const source = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');
const tags = ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice'];
// Rules about whole pages: a webview is a part of VS Code's, whose landmarks and headings it does not make.
const rules = { 'page-has-heading-one': { enabled: false }, region: { enabled: false },
  'label-content-name-mismatch': { enabled: false } }; // experimental: it stumbles over the commas between the parts of a name
const chosen = views.filter(v => new RegExp(process.env.AXE_VIEWS ?? '').test(v.name));
let server, browser;

before(async () => {
  if (why) return;
  server = await start({ files: { 'sample.scap': sample, 'bad.scap': 'no capture' } });
  browser = await launch();
}, { timeout: 180_000 });

after(async () => {
  await browser?.close();
  await server?.stop();
});

/** settled waits until nothing fades in or moves any more, but for what never ends. */
const settled = frame => frame.evaluate(async () => {
  await new Promise(resolve => requestAnimationFrame(() => requestAnimationFrame(resolve)));
  await Promise.all(document.getAnimations().filter(a => a.effect.getComputedTiming().endTime !== Infinity).map(a => a.finished.catch(() => {})));
});

/** violations runs axe in a frame and says what it found, a line for each element. */
async function violations(frame, rules) {
  await frame.evaluate(source);
  const { violations: found, passes } = await frame.evaluate(([tags, rules]) => window.axe.run(document, { runOnly: { type: 'tag', values: tags }, rules, resultTypes: ['violations'] }), [tags, rules]);
  assert.ok(passes.length > 3, 'axe looked at something');
  const say = n => `${n.target.join(' ')}: ${n.html.slice(0, 140)}: ${[...n.any, ...n.all, ...n.none].map(c => c.message).join('; ')}`;
  return found.map(v => `${v.id} (${v.impact}), ${v.nodes.length} elements\n${v.nodes.slice(0, 4).map(n => `      ${say(n)}`).join('\n')}`);
}

for (const [name, theme] of Object.entries(themes).filter(([n]) => new RegExp(process.env.AXE_THEME ?? '').test(n))) {
  test(`every webview is accessible in the theme ${name}`, { ...options, timeout: 60_000 + 60_000 * chosen.length }, async t => {
    const settings = path.join(server.dir, 'user/User/settings.json');
    writeFileSync(settings, JSON.stringify({ ...JSON.parse(readFileSync(settings, 'utf8')), 'workbench.colorTheme': theme }));
    const w = await Workbench.open(browser, server, { shots: path.join(artifacts, 'axe'), width: 1500, height: 900 });
    const bad = [];
    const look = async view => {
      const f = await view.open(w, server);
      if (!view.name.endsWith('card')) await w.page.mouse.move(5, 5); // a card goes when the mouse does
      await settled(f);
      await w.shot(`${view.name}-${name}`);
      bad.push(...(await violations(f, rules)).map(v => `${view.name}: ${v}`));
      await view.done?.(w, server);
    };
    const again = async (view, e) => { // what was not come to is tried once more
      await w.shot(`failed-${view.name}-${name}`);
      t.diagnostic(`${view.name} once more, because of ${e.stack}`);
      for (const key of ['Escape', 'Escape']) await w.page.keyboard.press(key);
      await w.palette('View: Close All Editors');
      await look(view);
    };
    for (const view of chosen) await look(view).catch(e => again(view, e)).catch(e => bad.push(`${view.name}: ${e}`)); // the others are looked at all the same
    await w.page.context().close();
    assert.equal(bad.length, 0, bad.join('\n  '));
  });
}

test('a report needs no network and is accessible, light and dark', options, async () => {
  const file = path.join(server.dir, 'report.html');
  execFileSync(process.env.SCAPLS_BIN, ['report', sample, '-o', file]);
  for (const colorScheme of ['light', 'dark']) {
    const context = await browser.newContext({ colorScheme, viewport: { width: 1200, height: 900 } }), page = await context.newPage(), asked = [];
    page.on('request', r => asked.push(r.url()));
    await page.goto(`file://${file}`);
    await page.screenshot({ path: path.join(artifacts, 'axe', `report-${colorScheme}.png`), fullPage: true });
    assert.deepEqual(asked, [`file://${file}`]);
    const bad = await violations(page, {});
    assert.equal(bad.length, 0, bad.join('\n  '));
    await context.close();
  }
});
