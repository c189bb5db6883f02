// The analysis of a capture in a real VS Code, on real captures: the way through the community's tutorial, and what each view says.
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { appendFileSync, existsSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { after, afterEach, before, test } from 'node:test';
import { artifacts, extension, launch, skip, soon, start, until, Workbench } from './lib.mjs';

const sample = process.env.SCAPLS_E2E_CAPTURE_SMALL;
const shared = process.env.SCAPLS_SHARED ?? path.resolve(extension, '../../shared');
const tutorial = path.join(shared, 'captures/xxradar_docker-curl-https.scap');
const why = skip('SCAPLS_E2E_CAPTURE_SMALL', 'SCAPLS_BIN'), options = { timeout: 120_000, skip: why };
const withTutorial = { ...options, skip: why ?? (existsSync(tutorial) ? undefined : 'the tutorial\'s capture is not there (SCAPLS_SHARED)') };
let server, browser, w, panel;

before(async () => {
  if (why) return;
  server = await start({ files: { 'sample.scap': sample, ...(existsSync(tutorial) ? { 'tutorial.scap': tutorial } : {}) } });
  browser = await launch();
  w = await Workbench.open(browser, server, { shots: path.join(artifacts, 'analysis'), width: 1600, height: 950 });
}, { timeout: 180_000 });

afterEach(async t => {
  if (t.passed === false && w) await w.shot(`failed ${t.name.replace(/\W+/g, ' ')}`);
});

after(async () => {
  await browser?.close();
  await server?.stop();
});

/** analysis runs a command of the palette that shows a tab. */
async function analysis(title, tab) {
  await w.palette(`scapls: ${title}`);
  panel = await w.frame(`.analysis [data-tab="${tab}"][aria-selected="true"]`);
}

const scapls = (...args) => execFileSync(process.env.SCAPLS_BIN, args, { encoding: 'utf8', env: { ...process.env, TZ: 'UTC' } });

test('statistics are those of the command line, sorted by a click, and a row shows its events', options, async () => {
  await w.capture('sample.scap');
  await analysis('Statistics', 'stats');
  await panel.locator('table.stats tbody tr').first().waitFor();
  const table = async () => panel.locator('table.stats tbody tr').evaluateAll(rows => rows.map(r => [...r.querySelectorAll('td')].map(c => c.textContent)));
  const want = scapls('stats', '-o', 'csv', 'calls', sample).trim().split('\n').slice(1).map(l => l.split(','));
  await soon(async () => assert.deepEqual((await table()).map(r => [r[0], r[1].replaceAll(',', '')]), want.slice(0, 200).map(r => [r[0], r[1]])));
  await panel.locator('th button', { hasText: 'Errors' }).click();
  await panel.locator('th[aria-sort="descending"]', { hasText: 'Errors' }).waitFor();
  await soon(async () => {
    const errors = (await table()).map(r => Number(r[2].replaceAll(',', '')));
    assert.deepEqual(errors, [...errors].sort((a, b) => b - a));
  });
  await w.shot('statistics');
  const [call, calls] = (await table())[0], list = await w.frame('.filter-input');
  await list.locator('.segments button', { hasText: 'Calls' }).click();
  await panel.locator('table.stats tbody tr').first().dblclick();
  await until('the filter of the row', async () => (await list.locator('.filter-input').inputValue()).includes(call));
  await soon(async () => assert.match(await list.locator('.filter-input').inputValue(), new RegExp(`evt\\.type=${call}`)));
  await list.locator('.count', { hasText: calls }).waitFor();
  await panel.locator('.about', { hasText: `evt.type=${call}` }).waitFor();
});

/** inked counts the pixels of a canvas that are in one of the colours of the theme, whatever they lie on. */
const inked = (selector, ...names) => panel.locator(selector).first().evaluate((canvas, names) => {
  const probe = document.createElement('canvas').getContext('2d', { willReadFrequently: true }), style = getComputedStyle(document.documentElement);
  const colors = names.map(n => {
    probe.fillStyle = style.getPropertyValue(`--vscode-charts-${n}`).trim();
    probe.fillRect(0, 0, 1, 1);
    return probe.getImageData(0, 0, 1, 1).data;
  });
  const { data } = canvas.getContext('2d').getImageData(0, 0, canvas.width, canvas.height);
  let n = 0;
  for (let i = 0; i < data.length; i += 4) if (data[i + 3] > 40 && colors.some(c => [0, 1, 2].every(k => Math.abs(c[k] - data[i + k]) < 12))) n++;
  return n;
}, names);

/** saved is what a button of the analysis writes into a file. */
async function saved(button, name) {
  const file = path.join(server.workspace, name);
  await panel.locator(`.tools button[aria-label="Save as ${button} …"], .tools button[aria-label="${button} …"]`).click();
  await w.saveAs(file);
  await until(name, () => existsSync(file) && statSync(file).size > 0);
  return readFileSync(file);
}

/** table reads CSV without quotes, each line as numbers and texts. */
const table = data => data.toString().trim().split('\n').slice(1).map(l => l.split(',').map(c => (c !== '' && !Number.isNaN(Number(c)) ? Number(c) : c)));
const sum = list => list.reduce((a, b) => a + (Number(b) || 0), 0);
const listed = list => list.locator('.grid').getAttribute('aria-rowcount').then(n => Number(n) - 1);

const whole = why ? 0 : scapls('read', '-calls', sample).trim().split('\n').length;

/** all is the list of the calls of the sample, with no filter. */
async function all() {
  if ((await w.page.locator('.tab').count()) === 0) await w.capture('sample.scap');
  const list = await w.frame('.filter-input');
  await list.locator('.filter-input').fill('');
  await list.locator('.filter-input').press('Enter');
  await list.locator('.segments button', { hasText: 'Calls' }).click();
  await until('the whole list', async () => (await list.locator('.filter-box.applied').count()) === 0 && (await listed(list)) === whole);
  return list;
}

/** filtered waits for a filter of the list, and returns how many rows it leaves. */
async function filtered(list, pattern, rows) {
  await until(`the filter ${pattern}`, async () => pattern.test(await list.locator('.filter-input').inputValue()));
  return until(`${rows} rows`, async () => (await listed(list)) === rows);
}

/** drag drags over a part of an element, given as parts of its width and height. */
async function drag(selector, [x0, y0], [x1, y1], modifier) {
  const box = await panel.locator(selector).first().boundingBox(), at = (x, y) => [box.x + x * box.width, box.y + y * box.height];
  if (modifier) await w.page.keyboard.down(modifier);
  await w.page.mouse.move(...at(x0, y0));
  await w.page.mouse.down();
  await w.page.mouse.move(...at((x0 + x1) / 2, (y0 + y1) / 2));
  await w.page.mouse.move(...at(x1, y1));
  await w.page.mouse.up();
  if (modifier) await w.page.keyboard.up(modifier);
}

const selectedEvent = async list => Number((await list.locator('.row.selected .cell').first().textContent()).replaceAll(',', ''));

test('a graph draws what there is, in every way, and leaves as it is shown', options, async () => {
  const list = await all(), rows = await listed(list);
  await analysis('Graph Over Time', 'graph');
  await until('lines', async () => (await inked('.plot canvas', 'blue')) > 100);
  const calls = scapls('stats', '-o', 'csv', 'calls', sample).trim().split('\n').slice(1).map(l => l.split(','));
  const points = table(await saved('CSV', 'graph.csv'));
  assert.equal(sum(points.map(p => p[1])), rows, 'the line of events is of all rows');
  assert.equal(sum(points.map(p => p[2])), sum(calls.map(c => c[2])), 'the line of failed calls');
  await w.shot('graph');
  const look = () => panel.locator('.plot canvas').evaluate(c => c.toDataURL()), looks = [await look()];
  for (const name of ['Bars', 'Stacked', 'Logarithmic']) {
    await panel.locator('label.check', { hasText: name }).locator('input').check();
    await until(`another picture with ${name}`, async () => !looks.includes(await look()));
    looks.push(await look());
  }
  const svg = (await saved('SVG', 'graph.svg')).toString();
  assert.match(svg, /^<svg .*>failed calls<.*<\/svg>\n$/s);
  assert.equal([...svg.matchAll(/class="line" d="M[^"]*Z" fill="[^n]/g)].length, 2, 'bars of two lines');
  assert.match(svg, />100<\/text>/, 'the ticks of the axis');
  for (const name of ['Bars', 'Stacked', 'Logarithmic']) await panel.locator('label.check', { hasText: name }).locator('input').uncheck();
  assert.equal((await saved('PNG', 'graph.png')).subarray(1, 4).toString(), 'PNG');
  await panel.locator('select[aria-label="Interval"]').selectOption({ label: 'Interval: 10 ms' });
  await panel.locator('.said', { hasText: 'per 10 ms' }).waitFor();
  await panel.locator('select[aria-label="Interval"]').selectOption({ label: 'Interval: automatic' });
  await until('the automatic interval', async () => !(await panel.locator('.said').textContent()).includes('per 10 ms'));
});

test('dragging over a graph zooms all views, the time becomes a filter, a click selects an event', options, async () => {
  const list = await all(), said = await panel.locator('.said').textContent();
  await drag('.u-over', [0.5, 0.5], [0.999, 0.5]);
  await until('the zoom', async () => (await panel.locator('.said').textContent()).split(' ·')[0] !== said.split(' ·')[0]);
  const points = table(await saved('CSV', 'zoomed.csv')), inside = sum(points.map(p => p[1])), busy = points.findIndex(p => p[1] > 0);
  await soon(async () => assert.ok(inside > 0 && inside < await listed(list), `a part of the events: ${inside}`));
  const box = await panel.locator('.u-over').boundingBox(), x = box.x + (busy / (points.length - 1)) * box.width;
  await w.page.mouse.move(x, box.y + 20);
  await w.page.mouse.click(x, box.y + 20);
  await until('an event of that time', async () => (await selectedEvent(list)) > 1);
  await panel.locator('button[aria-label="Only This Time in the List"]').click();
  await filtered(list, /^evt\.rawtime>=\d+ and evt\.rawtime<\d+$/, inside);
  await all();
  await analysis('Process Timeline', 'timeline');
  await until('bars', async () => (await panel.locator('.timeline .name').count()) > 0);
  await panel.locator('button', { hasText: 'Whole Time' }).click();
});

test('the timeline draws calls, and a click selects an event of the bar', options, async () => {
  const list = await w.frame('.filter-input');
  await until('calls', async () => (await inked('.timeline canvas', 'green', 'blue', 'red')) > 100);
  await soon(async () => assert.ok(await panel.locator('.timeline .name', { hasText: 'bash → sysmix' }).count() > 0));
  await w.shot('timeline');
  const names = panel.locator('.timeline .name'), at = (await names.allTextContents()).findIndex(t => t.startsWith('bash → sysmix')), tid = await names.nth(at).locator('.muted').textContent();
  const before = await selectedEvent(list), row = await names.nth(at).boundingBox(), chart = await panel.locator('.timeline .chart').boundingBox();
  await w.page.mouse.click(chart.x + chart.width * 0.3, row.y + row.height / 2);
  await until('the bar', async () => (await names.nth(at).getAttribute('aria-selected')) === 'true');
  await until('an event of it', async () => (await selectedEvent(list)) !== before);
  await soon(async () => assert.match((await list.locator('.row.selected').allTextContents()).join(), new RegExp(tid.trim())));
});

test('the latency map and the scatter draw what there is, leave as files, and what is dragged over becomes a filter', options, async () => {
  const list = await all();
  await analysis('Latency Map', 'latency');
  await until('cells', async () => (await inked('.canvas-view canvas', 'blue', 'yellow', 'red')) > 100);
  await w.shot('latency');
  const cells = table(await saved('CSV', 'latency.csv')), known = Number(scapls('read', '-o', 'json', sample, 'evt.latency>0').trim().split('\n').length);
  assert.ok(Math.abs(sum(cells.map(c => c[4])) - known) <= known / 50, `${sum(cells.map(c => c[4]))} calls in cells, ${known} with a latency`);
  assert.match((await saved('SVG', 'latency.svg')).toString(), /^<svg .*<rect .*>\d+(\.\d+)? µs<\/text>/s);
  await drag('.canvas-view canvas', [0.3, 0.05], [0.99, 0.6], 'Shift');
  await until('a filter of time and latency', async () => /evt\.latency<\d+$/.test(await list.locator('.filter-input').inputValue()));
  const bounds = (await list.locator('.filter-input').inputValue()).match(/\d+/g).map(BigInt), [time, since] = scapls('read', '-n', '1', '-p', '%evt.rawtime %evt.reltime', sample).trim().split(' ').map(BigInt), first = time - since;
  const inside = cells.filter(c => c[2] >= Number(bounds[2]) && c[3] <= Number(bounds[3]) && BigInt(c[0]) + first >= bounds[0] - 1n && BigInt(c[1]) + first <= bounds[1] + 1n); // cells begin at whole nanoseconds in the table
  await filtered(list, /^evt\.rawtime>=\d+ and evt\.rawtime<\d+ and evt\.latency>=\d+ and evt\.latency<\d+$/, sum(inside.map(c => c[4])));

  await all();
  await analysis('Scatter of Two Fields', 'scatter');
  await panel.locator('input.field').first().fill('evt.rawtime');
  await panel.locator('input.field').last().fill('evt.type');
  await panel.locator('input.field').last().press('Enter');
  await panel.locator('.said', { hasText: 'events' }).waitFor();
  await until('points', async () => (await inked('.canvas-view canvas', 'blue')) > 200);
  await w.shot('scatter');
  const dots = table(await saved('CSV', 'scatter.csv'));
  await soon(async () => assert.equal(dots.length, await listed(list), 'a point for each call'));
  const of = Object.fromEntries(scapls('stats', '-o', 'csv', 'calls', sample).trim().split('\n').slice(1).map(l => l.split(',').slice(0, 2)));
  assert.equal(dots.filter(d => d[1] === 'close').length, Number(of.close));
  assert.equal((await saved('PNG', 'scatter.png')).subarray(1, 4).toString(), 'PNG');
  await drag('.canvas-view canvas', [0.1, 0.01], [0.995, 0.5], 'Shift');
  await until('a filter of both fields', async () => /^evt\.rawtime>=\d+ and evt\.rawtime<\d+ and evt\.type in \(.+\)$/.test(await list.locator('.filter-input').inputValue()));
  const types = new Set([...(await list.locator('.filter-input').inputValue()).matchAll(/"([^"]+)"/g)].map(m => m[1]));
  assert.ok(types.size > 1);
  await until('calls of these types', async () => Math.abs((await listed(list)) - dots.filter(d => types.has(d[1])).length) <= 2);
});

test('a row joins a filter of Wireshark, and the list shows as many calls as it counted', options, async () => {
  const list = await all();
  await list.locator('button.language').click();
  await list.locator('.menu-item', { hasText: 'Wireshark' }).first().click();
  await list.locator('.filter-input').fill('frame.number > 500');
  await list.locator('.filter-input').press('Enter');
  await list.locator('.filter-box.applied').waitFor();
  await analysis('Statistics', 'stats');
  await panel.locator('.about', { hasText: 'frame.number > 500' }).waitFor();
  const counted = scapls('stats', '-o', 'csv', 'calls', sample, 'frame.number > 500').trim().split('\n')[1].split(',');
  const row = panel.locator('table.stats tbody tr', { hasText: counted[0] }).first();
  await until('the row', async () => (await row.locator('td').nth(1).textContent()) === counted[1]);
  await row.dblclick();
  await filtered(list, new RegExp(`^\\(frame\\.number > 500\\) and evt\\.type == "${counted[0]}"$`), Number(counted[1]));
});

test('a report is written by a command', options, async () => {
  const file = path.join(server.workspace, 'report.html');
  await w.palette('scapls: Write Capture Report');
  await w.saveAs(file);
  await until('the report', () => existsSync(file) && statSync(file).size > 0);
  assert.match(readFileSync(file, 'utf8'), /<html[\s\S]*openat[\s\S]*<\/html>/);
  await w.page.locator('.notification-toast', { hasText: 'The report was written to report.html' }).waitFor();
});

test('the tutorial: the request and its answer, the stream, the TLS connection, what went to the terminal', withTutorial, async () => {
  await w.palette('View: Close All Editors');
  await w.capture('tutorial.scap');
  const list = await w.frame('.filter-input'), filter = async text => {
    const input = list.locator('.filter-input');
    await input.fill(text);
    await input.press('Escape');
    if ((await input.inputValue()) !== text) await input.fill(text);
    await input.press('Enter');
    const before = await list.locator('.count').textContent();
    for (let i = 0; i < 60 && (await list.locator('.count').textContent()) === before; i++) await w.page.waitForTimeout(50);
    await list.locator('.row:not(.loading)').first().waitFor();
    await list.locator('.row:not(.loading)').first().click();
  };
  await filter('evt.buffer contains "GET / HTTP"');
  await analysis('Follow Stream', 'stream');
  await panel.locator('.recognized', { hasText: 'HTTP request GET / at' }).waitFor();
  await panel.locator('.recognized', { hasText: 'HTTP answer 301' }).waitFor();
  await soon(async () => assert.match(await panel.locator('.chunk pre').first().textContent(), /^GET \/ HTTP\/1\.1\r\nHost: /));
  await w.shot('tutorial-http');
  await analysis('Explain Event', 'explain');
  await panel.locator('.sentence', { hasText: /curl \(\d+\) sent 81 bytes over/ }).waitFor();
  await w.shot('tutorial-explain');
  await filter('fd.sport=443 and evt.is_io_write=true');
  await analysis('Follow Stream', 'stream');
  await panel.locator('.recognized', { hasText: 'TLS client hello, TLS 1.3' }).waitFor();
  await w.shot('tutorial-tls');
  await filter('fd.num=1 and evt.is_io_write=true');
  await analysis('Follow Stream', 'stream');
  await panel.locator('.chunk.write pre', { hasText: '<TITLE>RADARHACK.COM by XXRADAR</TITLE>' }).waitFor();
  await w.shot('tutorial-terminal');
});

test('the analysis is usable by keyboard and says what it is', options, async () => {
  await w.palette('View: Close All Editors');
  await w.capture('sample.scap');
  const list = await w.frame('.filter-input');
  await list.locator('.filter-input').fill(''); // it has the one of before
  await list.locator('.filter-input').press('Enter');
  await analysis('Statistics', 'stats');
  await panel.locator('table.stats tbody tr').nth(1).waitFor();
  await panel.locator('[role=tab][aria-selected=true]').focus();
  await w.page.keyboard.press('ArrowRight');
  await panel.locator('[data-tab="graph"][aria-selected="true"]').waitFor();
  await w.page.keyboard.press('ArrowLeft');
  await panel.locator('table.stats tbody tr').nth(1).waitFor();
  await panel.locator('table.stats tbody tr').first().focus();
  await w.page.keyboard.press('ArrowDown');
  await soon(async () => assert.equal(await panel.locator('table.stats tbody tr').nth(1).evaluate(e => e === document.activeElement), true));
  const unnamed = await panel.locator('button, select, input').evaluateAll(all => all.filter(e => !(e.textContent.trim() || e.getAttribute('aria-label') || e.title || e.closest('label'))).map(e => e.outerHTML));
  assert.deepEqual(unnamed, []);
});

test('a capture that grows is drawn while it does, and the place in it stays', options, async () => {
  await w.palette('View: Close All Editors');
  const data = readFileSync(sample), file = path.join(server.workspace, 'grows.scap'), at = p => Math.floor(data.length * p);
  writeFileSync(file, data.subarray(0, at(0.6)));
  await w.capture('grows.scap');
  await analysis('Statistics', 'stats');
  const rows = panel.locator('table.stats tbody tr'), calls = async () => sum((await rows.evaluateAll(all => all.map(r => r.cells[1].textContent))).map(t => t.replaceAll(',', '')));
  await rows.nth(3).waitFor();
  await rows.nth(2).focus();
  const focused = () => panel.evaluate(() => document.activeElement.dataset.filter), filter = await focused();
  assert.match(filter, /evt\.type=/);
  const seen = [await calls()];
  for (let p = 0.6; p < 0.9; p += 0.01) { // more comes before the last was answered
    appendFileSync(file, data.subarray(at(p), at(p + 0.01)));
    await w.page.waitForTimeout(150);
    if (await calls() > seen.at(-1)) seen.push(await calls());
  }
  assert.ok(seen.length > 1, `counted while it grew: ${seen}`);
  await soon(async () => assert.equal(await focused(), filter, 'the row has the focus still'));
  await analysis('Process Timeline', 'timeline');
  const chosen = panel.locator('.timeline .name[aria-selected="true"]'), names = panel.locator('.timeline .name');
  await names.nth(1).click();
  const name = await chosen.textContent(), before = await panel.locator('.timeline canvas').evaluate(c => c.toDataURL());
  appendFileSync(file, data.subarray(at(0.9)));
  await until('longer bars', async () => (await panel.locator('.timeline canvas').evaluate(c => c.toDataURL())) !== before);
  await soon(async () => assert.equal((await chosen.textContent()).slice(-5), name.slice(-5), 'the same process is selected'));
});
