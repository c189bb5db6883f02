// Pictures of the extension in the themes of VS Code, into artifacts/themes. The dark one is docs/screenshot.png: `make screenshots` puts it there.
import { copyFileSync } from 'node:fs';
import { readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { artifacts, launch, start, Workbench } from './lib.mjs';

const themes = { dark: 'Dark Modern', light: 'Light Modern', 'high-contrast': 'Default High Contrast', 'high-contrast-light': 'Default High Contrast Light' };
const event = '1520'; // of the sample: a request over a connection

async function picture(browser, server, name) {
  const w = await Workbench.open(browser, server, { shots: path.join(artifacts, 'themes') });
  await w.capture('sysmix.scap');
  await w.view.locator('.segments button', { hasText: 'Calls' }).click();
  await w.view.locator('input.goto').fill(event);
  await w.view.locator('input.goto').press('Enter');
  await w.view.locator('.node.top', { hasText: 'Arguments' }).waitFor();
  await w.activity();
  await w.page.locator('.pane-header[aria-label^="Capture Info"]').click(); // leaves its room to the others
  await w.page.locator('.pane-header', { hasText: /as of event/ }).waitFor();
  const sidebar = await w.page.locator('.part.sidebar').boundingBox(), edge = sidebar.x + sidebar.width;
  await w.page.mouse.move(edge, 500);
  await w.page.mouse.down();
  await w.page.mouse.move(edge - 105, 500, { steps: 8 });
  await w.page.mouse.up();
  await w.view.locator('.node', { hasText: 'data' }).first().click();
  await w.view.locator('.filter-input').fill('evt.category in (net, file)');
  await w.view.locator('.filter-input').press('Enter');
  await w.view.locator('.filter-box.applied .filter-count', { hasText: ' of ' }).waitFor();
  await w.page.keyboard.type(' and proc.name = s', { delay: 20 });
  await w.view.locator('.suggestion').first().waitFor();
  await w.page.keyboard.press('ArrowDown');
  await w.page.mouse.move(700, 890);
  await w.page.waitForTimeout(1000);
  await w.shot(name);
  await w.page.context().close();
}

const server = await start({ files: { 'sysmix.scap': process.env.SCAPLS_E2E_CAPTURE_SMALL } }), browser = await launch();
try {
  const settings = path.join(server.dir, 'user/User/settings.json'), base = JSON.parse(await readFile(settings, 'utf8'));
  for (const [name, theme] of Object.entries(themes)) {
    await writeFile(settings, JSON.stringify({ ...base, 'workbench.colorTheme': theme }));
    await picture(browser, server, name);
  }
} finally {
  await browser.close();
  await server.stop();
}
if (process.argv[2]) copyFileSync(path.join(artifacts, 'themes/dark.png'), process.argv[2]);
