// The whole product in a real VS Code: explorer, list, details, bytes, views, on real captures with the real server.
//
//   SCAPLS_E2E_CAPTURE_SMALL  a capture that holds both halves of calls, and internal events before the first listed one
//   SCAPLS_E2E_CAPTURE_BIG    a capture of a million events
//   SCAPLS_BIN                the program whose output the list must equal
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import path from 'node:path';
import { after, before, test } from 'node:test';
import { artifacts, launch, skip, start, Workbench } from './lib.mjs';

const small = process.env.SCAPLS_E2E_CAPTURE_SMALL, big = process.env.SCAPLS_E2E_CAPTURE_BIG, bin = process.env.SCAPLS_BIN;
const why = skip('SCAPLS_E2E_CAPTURE_SMALL', 'SCAPLS_E2E_CAPTURE_BIG', 'SCAPLS_BIN'), options = { timeout: 180_000, skip: why };
let server, browser, w;

before(async () => {
  if (why) return;
  server = await start({ files: { 'small.scap': small, 'big.scap': big } });
  browser = await launch();
  w = await Workbench.open(browser, server, { shots: path.join(artifacts, 'capture') });
}, { timeout: 180_000 });

after(async () => {
  await browser?.close();
  await server?.stop();
});

/** printed is what the program prints for the columns of the list: an object for each row, without the fields that an event lacks. */
function printed(file, ids, ...flags) {
  const out = execFileSync(bin, ['read', '-o', 'json', '-p', `*${ids.map(id => `%${id}`).join(' ')}`, ...flags, file], { encoding: 'utf8', maxBuffer: 1 << 30 });
  return out.split('\n').slice(0, -1).map(line => JSON.parse(line));
}

/** check compares the cells of a row with what was printed. Durations are numbers there and decimal fractions or have a unit here (or are empty
 * where there is nothing before): those are left out. */
function check(row, ids, cells, expected) {
  const fraction = (id, i) => typeof expected[id] === 'number' && (/[. ]/.test(cells[i]) || (cells[i] === '' && expected[id] === 0));
  const kept = ids.map((id, i) => [id, i]).filter(([id, i]) => !fraction(id, i));
  assert.ok(kept.length > ids.length / 2);
  assert.deepEqual(kept.map(([id, i]) => `${id}=${cells[i]}`), kept.map(([id]) => `${id}=${expected[id] ?? ''}`), `row ${row}`);
}

const columns = () => w.view.locator('.head-cell').evaluateAll(c => c.map(x => x.dataset.id));
const selected = async () => Number(await w.view.locator('.row.selected').getAttribute('data-row'));
const number = text => Number(text.replace(/\D/g, ''));
const until = async (what, check) => {
  for (let i = 0; i < 200; i++) {
    if (await check()) return;
    await w.page.waitForTimeout(50);
  }
  assert.fail(`never: ${what}`);
};

/** same compares the rows in view with what the program printed. */
async function same(expected) {
  await until('rows loaded', async () => (await w.view.locator('.row.loading').count()) === 0);
  const rows = await w.view.locator('.row').evaluateAll(list => list.map(r => [Number(r.dataset.row), [...r.querySelectorAll('.cell')].map(c => c.textContent)]));
  assert.ok(rows.length > 5, 'rows in view');
  const ids = await columns();
  for (const [row, cells] of rows) check(row, ids, cells, expected[row]);
}

test('a capture opens from the explorer and lists what the program prints', options, async () => {
  await w.capture('small.scap');
  await w.view.locator('.track').waitFor({ state: 'hidden' });
  const expected = printed(small, await columns());
  await until('all rows', async () => number(await w.view.locator('.grid').getAttribute('aria-rowcount')) === expected.length + 1);
  await same(expected);
  await w.view.locator('.grid').focus();
  await w.page.keyboard.press('End');
  await until('the last row', async () => (await selected()) === expected.length - 1);
  await same(expected);
  await w.shot('1-small');
});

test('where numbers jump, the list says why and shows what is missing', options, async () => {
  await w.view.locator('.grid').focus();
  await w.page.keyboard.press('Home');
  await w.view.locator('.gap-note button').first().click();
  await until('internal events', async () => (await w.view.locator('button.toggle[aria-label="Internal"]').getAttribute('aria-pressed')) === 'true' && (await selected()) === 0);
  await same(printed(small, await columns(), '-internal'));
  await w.shot('2-internal');
  await w.palette('scapls: Toggle Internal Events');
  await w.view.locator('.gap-note').first().waitFor();
});

test('the calls view lists one row per call', options, async () => {
  await w.view.locator('.segments button', { hasText: 'Calls' }).click();
  const expected = printed(small, await columns(), '-calls');
  await until('calls', async () => number(await w.view.locator('.grid').getAttribute('aria-rowcount')) === expected.length + 1);
  await same(expected);
  await w.shot('3-calls');
  await w.view.locator('.segments button', { hasText: 'Events' }).click();
  await until('events', async () => number(await w.view.locator('.grid').getAttribute('aria-rowcount')) > expected.length + 1);
});

test('details and bytes of an event are linked', options, async () => {
  await w.view.locator('.row:not(.loading)').nth(4).click();
  await w.view.locator('.node.top').first().waitFor();
  await w.view.locator('button[aria-label="Expand all"]').click();
  await w.view.locator('.hex .b[data-i="0"]').click();
  const label = await w.view.locator('.node.selected .label').textContent(), marked = await w.view.locator('.b.on').count();
  assert.ok(label.length > 0 && marked > 0, 'a byte selects its node');
  await w.view.locator('.tree').focus();
  await w.page.keyboard.press('Home');
  await w.page.keyboard.press('ArrowDown');
  assert.equal(await w.view.locator('.node.selected').getAttribute('id'), 'node-1');
  await w.shot('4-details');
  await w.view.locator('button[aria-label="Collapse all"]').click();
  assert.equal(await w.view.locator('.node').count(), await w.view.locator('.node.top').count());
  await w.view.locator('button[aria-label="Expand all"]').click();
});

test('views show the machine as of the selected event', options, async () => {
  await w.activity();
  const process = w.page.locator('.split-view-view', { has: w.page.locator('.pane-header[aria-label^="Processes"]') });
  await process.locator('[role=treeitem]').first().waitFor();
  await process.locator('.pane-header', { hasText: /as of event \d/ }).waitFor();
  const info = w.page.locator('.split-view-view', { has: w.page.locator('.pane-header[aria-label^="Capture Info"]') });
  await info.locator('[role=treeitem]').first().waitFor();
  const files = w.page.locator('.split-view-view', { has: w.page.locator('.pane-header[aria-label^="Open Files"]') });
  await files.locator('[role=treeitem]').first().waitFor();
  await w.shot('5-views');
});

test('a million events: to the end, to a number, to a time', options, async () => {
  await w.page.keyboard.press('Control+Shift+E');
  await w.capture('big.scap');
  await w.view.locator('.track').waitFor({ state: 'hidden', timeout: 120_000 });
  const ids = await columns(), at = ids.indexOf('evt.num');
  await w.view.locator('.grid').focus();
  await w.page.keyboard.press('End');
  await until('the last row', async () => (await selected()) === number(await w.view.locator('.grid').getAttribute('aria-rowcount')) - 2);
  const last = number((await w.cells(await selected()))[at]);
  assert.ok(last >= 1_000_000, `last event ${last}`);
  await w.shot('6-big');
  const goto = w.view.locator('input.goto');
  await goto.fill('500000');
  await goto.press('Enter');
  await until('event 500,000', async () => Math.abs(number((await w.cells(await selected()))[at]) - 500_000) < 1000);
  await goto.fill('+0.5');
  await goto.press('Enter');
  await until('half a second', async () => number((await w.cells(await selected()))[at]) < 500_000);
  await goto.fill('nonsense');
  await goto.press('Enter');
  await until('an error', async () => (await goto.getAttribute('aria-invalid')) === 'true');
  await w.shot('7-goto');
});
