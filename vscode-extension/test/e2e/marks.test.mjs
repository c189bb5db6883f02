// Marks, notes, ignored events, time references and shifts in a real VS Code, on a real capture.
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { after, afterEach, before, test } from 'node:test';
import { artifacts, launch, skip, soon, start, until, Workbench } from './lib.mjs';

const sample = process.env.SCAPLS_E2E_CAPTURE_SMALL;
const why = skip('SCAPLS_E2E_CAPTURE_SMALL', 'SCAPLS_BIN'), options = { timeout: 120_000, skip: why };
let server, browser, w;

before(async () => {
  if (why) return;
  server = await start({ files: { 'sample.scap': sample }, settings: { 'files.simpleDialog.enable': true }, env: { TZ: 'Asia/Tokyo' } });
  browser = await launch();
  w = await Workbench.open(browser, server, { shots: path.join(artifacts, 'marks'), width: 1500, height: 950 });
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

const rows = async () => Number(await w.view.locator('.grid').getAttribute('aria-rowcount')) - 1;
const selected = () => w.view.locator('.row.selected');
const columns = () => w.view.locator('.head-cell').evaluateAll(cells => cells.map(c => c.dataset.id ?? ''));
/** event is the number of a row, by its place among those that are drawn. */
const numbers = cls => w.view.locator(`.row.${cls}`).evaluateAll(list => list.map(r => [Number(r.dataset.row), r.querySelector('.cell').textContent]).sort((a, b) => a[0] - b[0]).map(r => r[1]));
const time = async () => (await w.cells(Number(await selected().getAttribute('data-row'))))[1];

/** goto goes to an event. Where it is selected already, nothing would tell that going there is over. */
async function goto(n) {
  const there = async () => (await selected().count()) === 1 && (await selected().locator('.cell').first().textContent()) === String(n);
  if (!(await there())) {
    await w.view.locator('input.goto').fill(String(n));
    await w.view.locator('input.goto').press('Enter');
    await until(`event ${n}`, there);
  }
  await w.view.locator('.grid').focus();
  await until('the details', async () => (await w.view.locator('.node.top').first().textContent()) !== '');
}

/** format chooses a time format and waits until the selected row has it: going elsewhere meanwhile would be undone. */
async function format(value, shown) {
  await w.view.locator('.toolbar select').first().selectOption(value);
  await until(`times like ${shown}`, async () => (await selected().count()) === 1 && shown.test(await time()));
}

const pick = (title, ...labels) => w.pick(`scapls: ${title}`, ...labels);

async function write(text) {
  await w.answer(text);
  await w.page.keyboard.press('Enter');
}

test('a row is marked by a key and by the menu, and unmarked', options, async () => {
  await w.capture('sample.scap');
  await goto(211);
  await w.press('Control+m', async () => (await numbers('flagged')).includes('211'));
  await soon(async () => assert.match(await w.view.locator('.row.flagged').getAttribute('aria-description'), /marked/));
  await w.view.locator('.node', { hasText: 'Marked' }).first().waitFor();
  await goto(215);
  await w.menu(selected(), 'Mark or Unmark');
  await until('two marks', async () => (await numbers('flagged')).join() === '211,215');
  await w.press('Control+m', async () => (await numbers('flagged')).join() === '211');
  await w.page.keyboard.press('Control+m');
  await until('both again', async () => (await numbers('flagged')).length === 2);
});

test('several rows are marked at once', options, async () => {
  await goto(217);
  await w.page.keyboard.press('Shift+ArrowDown');
  await w.page.keyboard.press('Shift+ArrowDown');
  await w.press('Control+m', async () => (await numbers('flagged')).length === 5);
  await soon(async () => assert.deepEqual(await numbers('flagged'), ['211', '215', '217', '218', '219']));
});

test('a note of several lines is written in a dialog, shown in details and as a tip, and changed', options, async () => {
  await goto(211);
  await w.press('Control+Alt+c', async () => (await w.view.locator('dialog[open]').count()) === 1);
  await w.view.locator('dialog textarea').fill('look here\nsecond line');
  await w.shot('1-dialog');
  await w.page.keyboard.press('Control+Enter');
  await until('the note', async () => (await numbers('commented')).join() === '211');
  await w.view.locator('.node', { hasText: 'look here' }).first().waitFor();
  await w.view.locator('.row.commented .cell').first().hover();
  await until('the tip', async () => (await w.view.locator('.row.commented .cell').first().getAttribute('title')) === 'look here\nsecond line');
  await w.view.locator('button.notes-button').click();
  await w.view.locator('.menu-item', { hasText: 'Note…' }).click();
  await w.view.locator('dialog textarea').waitFor();
  await soon(async () => assert.equal(await w.view.locator('dialog textarea').inputValue(), 'look here\nsecond line'));
  await w.view.locator('dialog textarea').fill('changed <b>text</b>');
  await w.view.locator('dialog button.primary').click();
  await w.view.locator('.node', { hasText: 'changed <b>text</b>' }).first().waitFor();
});

test('ignored rows are dimmed, and left out when that is asked for', options, async () => {
  const all = await rows();
  await goto(213);
  await w.press('Control+d', async () => (await numbers('ignored')).join() === '213');
  await soon(async () => assert.equal(await rows(), all, 'it is still listed'));
  await w.view.locator('button.notes-button').click();
  await w.view.locator('.menu-item', { hasText: 'Without ignored' }).click();
  await until('one less', async () => (await rows()) === all - 1);
  await soon(async () => assert.equal(await w.view.locator('.filter-input').inputValue(), 'not evt.ignored=true'));
  await w.view.locator('button[aria-label="Clear filter"]').first().click();
  await until('all', async () => (await rows()) === all);
});

test('marks are filtered, stepped through and listed in a view', options, async () => {
  const all = await rows();
  await pick('Show Only Marked');
  await until('five rows', async () => (await rows()) === 5);
  await soon(async () => assert.equal(await w.view.locator('.filter-input').inputValue(), 'evt.marked=true'));
  await w.view.locator('button[aria-label="Clear filter"]').first().click();
  await until('all', async () => (await rows()) === all);
  await goto(211);
  const at = n => async () => (await selected().count()) === 1 && (await selected().locator('.cell').first().textContent()) === String(n);
  await w.press('Control+Alt+m', async () => (await numbers('flagged')).length === 0);
  for (const n of [211, 217]) {
    await goto(n);
    await w.press('Control+m', async () => (await numbers('flagged')).includes(String(n)));
  }
  await goto(1000);
  await pick('Next Mark');
  await until('from the other end', at(211));
  await pick('Next Mark');
  await until('the next', at(217));
  await pick('Previous Mark');
  await until('back', at(211));
  await w.activity();
  const view = w.page.locator('.pane', { has: w.page.locator('.pane-header[aria-label^="Notes"]') });
  await view.locator('[role=treeitem]', { hasText: 'changed <b>text</b>' }).waitFor();
  await soon(async () => assert.equal(await view.locator('[role=treeitem]').count(), 2));
  await view.locator('[role=treeitem]').nth(1).click();
  await until('it goes there', at(217));
  await w.shot('2-view');
});

test('a time reference is what times count from', options, async () => {
  await format('R', /^1\.2\d{8}$/);
  await goto(211);
  await w.press('Control+t', async () => (await numbers('reference')).join() === '211');
  await until('*REF*', async () => (await time()) === '*REF*');
  await goto(212);
  await soon(async () => assert.match(await time(), /^0\.0000\d+$/));
  await goto(210);
  await soon(async () => assert.match(await time(), /^1\.2\d+$/));
  await w.view.locator('button.time-options').click();
  await w.view.locator('.menu-item', { hasText: 'Milliseconds' }).click();
  await until('three digits', async () => /^1\.\d{3}$/.test(await time()));
  await w.shot('3-reference');
});

test('times are shown in UTC and shifted, and the status says so', options, async () => {
  await format('a', /^2026-/);
  await goto(211);
  await until('Tokyo', async () => (await time()) === '2026-11-22 08:11:05.781');
  await w.view.locator('button.time-options').click();
  await w.view.locator('.menu-item', { hasText: 'UTC' }).click();
  await until('UTC', async () => (await time()) === '2026-11-21 23:11:05.781');
  await pick('Shift Times…', 'By an offset');
  await write('+1:00:00');
  await until('an hour later', async () => (await time()) === '2026-11-22 00:11:05.781');
  await w.view.locator('button.shifted', { hasText: 'Shifted by +1:00:00' }).waitFor();
  await w.page.locator('.statusbar-item', { hasText: 'times +1:00:00' }).waitFor();
  await w.shot('4-shifted');
  await pick('Shift Times…', 'So that the selected event was at');
  await write('2026-12-24 18:00:00');
  await until('Christmas', async () => (await time()) === '2026-12-24 18:00:00.000');
});

test('a copy holds the notes, in the file', options, async () => {
  await pick('Save a Copy with Notes…');
  const out = path.join(server.workspace, 'copy.scap');
  await w.saveAs(out);
  await w.page.locator('.notification-toast', { hasText: '1 notes' }).waitFor();
  assert.ok(existsSync(out));
  const told = execFileSync(process.env.SCAPLS_BIN, ['read', out, 'evt.comment exists', '-p', '%evt.num %evt.comment'], { encoding: 'utf8', env: { ...process.env, TZ: 'UTC' } });
  assert.equal(told, '211 changed <b>text</b>\n');
  await until('the copy is opened', async () => { // a notification that is just coming may not take the click
    if (await w.page.locator('.tab.active', { hasText: 'copy.scap' }).isVisible()) return true;
    await w.page.locator('.notification-toast .monaco-button', { hasText: 'Open' }).first().click({ timeout: 3000 });
    return false;
  });
  await w.view.locator('.row:not(.loading)').first().waitFor({ timeout: 30_000 });
  await goto(211);
  await until('the comment', async () => (await numbers('commented')).join() === '211');
  await w.view.locator('.node', { hasText: 'Comment in the file' }).first().waitFor();
  await soon(async () => assert.equal((await numbers('flagged')).length, 0, 'marks are of the other file'));
});

test('notes leave as JSON', options, async () => {
  await w.page.locator('.tab', { hasText: 'sample.scap' }).click();
  await goto(211);
  await pick('Export Notes…', 'JSON');
  const out = path.join(server.workspace, 'notes.json');
  await w.saveAs(out);
  await until('the file', () => existsSync(out) && readFileSync(out, 'utf8').includes('changed'));
  const doc = JSON.parse(readFileSync(out, 'utf8'));
  assert.deepEqual(doc.notes.map(n => n.event), [211, 213, 217]);
  assert.equal(doc.notes[0].comment, 'changed <b>text</b>');
  await w.page.locator('.tab.active', { hasText: 'notes.json' }).waitFor(); // it is opened when it is written
});

test('all of it is there when the window is opened again', options, async () => {
  await w.page.locator('.tab', { hasText: 'sample.scap' }).click();
  await goto(211);
  await w.reopen(server, 'sample.scap');
  await w.view.locator('.row:not(.loading)').first().waitFor({ timeout: 60_000 });
  await goto(211);
  await until('marks', async () => (await numbers('flagged')).join() === '211,217');
  await soon(async () => assert.deepEqual(await numbers('commented'), ['211']));
  await soon(async () => assert.deepEqual(await numbers('ignored'), ['213']));
  await soon(async () => assert.deepEqual(await numbers('reference'), ['211']));
  await until('the shift', async () => (await time()) === '2026-12-24 18:00:00.000');
  await w.view.locator('button.shifted').waitFor();
  await soon(async () => assert.ok((await columns()).length > 5));
});

test('the list in light, and narrow', options, async () => {
  const settings = path.join(server.dir, 'user/User/settings.json');
  writeFileSync(settings, JSON.stringify({ ...JSON.parse(readFileSync(settings, 'utf8')), 'workbench.colorTheme': 'Light Modern' }));
  await w.reopen(server, 'sample.scap'); // a page that is open keeps its theme
  await w.page.locator('.monaco-workbench.vs').waitFor();
  await w.view.locator('.row:not(.loading)').first().waitFor({ timeout: 60_000 });
  await goto(213);
  await w.page.waitForTimeout(500);
  await w.shot('5-light');
  await w.view.locator('button.notes-button').click();
  await w.shot('6-menu');
  await w.page.keyboard.press('Escape');
  await w.page.setViewportSize({ width: 760, height: 800 });
  await w.page.waitForTimeout(500);
  await w.shot('7-narrow');
});
