// Wires the parts together.
import * as vscode from 'vscode';
import type { ViewCommand } from '../shared/messages';
import { Editors, viewType } from './editor';
import { message, Server } from './server';
import { Status } from './status';
import { Views } from './views';

const viewCommands: ViewCommand[] = [
  'toggleView', 'toggleInternal', 'copyRow', 'copyCell', 'copyValue', 'copyNode', 'fitColumn', 'hideColumn', 'chooseColumns', 'resetColumns',
  'togglePanes', 'expandAll', 'collapseAll',
];

export function activate(context: vscode.ExtensionContext): void {
  const output = vscode.window.createOutputChannel('scapls', { log: true });
  const server = new Server(context, output);
  const editors = new Editors(context, server);
  const command = (id: string, run: () => unknown): vscode.Disposable => vscode.commands.registerCommand(id, run);
  context.subscriptions.push(
    output, server, editors, new Views(editors), new Status(editors),
    vscode.window.registerCustomEditorProvider(viewType, editors, { supportsMultipleEditorsPerDocument: true }),
    command('scapls.open', () => open()),
    command('scapls.goto', () => goto(editors)),
    command('scapls.showOutput', () => output.show(true)),
    command('scapls.restart', () => restart(server)),
    vscode.workspace.onDidChangeConfiguration(e => {
      if (e.affectsConfiguration('scapls.path') && server.used) void restart(server);
    }),
    ...viewCommands.map(c => command(`scapls.${c}`, () => editors.active?.post({ type: 'command', command: c }))),
  );
}

const restart = (server: Server): Thenable<unknown> =>
  server.restart().catch((error: unknown) => vscode.window.showErrorMessage(message(error)));

async function open(): Promise<void> {
  const picked = await vscode.window.showOpenDialog({ title: vscode.l10n.t('Open Capture'), openLabel: vscode.l10n.t('Open') });
  if (picked?.[0]) await vscode.commands.executeCommand('vscode.openWith', picked[0], viewType);
}

async function goto(editors: Editors): Promise<void> {
  const to = await vscode.window.showInputBox({
    title: vscode.l10n.t('Go to Event'),
    prompt: vscode.l10n.t('An event number (1234), a clock time (08:10:06.5) or seconds after the start (+1.25)'),
  });
  if (to?.trim()) editors.active?.post({ type: 'goto', to: to.trim() });
}
