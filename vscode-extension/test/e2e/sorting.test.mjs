// Sorting that takes long and captures that grow, in a real VS Code on made-up events of test/fake-server.mjs.
import assert from 'node:assert/strict';
import path from 'node:path';
import { after, afterEach, before, test } from 'node:test';
import { artifacts, extension, launch, skip, soon, start, until, Workbench } from './lib.mjs';

const why = skip(), options = { timeout: 90_000, skip: why };
let server, browser, w;

before(async () => {
  if (why) return;
  server = await start({
    settings: { 'scapls.path': path.join(extension, 'test/fake-server.mjs') }, files: Object.fromEntries(['rows-5000.scap', 'rows-900-grows.scap'].map(f => [f, 'made up'])),
  });
  browser = await launch();
  w = await Workbench.open(browser, server, { shots: path.join(artifacts, 'sorting') });
}, { timeout: 180_000 });

afterEach(async t => {
  if (t.passed === false && w) await w.shot(`failed ${t.name.replace(/\W+/g, ' ')}`);
});

after(async () => {
  await browser?.close();
  await server?.stop();
});

const head = id => w.view.locator(`.head-cell[data-id="${id}"]`);
const bar = () => w.view.locator('.sorting');

test('a sorting that takes long tells how far it is, and can be cancelled', options, async () => {
  await w.capture('rows-5000.scap');
  await head('evt.args').click();
  await w.view.locator('.sorting .text', { hasText: 'Sorting by Arguments… 42 %' }).waitFor();
  await soon(async () => assert.equal(await bar().locator('[role=progressbar]').getAttribute('aria-valuenow'), '42'));
  await w.shot('1-progress');
  await bar().locator('button', { hasText: 'Cancel' }).click();
  await until('gone', async () => !(await bar().isVisible()));
  await soon(async () => assert.equal(await head('evt.args').getAttribute('aria-sort'), 'none', 'the list stays as it was'));
  await soon(async () => assert.equal((await w.cells(0))[0], '51'));
  await head('evt.num').click();
  await head('evt.num').click();
  await until('descending', async () => (await head('evt.num').getAttribute('aria-sort')) === 'descending' && (await w.cells(0))[0] === '5000');
  await head('evt.args').click();
  await bar().waitFor();
  await head('evt.cpu').click(); // another order takes its place
  await until('ascending', async () => (await head('evt.cpu').getAttribute('aria-sort')) === 'ascending');
  await until('gone', async () => !(await bar().isVisible()));
});

test('a sorted list of a capture that grows stands still, and is sorted again on demand', options, async () => {
  await w.capture('rows-900-grows.scap');
  const rows = async () => Number(await w.view.locator('.grid').getAttribute('aria-rowcount')) - 1;
  await head('evt.num').click();
  await head('evt.num').click();
  await until('descending', async () => (await head('evt.num').getAttribute('aria-sort')) === 'descending');
  await w.view.locator('.grid').focus();
  await w.page.keyboard.press('Home'); // the list was at its end, where the newest rows come
  await bar().locator('.text', { hasText: /\d+ events came since/ }).waitFor();
  const before = await rows(), top = (await w.cells(0))[0];
  await w.page.waitForTimeout(1000);
  assert.equal(await rows(), before);
  await soon(async () => assert.equal((await w.cells(0))[0], top));
  await w.shot('2-newer');
  await bar().locator('button', { hasText: 'Sort again' }).click();
  await until('more rows', async () => (await rows()) > before);
  await bar().locator('.text', { hasText: /\d+ events came since/ }).waitFor();
  await bar().locator('button', { hasText: 'Order of the file' }).click();
  await until('the order of the file', async () => (await head('evt.num').getAttribute('aria-sort')) === 'none' && !(await bar().isVisible()));
  const now = await rows();
  await until('it grows', async () => (await rows()) > now);
});
