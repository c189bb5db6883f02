// What tests of live captures need besides VS Code: a machine that can be recorded, an sshd of their own, and ways to wait.
import { execFileSync, spawn, spawnSync } from 'node:child_process';
import { chmodSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import net from 'node:net';
import os from 'node:os';
import path from 'node:path';

const bin = process.env.SCAPLS_BIN;

/** cannotSSH is why there can be no sshd, or a failure when SCAPLS_REQUIRE names ssh. */
export function cannotSSH() {
  const no = ['/usr/sbin/sshd', '/usr/bin/ssh', '/usr/bin/ssh-keygen', '/usr/bin/sudo', '/usr/sbin/useradd', '/usr/sbin/chpasswd'].filter(f => !existsSync(f)).map(f => `${f} is not there`)[0] ?? (process.getuid() === 0 ? undefined : 'an sshd that root may log in to needs root');
  if (no && `,${process.env.SCAPLS_REQUIRE ?? ''},`.includes(',ssh,')) throw new Error(no);
  return no;
}

/**
 * startSSHD starts an sshd on loopback with keys of its own, and returns how to get there. users get accounts, with a password and what sudo allows them; their
 * names are such that testdata/tools/setup-ssh.sh clean finds them.
 */
export async function startSSHD(users = {}) {
  const accounts = Object.fromEntries(Object.entries(users).map(([letter, u]) => [letter, { ...u, name: `scapls-t${process.pid}${letter}` }]));
  const dir = mkdtempSync(path.join(os.tmpdir(), 'scapls-sshd-')), at = name => path.join(dir, name);
  const port = await new Promise(resolve => {
    const l = net.createServer().listen(0, '127.0.0.1', () => {
      const { port: p } = l.address();
      l.close(() => resolve(p));
    });
  });
  for (const key of ['hostkey', 'key']) execFileSync('ssh-keygen', ['-q', '-t', 'ed25519', '-N', '', '-f', at(key)]);
  writeFileSync(at('known'), `[127.0.0.1]:${port} ${readFileSync(at('hostkey.pub'), 'utf8')}`);
  mkdirSync('/run/sshd', { recursive: true });
  mkdirSync(at('tmp'));
  chmodSync(at('tmp'), 0o1777);
  chmodSync(dir, 0o755); // sshd reads the key as the user
  for (const { name, password, sudo } of Object.values(accounts)) {
    execFileSync('/usr/sbin/useradd', ['-m', '-s', '/bin/sh', name]);
    if (password) execFileSync('/usr/sbin/chpasswd', { input: `${name}:${password}\n` });
    else execFileSync('/usr/sbin/usermod', ['-p', '*', name]);
    if (sudo) writeFileSync(`/etc/sudoers.d/${name}`, `${name} ${sudo}\n`, { mode: 0o440 });
  }
  writeFileSync(at('sshd_config'), `Port ${port}\nListenAddress 127.0.0.1\nHostKey ${at('hostkey')}\nAuthorizedKeysFile ${at('key.pub')}\nStrictModes no\nUsePAM no\n`
    + `PasswordAuthentication no\nPermitRootLogin prohibit-password\nPidFile none\nSetEnv TMPDIR=${at('tmp')} XDG_RUNTIME_DIR=${at('tmp')}\n`);
  writeFileSync(at('ssh_config'), `Host *\n  IdentityFile ${at('key')}\n  IdentitiesOnly yes\n  IdentityAgent none\n  UserKnownHostsFile ${at('known')}\n  GlobalKnownHostsFile /dev/null\n`);
  const child = spawn('/usr/sbin/sshd', ['-D', '-e', '-f', at('sshd_config')], { stdio: 'ignore' });
  for (let i = 0; i < 100; i++) {
    const up = await new Promise(resolve => {
      const c = net.connect(port, '127.0.0.1', () => { c.destroy(); resolve(true); }).on('error', () => resolve(false));
    });
    if (up) break;
    await new Promise(r => setTimeout(r, 50));
  }
  const stop = () => {
    child.kill();
    for (const { name } of Object.values(accounts)) {
      rmSync(`/etc/sudoers.d/${name}`, { force: true });
      spawnSync('/usr/sbin/userdel', ['-rf', name]);
    }
    rmSync(dir, { recursive: true, force: true });
  };
  return { target: `root@127.0.0.1:${port}`, to: letter => `${accounts[letter].name}@127.0.0.1:${port}`, users: accounts, port, config: at('ssh_config'), tmp: at('tmp'), stop };
}

/** cannotCapture is why this machine cannot be recorded, or a failure when SCAPLS_REQUIRE names bpf. */
export function cannotCapture() {
  const dir = mkdtempSync(path.join(os.tmpdir(), 'scapls-can-'));
  const r = spawnSync(bin, ['capture', '-w', path.join(dir, 'x.scap'), '-d', '10ms'], { encoding: 'utf8' });
  rmSync(dir, { recursive: true });
  if (r.status === 0) return undefined;
  if (`,${process.env.SCAPLS_REQUIRE ?? ''},`.includes(',bpf,')) throw new Error(r.stderr);
  return `calls cannot be recorded here: ${r.stderr.split('\n')[0]}`;
}

/** views shows the views of the extension; a click when they are shown would hide them. */
export async function views(w) {
  if (!(await w.page.locator('.pane:has(.pane-header[aria-label^="Captures"])').first().isVisible())) await w.activity();
}

export const shown = async list => Number((await list.locator('.grid').getAttribute('aria-rowcount') ?? '1')) - 1;
export const texts = list => list.locator('.row:not(.loading)').allTextContents();

/** onlyCaptures shows the view of captures and no other, so that all of its lines are seen. */
export async function onlyCaptures(w) {
  await views(w);
  const open = w.page.locator('.composite.viewlet .pane-header.expanded:not([aria-label^="Captures"])');
  for (let i = 0; i < 20 && await open.count() > 0; i++) await open.first().locator('.title').click();
}
