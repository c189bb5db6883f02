// Starts VS Code's server in a profile of its own and a browser, for tests of the extension as users get it.
//
//   E2E_TOOLS   folder with node24/ and cs/ (VS Code server); default .cache/e2e of the repository
//   VSIX        the package under test
//   E2E_EXTENSIONS  a folder with that package and the probe installed (install.mjs); else each server installs them
import assert from 'node:assert/strict';
import { execFileSync, spawn } from 'node:child_process';
import { copyFileSync, existsSync, linkSync, mkdirSync, mkdtempSync, openSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import net from 'node:net';
import os from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { chromium } from 'playwright-core';

const here = path.dirname(fileURLToPath(import.meta.url));
export const extension = path.resolve(here, '../..');
const tools = process.env.E2E_TOOLS ?? path.resolve(extension, '../.cache/e2e');
const codeServer = process.env.CODE_SERVER ?? path.join(tools, 'cs/node_modules/code-server/out/node/entry.js');
const node = process.env.CODE_NODE ?? path.join(tools, 'bin/node');
const browserPath = process.env.CHROMIUM ?? '/usr/bin/chromium';

/** missing says what is not installed; undefined if all is there. */
export const missing = () => [codeServer, node, browserPath].find(f => !existsSync(f));

const freePort = () => new Promise(resolve => {
  const s = net.createServer().listen(0, '127.0.0.1', () => {
    const { port } = s.address();
    s.close(() => resolve(port));
  });
});

/** probe packs the extension that tells when the extension host is up. */
function probe(dir) {
  const out = path.join(dir, 'probe.vsix');
  execFileSync(process.execPath, [path.join(extension, 'node_modules/@vscode/vsce/vsce'), 'package', '--no-dependencies', '--skip-license', '-o', out],
    { cwd: path.join(here, 'probe'), stdio: ['ignore', 'ignore', 'inherit'] });
  return out;
}

const run = (args, env) => new Promise((resolve, reject) => {
  spawn(node, args, { env, stdio: ['ignore', 'ignore', 'inherit'] }).on('exit', c => (c ? reject(new Error(`install ended with ${c}`)) : resolve()));
});

/** install puts the package under test, and the probe, into a folder of extensions. */
export async function install(extensions, vsix = process.env.VSIX) {
  const dir = mkdtempSync(path.join(os.tmpdir(), 'scapls-install-')), config = path.join(dir, 'config.yaml');
  writeFileSync(config, 'auth: none\n');
  try {
    await run([codeServer, '--config', config, '--user-data-dir', path.join(dir, 'user'), '--extensions-dir', extensions, '--install-extension', vsix, '--install-extension', probe(dir)],
      { PATH: process.env.PATH, HOME: dir, LANG: 'C.UTF-8', XDG_CONFIG_HOME: dir, XDG_DATA_HOME: dir, XDG_RUNTIME_DIR: dir, TMPDIR: dir, EXTENSIONS_GALLERY: '{}' });
  } finally {
    rmSync(dir, { recursive: true, force: true, maxRetries: 10, retryDelay: 200 });
  }
}

/**
 * start starts the server in a new profile, with the extensions of E2E_EXTENSIONS or, without that, those it installs. files: name in the workspace → file to
 * copy or text.
 */
export async function start({ files = {}, settings = {}, env: more = {} } = {}) {
  const dir = mkdtempSync(path.join(os.tmpdir(), 'scapls-e2e-')), workspace = path.join(dir, 'captures'), user = path.join(dir, 'user');
  for (const d of [workspace, path.join(user, 'User'), path.join(user, 'Machine')]) mkdirSync(d, { recursive: true });
  for (const [name, content] of Object.entries(files)) put(path.join(workspace, name), content);
  const ready = path.join(dir, 'ready'), config = path.join(dir, 'config.yaml');
  writeFileSync(ready, '');
  writeFileSync(config, 'auth: none\n');
  writeFileSync(path.join(user, 'User/settings.json'), JSON.stringify({
    'workbench.startupEditor': 'none', 'telemetry.telemetryLevel': 'off', 'extensions.autoUpdate': false, 'extensions.autoCheckUpdates': false,
    'extensions.ignoreRecommendations': true, 'chat.disableAIFeatures': true, 'git.enabled': false, 'workbench.enableExperiments': false,
    'workbench.secondarySideBar.defaultVisibility': 'hidden', 'workbench.colorTheme': 'Dark Modern', 'window.autoDetectColorScheme': false, 'update.mode': 'none',
    'remote.autoForwardPorts': false, ...settings,
  }));
  writeFileSync(path.join(user, 'Machine/settings.json'), JSON.stringify(settings)); // settings of scope machine are read from here
  const env = {
    PATH: process.env.PATH, HOME: dir, LANG: 'C.UTF-8', XDG_CONFIG_HOME: dir, XDG_DATA_HOME: dir, XDG_RUNTIME_DIR: dir, TMPDIR: dir, E2E_READY: ready,
    EXTENSIONS_GALLERY: '{}', ...more, // no gallery: nothing is looked up
  };
  const extensions = process.env.E2E_EXTENSIONS ?? path.join(dir, 'extensions');
  if (!process.env.E2E_EXTENSIONS) await install(extensions);
  const port = await freePort(), log = path.join(dir, 'server.log'), out = openSync(log, 'w');
  const server = spawn(node, [codeServer, '--config', config, '--user-data-dir', user, '--extensions-dir', extensions, '--bind-addr', `127.0.0.1:${port}`, '--auth', 'none', '--disable-telemetry', '--disable-update-check',
    '--disable-workspace-trust', '--disable-getting-started-override', '--ignore-last-opened', workspace], { env, stdio: ['ignore', out, out], detached: true });
  const url = `http://127.0.0.1:${port}`;
  for (let i = 0; ; i++) {
    if (await fetch(`${url}/healthz`).then(r => r.ok, () => false)) break;
    if (i > 300) throw new Error('the server does not answer');
    await new Promise(r => setTimeout(r, 100));
  }
  const lines = () => readFileSync(ready, 'utf8').split('\n').length;
  return {
    dir, workspace, url: `${url}/?folder=${encodeURIComponent(workspace)}`, log: () => readFileSync(log, 'utf8'),
    /** Call before going to the page, and what it returns after: then contributions are registered and the extension host is up. */
    readiness() {
      const before = lines(), since = Date.now();
      return async () => {
        while (lines() <= before) {
          if (Date.now() - since > 90_000) throw new Error('the extension host is not up');
          await new Promise(r => setTimeout(r, 50));
        }
      };
    },
    async stop() {
      const gone = new Promise(resolve => (server.exitCode !== null || server.signalCode !== null ? resolve() : server.on('exit', resolve)));
      try { process.kill(-server.pid, 'SIGTERM'); } catch { /* gone already */ }
      await gone;
      if (!process.env.KEEP) rmSync(dir, { recursive: true, force: true, maxRetries: 10, retryDelay: 200 });
    },
  };
}

function put(to, content) {
  if (!existsSync(content)) return writeFileSync(to, content);
  try {
    linkSync(content, to);
  } catch {
    copyFileSync(content, to);
  }
}

export const launch = () => chromium.launch({
  executablePath: browserPath, headless: true, ignoreDefaultArgs: ['--hide-scrollbars'],
  args: ['--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run', '--disable-background-networking', '--disable-component-update', '--disable-sync'],
});

/** soon asks again until what a function asserts holds, as a webview shows things a moment after a key or a click; it fails with what was said last. */
export async function soon(check, ms = 20_000) {
  const begun = Date.now();
  for (;;) {
    try {
      return await check();
    } catch (e) {
      if (Date.now() - begun > ms) throw e;
    }
    await new Promise(r => setTimeout(r, 50));
  }
}

/** until waits for what is true at last, and returns it; a check that throws is asked again. */
export function until(what, check, ms = 45_000) {
  return soon(async () => {
    const last = await check();
    if (!last) throw last;
    return last;
  }, ms).catch(last => assert.fail(`never: ${what} (not within ${ms} ms: ${last})`));
}

/** Workbench is a browser page with VS Code in it. */
export class Workbench {
  constructor(page, shots) {
    this.page = page;
    this.shots = shots;
    /** the webview of the active editor */
    this.view = page.frameLocator('iframe.webview.ready').frameLocator('#active-frame');
    mkdirSync(shots, { recursive: true });
  }

  static async open(browser, server, { shots, width = 1400, height = 900 }) {
    const context = await browser.newContext({ viewport: { width, height }, permissions: ['clipboard-read', 'clipboard-write'] });
    const page = await context.newPage(), w = new Workbench(page, shots);
    page.setDefaultTimeout(60_000); // a machine that does other things as well is slow, not wrong
    const ready = server.readiness();
    await page.goto(server.url, { waitUntil: 'domcontentloaded' });
    await page.locator('.monaco-workbench').waitFor({ timeout: 90_000 });
    await ready();
    return w;
  }

  shot(name) {
    return this.page.screenshot({ path: path.join(this.shots, `${name}.png`) });
  }

  /** kept waits until what was changed is kept, which is a second later. */
  kept() {
    return this.page.waitForTimeout(3000);
  }

  /** reopen opens the window again, and brings the editor of that name to the front: VS Code may not have kept which one was there. */
  async reopen(server, name) {
    await this.kept();
    const ready = server.readiness();
    await this.page.reload({ waitUntil: 'domcontentloaded' });
    await ready();
    await this.page.locator('.tab', { hasText: name }).click();
  }

  /** file opens a file from the explorer. */
  async file(name) {
    await this.page.locator('.explorer-folders-view [role=treeitem]', { hasText: name }).first().dblclick();
  }

  /** capture opens a capture from the explorer and waits for its rows. */
  async capture(name) {
    await this.file(name);
    await this.view.locator('.row:not(.loading)').first().waitFor({ timeout: 60_000 });
  }

  /**
   * palette runs a command of the palette. A picker that is just closing takes the key as well, so it is pressed until the command is there; and the list of
   * before takes Enter until what was written has changed it.
   */
  async palette(text) {
    const input = this.page.locator('.quick-input-widget input[type=text]').first(), quick = { timeout: 5000 };
    await until(`the command ${text}`, async () => {
      await this.page.keyboard.press('F1');
      await input.fill(`>${text}`, quick);
      await this.active(text).waitFor(quick);
      await this.page.keyboard.press('Enter');
      return true;
    }, 60_000);
  }

  /** answer writes into the box that asks for something, once it is there and the palette that it comes from is gone. */
  async answer(text, ms = 45_000) {
    const input = this.page.locator('.quick-input-widget input[type=text]').first(), quick = { timeout: 2000 };
    await until(`a box for ${text}`, async () => {
      if (!(await input.isVisible()) || (await input.inputValue(quick)).startsWith('>')) return false;
      await input.fill(text, quick);
      await this.page.waitForTimeout(100);
      return (await input.isVisible()) && (await input.inputValue(quick)) === text;
    }, ms);
  }

  /** option is an item of the picker that is open. */
  option(text) {
    return this.page.locator('.quick-input-list [role=option]', { hasText: text }).first();
  }

  /** active is the item that Enter takes, if it is this. */
  active(text) {
    return this.page.locator('.quick-input-list .monaco-list-row.focused', { hasText: text });
  }

  /** choose takes an item of the picker that is open with Enter, once it is the one. */
  async choose(text, timeout = 60_000) {
    await this.active(text).waitFor({ timeout });
    await this.page.keyboard.press('Enter');
  }

  /**
   * pick runs a command and takes an item of each picker that it opens, or does what is given with the box that it opens. An editor that takes the focus back
   * late from the palette closes them; then all of it is done again.
   */
  async pick(command, ...steps) {
    await until(`${command}: ${steps}`, async () => {
      await this.palette(command);
      for (const step of steps) await (typeof step === 'string' ? this.option(step).click({ timeout: 5000 }) : step());
      return true;
    }, 90_000);
  }

  /** press presses keys of the list once the workbench knows that it has the focus. A key that comes before that is none of the list's, and is pressed again. */
  async press(keys, done) {
    for (let i = 0; i < 3; i++) {
      await this.view.locator('.grid').focus();
      await this.page.waitForTimeout(300);
      await this.page.keyboard.press(keys);
      for (let k = 0; k < 100; k++) {
        if (await done()) return;
        await this.page.waitForTimeout(50);
      }
    }
    assert.fail(`${keys} does nothing`);
  }

  /** select clicks a row of the list, and returns when it is the one that is selected. */
  async select(row) {
    const id = await row.getAttribute('id');
    await row.click();
    await this.view.locator(`#${id}[aria-selected=true]`).waitFor();
  }

  /** closed waits until no picker is open: one that is closing still shows its items. */
  closed() {
    return this.page.locator('.quick-input-widget').waitFor({ state: 'hidden' });
  }

  /** saveAs answers a dialog that asks for a file, which may change its field once more after it has come. */
  async saveAs(file) {
    const quick = this.page.locator('.quick-input-widget input[type=text]').first();
    const value = () => quick.inputValue({ timeout: 1000 }).catch(() => '');
    for (let i = 0; i < 120 && !((await quick.isVisible()) && path.isAbsolute(await value())); i++) await this.page.waitForTimeout(250); // what was asked before may still be there
    for (let i = 0; i < 80 && (await quick.isVisible()); i++) {
      if ((await value()) === file) await quick.press('Enter', { timeout: 1000 }).catch(() => {});
      else await quick.fill(file, { timeout: 1000 }).catch(() => {}); // it may have gone meanwhile
      await this.page.waitForTimeout(250);
    }
    await quick.waitFor({ state: 'hidden' });
  }

  /**
   * menu opens the menu of an element, or of the one that a function selects and returns, and goes through it and its submenus, to the last of the labels. A view
   * that is shown anew meanwhile closes the menu, or selects something else; then all of it is done again.
   */
  async menu(target, ...labels) {
    const menus = this.page.locator('.monaco-menu'), quick = { timeout: 5000 };
    await until(`the menu ${labels}`, async () => {
      if (await menus.first().isVisible()) await this.page.keyboard.press('Escape');
      await (typeof target === 'function' ? await target() : target).click({ button: 'right', ...quick });
      for (const [i, label] of labels.entries()) {
        const item = menus.locator('.action-item', { has: this.page.locator(`.action-label:text-is("${label}")`) }).last();
        await item.waitFor(quick);
        await this.page.waitForTimeout(250); // a menu does not take a click at once, so that the one that opened it is none
        if (i === labels.length - 1) await item.click(quick);
        else await item.hover(quick);
      }
      return true;
    }, 60_000);
  }

  /** activity shows the views of the extension. */
  async activity() {
    await this.page.locator('.activitybar .action-label[aria-label^="scapls"]').click({ force: true }); // a badge may lie over it
  }

  /** explorer shows the files again. A click while another view is just coming may be lost. */
  async explorer() {
    const file = this.page.locator('.explorer-folders-view [role=treeitem]').first();
    await until('the files', async () => {
      if (await file.isVisible()) return true;
      await this.page.locator('.activitybar .action-label[aria-label^="Explorer"]').click({ timeout: 5000 });
      return file.waitFor({ timeout: 5000 }).then(() => true, () => false);
    });
  }

  /** frame finds the webview that holds a selector: a list and what stands beside it are several. */
  frame(selector) {
    return until(`a webview with ${selector}`, async () => {
      for (const f of this.page.frames()) if (await f.locator(selector).first().isVisible().catch(() => false)) return f;
      return undefined;
    }, 60_000);
  }

  /** cells is the texts of a row of the list; row from 0. */
  async cells(row) {
    const el = this.view.locator(`[data-row="${row}"]:not(.loading)`);
    await el.waitFor({ timeout: 30_000 });
    return el.locator('.cell').allTextContents();
  }

  clipboard() {
    return this.page.evaluate(() => navigator.clipboard.readText());
  }
}

/** artifacts is where screenshots go; it is not in the repository. */
export const artifacts = process.env.ARTIFACTS ?? path.resolve(extension, '../artifacts');

/** skip is a reason not to run the tests, or a failure when SCAPLS_REQUIRE names e2e; undefined if they can run. */
export function skip(...variables) {
  const why = missing() ? `${missing()} is not installed` : [...variables, 'VSIX'].filter(v => !process.env[v]).map(v => `${v} is not set`)[0];
  if (why && `,${process.env.SCAPLS_REQUIRE ?? ''},`.includes(',e2e,')) throw new Error(why);
  return why;
}
