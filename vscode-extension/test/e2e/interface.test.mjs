// The interface in a real VS Code, on made-up events of test/fake-server.mjs: sizes, failures and restarts that real captures
// do not offer on demand.
import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import path from 'node:path';
import { after, before, test } from 'node:test';
import { artifacts, extension, launch, skip, soon, start, until, Workbench } from './lib.mjs';

const why = skip(), options = { timeout: 120_000, skip: why };
let server, browser, w;

before(async () => {
  if (why) return;
  server = await start({
    settings: { 'scapls.path': path.join(extension, 'test/fake-server.mjs') },
    files: Object.fromEntries(['rows-100000000.scap', 'rows-2000-damaged.scap.gz', 'rows-40000-held-slow.scap', 'rows-5000-crash.scap.zst', 'rows-900-nocalls.scap.lz4', 'rows-4000-held-slow-latecalls.scap', 'bad.scap',
      'rows-3000.scap12'].map(f => [f, 'made up'])),
  });
  browser = await launch();
  w = await Workbench.open(browser, server, { shots: path.join(artifacts, 'interface') });
}, { timeout: 180_000 });

after(async () => {
  await browser?.close();
  await server?.stop();
});

/** grow lets a capture that is held grow. */
const grow = name => writeFileSync(path.join(server.workspace, `${name}.go`), '');
const firstRow = () => w.view.locator('.row').evaluateAll(rows => Math.min(...rows.map(r => Number(r.dataset.row))));
const selected = async () => Number(await w.view.locator('.row.selected').getAttribute('data-row'));

test('a list of a hundred million rows scrolls by exact rows', options, async () => {
  await w.capture('rows-100000000.scap');
  const grid = w.view.locator('.grid');
  await soon(async () => assert.equal(await grid.getAttribute('aria-rowcount'), String(100_000_000 - 50 + 1)));
  await grid.hover();
  await w.page.mouse.wheel(0, 22 * 10);
  await until('ten rows down', async () => (await firstRow()) === 10);
  await grid.evaluate(g => { g.scrollTop = 4_000_000; });
  await until('half way', async () => (await firstRow()) > 40_000_000);
  const half = await firstRow();
  await w.page.mouse.wheel(0, 22 * 3);
  await until('three rows down', async () => (await firstRow()) === half + 3);
  await grid.focus();
  await w.page.keyboard.press('End');
  await soon(async () => assert.equal((await w.cells(99_999_949))[0], '100000000'));
  for (let i = 0; i < 30; i++) await w.page.keyboard.press('ArrowUp');
  await until('thirty rows up', async () => (await selected()) === 99_999_919);
  await soon(async () => assert.equal(await grid.getAttribute('aria-activedescendant'), 'row-99999919'));
  await soon(async () => assert.equal(await w.view.locator('#row-99999919').getAttribute('aria-selected'), 'true'));
  await w.shot('1-end');
});

test('Ctrl+G goes to an event, and the calls view keeps it selected', options, async () => {
  await w.page.keyboard.press('Control+g');
  await w.answer('12345678');
  await w.page.keyboard.press('Enter');
  await until('event 12,345,678', async () => (await selected()) === 12_345_627);
  await w.view.locator('.segments button', { hasText: 'Calls' }).click();
  await until('calls', async () => (await selected()) === 6_172_813);
  await soon(async () => assert.equal((await w.cells(6_172_813))[0], '12345678'));
  await w.view.locator('.segments button', { hasText: 'Events' }).click();
  await until('events', async () => (await selected()) === 12_345_627);
});

test('bytes and tree are linked both ways', options, async () => {
  await w.view.locator('.hex .b[data-i="30"]').click();
  await soon(async () => assert.equal(await w.view.locator('.node.selected .label').textContent(), 'name'));
  await soon(async () => assert.equal(await w.view.locator('.b.on').count(), 4));
  await w.view.locator('.node', { hasText: 'flags' }).click();
  await soon(async () => assert.deepEqual(await w.view.locator('.b.on').evaluateAll(b => b.map(x => x.dataset.i)), ['34', '35', '36', '37']));
  await w.shot('2-bytes');
});

test('the row is copied with tabs', options, async () => {
  await w.view.locator('.grid').focus();
  await w.page.keyboard.press('Control+c');
  await until('copied', async () => (await w.clipboard()).startsWith('12345678\t08:12:38.407394910\t6\t'));
});

test('internal events are shown where numbers jump', options, async () => {
  await w.view.locator('.grid').focus();
  await w.page.keyboard.press('Home');
  await w.view.locator('.gap-note', { hasText: 'events 1–50: internal' }).waitFor();
  await w.view.locator('.gap-note button').click();
  await until('first internal event', async () => (await selected()) === 0 && (await w.cells(0))[0] === '1');
  await soon(async () => assert.match(await w.view.locator('.count').innerText(), /^100,000,000 events$/));
});

test('columns are hidden, moved and made wider, and stay so', options, async () => {
  const ids = () => w.view.locator('.head-cell').evaluateAll(c => c.map(x => x.dataset.id));
  const all = await ids();
  await w.view.locator('.head-cell').nth(1).focus();
  await w.page.keyboard.press('Delete');
  await soon(async () => assert.deepEqual(await ids(), all.filter((_, i) => i !== 1)));
  const box = await w.view.locator('.head-cell').nth(3).boundingBox(), to = await w.view.locator('.head-cell').nth(1).boundingBox();
  await w.page.mouse.move(box.x + 10, box.y + 10);
  await w.page.mouse.down();
  await w.page.mouse.move(to.x + 2, to.y + 10, { steps: 5 });
  await w.page.mouse.up();
  const moved = all.filter((_, i) => i !== 1);
  moved.splice(1, 0, ...moved.splice(3, 1));
  await soon(async () => assert.deepEqual(await ids(), moved));
  const handle = await w.view.locator('.head-cell').nth(0).locator('.handle').boundingBox(), before = (await w.view.locator('.head-cell').nth(0).boundingBox()).width;
  await w.page.mouse.move(handle.x + 4, handle.y + 8);
  await w.page.mouse.down();
  await w.page.mouse.move(handle.x + 64, handle.y + 8, { steps: 5 });
  await w.page.mouse.up();
  await soon(async () => assert.equal(Math.round((await w.view.locator('.head-cell').nth(0).boundingBox()).width - before), 60));
  await w.shot('3-columns');
  await w.capture('rows-3000.scap12');
  await w.view.locator('.count', { hasText: '2,950 of 3,000' }).waitFor();
  await soon(async () => assert.deepEqual(await ids(), moved, 'another capture with the same columns'));
  await w.palette('scapls: Reset Columns');
  await until('default columns', async () => (await ids()).join() === all.join());
});

test('damage is told above the list', options, async () => {
  await w.capture('rows-2000-damaged.scap.gz');
  await w.view.locator('.notice', { hasText: 'at offset 815504' }).waitFor();
  await w.shot('4-damaged');
});

test('a growing list follows and tells its progress', options, async () => {
  await w.capture('rows-40000-held-slow.scap');
  await w.view.locator('.track').waitFor();
  await w.view.locator('.row:not(.loading)').first().waitFor(); // there is nothing to go to the end of before
  await w.view.locator('.grid').focus();
  await w.page.keyboard.press('End');
  await until('the last row', async () => (await selected()) === 949);
  grow('rows-40000-held-slow.scap');
  await w.view.locator('.count', { hasText: '39,950 of 40,000 events' }).waitFor();
  await soon(async () => assert.equal(await w.view.locator('.track').isVisible(), false));
  await w.view.locator('[data-row="39949"]:not(.loading)').waitFor();
});

test('the calls view can be chosen as soon as a half of a call is seen', options, async () => {
  await w.capture('rows-4000-held-slow-latecalls.scap');
  const calls = w.view.locator('.segments button', { hasText: 'Calls' });
  await soon(async () => assert.equal(await calls.getAttribute('aria-disabled'), 'true'));
  grow('rows-4000-held-slow-latecalls.scap');
  await until('calls', async () => (await calls.getAttribute('aria-disabled')) === null);
  await calls.click();
  await w.view.locator('.count', { hasText: '1,975 of 4,000' }).waitFor();
});

test('a capture without halves of calls has no calls view', options, async () => {
  await w.capture('rows-900-nocalls.scap.lz4');
  const calls = w.view.locator('.segments button', { hasText: 'Calls' });
  await until('disabled', async () => (await calls.getAttribute('aria-disabled')) === 'true');
  await soon(async () => assert.match(await calls.getAttribute('title'), /does not hold both halves/));
});

test('a server that dies is started again, with everything in its place', options, async () => {
  await w.capture('rows-5000-crash.scap.zst');
  await w.view.locator('.grid').focus();
  await w.page.keyboard.press('Home');
  for (let i = 0; i < 12; i++) await w.page.keyboard.press('ArrowDown');
  await w.view.locator('.note', { hasText: 'event 63' }).waitFor();
  await soon(async () => assert.equal(await selected(), 12));
  await w.page.keyboard.press('ArrowDown');
  await w.view.locator('.node.top', { hasText: 'Event 64' }).waitFor();
  await soon(async () => assert.equal(await w.view.locator('.notice.warning').isVisible(), false));
  await w.shot('5-restarted');
});

test('what is no capture is told in the editor', options, async () => {
  await w.file('bad.scap');
  await w.view.locator('.page', { hasText: 'bad.scap is not a capture.' }).waitFor();
  await w.shot('6-bad');
});
