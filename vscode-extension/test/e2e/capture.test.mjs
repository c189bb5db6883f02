// The whole product in a real VS Code: explorer, list, details, bytes, views, on real captures with the real server.
//
//   SCAPLS_E2E_CAPTURE_SMALL  a capture that holds both halves of calls, and internal events before the first listed one
//   SCAPLS_E2E_CAPTURE_BIG    a capture of a million events
//   SCAPLS_BIN                the program whose output the list must equal
import assert from 'node:assert/strict';
import { execFileSync, spawnSync } from 'node:child_process';
import { appendFileSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { after, before, test } from 'node:test';
import { artifacts, launch, skip, soon, start, until, Workbench } from './lib.mjs';

const small = process.env.SCAPLS_E2E_CAPTURE_SMALL, big = process.env.SCAPLS_E2E_CAPTURE_BIG, bin = process.env.SCAPLS_BIN;
const why = skip('SCAPLS_E2E_CAPTURE_SMALL', 'SCAPLS_E2E_CAPTURE_BIG', 'SCAPLS_BIN'), options = { timeout: 180_000, skip: why };
let server, browser, w;

before(async () => {
  if (why) return;
  server = await start({ files: { 'small.scap': small, 'big.scap': big } });
  const bytes = readFileSync(small);
  writeFileSync(file('cut.scap'), bytes.subarray(0, bytes.length - 1001));
  writeFileSync(file('packets.scap'), Buffer.concat([bytes, packets(3)]));
  writeFileSync(file('live.scap'), bytes.subarray(0, blockBefore(bytes, 150_000)));
  browser = await launch();
  w = await Workbench.open(browser, server, { shots: path.join(artifacts, 'capture') });
}, { timeout: 180_000 });

after(async () => {
  await browser?.close();
  await server?.stop();
});

const file = name => path.join(server.workspace, name);

/** blockBefore is the end of the last whole block before an offset. */
function blockBefore(bytes, limit) {
  let at = 0;
  while (at + bytes.readUInt32LE(at + 4) <= limit) at += bytes.readUInt32LE(at + 4);
  return at;
}

/** packets is the pcapng blocks of an interface and n packets on it, as tools put them into one file with events. */
function packets(n) {
  const block = (type, body) => {
    const out = Buffer.alloc(12 + body.length);
    out.writeUInt32LE(type, 0);
    out.writeUInt32LE(out.length, 4);
    body.copy(out, 8);
    out.writeUInt32LE(out.length, out.length - 4);
    return out;
  };
  const at = 1_795_302_680_000_000n; // µs
  return Buffer.concat([
    block(1, Buffer.from([1, 0, 0, 0, 0, 0, 4, 0])), // Ethernet
    ...Array.from({ length: n }, (_, i) => {
      const body = Buffer.alloc(20 + 60, 0x11 * (i + 1));
      [0, Number((at + BigInt(i)) >> 32n), Number((at + BigInt(i)) & 0xffffffffn), 60, 60].forEach((v, k) => body.writeUInt32LE(v, 4 * k));
      return block(6, body);
    }),
  ]);
}

/** printed is what the program prints for the columns of the list: an object for each row, without the fields that an event lacks. */
function printed(file, ids, ...flags) {
  const out = execFileSync(bin, ['read', '-o', 'json', '-p', `*${ids.map(id => `%${id}`).join(' ')}`, ...flags, file], { encoding: 'utf8', maxBuffer: 1 << 30 });
  return out.split('\n').slice(0, -1).map(line => JSON.parse(line));
}

/** check compares the cells of a row with what was printed. Durations are numbers there and decimal fractions or have a unit here (or are empty
 * where there is nothing before): those are left out. */
function check(row, ids, cells, expected) {
  assert.ok(expected, `row ${row} is printed`);
  const fraction = (id, i) => typeof expected[id] === 'number' && (/[. ]/.test(cells[i]) || (cells[i] === '' && expected[id] === 0));
  const kept = ids.map((id, i) => [id, i]).filter(([id, i]) => !fraction(id, i));
  assert.ok(kept.length > ids.length / 2);
  assert.deepEqual(kept.map(([id, i]) => `${id}=${cells[i]}`), kept.map(([id]) => `${id}=${expected[id] ?? ''}`), `row ${row}`);
}

const columns = () => w.view.locator('.head-cell').evaluateAll(c => c.map(x => x.dataset.id));
const selected = async () => Number(await w.view.locator('.row.selected').getAttribute('data-row'));
const number = text => Number(text.replace(/\D/g, ''));
/** cell is the text of the selected row in a column. */
const cell = async id => w.view.locator('.row.selected').evaluate((row, n) => row.children[n]?.textContent ?? '', (await columns()).indexOf(id));

/** same compares the rows in view with what the program printed. */
async function same(expected) {
  await until('rows loaded', async () => (await w.view.locator('.row.loading').count()) === 0);
  await soon(async () => {
    const rows = await w.view.locator('.row').evaluateAll(list => list.map(r => [Number(r.dataset.row), [...r.querySelectorAll('.cell')].map(c => c.textContent)]));
    assert.ok(rows.length > 5, 'rows in view');
    const ids = await columns();
    for (const [row, cells] of rows) check(row, ids, cells, expected[row]);
  });
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
  await w.view.locator('.grid').focus();
  await w.page.keyboard.press('End');
  await until('the last call', async () => (await selected()) === expected.length - 1);
  await same(expected);
  await w.view.locator('.segments button', { hasText: 'Events' }).click();
  await until('events', async () => number(await w.view.locator('.grid').getAttribute('aria-rowcount')) > expected.length + 1);
});

test('details and bytes of an event are linked', options, async () => {
  await w.view.locator('.row:not(.loading)').nth(4).click();
  await w.view.locator('.node.top').first().waitFor();
  await w.view.locator('button[aria-label="Expand all"]').click();
  await w.view.locator('.hex .b[data-i="0"]').click();
  await until('a byte selects its node', async () => (await w.view.locator('.node.selected .label').textContent()).length > 0 && (await w.view.locator('.b.on').count()) > 0);
  await w.view.locator('.tree').focus();
  await w.page.keyboard.press('Home');
  await w.page.keyboard.press('ArrowDown');
  await soon(async () => assert.equal(await w.view.locator('.node.selected').getAttribute('id'), 'node-1'));
  await w.shot('4-details');
  await w.view.locator('button[aria-label="Collapse all"]').click();
  await soon(async () => assert.equal(await w.view.locator('.node').count(), await w.view.locator('.node.top').count()));
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

test('the columns of a narrow editor begin with all that matters', options, async () => {
  await soon(async () => assert.deepEqual(await columns(), ['evt.num', 'evt.time', 'evt.deltatime', 'evt.type', 'evt.dir', 'proc.name', 'proc.pid', 'thread.tid', 'fd.num', 'fd.name', 'container.name', 'evt.args', 'evt.latency']));
  await w.page.keyboard.press('Control+Shift+E');
  const list = await w.view.locator('.grid').boundingBox();
  assert.ok(list.width < 1060, `the editor is ${list.width} wide`);
  const right = async id => { const b = await w.view.locator(`.head-cell[data-id="${id}"]`).boundingBox(); return b.x + b.width - list.x; };
  await soon(async () => assert.ok((await right('evt.args')) <= list.width, 'the arguments are in view'));
  await w.view.locator('.list.more-right').waitFor();
  await w.view.locator('.grid').focus();
  for (let i = 0; i < 10; i++) await w.page.keyboard.press('ArrowRight');
  await w.view.locator('.list.more-left:not(.more-right)').waitFor();
  await soon(async () => assert.ok((await right('evt.latency')) <= list.width, 'the latency is a few keys away'));
  await w.view.locator('.grid').evaluate(g => { g.scrollLeft = 0; });
});

test('a capture that is cut off says where, and shows what is before', options, async () => {
  await w.capture('cut.scap');
  await w.view.locator('.notice', { hasText: /at offset \d+/ }).waitFor();
  const out = spawnSync(bin, ['read', '-o', 'json', '-p', '*%evt.num', file('cut.scap')], { encoding: 'utf8', maxBuffer: 1 << 30 });
  assert.equal(out.status, 3);
  const rows = out.stdout.split('\n').length - 1;
  await until('all rows before', async () => number(await w.view.locator('.grid').getAttribute('aria-rowcount')) === rows + 1);
  await w.shot('6-cut');
});

test('packets are listed among the events', options, async () => {
  await w.capture('packets.scap');
  const expected = printed(file('packets.scap'), await columns());
  await until('all rows', async () => number(await w.view.locator('.grid').getAttribute('aria-rowcount')) === expected.length + 1);
  await w.view.locator('.grid').focus();
  await w.page.keyboard.press('End');
  await until('the last row', async () => (await selected()) === expected.length - 1);
  await until('three packets', async () => (await w.view.locator('.row.kind-packet').count()) === 3);
  await same(expected);
  await w.view.locator('.node.top').first().waitFor();
  await w.shot('7-packets');
});

test('a file that is still written to grows', options, async () => {
  await w.capture('live.scap');
  const bytes = readFileSync(small), middle = blockBefore(bytes, 180_000), count = w.view.locator('.count');
  await w.view.locator('.track').waitFor({ state: 'hidden' });
  await w.view.locator('.grid').focus();
  await w.page.keyboard.press('End');
  for (const [from, to] of [[blockBefore(bytes, 150_000), middle], [middle, bytes.length]]) {
    const before = await count.innerText();
    appendFileSync(file('live.scap'), bytes.subarray(from, to));
    await until('more events', async () => (await count.innerText()) !== before);
  }
  const expected = printed(small, await columns());
  await until('all rows', async () => number(await w.view.locator('.grid').getAttribute('aria-rowcount')) === expected.length + 1);
  await soon(async () => assert.equal(await w.view.locator('.track').isVisible(), false));
  await w.view.locator(`[data-row="${expected.length - 1}"]:not(.loading)`).waitFor();
  await same(expected);
  await soon(async () => assert.equal(await w.view.locator('.notice').filter({ visible: true }).count(), 0));
  await w.page.locator('.statusbar-item', { hasText: '3,103 events' }).waitFor();
  await w.shot('8-live');
});

test('a million events: to the end, to a number, to a time', options, async () => {
  await w.page.keyboard.press('Control+Shift+E');
  await w.capture('big.scap');
  await w.view.locator('.track').waitFor({ state: 'hidden', timeout: 120_000 });
  await w.view.locator('.grid').focus();
  await w.page.keyboard.press('End');
  await until('the last row', async () => (await selected()) === number(await w.view.locator('.grid').getAttribute('aria-rowcount')) - 2);
  await until('its number', async () => number(await cell('evt.num')) >= 1_000_000);
  await w.shot('9-big');
  const goto = w.view.locator('input.goto');
  await goto.fill('500000');
  await goto.press('Enter');
  await until('event 500,000', async () => Math.abs(number(await cell('evt.num')) - 500_000) < 1000);
  await goto.fill('+0.5');
  await goto.press('Enter');
  await until('half a second', async () => number(await cell('evt.num')) < 500_000);
  await goto.fill('nonsense');
  await goto.press('Enter');
  await until('an error', async () => (await goto.getAttribute('aria-invalid')) === 'true');
  await w.shot('10-goto');
  await goto.fill('700000');
  const before = await selected();
  await w.view.locator('body').evaluate(body => { // no answer comes between the two
    const press = (selector, key) => body.querySelector(selector).dispatchEvent(new KeyboardEvent('keydown', { key, bubbles: true }));
    press('input.goto', 'Enter');
    press('.grid', 'ArrowDown');
  });
  await until('the next row', async () => (await selected()) === before + 1);
  await w.page.waitForTimeout(1000);
  assert.equal(await selected(), before + 1, 'who went on stays there');
});
