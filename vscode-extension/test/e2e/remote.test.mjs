// Captures of other machines in a real VS Code, through a real sshd on loopback: passwords, the line for sudoers, cut links, several at once and together; and lost events.
import assert from 'node:assert/strict';
import { execFileSync, spawn, spawnSync } from 'node:child_process';
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { after, afterEach, before, test } from 'node:test';
import { artifacts, launch, skip, soon, start, until, Workbench } from './lib.mjs';
import { cannotCapture, cannotSSH, onlyCaptures, shown, startSSHD, texts } from './live.mjs';

const why = skip('SCAPLS_BIN'), live = { timeout: 180_000, skip: why ?? cannotCapture() };
const ssh = { ...live, timeout: 240_000, skip: live.skip ?? cannotSSH() };
const secret = 'correct horse, battery';
let server, browser, w, sshd;

before(async () => {
  if (why) return;
  if (!ssh.skip) sshd = await startSSHD({ b: {}, c: { password: secret, sudo: 'ALL=(ALL) ALL' } });
  server = await start({ files: { 'notes.txt': 'no capture' }, settings: sshd ? { 'scapls.ssh.options': ['-F', sshd.config] } : {} });
  browser = await launch();
  w = await Workbench.open(browser, server, { shots: path.join(artifacts, 'remote'), width: 1500, height: 950 });
}, { timeout: 180_000 });

afterEach(async t => {
  if (t.passed === false && w) await w.shot(`failed ${t.name.replace(/\W+/g, ' ')}`);
  if (w) await w.palette('View: Close All Editors');
});

after(async () => {
  await browser?.close();
  await server?.stop();
  sshd?.stop();
});

/** begin starts a capture of a machine with a filter; "" is this one. */
async function begin(target, filter, more = async () => undefined) {
  if (target) await w.pick('scapls: Remote Capture…', () => w.answer(target, 8000), () => w.choose(target, 8000));
  else await w.palette('scapls: Start Capture');
  const form = await w.frame('#filter');
  if (target) await until('the form of the machine', async () => (await form.locator('#target').inputValue()) === target);
  await form.locator('#filter').fill(filter);
  await form.locator('#filter-note.accepted').waitFor();
  await more(form);
  await form.locator('button[type=submit]').click();
}

const running = async where => {
  const list = await w.frame(`.live .live-where:has-text("Capturing · ${where}")`);
  await until('follow', async () => (await list.locator('.live button', { hasText: 'Follow' }).getAttribute('aria-pressed')) === 'true');
  return list;
};
const dialog = () => w.page.locator('.monaco-dialog-box');
const press = label => dialog().locator('.monaco-button', { hasText: label }).first().click();
const item = text => w.page.locator('.pane:has(.pane-header[aria-label^="Captures"])').locator('[role=treeitem]', { hasText: text });
const touch = marker => new Promise(r => spawn('cat', [`/${marker}`], { stdio: 'ignore' }).on('exit', r));
const about = marker => `evt.arg.path contains ${marker} or evt.arg.name contains ${marker}`;

test('sudo wants a password: it is asked for, asked again when it is wrong, and the capture begins', ssh, async () => {
  await begin(sshd.to('c'), about('scapls-secret'));
  const box = w.page.locator('.quick-input-widget', { hasText: `Password of ${sshd.users.c.name}` });
  await box.waitFor({ timeout: 60_000 });
  await soon(async () => assert.equal(await box.locator('input').first().getAttribute('type'), 'password'));
  await w.shot('password');
  await box.locator('input').first().fill('wrong');
  await box.locator('input').first().press('Enter');
  const again = w.page.locator('.quick-input-widget', { hasText: 'That was wrong.' });
  await again.waitFor({ timeout: 60_000 });
  await again.locator('input').first().fill(secret);
  await again.locator('input').first().press('Enter');
  const list = await running(sshd.to('c'));
  await until('a row', async () => {
    await touch('scapls-secret-1');
    return (await texts(list)).some(t => t.includes('scapls-secret-1'));
  });
  await list.locator('.live button', { hasText: 'Stop' }).click();
  await list.locator('.live .live-where', { hasText: 'Ended' }).waitFor({ timeout: 30_000 });
  await until('the agent is gone there', () => readdirSync(sshd.tmp).length === 0);
  const logs = spawnSync('grep', ['-rlF', secret, path.join(server.dir, 'user'), sshd.tmp], { encoding: 'utf8' }).stdout.trim();
  assert.equal(logs, '', 'it is kept nowhere');
});

test('who may not capture is shown the line for sudoers, and with that line captures', ssh, async () => {
  const who = sshd.users.b.name;
  await begin(sshd.to('b'), about('scapls-allowed'));
  const box = w.page.locator('.quick-input-widget', { hasText: `Password of ${who}` });
  await box.waitFor({ timeout: 60_000 });
  await box.locator('input').first().press('Escape');
  await dialog().waitFor({ timeout: 60_000 });
  await press('Without a Password…');
  await dialog().locator('text=NOPASSWD').waitFor({ timeout: 60_000 });
  await soon(async () => assert.match(await dialog().textContent(), new RegExp(`visudo.*${who} ALL=\\(root\\) NOPASSWD: sha256:[0-9a-f]{64} .*/agent agent`, 's')));
  await w.shot('sudoers');
  await press('Copy Line');
  const line = await until('the line', async () => {
    const text = await w.clipboard();
    return text.includes('NOPASSWD') && text;
  });
  writeFileSync(`/etc/sudoers.d/${who}`, `${line.trim()}\n`, { mode: 0o440 });
  execFileSync('/usr/sbin/visudo', ['-cqf', `/etc/sudoers.d/${who}`]);
  await dialog().locator('.monaco-button', { hasText: 'Try Again' }).waitFor();
  await press('Try Again');
  const list = await running(sshd.to('b'));
  await until('a row', async () => {
    await touch('scapls-allowed-1');
    return (await texts(list)).some(t => t.includes('scapls-allowed-1'));
  });
  await list.locator('.live button', { hasText: 'Stop' }).click();
  await list.locator('.live .live-where', { hasText: 'Ended' }).waitFor({ timeout: 30_000 });
});

test('a link that is cut leaves what arrived; the capture is begun again', ssh, async () => {
  await begin(sshd.target, about('scapls-cut'));
  const list = await running(sshd.target);
  await until('a row', async () => {
    await touch('scapls-cut-1');
    return (await texts(list)).some(t => t.includes('scapls-cut-1'));
  });
  const pids = readdirSync('/proc').filter(p => /^\d+$/.test(p)).filter(p => {
    try {
      return readFileSync(`/proc/${p}/environ`, 'utf8').includes(`SSH_CONNECTION=`) && readFileSync(`/proc/${p}/environ`, 'utf8').includes(` ${sshd.port}\0`);
    } catch {
      return false;
    }
  });
  const parents = new Set(pids.map(p => { try { return /^PPid:\s*(\d+)/m.exec(readFileSync(`/proc/${p}/status`, 'utf8'))?.[1]; } catch { return undefined; } }));
  const session = [...parents].filter(p => p && /^sshd/.test(readFileSync(`/proc/${p}/cmdline`, 'utf8')) && !pids.includes(p));
  assert.ok(session.length > 0, 'the connection has a process');
  for (const p of session) process.kill(Number(p), 'SIGKILL');
  await dialog().waitFor({ timeout: 60_000 });
  await soon(async () => assert.match(await dialog().textContent(), /What arrived is kept/));
  await w.shot('cut');
  await press('Try Again');
  const next = await running(sshd.target);
  await until('a row', async () => {
    await touch('scapls-cut-2');
    return (await texts(next)).some(t => t.includes('scapls-cut-2'));
  });
  await onlyCaptures(w);
  await until('both are listed', async () => (await item(sshd.target).count()) >= 2);
  await next.locator('.live button', { hasText: 'Stop' }).click();
  await next.locator('.live .live-where', { hasText: 'Ended' }).waitFor({ timeout: 30_000 });
  await next.locator('.live button', { hasText: 'Start again' }).click();
  const third = await running(sshd.target);
  await third.locator('.live button', { hasText: 'Stop' }).click();
  await until('nothing is left there', () => readdirSync(sshd.tmp).length === 0, 60_000);
});

test('several machines are captured at once, and shown together while they run', ssh, async () => {
  await begin('', about('scapls-both'));
  const here = await running('This machine');
  await begin(sshd.target, about('scapls-both'));
  const there = await running(sshd.target);
  await until('rows of both', async () => {
    await touch('scapls-both-1');
    const a = await texts(here).catch(() => ['scapls-both-1']), b = await texts(there);
    return a.some(t => t.includes('scapls-both-1')) && b.some(t => t.includes('scapls-both-1'));
  });
  await onlyCaptures(w);
  await until('two that run', async () => (await item(/\/s · /).count()) === 2);
  // The lines change every second; on a busy machine a menu may come for one of them alone.
  await w.menu(async () => {
    await item('This machine').filter({ hasText: '/s ·' }).first().click();
    await item(sshd.target).filter({ hasText: '/s ·' }).first().click({ modifiers: ['Control'] });
    return item(sshd.target).filter({ hasText: '/s ·' }).first();
  }, 'Open Together…');
  const list = await w.frame('.members-list .member');
  await until('what is measured is shown', async () => /as measured/.test(await list.locator('.members').textContent()));
  const seen = async marker => {
    await touch(marker);
    let hosts = new Set();
    await until(`${marker} of both`, async () => {
      hosts = new Set((await texts(list)).filter(t => t.includes(marker)).map(t => /^.*?\.scap/.exec(t)?.[0]));
      return hosts.size === 2;
    });
  };
  await list.locator('.grid').press('End');
  for (let n = 2; n < 5; n++) await seen(`scapls-both-${n}`);
  await list.locator('.live .live-where', { hasText: 'Capturing' }).waitFor();
  await w.shot('together');
  const rows = await shown(list);
  await list.locator('.live button', { hasText: 'Stop' }).click();
  await until('none runs', async () => (await item(/\/s · /).count()) === 0);
  await soon(async () => assert.ok((await shown(list)) >= rows));
});

test('a command on another machine is captured, and its capture ends with it', ssh, async () => {
  await begin(sshd.target, 'evt.type=openat', async form => {
    await form.locator('label', { hasText: 'A command' }).first().click();
    await form.locator('#command').fill('cat /etc/hostname; cat /etc/hostname; exit 3');
  });
  const list = await w.frame('.live .live-where:has-text("Ended with its command")');
  await until('its rows', async () => (await texts(list)).some(t => t.includes('/etc/hostname')));
  await soon(async () => assert.ok((await texts(list)).every(t => /cat|sh/.test(t))));
});

test('events that are lost are warned of', live, async () => {
  await begin('', 'evt.args contains this-is-nowhere or evt.num < 50', async form => {
    await form.locator('label', { hasText: 'A command' }).first().click();
    await form.locator('#command').fill('dd if=/dev/zero of=/dev/null bs=1 count=4000000 2>/dev/null; sleep 30');
    await form.locator('#ring').fill('1');
  });
  const list = await w.frame('.live .live-drops.bad');
  await soon(async () => assert.match(await list.locator('.live-drops').textContent(), /[1-9][\d,]* dropped/));
  await soon(async () => assert.match(await list.locator('.live-drops').getAttribute('title'), /: [1-9]/, 'why they were lost'));
  await onlyCaptures(w);
  await item(/dropped/).first().waitFor();
  await until('the status bar warns', async () => /[1-9][\d,.]* drops/.test(await w.page.locator('[id*="scapls.captures"]').first().textContent()));
  await w.shot('drops');
  await list.locator('.live button', { hasText: 'Stop' }).click();
  await list.locator('.live .live-where', { hasText: /Ended/ }).waitFor({ timeout: 60_000 });
});
