// The filter box in a real VS Code, on made-up events of test/fake-server.mjs: what real captures and the real language do not offer on demand.
import assert from 'node:assert/strict';
import { readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { after, afterEach, before, test } from 'node:test';
import { artifacts, extension, launch, skip, soon, start, until, Workbench } from './lib.mjs';

const why = skip(), options = { timeout: 120_000, skip: why };
let server, browser, w;

before(async () => {
  if (why) return;
  server = await start({
    settings: { 'scapls.path': path.join(extension, 'test/fake-server.mjs'), 'files.simpleDialog.enable': true }, files: Object.fromEntries(['rows-5000', 'rows-900', 'rows-900-latefind', 'rows-900-latepages'].map(n => [`${n}.scap`, 'made up'])),
  });
  browser = await launch();
  w = await Workbench.open(browser, server, { shots: path.join(artifacts, 'filterbox') });
  await w.capture('rows-5000.scap');
}, { timeout: 180_000 });

afterEach(async t => {
  if (t.passed !== false || !w) return;
  await w.shot(`failed ${t.name.replace(/\W+/g, ' ')}`);
  await w.page.keyboard.press('Escape'); // so that the next one does not fail for a menu that is still open
});

after(async () => {
  await browser?.close();
  await server?.stop();
});

const box = () => w.view.locator('.filter-box'), input = () => w.view.locator('.filter-input');
const rows = async () => Number(await w.view.locator('.grid').getAttribute('aria-rowcount')) - 1;
const state = name => until(`state ${name}`, async () => (await box().getAttribute('class')).includes(name));
const text = value => until(`text ${value}`, async () => (await input().inputValue()) === value);
const rowsAre = n => until(`${n} rows`, async () => (await rows()) === n);

/** fill puts a text into the box, as typing does, without a list of completions. */
async function fill(value) {
  await input().fill(value);
  await input().press('Escape');
  if ((await input().inputValue()) !== value) await input().fill(value);
}

test('values that are still being counted come by themselves', options, async () => {
  await input().click();
  await w.page.keyboard.type('thread.tid=');
  await w.view.locator('.suggestion', { hasText: '31 events' }).waitFor(); // the made-up server knows them when it is asked for the third time
  await w.page.keyboard.press('Escape');
  await box().locator('.suggest').waitFor({ state: 'hidden' });
  await input().fill('');
});

test('in an argument the box says how it is written, until Escape', options, async () => {
  await input().fill('');
  const signature = w.view.locator('.filter-signature');
  await w.page.keyboard.type('proc.aname[');
  await signature.waitFor();
  await soon(async () => assert.equal(await signature.locator('.label').textContent(), 'proc.aname[level]'));
  await soon(async () => assert.equal(await signature.locator('b').first().textContent(), '[level]'));
  await soon(async () => assert.equal(await signature.getAttribute('role'), 'status'));
  await w.shot('1b-signature');
  await w.page.keyboard.press('Escape');
  await signature.waitFor({ state: 'hidden' });
  await text('proc.aname[');
  await w.page.keyboard.press('ArrowLeft');
  await w.page.keyboard.press('ArrowRight');
  await signature.waitFor();
  await w.page.keyboard.type('2]');
  await signature.waitFor({ state: 'hidden' });
});

test('what is at the mouse or at the caret is explained', options, async () => {
  await input().fill('proc.name=curl');
  await state('accepted');
  const tip = w.view.locator('.filter-tip');
  const at = await w.view.locator('.filter-text .token-field').boundingBox();
  await w.page.mouse.move(at.x + at.width / 2, at.y + at.height / 2);
  await w.page.mouse.move(at.x + at.width / 2 + 1, at.y + at.height / 2);
  await tip.waitFor();
  await soon(async () => assert.equal(await tip.textContent(), 'proc.name is a field.'));
  await soon(async () => assert.equal(await tip.getAttribute('role'), 'tooltip'));
  await soon(async () => assert.equal(await input().getAttribute('aria-describedby'), 'filter-says', 'the mouse is no news to those who listen'));
  await w.page.mouse.move(at.x + at.width / 2, at.y + 400);
  await tip.waitFor({ state: 'hidden' });

  await input().press('Home');
  await w.palette('scapls: Explain the Filter at the Caret');
  await tip.waitFor();
  await soon(async () => assert.equal(await tip.textContent(), 'proc.name is a field.'));
  await soon(async () => assert.equal(await input().getAttribute('aria-describedby'), 'filter-tip'));
  await input().press('Escape');
  await tip.waitFor({ state: 'hidden' });
  await soon(async () => assert.equal(await input().getAttribute('aria-describedby'), 'filter-says'));
  await input().fill('');
});

test('completions are offered while one types, and Tab takes them', options, async () => {
  await w.page.keyboard.press('Control+/');
  await w.page.keyboard.type('proc.na');
  await w.view.locator('.suggestion .label', { hasText: 'proc.name' }).waitFor();
  await soon(async () => assert.equal(await input().getAttribute('aria-expanded'), 'true'));
  await w.page.keyboard.press('Tab');
  await text('proc.name=');
  await w.view.locator('.suggestion', { hasText: '1,234 events' }).waitFor();
  await w.view.locator('.suggest-doc', { hasText: 'Events where proc.name is curl.' }).waitFor();
  await w.shot('1-values');
  await w.page.keyboard.press('ArrowDown');
  await w.page.keyboard.press('ArrowDown');
  await soon(async () => assert.equal(await input().getAttribute('aria-activedescendant'), 'suggestion-1'));
  await w.page.keyboard.press('Enter');
  await text('proc.name=nginx');
  await state('accepted');
  await w.view.locator('.filter-count', { hasText: '1,237 of 4,950 · 1.5 ms' }).waitFor();
  await soon(async () => assert.equal(await rows(), 4950, 'not applied yet'));
  await soon(async () => assert.equal(await w.view.locator('.token-field').textContent(), 'proc.name'));
});

test('Enter filters the list, and the box is undone like any text', options, async () => {
  await w.page.keyboard.press('Enter');
  await rowsAre(1237);
  await soon(async () => assert.equal((await w.cells(0))[3], 'nginx'));
  await w.page.keyboard.press('Control+z');
  await text('proc.name=');
  await w.page.keyboard.press('Escape');
  await w.page.keyboard.press('Escape');
  await text('proc.name=nginx');
});

test('what is wrong is said below the box, with a fix to click', options, async () => {
  await fill('proc.nme=curl');
  await state('error');
  await soon(async () => assert.equal(await input().getAttribute('aria-invalid'), 'true'));
  await w.view.locator('.filter-says', { hasText: 'There is no field proc.nme.' }).waitFor();
  await soon(async () => assert.equal(await w.view.locator('.filter-text .said-error').textContent(), 'proc.nme'));
  await input().press('Enter');
  await w.page.waitForTimeout(200);
  assert.equal(await rows(), 1237, 'what is wrong is not applied');
  await w.shot('2-error');
  await w.view.locator('.filter-says .fix').click();
  await text('proc.name=curl');
  await input().press('Enter');
  await rowsAre(1238);
});

test('a text that reads otherwise in the other language offers that', options, async () => {
  await fill('both=1');
  await w.view.locator('.filter-says', { hasText: 'There, both means something else.' }).waitFor();
  await soon(async () => assert.match(await w.view.locator('button.language').innerText(), /sysdig/));
  await w.view.locator('.filter-says .fix').click();
  await until('read as Wireshark', async () => /Wireshark/.test(await w.view.locator('button.language').innerText()));
  await w.view.locator('button.language').click();
  await w.view.locator('.menu-item', { hasText: 'Automatic' }).click();
  await until('automatic', async () => /sysdig/.test(await w.view.locator('button.language').innerText()));
});

test('when nothing is left, the part that is the reason is told, with a fix', options, async () => {
  await fill('proc.name=bash and evt.type=nothing');
  await input().press('Enter');
  await rowsAre(0);
  await w.view.locator('.why', { hasText: 'evt.type=nothing: no event has that value.' }).waitFor();
  await soon(async () => assert.deepEqual(await w.view.locator('.why td.number').allTextContents(), ['1,237', '0']));
  await w.shot('3-why');
  await w.view.locator('.why .fix').click();
  await text('proc.name=bash and proc.name=curl');
  await w.view.locator('.why', { hasText: 'No event matches all parts at once.' }).waitFor();
  await w.view.locator('.why button', { hasText: 'Clear filter' }).click();
  await rowsAre(4950);
  await text('');
});

test('the arrow keys bring back filters that were used', options, async () => {
  await input().focus();
  await input().press('ArrowUp');
  await text('proc.name=bash and proc.name=curl');
  await input().press('ArrowUp');
  await input().press('ArrowUp');
  await text('proc.name=curl');
  await input().press('ArrowDown');
  await input().press('ArrowDown');
  await input().press('ArrowDown');
  await text('');
  await w.view.locator('button[aria-label="History of filters"]').click();
  await w.view.locator('.menu-item', { hasText: 'proc.name=nginx' }).click();
  await rowsAre(1237);
  await text('proc.name=nginx');
});

test('a long filter tells how far it is, and rows come as they are found', options, async () => {
  await w.view.locator('.filter-buttons button', { hasText: 'slow' }).click();
  await w.view.locator('.filter-track').waitFor();
  await until('some rows', async () => (await rows()) > 0);
  await rowsAre(4950);
  await w.view.locator('.filter-track').waitFor({ state: 'hidden' });
});

test('buttons apply their filter, with Shift they join it to the one that is there', options, async () => {
  await w.view.locator('.filter-buttons button', { hasText: 'Programs' }).click();
  await w.view.locator('.menu-item', { hasText: 'curl' }).click();
  await rowsAre(1238);
  await w.view.locator('.filter-buttons button.on', { hasText: 'curl' }).waitFor();
  await w.view.locator('.filter-buttons button', { hasText: 'Calls' }).click();
  await w.page.keyboard.press('Shift+Enter');
  await text('(proc.name=curl) and (evt.type=openat)');
  await w.shot('4-buttons');
});

test('the filter is added as a button, which is edited and hidden', options, async () => {
  await fill('proc.name=bash');
  await input().press('Enter');
  await rowsAre(1237);
  await w.view.locator('.filter-buttons button[aria-label^="Add this filter"]').click();
  const quick = w.page.locator('.quick-input-widget input[type=text]').first();
  await quick.waitFor();
  await soon(async () => assert.equal(await quick.inputValue(), 'proc.name=bash'));
  await w.page.keyboard.press('Enter');
  await w.page.locator('.quick-input-widget', { hasText: '(2/3)' }).waitFor();
  await w.answer('shells');
  await w.page.keyboard.press('Enter');
  await w.page.locator('.quick-input-widget', { hasText: '(3/3)' }).waitFor();
  await w.answer('Mine');
  await w.choose('a new group');
  await w.view.locator('.filter-buttons button.on', { hasText: 'shells' }).click();
  await w.view.locator('.menu-item', { hasText: 'shells' }).click({ button: 'right' });
  await w.view.locator('.menu-item', { hasText: 'Hide' }).click();
  await until('no button', async () => (await w.view.locator('.filter-buttons button', { hasText: 'Mine' }).count()) === 0);
  await w.pick('scapls: Manage Filter Buttons…', () => w.option('shells').waitFor({ timeout: 8000 }));
  await w.shot('5-manage');
  await w.page.keyboard.press('Escape');
});

test('a filter is saved by a name and found in the menu', options, async () => {
  await w.view.locator('.filter-box button[aria-label^="Save filter"]').click();
  await w.answer('what the shell does');
  await w.page.keyboard.press('Enter');
  await w.view.locator('.filter-box .codicon-star-full').waitFor();
  await w.view.locator('button[aria-label="Clear filter"]').first().click();
  await rowsAre(4950);
  await w.view.locator('button[aria-label="Saved filters"]').click();
  await w.view.locator('.menu-item', { hasText: 'what the shell does' }).click();
  await rowsAre(1237);
});

test('menus of cells, details and views make filters', options, async () => {
  await w.menu(w.view.locator('.row').nth(3).locator('.cell').nth(6), 'Apply as Filter', '… and Selected');
  await until('joined', async () => /^proc\.name=bash and evt\.type=\w+$/.test(await input().inputValue()));
  await until('fewer', async () => (await rows()) < 400);
  await w.select(w.view.locator('.row').first());
  const num = await w.view.locator('.row.selected .cell').first().textContent();
  await w.view.locator('.node.top', { hasText: `Event ${num}` }).waitFor();
  await w.menu(w.view.locator('.node', { hasText: 'flags' }), 'Prepare as Filter', 'Not Selected');
  await until('prepared', async () => /^not evt\.args=/.test(await input().inputValue()));
  await soon(async () => assert.ok((await rows()) < 400, 'prepared is not applied'));
  await input().press('Escape');
  await w.activity();
  await w.menu(w.page.locator('.split-view-view', { has: w.page.locator('.pane-header[aria-label^="Processes"]') }).locator('[role=treeitem]', { hasText: 'nginx' }), 'Apply as Filter', 'Selected');
  await text('proc.name=nginx');
  await rowsAre(1237);
  await w.page.waitForTimeout(700); // the views follow the selection
  await w.explorer();
});

test('a cell is reached by keys, and its menu too', options, async () => {
  await w.view.locator('.grid').focus();
  await w.page.keyboard.press('Home');
  for (let i = 0; i < 10; i++) await w.page.keyboard.press('Control+ArrowLeft');
  for (let i = 0; i < 4; i++) await w.page.keyboard.press('Control+ArrowRight');
  await soon(async () => assert.equal(await w.view.locator('#cell-current').evaluate(c => [...c.parentElement.children].indexOf(c)), 4));
  await w.page.keyboard.press('Shift+F10');
  await w.page.locator('.monaco-menu .action-label', { hasText: 'Apply as Filter' }).waitFor();
  await w.page.keyboard.press('ArrowDown');
  await w.page.keyboard.press('ArrowRight');
  await w.page.locator('.monaco-menu .action-label', { hasText: /^Selected$/ }).waitFor();
  await w.shot('6-keys');
  await w.page.keyboard.press('Enter');
  await until('by thread', async () => /^thread\.tid=\d+$/.test(await input().inputValue()));
});

test('marking hides nothing, and F3 goes from match to match', options, async () => {
  await w.view.locator('.filter button[aria-label^="Hides what does not match"]').click();
  await fill('evt.type=close and proc.name=nginx');
  await input().press('Enter');
  await rowsAre(4950);
  await w.view.locator('.row.marked').first().waitFor();
  await w.view.locator('.grid').focus();
  await w.page.keyboard.press('Home');
  await w.view.locator('#row-0[aria-selected=true]').waitFor();
  const num = async () => Number(await w.view.locator('.row.selected .cell').first().textContent()), seen = [await num()];
  for (let i = 0; i < 3; i++) {
    await w.page.keyboard.press('F3');
    await until('the next match', async () => (await num()) > seen.at(-1));
    await soon(async () => assert.ok((await w.view.locator('.row.selected').getAttribute('class')).includes('marked')));
    seen.push(await num());
  }
  await w.page.keyboard.press('Shift+F3');
  await until('the match before', async () => (await num()) === seen.at(-2));
  await w.page.keyboard.press('End');
  await w.page.keyboard.press('F3');
  await w.view.locator('.filter-says', { hasText: 'The search went on from the top.' }).waitFor();
  await until('the first match', async () => (await num()) === seen[1]);
  await w.shot('6-marks');
});

test('the filter and the place are known when the capture is opened again', options, async () => {
  await w.view.locator('.filter button[aria-label^="Marks what matches"]').click();
  await fill('proc.name=curl');
  await input().press('Enter');
  await rowsAre(1238);
  const num = () => w.view.locator('.row.selected .cell').first().textContent();
  await w.view.locator('.grid').press('Home');
  await w.select(w.view.locator('#row-5'));
  const selected = await num();
  await fill('proc.name=curl and evt.type=read');
  await w.kept();
  await w.palette('View: Close All Editors');
  await until('closed', async () => (await w.page.locator('.tab').count()) === 0);
  await w.capture('rows-5000.scap');
  await rowsAre(1238);
  await text('proc.name=curl and evt.type=read');
  await until('the same event', async () => (await num()) === selected);
});

test('selected rows are exported, and the file is opened', options, async () => {
  await until('five rows are selected', async () => { // the place that is known may come back after the first click
    await w.view.locator('.row').nth(2).click();
    await w.view.locator('.row').nth(6).click({ modifiers: ['Shift'] });
    await w.view.locator('.note', { hasText: '5 selected' }).waitFor({ timeout: 3000 });
    return (await w.view.locator('.row.ranged').count()) === 5;
  });
  const nums = await w.view.locator('.row.ranged').evaluateAll(list => list.map(r => r.firstElementChild.textContent).sort());
  await w.pick('scapls: Export Events…', 'The selected rows', 'Text');
  const file = path.join(server.workspace, 'out.txt');
  await w.saveAs(file);
  await w.page.locator('.notification-toast', { hasText: '5 events' }).waitFor();
  assert.deepEqual(readFileSync(file, 'utf8').trim().split('\n').sort(), nums);
  await w.page.locator('.notification-toast .monaco-button', { hasText: 'Open' }).first().click();
  await w.page.locator('.tab.active', { hasText: 'out.txt' }).waitFor();
  writeFileSync(file, '');
});

test('a match that comes late is one of the list that is shown then', options, async () => {
  await w.palette('View: Close All Editors');
  await w.capture('rows-900-latefind.scap');
  await fill('evt.type=close');
  await state('accepted');
  await w.press('Home', () => w.view.locator('#row-0[aria-selected=true]').isVisible());
  await w.page.keyboard.press('F3');
  await w.view.locator('.toolbar button', { hasText: 'Internal' }).click();
  await rowsAre(900);
  await until('a match', async () => (await w.view.locator('.row.selected .cell').nth(6).textContent()) === 'close');
});

test('colours and rows that were told of before the page came that is without them are there', options, async () => {
  await w.palette('View: Close All Editors');
  await w.capture('rows-900-latepages.scap');
  await w.view.locator('.row[class*=tint-]').first().waitFor();
  await fill('evt.type=close');
  await w.view.locator('.filter-input').press('Enter');
  await soon(async () => assert.notEqual(await w.view.locator('.grid').getAttribute('aria-rowcount'), '851'));
  await rowsAre(121);
});
