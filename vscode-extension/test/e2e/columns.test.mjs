// Columns in a real VS Code, on a real capture with the real server: lists that are sorted, fields as columns, rows as text.
//
//   SCAPLS_E2E_CAPTURE_SMALL  a capture that holds both halves of calls
//   SCAPLS_BIN                the program
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import path from 'node:path';
import { after, afterEach, before, test } from 'node:test';
import { artifacts, launch, skip, soon, start, until, Workbench } from './lib.mjs';

const small = process.env.SCAPLS_E2E_CAPTURE_SMALL, bin = process.env.SCAPLS_BIN;
const why = skip('SCAPLS_E2E_CAPTURE_SMALL', 'SCAPLS_BIN'), options = { timeout: 90_000, skip: why };
let server, browser, w;

before(async () => {
  if (why) return;
  server = await start({ files: { 'small.scap': small } });
  browser = await launch();
  w = await Workbench.open(browser, server, { shots: path.join(artifacts, 'columns'), width: 1600 });
  await w.capture('small.scap');
}, { timeout: 180_000 });

afterEach(async t => {
  if (t.passed !== false || !w) return;
  await w.shot(`failed ${t.name.replace(/\W+/g, ' ')}`);
  await w.page.keyboard.press('Escape');
});

after(async () => {
  await browser?.close();
  await server?.stop();
});

const head = id => w.view.locator(`.head-cell[data-id="${id}"]`);
const columns = () => w.view.locator('.head-cell').evaluateAll(c => c.map(x => x.dataset.id));
const titles = () => w.view.locator('.head-cell .title').allTextContents();
const rows = async () => Number(await w.view.locator('.grid').getAttribute('aria-rowcount')) - 1;
const loaded = () => until('rows loaded', async () => (await w.view.locator('.row.loading').count()) === 0 && (await w.view.locator('.row').count()) > 0);
const shown = async () => (await w.view.locator('.row:not(.loading)').evaluateAll(list => list.map(r => [Number(r.dataset.row), Number(r.firstElementChild.textContent)])))
  .sort((a, b) => a[0] - b[0]).map(r => r[1]);
const selected = async () => Number(await w.view.locator('.row.selected').getAttribute('data-row'));

/** printed is the numbers of the events that the program prints. */
function printed(...flags) {
  const out = execFileSync(bin, ['read', '-p', '*%evt.num', small, ...flags], { encoding: 'utf8', maxBuffer: 1 << 30 });
  return out.split('\n').slice(0, -1).map(Number);
}

/** first requires that the list begins as what the program prints, and is as long. */
async function first(what, ...flags) {
  const expected = printed(...flags);
  await until(what, async () => {
    await w.view.locator('.grid').focus();
    await w.page.keyboard.press('Home'); // again, since a list that is replaced keeps its place
    const seen = await shown();
    return (await rows()) === expected.length && seen.length > 10 && seen.every((n, i) => n === expected[i]);
  });
}

test('a click on a title sorts up, down, and not any more', options, async () => {
  const events = printed();
  await head('evt.latency').click();
  await until('ascending', async () => (await head('evt.latency').getAttribute('aria-sort')) === 'ascending');
  await first('the shortest first', '--sort', 'evt.latency');
  await head('evt.latency').click();
  await until('descending', async () => (await head('evt.latency').getAttribute('aria-sort')) === 'descending');
  await first('the longest first', '--sort', 'evt.latency:desc');
  await soon(async () => assert.equal(await head('evt.latency').locator('.codicon-arrow-down').count(), 1));
  await soon(async () => assert.equal(await head('evt.num').getAttribute('aria-sort'), 'none'));
  await w.shot('1-sorted');
  await head('evt.latency').click();
  await until('not sorted', async () => (await head('evt.latency').getAttribute('aria-sort')) === 'none');
  await first('the order of the file');
  await soon(async () => assert.equal(await rows(), events.length));
});

test('the keyboard sorts, and an event that was selected stays so', options, async () => {
  await w.view.locator('.grid').focus();
  await w.page.keyboard.press('Control+g');
  await w.answer('1902');
  await w.page.keyboard.press('Enter');
  await until('event 1902', async () => (await w.view.locator('.row.selected .cell').first().textContent()) === '1902');
  await head('proc.name').focus();
  await w.page.keyboard.press('Enter');
  await until('ascending', async () => (await head('proc.name').getAttribute('aria-sort')) === 'ascending');
  const order = printed('--sort', 'proc.name');
  await until('still selected', async () => (await selected()) === order.indexOf(1902));
  await head('proc.name').focus();
  await w.page.keyboard.press('Space');
  await until('descending', async () => (await head('proc.name').getAttribute('aria-sort')) === 'descending');
  await until('still selected', async () => (await selected()) === printed('--sort', 'proc.name:desc').indexOf(1902));
  await w.view.locator('.grid').focus();
  await w.page.keyboard.press('Control+g');
  await w.answer('61');
  await w.page.keyboard.press('Enter');
  await until('goes to an event', async () => (await selected()) === printed('--sort', 'proc.name:desc').indexOf(61));
});

test('what a filter leaves is sorted, and sorted otherwise by the menu', options, async () => {
  await w.view.locator('.filter-input').fill('evt.type = openat and evt.dir = <');
  await w.page.keyboard.press('Enter');
  await first('filtered', '--sort', 'proc.name:desc', 'evt.type = openat and evt.dir = <');
  await w.menu(head('fd.name'), 'Sort Ascending');
  await first('by name', '--sort', 'fd.name', 'evt.type = openat and evt.dir = <');
});

test('a line of the details becomes a column', options, async () => {
  await w.view.locator('[data-row="2"]').click();
  const node = w.view.locator('.node', { has: w.view.locator('.label:text-is("flags")') }).first();
  if ((await node.count()) === 0) await w.view.locator('.pane.detail .codicon-expand-all').click();
  await node.click();
  await w.menu(node, 'Apply as Column');
  await until('a column', async () => (await columns()).includes('evt.arg.flags'));
  await loaded();
  const at = (await columns()).indexOf('evt.arg.flags');
  await until('its cells', async () => (await w.cells(2))[at].includes('O_'));
  await w.shot('2-applied');
});

test('columns are aligned and renamed', options, async () => {
  const at = (await columns()).indexOf('evt.arg.flags'), cell = w.view.locator('[data-row="2"] .cell').nth(at);
  await w.menu(head('evt.arg.flags'), 'Align', 'Centre');
  await until('centre', async () => (await cell.evaluate(c => getComputedStyle(c).textAlign)) === 'center');
  await w.menu(head('evt.arg.flags'), 'Align', 'Right');
  await until('right', async () => (await cell.evaluate(c => getComputedStyle(c).textAlign)) === 'right');
  await w.menu(head('evt.arg.flags'), 'Rename Column…');
  await w.answer('Flags | all');
  await w.page.keyboard.press('Enter');
  await until('the title', async () => (await titles()).includes('Flags | all'));
});

test('a column is added by the name of its field, with completions', options, async () => {
  await w.palette('scapls: Add Column');
  const input = w.page.locator('.quick-input-widget input[type=text]').first();
  await w.page.locator('.quick-input-list [role=option]', { hasText: 'evt.num' }).filter({ hasText: (await w.cells(2))[0] }).first().waitFor(); // of the selected event
  await input.fill('proc.anam');
  await w.option('proc.aname').waitFor();
  await input.fill('proc.aname[1]');
  await w.choose('proc.aname[1]');
  await until('a column', async () => (await columns()).includes('proc.aname[1]'));
  await loaded();
  const at = (await columns()).indexOf('proc.aname[1]');
  await soon(async () => assert.notEqual((await w.cells(0))[at], ''));
});

test('selected rows are copied as CSV, Markdown, JSON and text', options, async () => {
  const row = n => w.view.locator(`[data-row="${n}"]`);
  await row(1).click();
  await row(3).click({ modifiers: ['Shift'] });
  await row(6).click({ modifiers: ['Control'] });
  await soon(async () => assert.deepEqual(await w.view.locator('.row[aria-selected=true]').evaluateAll(r => r.map(x => Number(x.dataset.row)).sort()), [1, 2, 3, 6]));
  await w.shot('3-selected');
  const cells = [await w.cells(1), await w.cells(2), await w.cells(3), await w.cells(6)], ids = await columns(), names = await titles();
  const copied = async (label, check) => {
    await w.menu(row(2), 'Copy As', label);
    let text = '';
    await until(label, async () => check(text = await w.clipboard()));
    return text;
  };
  const csv = await copied('Copy Rows as CSV', t => t.startsWith('No.,'));
  const quoted = t => (/[",\n]/.test(t) ? `"${t.replaceAll('"', '""')}"` : t);
  assert.deepEqual(csv.split('\n'), [names, ...cells].map(r => r.map(quoted).join(',')).concat(''));
  const markdown = await copied('Copy Rows as Markdown', t => t.startsWith('| No. |'));
  const lines = markdown.split('\n'), flags = ids.indexOf('evt.arg.flags');
  assert.equal(lines.length, 7);
  assert.match(lines[0], /\| Flags \\\| all \|/);
  assert.equal(lines[1].split('|').slice(1, -1)[flags].trim(), '---:', 'aligned as the column is');
  const pieces = lines[2].split(/(?<!\\)\|/).slice(1, -1).map(c => c.trim().replace(/\\(.)/g, '$1').replaceAll('&amp;', '&'));
  assert.deepEqual(pieces, cells[0]);
  const json = JSON.parse(await copied('Copy Rows as JSON', t => t.startsWith('[')));
  assert.equal(json.length, 4);
  assert.deepEqual(Object.keys(json[0]), ids);
  assert.equal(json[3]['evt.num'], Number(cells[3][0]));
  await w.view.locator('.grid').focus();
  await w.page.keyboard.press('Control+c');
  await until('text', async () => (await w.clipboard()).trimEnd() === cells.map(r => r.join('\t')).join('\n').trimEnd());
});

test('all rows are selected and copied', options, async () => {
  await w.view.locator('.grid').focus();
  await w.page.keyboard.press('Control+a');
  const n = await rows();
  await w.view.locator('.note', { hasText: `${n} selected` }).waitFor();
  await w.menu(w.view.locator('[data-row="2"]'), 'Copy As', 'Copy Rows as CSV');
  await until('all of them', async () => (await w.clipboard()).split('\n').length === n + 2);
});

test('columns are kept by a name, and with the capture', options, async () => {
  const ids = await columns(), names = await titles();
  await w.pick('scapls: Save Columns As', () => w.answer('Opens', 8000));
  await w.page.keyboard.press('Enter');
  await w.closed();
  await w.palette('scapls: Reset Columns');
  await until('reset', async () => !(await columns()).includes('evt.arg.flags'));
  await w.pick('scapls: Show Saved Columns', 'Opens');
  await until('the set', async () => (await columns()).join() === ids.join());
  await soon(async () => assert.deepEqual(await titles(), names));
  await w.reopen(server, 'small.scap');
  await w.view.locator('.row:not(.loading)').first().waitFor({ timeout: 60_000 });
  await until('the columns', async () => (await columns()).join() === ids.join());
  await soon(async () => assert.deepEqual(await titles(), names));
  await soon(async () => assert.equal(await head('fd.name').getAttribute('aria-sort'), 'ascending', 'and the order'));
  await w.shot('4-again');
});
