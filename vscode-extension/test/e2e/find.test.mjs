// Finding and going from event to event in a real VS Code, on real captures.
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { after, afterEach, before, test } from 'node:test';
import { artifacts, extension, launch, skip, soon, start, until, Workbench } from './lib.mjs';

const sample = process.env.SCAPLS_E2E_CAPTURE_SMALL;
const shared = process.env.SCAPLS_SHARED ?? path.resolve(extension, '../../shared');
const tutorial = path.join(shared, 'captures/xxradar_docker-curl-https.scap');
const why = skip('SCAPLS_E2E_CAPTURE_SMALL', 'SCAPLS_BIN'), options = { timeout: 150_000, skip: why };
const withTutorial = { ...options, skip: why ?? (existsSync(tutorial) ? undefined : 'the tutorial\'s capture is not there (SCAPLS_SHARED)') };
let server, browser, w;

before(async () => {
  if (why) return;
  server = await start({ files: { 'sample.scap': sample, ...(existsSync(tutorial) ? { 'tutorial.scap': tutorial } : {}) }, settings: { 'files.simpleDialog.enable': true } });
  browser = await launch();
  w = await Workbench.open(browser, server, { shots: path.join(artifacts, 'find'), width: 1500, height: 950 });
  await w.capture('sample.scap');
}, { timeout: 180_000 });

afterEach(async t => {
  if (t.passed === false && w) await w.shot(`failed ${t.name.replace(/\W+/g, ' ')}`);
});

after(async () => {
  await browser?.close();
  await server?.stop();
});

const scapls = (...args) => execFileSync(process.env.SCAPLS_BIN, args, { encoding: 'utf8', maxBuffer: 1 << 28, env: { ...process.env, TZ: 'UTC' } });
const bar = () => w.view.locator('.top > .find-bar'), input = () => bar().locator('.find-input'), said = () => bar().locator('.find-said');
const saidIs = text => until(`"${text}" is said`, async () => (typeof text === 'string' ? (await said().textContent()) === text : text.test(await said().textContent())));
const row = () => w.view.locator('.row.selected');
/** the number of the selected event, as it stands in the first column */
const num = async () => Number((await row().locator('.cell').first().textContent()).replaceAll(',', ''));
const numIs = n => until(`event ${n} is selected`, async () => (await row().count()) === 1 && (await num()) === n);
const list = () => w.view.locator('.grid');
/** jump presses a key of the workbench that leads to an event. */
const jump = (key, to) => w.press(key, async () => (await num()) === to);
const mode = (m, of = bar()) => of.locator('select').first().selectOption(m);
const place = p => bar().locator('select').nth(1).selectOption(p);

/** events that a condition selects, another way than the extension's: the text of every row as the command line prints it */
const all = () => scapls('read', '-o', 'json', '-p', '*%evt.num %evt.args %evt.type %thread.tid %fd.num %evt.dir %proc.name', sample).trim().split('\n').map(l => JSON.parse(l));
const numbers = (events, is) => events.filter(is).map(e => Number(e['evt.num']));

test('a text is found in the columns, from match to match and around, and matches are counted and marked', options, async () => {
  const want = numbers(all(), e => /pipe/i.test(`${e['evt.args']} ${e['evt.type']}`));
  assert.ok(want.length > 2, 'the sample holds some');
  await w.view.locator('.row').first().click();
  await w.page.keyboard.press('Control+f');
  await input().waitFor();
  await w.page.keyboard.type('PIPE');
  await saidIs(/^[0-9,]+ matches$/);
  const count = Number((await said().textContent()).replace(/\D/g, ''));
  assert.ok(count >= want.length, `${count} of at least ${want.length}: other columns count too`);
  await w.page.keyboard.press('Enter');
  await saidIs(`1 of ${count.toLocaleString('en')}`);
  await soon(async () => assert.equal(await w.view.locator('.grid').evaluate(() => CSS.highlights.get('find-here')?.size > 0), true, 'the match is marked in its row'));
  const first = await num();
  await w.shot('1-text');
  await w.page.keyboard.press('F3');
  await saidIs(`2 of ${count.toLocaleString('en')}`);
  const second = await until('the second', async () => (await num()) > first && num());
  await w.page.keyboard.press('Shift+F3');
  await numIs(first);
  await w.page.keyboard.press('Shift+Enter');
  await saidIs(`${count.toLocaleString('en')} of ${count.toLocaleString('en')} · The search went on from the end.`);
  await until('the last match', async () => (await num()) >= second);
  await w.page.keyboard.press('Enter');
  await saidIs(`1 of ${count.toLocaleString('en')} · The search went on from the top.`);
  await numIs(first);
  await input().fill('PiPe');
  await bar().locator('button[aria-label="Match case"]').click();
  await input().press('Enter');
  await saidIs('No match');
  await bar().locator('button[aria-label="Match case"]').click();
});

test('an expression, and what is wrong with one is said', options, async () => {
  await mode('regex');
  await input().fill('pipe(2)?$');
  await input().press('Enter');
  await saidIs(/^1 of|^[0-9]+ of/);
  await soon(async () => assert.ok((await row().locator('.cell').allTextContents()).some(c => /pipe(2)?$/i.test(c))));
  await input().fill('pipe(');
  await saidIs(/^The regular expression has an error: missing closing \): pipe\( \(position 1\)\.$/);
  await soon(async () => assert.equal(await input().getAttribute('aria-invalid'), 'true'));
  await w.shot('2-error');
});

test('bytes are found in hexadecimal, and marked in the bytes of the event', options, async () => {
  await mode('hex');
  await input().fill('de ax');
  await saidIs(/“x” is no hexadecimal digit.*\(position 5\)\.$/);
  await input().fill('2f 65 ?? 63'); // /e?c
  await input().press('Enter');
  await saidIs(/^[0-9,]+ of [0-9,]+/);
  const marked = () => w.view.locator('.hex-bytes .b.on').allTextContents();
  await until('the bytes are marked', async () => (await marked()).join(' ') === '2f 65 74 63');
  await w.shot('3-hex');
  await mode('text');
  await place('bytes');
  await input().fill('ETC/');
  await input().press('Enter');
  await until('the text is marked in the bytes', async () => (await marked()).join(' ') === '65 74 63 2f');
});

test('the details of all events are searched, and the line is shown', options, async () => {
  await place('details');
  await input().fill('O_RDONLY');
  await input().press('Enter');
  await saidIs(/^[0-9,]+ of [0-9,]+/);
  await until('the line is selected', async () => /O_RDONLY/.test(await w.view.locator('.node.selected').textContent()));
  await place('columns');
});

test('a filter is searched for, with completions', options, async () => {
  const want = numbers(all(), e => e['evt.type'] === 'execve');
  await mode('filter');
  await input().fill('');
  await input().pressSequentially('evt.ty');
  await w.view.locator('.find-box .suggestion .label', { hasText: 'evt.type' }).first().waitFor();
  await input().press('Tab');
  await until('the completion is taken', async () => (await input().inputValue()).trim() === 'evt.type');
  await input().fill('evt.type = execve');
  await input().press('Escape');
  if (await bar().isHidden()) await w.page.keyboard.press('Control+f'); // there was no list of completions left
  await w.page.keyboard.press('Control+f');
  await input().press('Enter');
  await until('an execve is selected', async () => (await row().locator('.cell').allTextContents()).includes('execve'));
  await soon(async () => assert.ok(want.includes(await num())));
  await input().fill('proc.nme = x');
  await saidIs(/proc\.nme/);
});

test('Escape closes the bar and goes back to the list', options, async () => {
  await mode('text');
  await input().press('Escape');
  await bar().waitFor({ state: 'hidden' });
  await soon(async () => assert.equal(await list().evaluate(e => e === document.activeElement), true));
});

test('the details pane is searched, also where it is closed', options, async () => {
  const pane = w.view.locator('.pane.detail'), find = pane.locator('.find-bar');
  await pane.locator('button[aria-label="Collapse all"]').click();
  await pane.locator('.tree').focus();
  await w.page.keyboard.press('Control+f');
  await find.locator('.find-input').fill('since the epoch');
  await find.locator('.find-input').press('Enter');
  await until('the line is opened and selected', async () => /Since the epoch/.test(await pane.locator('.node.selected').textContent()));
  await until('it is counted', async () => /^1 of 1/.test(await find.locator('.find-said').textContent()));
  await w.shot('4-details');
  await find.locator('.find-input').press('Escape');
  await soon(async () => assert.equal(await pane.locator('.tree').evaluate(e => e === document.activeElement), true));
});

test('the bytes pane is searched by digits and by text', options, async () => {
  const pane = w.view.locator('.pane.bytes'), find = pane.locator('.find-bar'), text = find.locator('.find-input');
  await pane.locator('.hex').focus();
  await w.page.keyboard.press('Control+f');
  await text.fill('00 00');
  await until('they are counted', async () => /^[0-9,]+ matches$/.test(await find.locator('.find-said').textContent()));
  await text.press('Enter');
  await text.press('Enter');
  await until('the second one is marked', async () => /^2 of /.test(await find.locator('.find-said').textContent()));
  await soon(async () => assert.deepEqual(await pane.locator('.hex-bytes .b.on').allTextContents(), ['00', '00']));
  await soon(async () => assert.ok(await pane.locator('.hex-bytes .b.found').count() > 2));
  await w.shot('5-bytes');
  await text.fill('0');
  await until('half a byte is refused', async () => /second one is missing/.test(await find.locator('.find-said').textContent()));
  await text.press('Escape');
});

test('back and forward go through the events that were jumped to', options, async () => {
  const go = async to => {
    await w.view.locator('input.goto').fill(to);
    await w.view.locator('input.goto').press('Enter');
  };
  await go('100');
  await numIs(100);
  await go('2000');
  await numIs(2000);
  await list().focus();
  await w.page.keyboard.press('ArrowDown');
  await numIs(2001);
  await go('50%');
  let middle = 0;
  await until('another event', async () => (middle = await num()) > 0 && middle !== 2001);
  await jump('Alt+ArrowLeft', 2001);
  await jump('Alt+ArrowLeft', 100);
  await jump('Alt+ArrowRight', 2001);
  await w.view.locator('.go-forward').click();
  await numIs(middle);
  await soon(async () => assert.equal(await w.view.locator('.go-forward').getAttribute('aria-disabled'), 'true'));
  await w.view.locator('.go-back').click();
  await numIs(2001);
  await go('25:00:00');
  await until('it is said what is wrong', async () => /is no time: hour out of range/.test(await w.view.locator('.toolbar .note').textContent()));
  await go('99%%');
  await until('it is said what is wrong', async () => /is no part of the list/.test(await w.view.locator('.toolbar .note').textContent()));
});

test('keys lead to the next event of the thread, the process, the descriptor, and to the other half', options, async () => {
  const events = all(), exit = events.find((e, i) => i > 500 && e['evt.type'] === 'read' && e['evt.dir'] === '<' && Number.isInteger(e['fd.num']) && events.slice(i + 1, i + 400).some(o => o['thread.tid'] === e['thread.tid']));
  await w.view.locator('input.goto').fill(String(exit['evt.num']));
  await w.view.locator('input.goto').press('Enter');
  await numIs(exit['evt.num']);
  const of = tid => numbers(events, e => e['thread.tid'] === tid), mine = of(exit['thread.tid']), at = mine.indexOf(exit['evt.num']);
  const top = await list().evaluate(g => g.scrollTop);
  await jump('Alt+ArrowDown', mine[at + 1]);
  await w.page.waitForTimeout(600);
  assert.equal(await list().evaluate(g => g.scrollTop), top, 'the browser does not scroll by that key as well');
  await jump('Alt+ArrowUp', exit['evt.num']);
  const enter = mine.slice(0, at).findLast(n => events.find(e => e['evt.num'] === n)['evt.dir'] === '>');
  await jump('Alt+Enter', enter);
  await jump('Alt+Enter', exit['evt.num']);
  await w.page.keyboard.press('Shift+Alt+ArrowUp');
  await until('another event of the descriptor', async () => (await num()) < exit['evt.num']);
  const before = events.find(e => e['evt.num'] === 0) ?? events.find(e => Number(e['evt.num']) === Number(exit['evt.num']));
  assert.equal(before['fd.num'], exit['fd.num']);
  await w.menu(row(), 'Go', 'Next Event of the Process');
  await until('another event', async () => (await row().count()) === 1);
});

test('rows of statistics are gone into, down to the events and back', options, async () => {
  await w.palette('scapls: Statistics');
  const panel = await w.frame('.analysis [data-tab="stats"][aria-selected="true"]');
  await panel.locator('table.stats tbody tr').first().waitFor();
  const title = () => panel.locator('.tool-row select').first().evaluate(e => e.selectedOptions[0].textContent);
  const into = async (row, next) => {
    await panel.locator('table.stats tbody tr', { hasText: row }).first().locator('td button.textual').first().click();
    await until(next, async () => (await title()) === next);
    await panel.locator('table.stats tbody tr').first().waitFor();
  };
  await panel.locator('.tool-row select').first().selectOption('containers');
  await until('Containers', async () => (await title()) === 'Containers');
  await into('host', 'Processes');
  await into('sysmix', 'Threads');
  await into('sysmix', 'Descriptors');
  await soon(async () => assert.match(await panel.locator('.trail').innerText(), /Containers: host[\s\S]*Processes: sysmix \(\d+\)[\s\S]*Threads: sysmix \(\d+\)[\s\S]*Descriptors/));
  await w.shot('6-drill');
  const cells = await panel.locator('table.stats tbody tr').first().locator('td').allTextContents();
  const events = await panel.locator('table.stats thead th').allTextContents().then(t => Number(cells[t.findIndex(x => x.startsWith('Events'))].replaceAll(',', '')));
  await panel.locator('.trail button', { hasText: 'Processes: sysmix' }).click();
  await until('Processes', async () => (await title()) === 'Processes');
  await soon(async () => assert.equal(await panel.locator('.trail button').count(), 1));
  await panel.locator('table.stats tbody tr').first().focus();
  await w.page.keyboard.press('ArrowRight');
  await until('Threads', async () => (await title()) === 'Threads');
  await w.page.keyboard.press('ArrowLeft');
  await until('Processes', async () => (await title()) === 'Processes');
  await into('sysmix', 'Threads');
  await into('sysmix', 'Descriptors');
  const view = await w.frame('.filter-input');
  await view.locator('.segments button', { hasText: 'Calls' }).click();
  await panel.locator('table.stats tbody tr').first().hover();
  await panel.locator('table.stats tbody tr').first().locator('.buttons button').first().click();
  await until('the events of the descriptor are listed', async () => new RegExp(`^${events.toLocaleString('en')} of`).test(await view.locator('.count').textContent()));
  await soon(async () => assert.match(await view.locator('.filter-input').inputValue(), /container\.id=host.*proc\.pid=.*thread\.tid=.*fd\.stream=/));
  await view.locator('.filter-input').fill('');
  await view.locator('.filter-input').press('Enter');
});

test('a table is saved as JSON with all its rows', options, async () => {
  const panel = await w.frame('.analysis [data-tab="stats"][aria-selected="true"]');
  await panel.locator('.trail button').first().click();
  await until('no row is gone into', async () => !(await panel.locator('.trail').isVisible()));
  await panel.locator('.tool-row select').first().selectOption('calls');
  await panel.locator('table.stats tbody tr', { hasText: 'openat' }).first().waitFor();
  await panel.locator('select.save').selectOption('json');
  await w.page.locator('.quick-input-widget input[type=text]').first().waitFor();
  await w.page.keyboard.press('Enter');
  const file = path.join(server.workspace, 'sample-calls.json');
  await until('the file is there', async () => existsSync(file));
  await w.closed(); // else the next palette is closed with the dialog
  const rows = readFileSync(file, 'utf8').trim().split('\n').map(l => JSON.parse(l));
  assert.deepEqual(rows.map(r => [r.call, r.calls]), scapls('stats', '-o', 'json', 'calls', sample).trim().split('\n').map(l => JSON.parse(l)).map(r => [r.call, r.calls]));
});

test('the stream is searched by text and by bytes, around its end', withTutorial, async () => {
  await w.palette('View: Close All Editors');
  await w.capture('tutorial.scap');
  await w.view.locator('.row').first().click();
  await w.page.keyboard.press('Control+f');
  await mode('text');
  await place('bytes');
  await input().fill('GET / HTTP');
  await input().press('Enter');
  await until('the request is found', async () => (await w.view.locator('.hex-bytes .b.on').count()) === 10);
  await w.palette('scapls: Follow Stream');
  const panel = await w.frame('.analysis [data-tab="stream"][aria-selected="true"]');
  await panel.locator('.chunk pre').first().waitFor();
  await panel.locator('.chunk pre').first().focus();
  await w.page.keyboard.press('Control+f');
  const find = panel.locator('.stream .find-bar'), text = find.locator('.find-input'), says = () => find.locator('.find-said').textContent();
  await text.fill('host:');
  await until('it is counted', async () => /matches$/.test(await says()));
  await text.press('Enter');
  await until('the first is gone to', async () => /^1 of /.test(await says()));
  const here = () => panel.evaluate(() => [...(CSS.highlights.get('find-stream-here') ?? [])].map(r => r.toString()));
  await soon(async () => assert.deepEqual(await here(), ['Host:']));
  await w.shot('7-stream');
  await text.press('Shift+Enter');
  await until('around', async () => /went on from the end/.test(await says()));
  await find.locator('select').first().selectOption('hex');
  await text.fill('0d 0a 0d 0a');
  await text.press('Enter');
  await until('bytes', async () => /^1 of |^[0-9]+ of /.test(await says()));
  await panel.locator('.tool-row select').nth(1).selectOption('hex');
  await until('they are marked in the dump', async () => (await here()).join('') === '0d 0a 0d 0a....' || (await here()).join('').replace(/\s/g, '').startsWith('0d0a'));
  await w.shot('8-stream-hex');
});

test('find bars are usable by keyboard and say what they are, in light and in high contrast', options, async () => {
  await w.palette('View: Close All Editors');
  await w.capture('sample.scap');
  await w.view.locator('.row').first().click();
  await w.page.keyboard.press('Control+f');
  await mode('text');
  await place('columns');
  await input().fill('read');
  await input().press('Enter');
  await saidIs(/^[0-9,]+ of/);
  const unnamed = await bar().locator('button, select, input').evaluateAll(els => els.filter(e => !(e.textContent.trim() || e.getAttribute('aria-label') || e.title)).map(e => e.outerHTML));
  assert.deepEqual(unnamed, []);
  await w.shot('9-dark');
  const settings = path.join(server.dir, 'user/User/settings.json'), base = JSON.parse(readFileSync(settings, 'utf8'));
  for (const [name, theme, width] of [['light', 'Light Modern', 1400], ['high-contrast', 'Default High Contrast', 1400], ['narrow', 'Dark Modern', 760]]) {
    writeFileSync(settings, JSON.stringify({ ...base, 'workbench.colorTheme': theme }));
    const other = await Workbench.open(browser, server, { shots: path.join(artifacts, 'find'), width, height: 800 });
    await other.capture('sample.scap');
    await other.view.locator('.row').first().click();
    await other.page.keyboard.press('Control+f');
    const field = other.view.locator('.top > .find-bar .find-input');
    await field.fill('read');
    await field.press('Enter');
    await other.view.locator('.find-said', { hasText: / of / }).waitFor();
    await other.shot(`9-${name}`);
    await other.page.context().close();
  }
  writeFileSync(settings, JSON.stringify(base));
});
