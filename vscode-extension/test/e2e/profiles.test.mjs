// Profiles and explanations in a real VS Code, on a real capture.
import assert from 'node:assert/strict';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { after, afterEach, before, test } from 'node:test';
import { artifacts, extension, launch, skip, soon, start, until, Workbench } from './lib.mjs';

const sample = process.env.SCAPLS_E2E_CAPTURE_SMALL, other = path.resolve(extension, '../testdata/captures/live_new-sysmix.scap');
const why = skip('SCAPLS_E2E_CAPTURE_SMALL'), options = { timeout: 120_000, skip: why };
let server, browser, w;

const team = {
  name: 'Team', description: 'What the team looks at', time: 'r', view: 'calls',
  columns: ['evt.num', { field: 'proc.name', title: 'Who', width: 20 }, { field: 'evt.arg.flags', title: 'Flags' }],
  colors: [{ name: 'opens', filter: 'evt.type = openat', background: '#123456' }],
  buttons: [{ name: 'Ours', buttons: [{ label: 'Opens', filter: 'evt.type = openat' }, { label: 'Closes', filter: 'evt.type = close' }] }],
};
const settings = () => path.join(server.workspace, '.vscode/settings.json');
const put = profiles => writeFileSync(settings(), JSON.stringify({ 'scapls.profiles': profiles }, undefined, 2));

before(async () => {
  if (why) return;
  server = await start({ files: { 'sample.scap': sample, 'other.scap': other } });
  mkdirSync(path.dirname(settings()));
  put([team]);
  browser = await launch();
  w = await Workbench.open(browser, server, { shots: path.join(artifacts, 'profiles'), width: 1500, height: 900 });
}, { timeout: 180_000 });

afterEach(async t => {
  if (t.passed === false && w) await w.shot(`failed ${t.name.replace(/\W+/g, ' ')}`);
});

after(async () => {
  await browser?.close();
  await server?.stop();
});

const status = () => w.page.locator('.statusbar-item[id$="scapls.profile"]');
const titles = () => w.view.locator('.head-cell .title').allTextContents();
const groups = () => w.view.locator('.filter-buttons button:not(.icon)').allTextContents();
const items = () => w.page.locator('.quick-input-list [role=option]');
const isProfile = name => until(`profile ${name}`, async () => (await status().textContent()).trim() === name);
const selectedNum = () => w.view.locator('.row.selected .cell').first().textContent();

/** profile chooses one in the status bar. */
async function profile(name) {
  await w.closed();
  await status().click();
  await w.option(name).click();
  await isProfile(name);
}

test('a profile is chosen in the status bar: columns, buttons, time and view change, the selection and the filter stay', options, async () => {
  await w.capture('sample.scap');
  await isProfile('Default');
  const usual = await titles(), bar = await groups();
  assert.ok(usual.includes('Arguments') && bar.includes('Commands'), `${usual} ${bar}`);
  const input = w.view.locator('.filter-input'), all = await w.view.locator('.count').textContent();
  await input.fill('proc.name = sysmix');
  await input.press('Escape'); // closes the suggestions, or empties the box
  if ((await input.inputValue()) === '') await input.fill('proc.name = sysmix');
  await input.press('Enter');
  await until('it is filtered', async () => (await w.view.locator('.count').textContent()) !== all);
  await w.select(w.view.locator('.row:has(.cell:text-is("<"))', { hasText: 'openat' }).first()); // a row of both views
  const num = await selectedNum();
  await w.shot('1-default');
  await status().click();
  await w.option('Security').waitFor();
  await soon(async () => assert.match(await w.option('Files').textContent(), /comes with scapls/));
  await soon(async () => assert.match(await w.option('Team').textContent(), /workspace settings/));
  await w.shot('2-picker');
  await w.page.keyboard.press('Escape');
  await profile('Files');
  await until('the columns of files', async () => (await titles()).includes('Path'));
  await soon(async () => assert.deepEqual(await groups(), ['Open', 'Data', 'Names', 'Where']));
  await w.view.locator('.segments button[aria-pressed="true"]', { hasText: 'Calls' }).waitFor();
  await until('the same event', async () => (await selectedNum()) === num);
  await soon(async () => assert.equal(await w.view.locator('.filter-input').inputValue(), 'proc.name = sysmix'));
  await until('the flags are there', async () => /O_/.test((await w.view.locator('.row.selected').textContent()) ?? ''));
  await w.shot('3-files');
  for (const name of ['Network', 'Processes', 'Containers', 'Security']) {
    await profile(name);
    const list = await w.frame('.filter-input'); // some open the analysis beside it
    await until(`the event is still selected with ${name}`, async () => (await list.locator('.row.selected .cell').first().textContent()) === num);
    await w.shot(`4-${name}`);
    await w.palette('View: Close Editors in Other Groups');
  }
  await profile('Default');
  await until('the usual columns', async () => JSON.stringify(await titles()) === JSON.stringify(usual));
  await soon(async () => assert.deepEqual(await groups(), bar));
  await w.view.locator('.segments button[aria-pressed="true"]', { hasText: 'Events' }).waitFor();
});

test('a profile of the workspace is used, changes with its text, and its faults are told', options, async () => {
  await profile('Team');
  await until('its columns', async () => JSON.stringify(await titles()) === JSON.stringify(['No.', 'Who', 'Flags']));
  await soon(async () => assert.deepEqual(await groups(), ['Ours']));
  const colours = () => w.view.locator('.row').evaluateAll(rows => [...new Set(rows.map(r => getComputedStyle(r).backgroundColor))]);
  await until('its colour', async () => (await colours()).includes('rgb(18, 52, 86)'));
  put([{ colour: 1, ...team, columns: ['evt.num', { field: 'proc.nme', title: 'Who' }, { field: 'proc.pid', title: 'Process number' }] }]);
  await until('the new columns', async () => JSON.stringify(await titles()) === JSON.stringify(['No.', 'Process number']));
  const told = w.page.locator('.notification-toast', { hasText: 'A profile has a fault' });
  await told.waitFor();
  await soon(async () => assert.match(await told.textContent(), /workspace settings, “Team”, scapls\.profiles\[0\]\.(colour|columns\[1\]\.field)/));
  await status().click();
  await w.option('proc.nme').waitFor();
  await soon(async () => assert.match(await w.option('Team').textContent(), /2 faults/));
  await w.shot('5-faults');
  await w.page.keyboard.press('Escape');
  await told.getByText('Edit', { exact: true }).click();
  await w.page.locator('.squiggly-warning').first().waitFor(); // the schema says so, too
  await w.shot('6-settings');
  put([team]);
  await until('the settings that lie over the editors are closed', async () => {
    await w.page.keyboard.press('Escape');
    return !(await w.page.locator('.monaco-modal-editor-block').isVisible());
  });
  await w.explorer();
});

test('a capture is shown with the first profile whose filter matches, and that can be undone', options, async () => {
  put([{ ...team, when: 'proc.name = no-such-process' }, { name: 'Mixed', base: 'Processes', when: 'proc.name = sysmix' }]);
  await w.capture('other.scap');
  const told = w.view.locator('.told', { hasText: 'Shown with the profile “Mixed”' });
  await told.waitFor();
  await isProfile('Mixed');
  await until('its columns', async () => (await titles()).includes('Command line'));
  await w.shot('7-taken');
  await told.locator('button', { hasText: 'Undo' }).click();
  await isProfile('Default');
  await until('the usual columns', async () => (await titles()).includes('Arguments'));
  await w.kept();
  await w.palette('View: Close Editor');
  await w.capture('other.scap');
  await isProfile('Default');
  await soon(async () => assert.equal(await told.isVisible(), false));
});

test('what is seen is saved as a profile, and deleted again', options, async () => {
  await w.view.locator('.head-cell[data-id="proc.name"]').focus();
  await w.page.keyboard.press('Shift+ArrowRight');
  await w.view.locator('.head-cell', { hasText: 'Delta' }).focus();
  await w.page.keyboard.press('Delete');
  await until('no deltas', async () => !(await titles()).includes('Delta'));
  await w.view.locator('select[aria-label="Time format"]').selectOption('r');
  const seen = await titles();
  await w.palette('scapls: Save the Present Look as a Profile');
  await w.page.locator('.quick-input-widget', { hasText: 'Save the Present Look as a Profile' }).waitFor();
  await w.page.locator('.quick-input-widget input[placeholder="A name"]').fill('Mine');
  await w.page.keyboard.press('Enter');
  await w.choose('User settings');
  await isProfile('Mine');
  await until('its columns', async () => (await titles()).join() === seen.join());
  const kept = JSON.parse(readFileSync(path.join(server.dir, 'user/User/settings.json'), 'utf8'))['scapls.profiles'];
  assert.equal(kept.length, 1);
  assert.deepEqual([kept[0].name, kept[0].time, kept[0].view, kept[0].columns.length], ['Mine', 'r', 'events', seen.length]);
  assert.ok(kept[0].columns.find(c => c.field === 'proc.name').width > 0);
  await w.pick('scapls: Delete Profile', () => w.answer('Mine', 8000), () => w.choose('Mine', 8000));
  await w.page.locator('.monaco-dialog-box').getByRole('button', { name: 'Delete' }).click();
  await isProfile('Default');
});

test('an event is explained where the mouse rests, and the card can be pointed at and goes with Escape', options, async () => {
  await w.capture('sample.scap');
  await profile('Default');
  const card = w.view.locator('.explain.card'), row = w.view.locator('.row:has(.cell:text-is("<"))', { hasText: 'openat' }).first();
  await row.scrollIntoViewIfNeeded();
  await row.click();
  const cell = row.locator('.cell').nth(3), open = async () => {
    await w.page.mouse.move(5, 300);
    await cell.hover();
    await card.waitFor();
  };
  await open();
  await soon(async () => assert.match(await card.locator('.sentence').textContent(), /opened|tried to open/));
  await card.locator('.markdown', { hasText: 'Manual page of openat' }).waitFor();
  await soon(async () => assert.ok(await card.locator('li', { hasText: 'O_' }).count() > 0));
  await w.shot('8-card');
  const r = await row.boundingBox(), c = await card.boundingBox();
  assert.ok(c.y >= r.y + r.height || c.y + c.height <= r.y, 'the card does not cover its row');
  await card.locator('.sentence').hover();
  await w.page.waitForTimeout(700);
  assert.equal(await card.isVisible(), true, 'it stays while the mouse is on it');
  await cell.hover();
  await w.page.waitForTimeout(100);
  await w.page.keyboard.press('Escape');
  await card.waitFor({ state: 'hidden' });
  await w.page.waitForTimeout(900);
  assert.equal(await card.isVisible(), false, 'it does not come back by itself');
  await open();
  await w.page.mouse.move(5, 300);
  await card.waitFor({ state: 'hidden' });
});

test('the selected event is explained by a key, and the card goes with the selection', options, async () => {
  const card = w.view.locator('.explain.card'), grid = w.view.locator('.grid');
  await w.page.mouse.move(5, 300);
  await w.press('Space', () => card.isVisible());
  const first = await card.getAttribute('data-num');
  await soon(async () => assert.equal(await w.view.locator('.sr-only[role=status]').textContent(), await card.locator('.sentence').textContent()));
  await w.page.keyboard.press('ArrowDown');
  await until('the next event', async () => (await card.getAttribute('data-num')) !== first);
  await w.page.keyboard.press('Space');
  await soon(async () => assert.equal(await card.evaluate(e => e === document.activeElement), true, 'the key again goes into the card'));
  await w.page.keyboard.press('Escape');
  await soon(async () => assert.equal(await card.isVisible(), false));
  await soon(async () => assert.equal(await grid.evaluate(e => e === document.activeElement), true));
  await w.page.keyboard.press('Control+k');
  await w.page.keyboard.press('Control+i');
  await card.waitFor();
  await w.page.keyboard.press('Escape');
  await card.waitFor({ state: 'hidden' });
});

test('the view in the side bar explains the selected event', options, async () => {
  await w.palette('scapls: Focus on Explain View');
  const side = await w.frame('.explain.side .sentence'), list = await w.frame('.grid');
  const before = await side.locator('h2').textContent();
  await list.locator('.grid').focus();
  await w.page.keyboard.press('ArrowDown');
  await until('the next event', async () => (await side.locator('h2').textContent()) !== before);
  const num = Number(await list.locator('.row.selected .cell').first().textContent());
  await soon(async () => assert.equal(await side.locator('h2').textContent(), `Event ${num.toLocaleString('en')}`));
  await w.shot('9-side');
  await w.palette('scapls: Explain Event');
  await w.frame('.analysis .sentence');
  await w.shot('10-analysis');
});

test('in a light theme', { ...options, timeout: 180_000 }, async () => {
  const light = await start({ files: { 'sample.scap': sample }, settings: { 'workbench.colorTheme': 'Light Modern' } });
  try {
    const dark = w;
    w = await Workbench.open(browser, light, { shots: dark.shots, width: 1100, height: 800 });
    await w.capture('sample.scap');
    await profile('Files');
    await until('the columns of files', async () => (await titles()).includes('Path'));
    await w.select(w.view.locator('.row:not(.loading)', { hasText: 'openat' }).first());
    await w.press('Space', () => w.view.locator('.explain.card').isVisible());
    await w.shot('11-light');
    w = dark;
  } finally {
    await light.stop();
  }
});
