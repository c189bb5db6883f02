// Live captures in a real VS Code: of this machine, of another one (a real sshd on loopback), and of a file that somebody else writes.
import assert from 'node:assert/strict';
import { spawn, spawnSync } from 'node:child_process';
import { appendFileSync, existsSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { after, afterEach, before, test } from 'node:test';
import { artifacts, launch, skip, soon, start, until, Workbench } from './lib.mjs';
import { cannotCapture, cannotSSH, shown, startSSHD, texts, views } from './live.mjs';

const sample = process.env.SCAPLS_E2E_CAPTURE_SMALL, bin = process.env.SCAPLS_BIN;
const why = skip('SCAPLS_E2E_CAPTURE_SMALL', 'SCAPLS_BIN'), options = { timeout: 120_000, skip: why };
const live = { ...options, skip: why ?? cannotCapture() };
const ssh = { ...live, timeout: 180_000, skip: live.skip ?? cannotSSH() };
let server, browser, w, sshd;

before(async () => {
  if (why) return;
  if (!ssh.skip) sshd = await startSSHD();
  server = await start({ files: { 'sample.scap': sample }, settings: sshd ? { 'scapls.ssh.options': ['-F', sshd.config] } : {} });
  browser = await launch();
  w = await Workbench.open(browser, server, { shots: path.join(artifacts, 'live'), width: 1500, height: 950 });
}, { timeout: 180_000 });

afterEach(async t => {
  if (t.passed === false && w) await w.shot(`failed ${t.name.replace(/\W+/g, ' ')}`);
  if (w) await w.palette('View: Close All Editors'); // the next test looks for the webview of its own
});

after(async () => {
  await browser?.close();
  await server?.stop();
  sshd?.stop();
});

/** saveAs answers the workbench's dialog and waits for the file. */
async function saveAs(file) {
  await w.saveAs(file);
  await until('the saved file', () => existsSync(file) && statSync(file).size > 0);
}

const pressed = (list, name) => list.locator('.live button', { hasText: name }).getAttribute('aria-pressed');

test('a file that grows is followed, stands still when it is paused, and goes on', options, async () => {
  const whole = readFileSync(sample), file = path.join(server.workspace, 'grows.scap'), at = [0.5, 0.6, 0.7, 0.8, 0.9, 1].map(p => Math.floor(whole.length * p));
  writeFileSync(file, whole.subarray(0, at[0]));
  await w.capture('grows.scap');
  const list = await w.frame('.filter-input');
  await until('rows', async () => (await shown(list)) > 10);
  let rows = await shown(list);
  await soon(async () => assert.equal(await list.locator('.live').isVisible(), false, 'nobody writes yet'));
  const times = [];
  const write = async n => {
    const before = await shown(list), begun = Date.now();
    appendFileSync(file, whole.subarray(at[n - 1], at[n]));
    await until('more rows', async () => (await shown(list)) > before);
    times.push(Date.now() - begun);
  };
  await write(1);
  await list.locator('.live .live-where', { hasText: 'The file grows' }).waitFor();
  await soon(async () => assert.equal(await pressed(list, 'Follow'), 'false', 'a file is shown from its beginning'));
  await list.locator('.live button', { hasText: 'Follow' }).click();
  await write(2);
  await until('the last row', async () => (await list.locator(`[data-row="${(await shown(list)) - 1}"]:not(.loading)`).count()) === 1);
  await w.shot('grows');
  await list.locator('.live button', { hasText: 'Pause' }).click();
  rows = await shown(list);
  appendFileSync(file, whole.subarray(at[2], at[3]));
  await list.locator('.live-newer', { hasText: /[1-9][\d,]* newer events/ }).waitFor();
  await soon(async () => assert.equal(await shown(list), rows, 'a paused list stands still'));
  await list.locator('.live button', { hasText: 'Pause' }).click();
  await until('what came meanwhile', async () => (await shown(list)) > rows);
  await write(4);
  await list.locator('.grid').press('Home');
  await soon(async () => assert.equal(await pressed(list, 'Follow'), 'false', 'an older row is selected'));
  await write(5);
  await soon(async () => assert.equal(await list.locator('[data-row="0"]').count(), 1, 'the list stays where the user is'));
  await list.locator('.grid').press('End');
  await until('follow', async () => (await pressed(list, 'Follow')) === 'true');
  console.log(`rows are seen after ${times.join(', ')} ms`);
  // The goal is 200 ms; on a machine that does other things as well, the best of the four tells what the way costs.
  assert.ok(Math.min(...times) <= 200, `rows are seen after ${times.join(', ')} ms`);
});

test('a command is captured: rows come while it runs, and the list follows, pauses, filters, stops and is saved', live, async () => {
  await w.palette('scapls: Start Capture');
  const form = await w.frame('#filter');
  await form.locator('label', { hasText: 'A command' }).first().click();
  await form.locator('#command').fill('while true; do cat /etc/hostname; ls / >/dev/null; sleep 0.2; done');
  await form.locator('#filter').fill('proc.nam=cat');
  await form.locator('#filter-note.error').waitFor();
  await soon(async () => assert.match(await form.locator('#filter-note').textContent(), /proc\.name/));
  await soon(async () => assert.equal(await form.locator('button[type=submit]').isDisabled(), true));
  await w.shot('form');
  await form.locator('#filter').fill('proc.name in (cat, ls, sleep)');
  await form.locator('#filter-note.accepted').waitFor();
  await form.locator('button[type=submit]').click();
  const list = await w.frame('.live .live-rate');
  await until('rows of the command', async () => (await texts(list)).some(t => /(cat|ls|sleep)\d/.test(t))); // the name, and the process id in the next cell
  await list.locator('.live .live-where', { hasText: 'Capturing · This machine' }).waitFor();
  await until('counters', async () => /[1-9]/.test(await list.locator('.live-rate').textContent()) && /[1-9]/.test(await list.locator('.live-size').textContent()));
  await soon(async () => assert.equal(await list.locator('.live-drops').textContent(), 'no drops'));
  await until('follow', async () => (await pressed(list, 'Follow')) === 'true');
  const first = await shown(list);
  await until('more rows', async () => (await shown(list)) > first + 20);
  await until('the newest row', async () => (await list.locator(`[data-row="${(await shown(list)) - 1}"]:not(.loading)`).count()) === 1);
  await w.page.locator('#scapls\\.scapls\\.captures, [id*="scapls.captures"]').first().waitFor();
  await soon(async () => assert.match(await w.page.locator('[id*="scapls.captures"]').first().textContent(), /\/s · 0 drops ·/));
  await w.shot('following');

  await list.locator('.live button', { hasText: 'Pause' }).click();
  await until('a pause', async () => (await pressed(list, 'Pause')) === 'true');
  const paused = await shown(list);
  await list.locator('.live-newer', { hasText: /[1-9][\d,]* newer events/ }).waitFor();
  await soon(async () => assert.equal(await shown(list), paused));
  await list.locator('.live button', { hasText: 'Follow' }).click();
  await until('it follows again', async () => (await shown(list)) > paused);

  await list.locator('.grid').hover();
  await until('follow ends with scrolling up', async () => {
    await w.page.mouse.wheel(0, -400);
    return (await pressed(list, 'Follow')) === 'false';
  });
  await list.locator('.filter-input').fill('proc.name=cat and evt.type=openat and fd.name=/etc/hostname');
  await list.locator('.filter-input').press('Enter');
  await until('the filter', async () => {
    const t = await texts(list);
    return t.length > 0 && t.every(x => x.includes('cat') && x.includes('/etc/hostname'));
  });
  const matched = await shown(list);
  await until('the filter stays live', async () => (await shown(list)) > matched);
  await w.shot('filtered');

  await list.locator('.live button', { hasText: 'Stop' }).click();
  await list.locator('.live .live-where', { hasText: 'Ended' }).waitFor({ timeout: 30_000 });
  let end = -1;
  await until('nothing comes any more', async () => {
    const before = end;
    end = await shown(list);
    await w.page.waitForTimeout(1000);
    return end === before;
  });
  await views(w);
  const tree = w.page.locator('.pane:has(.pane-header[aria-label^="Captures"])').locator('[role=treeitem]').first();
  await tree.waitFor();
  await soon(async () => assert.match(await tree.textContent(), /This machine.*Ended/));
  await w.shot('stopped');

  const saved = path.join(server.workspace, 'saved.scap');
  await list.locator('.live button', { hasText: 'Save As' }).click();
  await saveAs(saved);
  await w.page.locator('.tab', { hasText: 'saved.scap' }).waitFor();
  const again = await w.frame('.filter-input');
  await again.locator('.row:not(.loading)').first().waitFor();
  const events = spawnSync(bin, ['read', saved, 'proc.name=cat and evt.type=openat and fd.name=/etc/hostname'], { encoding: 'utf8' });
  assert.equal(events.status, 0, events.stderr);
  assert.ok(events.stdout.trim().split('\n').length >= matched, 'the saved file has what was seen');
});

test('a capture of the whole machine shows what another program does; discarded, nothing is left', live, async () => {
  await w.palette('scapls: Start Capture');
  const form = await w.frame('#filter');
  await form.locator('#filter').fill('evt.arg.path contains scapls-marker or evt.arg.name contains scapls-marker');
  await form.locator('#filter-note.accepted').waitFor();
  await form.locator('button[type=submit]').click();
  const list = await w.frame('.live .live-rate');
  await list.locator('.live .live-where', { hasText: 'Capturing' }).waitFor();
  const times = [];
  for (let n = 0; n < 5; n++) {
    const begun = Date.now();
    await new Promise(r => spawn('cat', [`/scapls-marker-${n}`], { stdio: 'ignore' }).on('exit', r));
    await until('the row', async () => (await texts(list)).some(t => t.includes(`scapls-marker-${n}`)));
    times.push(Date.now() - begun);
  }
  console.log(`a command is seen after ${times.join(', ')} ms`);
  await w.shot('whole machine');
  await list.locator('.live button', { hasText: 'Discard' }).click();
  await w.page.locator('.monaco-dialog-box button, .monaco-dialog-box .monaco-button', { hasText: 'Discard' }).first().click();
  await until('no editor', async () => (await w.page.locator('.tab', { hasText: 'capture-' }).count()) === 0);
  await until('no capture', async () => (await w.page.locator('.pane:has(.pane-header[aria-label^="Captures"])').locator('[role=treeitem]', { hasText: 'This machine' }).count()) === 0);
});

/** remote goes from the palette to the form for a machine. */
async function remote(target) {
  await w.pick('scapls: Remote Capture', () => w.answer(target, 8000), () => w.choose(target, 8000));
  const form = await w.frame('#target');
  await soon(async () => assert.equal(await form.locator('#target').inputValue(), target));
  return form;
}

test('another machine is captured: an agent is uploaded, rows come, a filter stays live, it is stopped and saved', ssh, async () => {
  const form = await remote(sshd.target);
  await form.locator('#use').selectOption('upload');
  await form.locator('#keepAs').fill('loopback');
  await w.shot('remote form');
  await form.locator('button[type=submit]').click();
  const list = await w.frame('.live .live-rate');
  await list.locator('.live .live-where', { hasText: `Capturing · ${sshd.target}` }).waitFor({ timeout: 60_000 });
  await until('follow', async () => (await pressed(list, 'Follow')) === 'true');
  const filter = 'evt.arg.path contains scapls-remote or evt.arg.name contains scapls-remote';
  await list.locator('.filter-input').fill(filter);
  await list.locator('.filter-input').press('Enter');
  const see = async marker => {
    const begun = Date.now();
    await new Promise(r => spawn('cat', [`/${marker}`], { stdio: 'ignore' }).on('exit', r));
    await until(marker, async () => (await texts(list)).some(t => t.includes(marker)));
    return Date.now() - begun;
  };
  const times = [];
  for (let n = 0; n < 4; n++) times.push(await see(`scapls-remote-${n}`));
  console.log(`what happens there is seen after ${times.join(', ')} ms`);
  await soon(async () => assert.ok((await texts(list)).every(t => t.includes('scapls-remote'))));
  await views(w);
  const item = w.page.locator('.pane:has(.pane-header[aria-label^="Captures"])').locator('[role=treeitem]', { hasText: sshd.target }).first();
  await until('the tree', async () => /\/s · (no drops|[\d,]+ dropped) · /.test(await item.textContent()));
  await w.page.locator('[role=treeitem]', { hasText: 'loopback' }).first().waitFor();
  await w.shot('remote');
  await list.locator('.live button', { hasText: 'Stop' }).click();
  await list.locator('.live .live-where', { hasText: 'Ended' }).waitFor({ timeout: 30_000 });
  await until('the agent is gone there', () => readdirSync(sshd.tmp).length === 0);
  const saved = path.join(server.workspace, 'remote.scap');
  await list.locator('.live button', { hasText: 'Save As' }).click();
  await saveAs(saved);
  await w.page.locator('.tab', { hasText: 'remote.scap' }).waitFor();
  const read = spawnSync(bin, ['read', saved, filter], { encoding: 'utf8' });
  assert.equal(read.status, 0, read.stderr);
  for (let n = 0; n < 4; n++) assert.match(read.stdout, new RegExp(`scapls-remote-${n}`));
});

test('a machine that cannot be reached is told of, with what to do', ssh, async () => {
  const form = await remote('root@127.0.0.1:9');
  await form.locator('button[type=submit]').click();
  const dialog = w.page.locator('.monaco-dialog-box');
  await dialog.waitFor({ timeout: 60_000 });
  await soon(async () => assert.match(await dialog.textContent(), /root@127\.0\.0\.1:9.*(refused|reach)/i));
  await w.shot('unreachable');
  await dialog.locator('.monaco-button', { hasText: 'Cancel' }).click();
});
