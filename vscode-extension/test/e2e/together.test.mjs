// Several captures open together in a real VS Code: one list by time, a host column, clocks that are corrected, exports; and captures that run.
import assert from 'node:assert/strict';
import { existsSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { after, afterEach, before, test } from 'node:test';
import { artifacts, launch, skip, soon, start, until, Workbench } from './lib.mjs';
import { shown, texts } from './live.mjs';

const sample = process.env.SCAPLS_E2E_CAPTURE_SMALL, why = skip('SCAPLS_E2E_CAPTURE_SMALL'), options = { timeout: 120_000, skip: why };
let server, browser, w;

before(async () => {
  if (why) return;
  const other = path.join(path.dirname(sample), 'live_new-sysmix.scap');
  server = await start({ files: { 'a.scap': sample, 'b.scap': other, 'notes.txt': 'no capture' } });
  browser = await launch();
  w = await Workbench.open(browser, server, { shots: path.join(artifacts, 'together'), width: 1500, height: 950 });
}, { timeout: 180_000 });

afterEach(async t => {
  if (t.passed === false && w) await w.shot(`failed ${t.name.replace(/\W+/g, ' ')}`);
});

after(async () => {
  await browser?.close();
  await server?.stop();
});

/** answer fills in the workbench's input when it shows what it asks. */
async function answer(title, text) {
  const box = w.page.locator('.quick-input-widget', { hasText: title });
  await box.waitFor();
  await box.locator('input[type=text]').first().fill(text);
  await box.locator('input[type=text]').first().press('Enter');
}

const hosts = async list => [...new Set((await texts(list)).map(t => /^[^:]+:[ab]\.scap/.exec(t)?.[0]))];

test('captures that are selected in the explorer are one list by time, with hosts', options, async () => {
  const item = name => w.page.locator('.explorer-folders-view [role=treeitem]', { hasText: name }).first();
  await w.menu(async () => { // the first is opened by its click, and the explorer selects it once more when it is there
    await item('a.scap').click();
    await item('b.scap').click({ modifiers: ['Control'] });
    return item('b.scap');
  }, 'Open Together…');
  const list = await w.frame('.members-list');
  await list.locator('.row:not(.loading)').first().waitFor({ timeout: 60_000 });
  await w.page.locator('.tab', { hasText: 'a + b' }).waitFor();
  await soon(async () => assert.match(await list.locator('.members').textContent(), /:a\.scap times as captured.*:b\.scap times as captured/));
  await until('all rows', async () => (await shown(list)) > 4000);
  await soon(async () => assert.match((await list.locator('.head-cell').first().textContent()), /Host/));
  const times = (await list.locator('.row:not(.loading)').evaluateAll(rows => rows.map(r => [Number(r.dataset.row), r.children[2].textContent]))).sort((a, b) => a[0] - b[0]).map(r => r[1]);
  assert.deepEqual(times, [...times].sort(), 'by time');
  await soon(async () => assert.equal((await hosts(list)).length, 1, 'one was captured after the other'));
  await w.shot('dark');
});

test('an event leads to its details, its bytes and what it tells, each of its own capture', options, async () => {
  const list = await w.frame('.members-list');
  await list.locator('.grid').press('End');
  const last = (await shown(list)) - 1;
  await list.locator(`[data-row="${last}"]:not(.loading)`).click();
  const [host, number] = await list.locator(`[data-row="${last}"] .cell`).allTextContents();
  await until('the details', async () => /Host/.test(await list.locator('.tree').textContent()) && (await list.locator('.tree').textContent()).includes(host));
  await until('the status bar', async () => (await w.page.locator('[id*="scapls.status"]').textContent()).includes(`${host}:${number}`));
  await w.palette('scapls: Go to Event');
  await answer('Go to Event', `${host}:${Number(number) - 30}`);
  await until('the event', async () => (await w.page.locator('[id*="scapls.status"]').textContent()).includes(`${host}:${Number(number) - 30}`));
  await soon(async () => assert.deepEqual((await list.locator('.row.selected .cell').allTextContents()).slice(0, 2), [host, String(Number(number) - 30)]));
  await w.closed();
});

test('a clock is corrected by hand, and filters of hosts and of both languages leave what they say', options, async () => {
  const list = await w.frame('.members-list');
  await list.locator('.filter-input').fill('evt.hostname exists and evt.type=openat');
  await list.locator('.filter-input').press('Enter');
  await until('the filter', async () => (await shown(list)) < 3000 && (await shown(list)) > 10);
  const rows = await shown(list);
  await list.locator('.filter-input').fill('sysdig.event_name == "openat"');
  await list.locator('.filter-input').press('Enter');
  await until('the other language', async () => (await texts(list)).length > 0 && (await shown(list)) === rows);
  await w.palette('scapls: Clear Filter');
  await until('all rows', async () => (await shown(list)) > 4000);

  // The captures begin at some time each; a shift by the difference makes them overlap.
  const at = async (key, row) => {
    await list.locator('.grid').press(key);
    return w.cells(await row());
  };
  w.view = list; // cells looks there
  const a = await at('Home', () => 0), b = await at('End', async () => (await shown(list)) - 1);
  const seconds = t => t.split(':').reduce((sum, part) => sum * 60 + Number(part), 0);
  const by = seconds(a[2]) - seconds(b[2]);
  await list.locator('.members button').click();
  await w.option(b[0]).click();
  await answer('Clock of', 'soon');
  await w.page.locator('.quick-input-widget', { hasText: 'This is no number of seconds.' }).waitFor();
  await answer('Clock of', by.toFixed(3));
  await until('the correction is shown', async () => (await list.locator('.members').textContent()).includes('by hand'));
  await w.palette('scapls: Go to Event');
  await answer('Go to Event', `${b[0]}:${b[1]}`);
  await until('rows of both', async () => (await hosts(list)).length === 2);
  await w.shot('corrected');
  await list.locator('.filter-input').fill('evt.hostname=nowhere');
  await list.locator('.filter-input').press('Enter');
  await until('nothing', async () => (await shown(list)) === 0);
  await w.palette('scapls: Clear Filter');
  await until('all rows', async () => (await shown(list)) > 4000);
});

test('they are exported as lines with hosts, and as captures one by one', options, async () => {
  const out = path.join(server.workspace, 'both.csv');
  await w.pick('scapls: Export Events', 'All events that are listed');
  await w.option('Capture of').waitFor();
  await soon(async () => assert.equal(await w.page.locator('.quick-input-list [role=option]', { hasText: 'Capture of' }).count(), 2));
  await w.shot('export');
  await w.option('CSV').click();
  await w.saveAs(out);
  await until('the file', () => existsSync(out));
  const lines = readFileSync(out, 'utf8').trim().split('\n');
  assert.match(lines[0], /^evt\.hostname,evt\.num,evt\.time/);
  assert.ok(lines.length > 4000);
  assert.equal(new Set(lines.slice(1).map(l => l.split(',')[0])).size, 2);
});

test('the same list is there after a reload', options, async () => {
  await w.reopen(server, 'a + b');
  const list = await w.frame('.members-list');
  await list.locator('.row:not(.loading)').first().waitFor({ timeout: 60_000 });
  await soon(async () => assert.match(await list.locator('.members').textContent(), /by hand/, 'a corrected clock stays corrected'));
  await w.page.setViewportSize({ width: 700, height: 800 });
  await w.palette('Preferences: Toggle between Light/Dark Themes');
  await w.page.waitForTimeout(1500);
  await w.shot('light and narrow');
});
