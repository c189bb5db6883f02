// Every webview of the extension and how one comes to it, for tests that look at all of them: test/e2e/axe.test.mjs. A new view is a line here.

/** list is the list of a capture, with nothing beside it and no filter. */
async function list(w) {
  await w.palette('View: Close All Editors');
  await w.capture('sample.scap');
  const f = await w.frame('.filter-input');
  if ((await f.locator('.filter-input').inputValue()) !== '') {
    await f.locator('.filter-input').fill('');
    await f.locator('.filter-input').press('Enter');
  }
  await f.locator('.row:not(.loading)').first().click();
  await f.locator('.node').first().waitFor();
  return f;
}

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
  await more(f);
  await f.locator(filled).first().waitFor();
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
  } },
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
  { name: 'colour-rules', open: async w => {
    await w.palette('View: Close All Editors');
    await w.capture('sample.scap');
    await w.palette('scapls: Edit Colour Rules');
    const f = await w.frame('.rules .rule');
    await f.locator('.preview .row:not(.loading)').first().waitFor();
    return f;
  } },
  { name: 'statistics', open: tab('Statistics', 'stats', 'table.stats tbody tr') },
  { name: 'graph', open: tab('Graph Over Time', 'graph', '.plot canvas') },
  { name: 'latency', open: tab('Latency Map', 'latency', '.canvas-view canvas') },
  { name: 'scatter', open: tab('Scatter of Two Fields', 'scatter', '.canvas-view canvas') },
  { name: 'timeline', open: tab('Process Timeline', 'timeline', '.timeline .name') },
  { name: 'stream', open: tab('Follow Stream', 'stream', '.chunk') },
  { name: 'explain', open: tab('Explain Event', 'explain', '.sentence') },
  { name: 'colour-rules', open: async w => {
    await list(w);
    await w.palette('scapls: Edit Colour Rules');
    const f = await w.frame('.preview .row.tinted');
    await f.locator('.rule .count', { hasText: 'matched' }).first().waitFor();
    return f;
  } },
  { name: 'capture-form', open: async w => {
    await w.palette('View: Close All Editors');
    await w.palette('scapls: Start Capture');
    return w.frame('form #filter');
  } },
  { name: 'not-a-capture', open: async w => {
    await w.palette('View: Close All Editors');
    await w.file('bad.scap');
    return w.frame('.page');
  } },
];
