// Every webview of the extension and how one comes to it, for tests that look at all of them: test/e2e/axe.test.mjs. A new view is a line here:
// open(workbench, server) shows it and returns its frame, done(workbench, server) leaves what would be in the way of the next.
import { appendFileSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { until } from './lib.mjs';

/** open shows the list of a capture and nothing else; the one that is there, when it is alone. */
async function open(w, name) {
  const tabs = w.page.locator('.tab');
  if ((await tabs.count()) === 1 && (await tabs.first().textContent()).includes(name)) return;
  await w.palette('View: Close All Editors');
  await until('no editor', async () => (await tabs.count()) === 0);
  await w.capture(name);
}

/** list is the list of the sample, with nothing beside it and no filter. */
async function list(w) {
  await open(w, 'sample.scap');
  const f = await w.frame('.filter-input');
  if ((await f.locator('.filter-input').inputValue()) !== '') {
    await f.locator('.filter-input').fill('');
    await f.locator('.filter-input').press('Enter');
  }
  await f.locator('.row:not(.loading)').first().click();
  await f.locator('.node').first().waitFor();
  return f;
}

let right; // the filter of the rule that gets a wrong one

/** rules shows the editor of colour rules, with rows below that have colours. */
async function rules(w) {
  const l = await list(w), coloured = '340';
  await l.locator('input.goto').fill(coloured);
  await l.locator('input.goto').press('Enter');
  await l.locator(`.row.selected:has(.cell:first-child:text-is("${coloured}"))`).waitFor();
  await w.palette('scapls: Edit Colour Rules');
  const f = await w.frame('.preview .row.tinted');
  await f.locator('.rule .count', { hasText: 'matched' }).first().waitFor();
  return f;
}

/** found opens the find bar of a tab. */
const found = text => async f => {
  await f.locator('.analysis .body').click();
  await f.page().keyboard.press('Control+f');
  await f.locator('.find-bar .find-input').waitFor();
  await f.page().keyboard.type(text);
  await f.locator('.find-said', { hasText: /match/ }).first().waitFor();
};

/** tab shows a tab of the analysis beside the list, about an event that moved bytes. */
const tab = (title, name, filled, more = async () => undefined) => async w => {
  if ((await w.page.locator('.tab[aria-label*="Analysis"]').count()) === 0) {
    const l = await list(w);
    await l.locator('.filter-input').fill('evt.is_io=true and evt.rawres>0 and fd.type=file');
    await l.locator('.filter-input').press('Enter');
    await l.locator('.filter-box.applied').waitFor();
    await l.locator('.row:not(.loading)').first().click();
  }
  await w.palette(`scapls: ${title}`);
  const f = await w.frame(`.analysis [data-tab="${name}"][aria-selected="true"]`);
  await f.locator(filled).first().waitFor();
  await more(f);
  return f;
};

/** form shows the form of a capture, with a filter that something is said of. */
const form = (filter, said) => async w => {
  await w.palette('View: Close All Editors');
  await w.palette('scapls: Start Capture');
  const f = await w.frame('form #filter');
  await f.locator('#filter').fill(filter);
  if (said) await f.locator(`#filter-note.${said}`).waitFor();
  return f;
};

export const views = [
  { name: 'list', open: list },
  { name: 'filter-suggestions', open: async w => {
    const f = await list(w);
    await f.locator('.filter-input').click();
    await w.page.keyboard.type('proc.name = s', { delay: 20 });
    await f.locator('.suggestion').first().waitFor();
    return f;
  } },
  { name: 'filter-wrong', open: async w => {
    const f = await list(w);
    await f.locator('.filter-input').fill('proc.nam=x');
    await f.locator('.filter-box.error, .filter-says').first().waitFor();
    return f;
  } },
  { name: 'find-bar', open: async w => {
    const f = await list(w);
    await f.locator('.grid').focus();
    await w.page.keyboard.press('Control+f');
    await f.locator('.top > .find-bar .find-input').waitFor();
    await w.page.keyboard.type('pipe');
    await f.locator('.find-said', { hasText: /match/ }).first().waitFor();
    return f;
  }, done: w => w.page.keyboard.press('Escape') },
  { name: 'explain-card', open: async w => {
    const f = await list(w), cell = f.locator('.row:not(.loading)').nth(4).locator('.cell').nth(3);
    await w.page.mouse.move(5, 300);
    await cell.hover();
    await f.locator('.explain.card .sentence').waitFor();
    return f;
  } },
  { name: 'explain-side', open: async w => {
    await list(w);
    await w.palette('scapls: Focus on Explain View');
    const f = await w.frame('.explain.side .sentence');
    return f;
  }, done: w => w.explorer() },
  { name: 'note', open: async w => {
    const f = await list(w);
    await w.palette('scapls: Note on Event');
    await f.locator('dialog[open] textarea').waitFor();
    return f;
  }, done: w => w.page.keyboard.press('Escape') },
  { name: 'statistics', open: tab('Statistics', 'stats', 'table.stats tbody tr') },
  { name: 'graph', open: tab('Graph Over Time', 'graph', '.plot canvas') },
  { name: 'latency', open: tab('Latency Map', 'latency', '.canvas-view canvas') },
  { name: 'scatter', open: tab('Scatter of Two Fields', 'scatter', '.canvas-view canvas') },
  { name: 'timeline', open: tab('Process Timeline', 'timeline', '.timeline .name') },
  { name: 'timeline-find', open: tab('Process Timeline', 'timeline', '.timeline .name', found('sh')) },
  { name: 'stream', open: tab('Follow Stream', 'stream', '.chunk') },
  { name: 'stream-find', open: tab('Follow Stream', 'stream', '.chunk', found('e')) },
  { name: 'explain', open: tab('Explain Event', 'explain', '.sentence') },
  { name: 'colour-rules', open: rules },
  { name: 'colour-rules-wrong', open: async w => {
    const f = await rules(w), filter = f.locator('.form .filter-input');
    right = await filter.inputValue();
    await filter.fill('proc.nam = x');
    await f.locator('.rule.faulty .count').waitFor();
    return f;
  }, done: async w => { // as it was, nothing is asked when the editor is closed
    const f = await w.frame('.rules .rule');
    await f.locator('.form .filter-input').fill(right);
    await f.locator('.rule.faulty').waitFor({ state: 'detached' });
    await w.page.locator('.tab', { hasText: '●' }).waitFor({ state: 'detached' });
  } },
  { name: 'find-wrong', open: async w => {
    const f = await list(w);
    await f.locator('.grid').focus();
    await w.page.keyboard.press('Control+f');
    const bar = f.locator('.top > .find-bar');
    await bar.locator('.find-input').waitFor();
    await bar.locator('select').first().selectOption('hex');
    await bar.locator('.find-input').fill('0');
    await bar.locator('.find-said.bad').waitFor();
    return f;
  }, done: async w => {
    const bar = (await w.frame('.top > .find-bar')).locator('.top > .find-bar');
    await bar.locator('select').first().selectOption('text');
    await bar.locator('.find-input').press('Escape');
  } },
  { name: 'live', open: async (w, { workspace }) => {
    const file = path.join(workspace, 'grows.scap'), whole = readFileSync(path.join(workspace, 'sample.scap'));
    writeFileSync(file, whole.subarray(0, whole.length >> 1));
    await w.palette('View: Close All Editors');
    await w.capture('grows.scap');
    const f = await w.frame('.filter-input');
    appendFileSync(file, whole.subarray(whole.length >> 1));
    await f.locator('.live .live-where').waitFor();
    return f;
  }, done: (_, { workspace }) => rmSync(path.join(workspace, 'grows.scap')) },
  { name: 'capture-form', open: form('', '') },
  { name: 'capture-form-accepted', open: form('evt.type = read', 'accepted') },
  { name: 'capture-form-warning', open: form('evt.num < 0', 'warning') },
  { name: 'capture-form-error', open: form('proc.nam = x', 'error') },
  { name: 'not-a-capture', open: async w => {
    await w.palette('View: Close All Editors');
    await w.file('bad.scap');
    return w.frame('.page');
  } },
];
