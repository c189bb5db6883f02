// Bundles: dist/extension.js for the extension host, dist/webview.{js,css} for the editor, dist/analysis.{js,css} for the analysis, dist/capture.{js,css} for the form of captures, dist/explain.{js,css} for the view that explains an event, dist/colors.{js,css} for the editor of colour rules, with --tests dist/test/*.mjs.
import { build, context } from 'esbuild';
import { readdirSync, rmSync } from 'node:fs';

const args = new Set(process.argv.slice(2));
const common = { bundle: true, minify: args.has('--minify'), sourcemap: args.has('--watch') ? 'linked' : false, logLevel: 'warning', legalComments: 'none' };
const host = {
  ...common, entryPoints: ['src/extension.ts'], outfile: 'dist/extension.js', platform: 'node', format: 'cjs', target: 'node20', external: ['vscode'],
};
const webview = {
  ...common, entryPoints: { webview: 'webview/main.ts', analysis: 'webview/analysis/main.ts', capture: 'webview/capture/main.ts', explain: 'webview/explain/main.ts', colors: 'webview/colors/main.ts' }, outdir: 'dist', platform: 'browser', format: 'iife', target: 'chrome120',
  loader: { '.ttf': 'file' }, assetNames: '[name]',
};
const tests = {
  ...common, entryPoints: readdirSync('test/unit').filter(f => f.endsWith('.test.ts')).map(f => `test/unit/${f}`), outdir: 'dist/test',
  platform: 'node', format: 'esm', target: 'node20', outExtension: { '.js': '.test.mjs' }, entryNames: '[name]',
};

if (args.has('--tests')) {
  rmSync('dist/test', { recursive: true, force: true });
  await build({ ...tests, sourcemap: 'inline' });
} else if (args.has('--watch')) {
  for (const c of [host, webview]) await (await context(c)).watch();
} else {
  rmSync('dist', { recursive: true, force: true });
  await Promise.all([build(host), build(webview)]);
}
