// Filters in a real VS Code, on a real capture with the real server: what is listed is what the program prints.
//
//   SCAPLS_E2E_CAPTURE_SMALL  a capture that holds both halves of calls
//   SCAPLS_BIN                the program
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import path from 'node:path';
import { after, afterEach, before, test } from 'node:test';
import { artifacts, launch, skip, soon, start, until, Workbench } from './lib.mjs';

const small = process.env.SCAPLS_E2E_CAPTURE_SMALL, bin = process.env.SCAPLS_BIN;
const why = skip('SCAPLS_E2E_CAPTURE_SMALL', 'SCAPLS_BIN'), options = { timeout: 90_000, skip: why };
let server, browser, w;

const team = `# what the team looks at
[Shell]
reads: evt.type = read and proc.name = bash
broken: proc.nme = bash
`;

before(async () => {
  if (why) return;
  server = await start({ files: { 'small.scap': small, 'team.scapfilter': team }, settings: { 'files.simpleDialog.enable': true } });
  browser = await launch();
  w = await Workbench.open(browser, server, { shots: path.join(artifacts, 'filters') });
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

const input = () => w.view.locator('.filter-input');
const rows = async () => Number(await w.view.locator('.grid').getAttribute('aria-rowcount')) - 1;
const text = value => until(`text ${value}`, async () => (await input().inputValue()) === value);
const rowsAre = n => until(`${n} rows`, async () => (await rows()) === n);
const columns = () => w.view.locator('.head-cell').evaluateAll(c => c.map(x => x.dataset.id));
const cell = async id => w.view.locator('.row.selected').evaluate((row, n) => row.children[n]?.textContent ?? '', (await columns()).indexOf(id));
const nums = async () => (await w.view.locator('.row:not(.loading)').evaluateAll(list => list.map(r => [Number(r.dataset.row), Number(r.firstElementChild.textContent)])))
  .sort((a, b) => a[0] - b[0]).map(r => r[1]);

/** printed is the numbers of the events that the program prints for a filter. */
function printed(filter, ...flags) {
  const out = execFileSync(bin, ['read', '-p', '*%evt.num', ...flags, small, ...(filter ? [filter] : [])], { encoding: 'utf8', maxBuffer: 1 << 30 });
  return out.split('\n').slice(0, -1).map(Number);
}

/** listed requires that the list is what the program prints. */
async function listed(filter, ...flags) {
  const expected = printed(filter, ...flags);
  assert.ok(expected.length > 0, `${filter} matches something`);
  await rowsAre(expected.length);
  await until('rows loaded', async () => (await w.view.locator('.row.loading').count()) === 0);
  await soon(async () => {
    const seen = await nums(), at = expected.indexOf(seen[0]);
    assert.deepEqual(seen, expected.slice(at, at + seen.length), filter);
  });
  return expected;
}

/** first is the first ten rows, without their numbers and times. */
async function first() {
  await w.view.locator('.grid').focus();
  await w.page.keyboard.press('Home');
  await w.view.locator('[data-row="0"]:not(.loading)').waitFor();
  const out = await w.view.locator('.row').evaluateAll(list => list.map(r => [Number(r.dataset.row), [...r.querySelectorAll('.cell')].map(c => c.textContent).slice(3).join('|')]));
  return out.sort((a, b) => a[0] - b[0]).slice(0, 10).map(r => r[1]);
}

async function fill(value) {
  await input().fill(value);
  await w.view.locator('.filter-box:is(.accepted, .warning)').waitFor();
  await input().press('Enter');
}

test('a filter is typed with completions of fields, operators and values that occur', options, async () => {
  await w.page.keyboard.press('Control+/');
  await w.page.keyboard.type('proc.na', { delay: 20 });
  await w.view.locator('.suggestion .label', { hasText: /^proc\.name$/ }).waitFor();
  await w.page.keyboard.press('Tab');
  await until('a field', async () => (await input().inputValue()).startsWith('proc.name'));
  await w.page.keyboard.press('Escape');
  await input().fill('proc.name = ba');
  await w.view.locator('.suggestion .label', { hasText: /^bash$/ }).waitFor();
  await soon(async () => assert.match(await w.view.locator('.suggestion').first().locator('.detail').innerText(), /^[\d,]+ /));
  await w.shot('1-completion');
  await w.page.keyboard.press('Tab');
  await text('proc.name = bash');
  await w.view.locator('.filter-box.accepted').waitFor();
  const n = printed('proc.name = bash').length;
  await w.view.locator('.filter-count', { hasText: `${n.toLocaleString('en')} of ` }).waitFor();
  await w.page.keyboard.press('Enter');
  await listed('proc.name = bash');
  await w.shot('2-filtered');
});

test('both languages give the rows that the program prints, in both views', options, async () => {
  await fill('evt.type in (read, openat) and fd.name startswith /etc');
  await listed('evt.type in (read, openat) and fd.name startswith /etc');
  await fill('evt.category == "file" && !(proc.name == "bash")');
  await soon(async () => assert.match(await w.view.locator('button.language').innerText(), /Wireshark/));
  await listed('evt.category == "file" && !(proc.name == "bash")');
  await w.view.locator('.segments button', { hasText: 'Calls' }).click();
  await listed('evt.category == "file" && !(proc.name == "bash")', '--calls');
  await fill('evt.failed = true and evt.buffer contains "G" or evt.type = connect');
  await listed('evt.failed = true and evt.buffer contains "G" or evt.type = connect', '--calls');
});

test('what is wrong is told with its fix', options, async () => {
  await input().fill('proc.nme = bash');
  await w.view.locator('.filter-box.error').waitFor();
  await w.view.locator('.filter-says', { hasText: 'proc.nme' }).waitFor();
  await w.shot('3-error');
  await w.view.locator('.filter-says .fix', { hasText: 'proc.name' }).click();
  await text('proc.name = bash');
  await input().press('Enter');
  await listed('proc.name = bash', '--calls');
});

test('why a filter leaves nothing is told', options, async () => {
  await fill('proc.name = bassh');
  await rowsAre(0);
  await w.view.locator('.why p', { hasText: /bassh/ }).waitFor();
  await w.shot('4-why');
  await w.view.locator('.why .fix').first().click();
  await until('something', async () => (await rows()) > 0);
});

test('the shipped buttons filter', options, async () => {
  const group = w.view.locator('.filter-buttons button[aria-haspopup]').nth(2);
  await group.click();
  const filter = await w.view.locator('.menu-item .detail').first().textContent();
  await w.view.locator('.menu-item').first().click();
  await text(filter);
  await listed(filter, '--calls');
});

test('a cell becomes a filter, and so do the process of an event and what comes from it', options, async () => {
  await w.view.locator('.segments button', { hasText: 'Events' }).click();
  const at = (await columns()).indexOf('proc.name');
  await w.menu(w.view.locator('.row').nth(2).locator('.cell').nth(at), 'Apply as Filter', 'Selected');
  await until('a filter', async () => /^proc\.name ?=/.test(await input().inputValue()));
  await listed(await input().inputValue());
  const before = await input().inputValue();
  await w.menu(w.view.locator('.row').nth(2), 'Show Only', 'This Process and Its Descendants');
  await until('another filter', async () => (await input().inputValue()) !== before);
  await listed(await input().inputValue());
});

test('an open file of the side view becomes a filter', options, async () => {
  await fill('evt.type = read and proc.name = bash and fd.name exists');
  await w.view.locator('.row:not(.loading)').first().click();
  await w.activity();
  const files = w.page.locator('.pane', { has: w.page.locator('.pane-header[aria-label^="Open Files"]') });
  await files.locator('[role=treeitem]').first().waitFor();
  await w.page.waitForTimeout(700); // the views follow the selection
  await w.menu(files.locator('[role=treeitem]').nth(1), 'Apply as Filter', 'Selected');
  await until('a filter', async () => /fd\./.test(await input().inputValue()) && !/evt\.type/.test(await input().inputValue()));
  await listed(await input().inputValue());
  await w.page.waitForTimeout(1000); // the views follow the selection
  await w.explorer();
});

test('matches are found without hiding the rest', options, async () => {
  await w.view.locator('button[aria-label="Clear filter"]').first().click();
  const all = await listed('');
  const matches = printed('evt.type = connect');
  await input().fill('evt.type = connect');
  await w.view.locator('.filter-box.accepted').waitFor();
  await w.view.locator('.grid').focus();
  await w.page.keyboard.press('Home');
  for (const n of matches.slice(0, 3)) {
    await w.page.keyboard.press('F3');
    await until(`event ${n}`, async () => Number(await cell('evt.num')) === n);
  }
  await w.page.keyboard.press('Shift+F3');
  await until('back', async () => Number(await cell('evt.num')) === matches[1]);
  await soon(async () => assert.equal(await rows(), all.length));
});

test('who goes on while another list is asked for stays where he is', options, async () => {
  await w.view.locator('button[aria-label="Clear filter"]').first().click();
  const all = await listed('');
  await w.view.locator('.grid').focus();
  await w.page.keyboard.press('Home');
  await until('the first event', async () => Number(await cell('evt.num')) === all[0]);
  const toggle = w.view.locator('.toolbar button', { hasText: 'Internal' });
  await toggle.evaluate(button => { // no answer comes between these
    button.click();
    for (let i = 0; i < 2; i++) document.querySelector('.grid').dispatchEvent(new KeyboardEvent('keydown', { key: 'ArrowDown', bubbles: true }));
  });
  await until('more rows', async () => (await rows()) > all.length);
  assert.equal(Number(await cell('evt.num')), all[2]);
  await toggle.click();
  await rowsAre(all.length);
});

test('what is changed while another list is asked for changes that one', options, async () => {
  const all = await rows(), toggle = w.view.locator('.toolbar button', { hasText: 'Internal' }), time = w.view.locator('.toolbar select');
  const form = await time.inputValue();
  const both = value => toggle.evaluate((button, to) => { // no answer comes between the two
    const select = document.querySelector('.toolbar select');
    button.click();
    select.value = to;
    select.dispatchEvent(new Event('change', { bubbles: true }));
  }, value);
  await both('r');
  await until('more rows', async () => (await rows()) > all);
  await soon(async () => assert.match(await cell('evt.time'), /^\d+\.\d{9}$/));
  await both(form);
  await rowsAre(all);
  await soon(async () => assert.match(await cell('evt.time'), /:/));
});

test('filters are copied in the other tools’ languages', options, async () => {
  await fill('proc.name = bash and evt.type = read');
  await w.view.locator('button[aria-label="More actions"]').click();
  await w.view.locator('.menu-item', { hasText: 'Copy as Stratoshark filter' }).click();
  await until('copied', async () => /proc\.name == "bash"/.test(await w.clipboard()));
  const other = await w.clipboard();
  await fill(other);
  await listed('proc.name = bash and evt.type = read');
  await w.palette('scapls: Copy Filter as Falco Condition');
  await until('copied', async () => /proc\.name ?= ?"?bash"? and evt\.type ?= ?"?read"?/.test(await w.clipboard()));
});

test('the filter, what is typed and the place survive a reload', options, async () => {
  await fill('proc.name = bash');
  const expected = await listed('proc.name = bash');
  await w.select(w.view.locator('.row').nth(5));
  const num = Number(await cell('evt.num'));
  await input().fill('proc.name = bash and evt.type = re');
  await w.reopen(server, 'small.scap');
  await rowsAre(expected.length);
  await text('proc.name = bash and evt.type = re');
  await until('the same event', async () => (await w.view.locator('.row.selected').count()) === 1 && Number(await cell('evt.num')) === num);
  await input().focus();
  await input().press('Escape');
  await text('proc.name = bash');
});

test('what a filter shows is exported as a capture, which opens with every name', options, async () => {
  await fill('proc.name = bash and evt.type = read');
  const expected = await listed('proc.name = bash and evt.type = read');
  const names = await first();
  await w.pick('scapls: Export Events…', 'What the filter shows');
  await w.option('.scap').click();
  await w.saveAs(path.join(server.workspace, 'out.scap'));
  await w.page.locator('.notification-toast', { hasText: `${expected.length} events` }).waitFor();
  assert.ok(existsSync(path.join(server.workspace, 'out.scap')));
  await w.page.locator('.notification-toast .monaco-button', { hasText: 'Open' }).first().click();
  await w.page.locator('.tab.active', { hasText: 'out.scap' }).waitFor();
  await rowsAre(expected.length);
  await soon(async () => assert.deepEqual(await first(), names));
  await w.shot('5-exported');
});

test('files of filters are checked and completed, and their filters go to the capture', options, async () => {
  await w.file('team.scapfilter');
  const editor = w.page.locator('.editor-instance[aria-label*="team.scapfilter"], .editor-instance').first();
  await editor.locator('.squiggly-error').waitFor();
  await w.page.locator('.codelens-decoration a', { hasText: 'Apply to the capture' }).first().waitFor();
  await editor.locator('.view-line', { hasText: 'broken' }).click();
  await w.page.keyboard.press('Control+End');
  await w.page.keyboard.type('mine: proc.na', { delay: 30 });
  await w.page.locator('.suggest-widget .monaco-list-row', { hasText: 'proc.name' }).first().waitFor();
  await w.shot('6-file');
  await w.page.keyboard.press('Escape');
  await w.page.locator('.codelens-decoration a', { hasText: 'Apply to the capture' }).first().click();
  await w.page.locator('.tab.active', { hasText: '.scap' }).waitFor();
  await text('evt.type = read and proc.name = bash');
});
