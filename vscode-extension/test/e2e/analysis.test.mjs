// The analysis of a capture in a real VS Code, on real captures: the way through the community's tutorial, and what each view says.
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import path from 'node:path';
import { after, afterEach, before, test } from 'node:test';
import { artifacts, extension, launch, skip, start, until, Workbench } from './lib.mjs';

const sample = process.env.SCAPLS_E2E_CAPTURE_SMALL;
const shared = process.env.SCAPLS_SHARED ?? path.resolve(extension, '../../shared');
const tutorial = path.join(shared, 'captures/xxradar_docker-curl-https.scap');
const why = skip('SCAPLS_E2E_CAPTURE_SMALL', 'SCAPLS_BIN'), options = { timeout: 90_000, skip: why };
const withTutorial = { ...options, skip: why ?? (existsSync(tutorial) ? undefined : 'the tutorial\'s capture is not there (SCAPLS_SHARED)') };
let server, browser, w, panel;

before(async () => {
  if (why) return;
  server = await start({ files: { 'sample.scap': sample, ...(existsSync(tutorial) ? { 'tutorial.scap': tutorial } : {}) } });
  browser = await launch();
  w = await Workbench.open(browser, server, { shots: path.join(artifacts, 'analysis'), width: 1600, height: 950 });
}, { timeout: 180_000 });

afterEach(async t => {
  if (t.passed === false && w) await w.shot(`failed ${t.name.replace(/\W+/g, ' ')}`);
});

after(async () => {
  await browser?.close();
  await server?.stop();
});

/** analysis runs a command of the palette that shows a tab. */
async function analysis(title, tab) {
  await w.palette(`scapls: ${title}`);
  panel = await w.frame(`.analysis [data-tab="${tab}"][aria-selected="true"]`);
}

const scapls = (...args) => execFileSync(process.env.SCAPLS_BIN, args, { encoding: 'utf8', env: { ...process.env, TZ: 'UTC' } });

test('statistics are those of the command line, sorted by a click, and a row shows its events', options, async () => {
  await w.capture('sample.scap');
  await analysis('Statistics', 'stats');
  await panel.locator('table.stats tbody tr').first().waitFor();
  const table = async () => panel.locator('table.stats tbody tr').evaluateAll(rows => rows.map(r => [...r.querySelectorAll('td')].map(c => c.textContent)));
  const rows = await table(), want = scapls('stats', '-o', 'csv', 'calls', sample).trim().split('\n').slice(1).map(l => l.split(','));
  assert.equal(rows.length, Math.min(want.length, 200));
  assert.deepEqual(rows.map(r => [r[0], r[1].replaceAll(',', '')]), want.slice(0, 200).map(r => [r[0], r[1]]));
  await panel.locator('th button', { hasText: 'Errors' }).click();
  await panel.locator('th[aria-sort="descending"]', { hasText: 'Errors' }).waitFor();
  const errors = (await table()).map(r => Number(r[2].replaceAll(',', '')));
  assert.deepEqual(errors, [...errors].sort((a, b) => b - a));
  await w.shot('statistics');
  const [call, calls] = (await table())[0], list = await w.frame('.filter-input');
  await list.locator('.segments button', { hasText: 'Calls' }).click();
  await panel.locator('table.stats tbody tr').first().dblclick();
  await until('the filter of the row', async () => (await list.locator('.filter-input').inputValue()).includes(call));
  assert.match(await list.locator('.filter-input').inputValue(), new RegExp(`evt\\.type=${call}`));
  await list.locator('.count', { hasText: calls }).waitFor();
  await panel.locator('.about', { hasText: `evt.type=${call}` }).waitFor();
});

test('graph, latency map, scatter and timeline draw what there is', options, async () => {
  const list = await w.frame('.filter-input');
  await list.locator('.filter-input').fill('');
  await list.locator('.filter-input').press('Enter');
  for (const [title, tab, selector] of [['Graph Over Time', 'graph', '.plot canvas'], ['Latency Map', 'latency', '.canvas-view canvas'], ['Process Timeline', 'timeline', '.timeline canvas']]) {
    await analysis(title, tab);
    await panel.locator(selector).first().waitFor();
    await until('what it took', async () => /ms/.test(await panel.locator('.said').textContent()));
    const inked = await panel.locator(selector).first().evaluate(c => new Set(c.getContext('2d').getImageData(0, 0, c.width, c.height).data).size);
    assert.ok(inked > 8, `${tab} is not empty: ${inked} values of colour`);
    await w.shot(tab);
  }
  assert.ok(await panel.locator('.timeline .name', { hasText: 'bash → sysmix' }).count() > 0);
  await analysis('Scatter of Two Fields', 'scatter');
  await panel.locator('input.field').first().fill('evt.rawtime');
  await panel.locator('input.field').last().fill('evt.type');
  await panel.locator('input.field').last().press('Enter');
  await panel.locator('.said', { hasText: 'events' }).waitFor();
  await w.shot('scatter');
});

test('the tutorial: the request and its answer, the stream, the TLS connection, what went to the terminal', withTutorial, async () => {
  await w.palette('View: Close All Editors');
  await w.capture('tutorial.scap');
  const list = await w.frame('.filter-input'), filter = async text => {
    const input = list.locator('.filter-input');
    await input.fill(text);
    await input.press('Escape');
    if ((await input.inputValue()) !== text) await input.fill(text);
    await input.press('Enter');
    const before = await list.locator('.count').textContent();
    for (let i = 0; i < 60 && (await list.locator('.count').textContent()) === before; i++) await w.page.waitForTimeout(50);
    await list.locator('.row:not(.loading)').first().waitFor();
    await list.locator('.row:not(.loading)').first().click();
  };
  await filter('evt.buffer contains "GET / HTTP"');
  await analysis('Follow Stream', 'stream');
  await panel.locator('.recognized', { hasText: 'HTTP request GET / at' }).waitFor();
  await panel.locator('.recognized', { hasText: 'HTTP answer 301' }).waitFor();
  assert.match(await panel.locator('.chunk pre').first().textContent(), /^GET \/ HTTP\/1\.1\r\nHost: /);
  await w.shot('tutorial-http');
  await analysis('Explain Event', 'explain');
  await panel.locator('.sentence', { hasText: /curl \(\d+\) sent 81 bytes over/ }).waitFor();
  await w.shot('tutorial-explain');
  await filter('fd.sport=443 and evt.is_io_write=true');
  await analysis('Follow Stream', 'stream');
  await panel.locator('.recognized', { hasText: 'TLS client hello, TLS 1.3' }).waitFor();
  await w.shot('tutorial-tls');
  await filter('fd.num=1 and evt.is_io_write=true');
  await analysis('Follow Stream', 'stream');
  await panel.locator('.chunk.write pre', { hasText: '<TITLE>RADARHACK.COM by XXRADAR</TITLE>' }).waitFor();
  await w.shot('tutorial-terminal');
});

test('the analysis is usable by keyboard and says what it is', options, async () => {
  await w.palette('View: Close All Editors');
  await w.capture('sample.scap');
  await analysis('Statistics', 'stats');
  await panel.locator('[role=tab][aria-selected=true]').focus();
  await w.page.keyboard.press('ArrowRight');
  await panel.locator('[data-tab="graph"][aria-selected="true"]').waitFor();
  await w.page.keyboard.press('ArrowLeft');
  await panel.locator('table.stats tbody tr').first().waitFor();
  await panel.locator('table.stats tbody tr').first().focus();
  await w.page.keyboard.press('ArrowDown');
  assert.equal(await panel.locator('table.stats tbody tr').nth(1).evaluate(e => e === document.activeElement), true);
  const unnamed = await panel.locator('button, select, input').evaluateAll(all => all.filter(e => !(e.textContent.trim() || e.getAttribute('aria-label') || e.title || e.closest('label'))).map(e => e.outerHTML));
  assert.deepEqual(unnamed, []);
});
