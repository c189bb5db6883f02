// Colours of rows in a real VS Code: those of the rules, those for a while, the map beside the list, the editor of rules, in four themes.
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { after, afterEach, before, test } from 'node:test';
import { artifacts, launch, skip, soon, start, until, Workbench } from './lib.mjs';

const sample = process.env.SCAPLS_E2E_CAPTURE_SMALL;
const why = skip('SCAPLS_E2E_CAPTURE_SMALL', 'SCAPLS_BIN'), options = { timeout: 120_000, skip: why };
const themes = { dark: 'Dark Modern', light: 'Light Modern', 'high-contrast': 'Default High Contrast', 'high-contrast-light': 'Default High Contrast Light' };
const readable = 4.5, coloured = 340; // an event of the sample among many that rules colour
let server, browser, w;

before(async () => {
  if (why) return;
  server = await start({ files: { 'sample.scap': sample }, settings: { 'files.simpleDialog.enable': true } });
  browser = await launch();
  w = await Workbench.open(browser, server, { shots: path.join(artifacts, 'colours') });
  if (process.env.DEBUG_CONSOLE) w.page.on('console', m => console.log(m.type(), m.text()));
  await w.capture('sample.scap');
}, { timeout: 180_000 });

afterEach(async t => {
  if (t.passed === false && w) await w.shot(`failed ${t.name.replace(/\W+/g, ' ')}`);
});

after(async () => {
  await browser?.close();
  await server?.stop();
});

const scapls = (...args) => execFileSync(process.env.SCAPLS_BIN, args, { encoding: 'utf8', env: { ...process.env, TZ: 'UTC' } });
const count = filter => scapls('read', '-o', 'json', sample, filter).split('\n').filter(Boolean).length;
const rgb = text => text.match(/[\d.]+/g).map(Number);

/** contrast as WCAG counts it, by the browser's own numbers. */
function contrast(a, b) {
  const bright = c => rgb(c).slice(0, 3).map(v => (v / 255 <= 0.04045 ? v / 255 / 12.92 : ((v / 255 + 0.055) / 1.055) ** 2.4)).reduce((s, v, i) => s + v * [0.2126, 0.7152, 0.0722][i], 0);
  const [x, y] = [bright(a), bright(b)].sort((p, q) => q - p);
  return (x + 0.05) / (y + 0.05);
}

/** row goes to an event and returns its row. Where it is selected already, nothing would tell that going there is over. */
async function row(num) {
  const el = w.view.locator(`.row.selected:has(.cell:first-child:text-is("${num}"))`);
  if (await el.isVisible()) return el;
  await w.view.locator('input.goto').fill(String(num));
  await w.view.locator('input.goto').press('Enter');
  await el.waitFor();
  return el;
}

/** first is the number of the first event of a filter. */
const first = (filter) => Number(scapls('read', '-p', '%evt.num', sample, filter).split('\n')[0]);

/** colors is what a row is shown in, and by which rule. */
const colors = locator => locator.evaluate(el => ({ text: getComputedStyle(el).color, paper: getComputedStyle(el).backgroundColor, rule: el.getAttribute('aria-description') ?? '', tint: [...el.classList].find(c => c.startsWith('tint-')) ?? '' }));

/** other is a row that is not selected any more. */
async function other(num) {
  const at = Number(await (await row(num)).getAttribute('data-row'));
  await w.view.locator('.grid').press(at > 0 ? 'ArrowUp' : 'ArrowDown');
  const el = w.view.locator(`[data-row="${at}"]:not(.selected)`);
  await el.waitFor();
  return el;
}

const kinds = [
  ['Failed calls', 'evt.failed = true and not evt.res in (EAGAIN, EALREADY, EINPROGRESS)'],
  ['Commands executed', 'evt.type = execve and evt.dir = > '],
  ['File opens', 'evt.type = openat and evt.dir = < and evt.failed = false'],
  ['Closes', 'evt.type = close and evt.failed = false and not fd.type in (ipv4, ipv6)'],
];

test('rows have the colours of the rules that come with scapls, and say which', options, async () => {
  for (const [name, filter] of kinds) {
    const el = await other(first(filter));
    await soon(async () => {
      const c = await colors(el);
      assert.match(c.rule, new RegExp(name), filter);
      assert.notEqual(c.tint, '', filter);
    });
  }
  await w.shot('dark');
});

test('the map beside the list is coloured, and a click goes there', options, async () => {
  const map = w.view.locator('.color-map'), ruler = w.view.locator('.ruler');
  await w.page.waitForFunction(() => true);
  const painted = async () => map.evaluate(c => {
    const { data } = c.getContext('2d').getImageData(0, 0, c.width, c.height), seen = new Set();
    for (let i = 0; i < data.length; i += 4) if (data[i + 3] > 0) seen.add(`${data[i]} ${data[i + 1]} ${data[i + 2]}`);
    return seen.size;
  });
  await until('several rules in the map', async () => (await painted()) >= 5);
  const total = Number(await w.view.locator('.grid').getAttribute('aria-rowcount')) - 1, box = await ruler.boundingBox();
  for (const part of [0.75, 0.25]) {
    await ruler.click({ position: { x: box.width / 2, y: box.height * part } });
    const middle = async () => {
      const rows = await w.view.locator('.row').evaluateAll(els => els.map(e => Number(e.dataset.row)));
      return (Math.min(...rows) + Math.max(...rows)) / 2 / total;
    };
    await until(`rows at ${part} in the middle`, async () => Math.abs((await middle()) - part) <= 0.03);
  }
});

test('a digit colours a process for a while, the menu a descriptor; both go before the rules, and are taken back', options, async () => {
  const num = first('evt.type = openat and evt.dir = < and evt.failed = false'), el = await row(num);
  const pid = (await w.cells(Number(await el.getAttribute('data-row'))));
  await w.view.locator('.grid').press('2');
  await w.view.locator('.row.selected.tint-none-strongblue').waitFor();
  assert.ok(pid.length > 3);
  await w.view.locator('.grid').press('ArrowUp');
  await soon(async () => assert.equal((await colors(await other(num))).tint, 'tint-none-strongblue'));
  await w.menu((await row(num)).locator('.cell').nth(3), 'Colour', 'Colour This File or Connection…');
  await w.option('9 Red').click();
  await w.view.locator('.row.tint-none-strongred').first().waitFor();
  await w.shot('temporary');
  await w.palette('scapls: Clear Temporary Colours');
  await w.view.locator('.row.tint-none-strongblue').first().waitFor({ state: 'detached' });
  await soon(async () => assert.match((await colors(await other(num))).rule, /File opens/));
});

test('colours can be switched off and on', options, async () => {
  await w.view.locator('.row.tinted').first().waitFor();
  await w.view.locator('.toolbar button[aria-label="Colours"]').click();
  await w.view.locator('.menu [role=menuitemradio]', { hasText: 'Colour rows' }).click();
  await w.view.locator('.row.tinted').first().waitFor({ state: 'detached' });
  await soon(async () => assert.equal(await w.view.locator('.ruler.colored').count(), 0));
  await w.palette('scapls: Toggle Colours of Rows');
  await w.view.locator('.row.tinted').first().waitFor();
});

let editor;

/** list shows the list, whose page is made anew each time. */
async function list() {
  await w.page.locator('.tab', { hasText: 'sample.scap' }).click();
  w.view = await w.frame('.segments');
  await w.view.locator('.row:not(.loading)').first().waitFor();
}

const rule = name => editor.locator('.rule', { hasText: name }).first();

test('the editor of rules counts what falls to each, and shows rows in colours that are not kept yet', options, async () => {
  await w.palette('scapls: Edit Colour Rules');
  editor = await w.frame('.rules .rule');
  await rule('Commands executed').locator('.count', { hasText: 'matched' }).waitFor();
  const executed = count('evt.type in (execve, execveat)');
  await soon(async () => {
    const said = await rule('Commands executed').locator('.count').textContent();
    assert.equal(Number(said.match(/[\d,]+/)[0].replaceAll(',', '')), executed);
  });
  await editor.locator('.preview .row.tinted').first().waitFor();
  await w.shot('editor');

  await editor.locator('button', { hasText: 'Add' }).click();
  await editor.locator('#name').fill('Mine');
  await editor.locator('.form .filter-input').fill('evt.num < 80');
  await editor.locator('.swatch[title="strong pink"]').click();
  await editor.locator('.preview .row.tint-none-strongpink').first().waitFor();
  await rule('Mine').locator('.count', { hasText: `${count('evt.num < 80')} matched, ${count('evt.num < 80')} coloured` }).waitFor();
  await editor.locator('.said', { hasText: 'Not saved yet' }).waitFor();

  await editor.locator('.form .filter-input').fill('proc.nme = x');
  await rule('Mine').locator('.codicon-warning').waitFor();
  await editor.locator('.preview .row.tint-none-strongpink').first().waitFor({ state: 'detached' });
  await editor.locator('.form .filter-input').fill('evt.num < 80');
  await editor.locator('.preview .row.tint-none-strongpink').first().waitFor();
  await w.shot('editor changed');
});

test('rules are moved, switched off and deleted by keys', options, async () => {
  await rule('Mine').click();
  const names = async () => editor.locator('.rule .name').allTextContents();
  await editor.locator('.rules').press('Alt+ArrowDown');
  await soon(async () => assert.equal((await names())[1], 'Mine'));
  await editor.locator('.rules').press('Alt+ArrowUp');
  await soon(async () => assert.equal((await names())[0], 'Mine'));
  await editor.locator('.rules').press(' ');
  await editor.locator('.preview .row.tint-none-strongpink').first().waitFor({ state: 'detached' });
  await editor.locator('.rules').press(' ');
  await editor.locator('.preview .row.tint-none-strongpink').first().waitFor();
  await editor.locator('button', { hasText: 'Duplicate' }).click();
  await rule('Mine (copy)').waitFor();
  await editor.locator('.rules').focus();
  await editor.locator('.rules').press('Delete');
  await rule('Mine (copy)').waitFor({ state: 'detached' });
});

test('rules are exported, saved, imported, and shown by the list', options, async () => {
  const file = path.join(server.workspace, 'colours.json');
  await editor.locator('button', { hasText: 'Export' }).click();
  await w.saveAs(file);
  await editor.locator('.said', { hasText: '12 rules were written' }).waitFor();
  const doc = JSON.parse(readFileSync(file, 'utf8'));
  assert.equal(doc.colors.length, 12);
  assert.deepEqual([doc.colors[0].name, doc.colors[0].filter, doc.colors[0].background], ['Mine', 'evt.num < 80', 'strong-pink']);

  await editor.locator('button.primary', { hasText: 'Save' }).click();
  await editor.locator('.said', { hasText: 'Not saved yet' }).waitFor({ state: 'detached' });
  await editor.locator('button.primary:disabled', { hasText: 'Save' }).waitFor();

  writeFileSync(file, JSON.stringify({ ...doc, colors: doc.colors.slice(0, 2) }));
  await editor.locator('button', { hasText: 'Import' }).click();
  await w.saveAs(file);
  await rule('File opens').waitFor({ state: 'detached' });
  await soon(async () => assert.equal(await editor.locator('.rule').count(), 2));
  writeFileSync(file, '{"scapls":1,"colors":[{"name":"x","background":"no such colour"}]}');
  await editor.locator('button', { hasText: 'Import' }).click();
  await w.saveAs(file);
  await editor.locator('.said.bad', { hasText: 'no such colour' }).waitFor();
  await soon(async () => assert.equal(await editor.locator('.rule').count(), 2, 'a document that cannot be used changes nothing'));
  await editor.locator('button', { hasText: 'Discard changes' }).click();
  await w.page.locator('.monaco-dialog-box button', { hasText: 'Discard changes' }).or(w.page.locator('.monaco-dialog-box .monaco-button', { hasText: 'Discard changes' })).first().click();
  await rule('File opens').waitFor();

  await list();
  const el = await other(first('evt.num > 60'));
  await soon(async () => assert.equal((await colors(el)).tint, 'tint-none-strongpink'));
  await w.page.locator('.tab', { hasText: 'Colour Rules' }).click();
  await editor.locator('button', { hasText: 'Rules that come with scapls' }).click();
  await rule('Mine').waitFor({ state: 'detached' });
  await editor.locator('button.primary', { hasText: 'Save' }).click();
  await editor.locator('button.primary:disabled', { hasText: 'Save' }).waitFor();
});

test('every colour can be read in the themes of VS Code', { ...options, timeout: 400_000 }, async () => {
  const settings = path.join(server.dir, 'user/User/settings.json'), base = JSON.parse(readFileSync(settings, 'utf8'));
  for (const [name, theme] of Object.entries(themes)) {
    await w.page.context().close();
    writeFileSync(settings, JSON.stringify({ ...base, 'workbench.colorTheme': theme }));
    w = await Workbench.open(browser, server, { shots: path.join(artifacts, 'colours') });
    await w.capture('sample.scap');
    const paper = await w.view.locator('body').evaluate(b => getComputedStyle(b).backgroundColor);
    await row(coloured); // the place where it was left may have no colours
    await w.view.locator('.row.tinted').first().waitFor();
    for (const [kind, filter] of kinds) {
      const c = await colors(await other(first(filter)));
      const behind = /, 0\)$/.test(c.paper) || c.paper === 'transparent' ? paper : c.paper;
      assert.ok(contrast(c.text, behind) >= readable, `${theme}: ${kind}: ${c.text} on ${behind}`);
      assert.match(c.rule, new RegExp(kind));
    }
    await w.shot(`list ${name}`);
    await row(coloured);
    await w.palette('scapls: Edit Colour Rules');
    editor = await w.frame('.preview .row.tinted');
    const swatches = await editor.locator('.swatch').evaluateAll(els => els.map(e => ({ title: e.title, text: getComputedStyle(e).color, paper: getComputedStyle(e).backgroundColor })));
    assert.ok(swatches.length > 30);
    for (const s of swatches) assert.ok(contrast(s.text, s.paper) >= readable, `${theme}: ${s.title}: ${contrast(s.text, s.paper).toFixed(2)}`);
    await w.shot(`editor ${name}`);
  }
  await w.page.setViewportSize({ width: 760, height: 760 });
  await w.page.waitForTimeout(500);
  await w.shot('editor narrow');
});
