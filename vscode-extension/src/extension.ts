// Wires the parts together.
import * as vscode from 'vscode';
import type { ViewCommand } from '../shared/messages';
import { Analyses } from './analysis';
import { askText } from './askText';
import { Captures } from './captures';
import { CaptureSettings } from './captureSettings';
import { CaptureTree } from './captureTree';
import { ColorCommands } from './colorEditor';
import { Colors } from './colors';
import { Editors, viewType } from './editor';
import { ExplainView } from './explainView';
import { exportEvents } from './export';
import { Filters } from './filters';
import { Finding } from './finding';
import { FilterDocuments } from './language';
import { Notes } from './notes';
import { ProfileMenu } from './profileMenu';
import { Profiles } from './profiles';
import { message, Server } from './server';
import { Status } from './status';
import { Store } from './store';
import { Together } from './together';
import { Clocks } from './togetherUri';
import { Views } from './views';

const viewCommands: ViewCommand[] = [
  'toggleView', 'toggleInternal', 'copyRow', 'copyCell', 'copyValue', 'copyNode', 'fitColumn', 'hideColumn', 'chooseColumns', 'resetColumns',
  'togglePanes', 'expandAll', 'collapseAll', 'copyCsv', 'copyJson', 'copyMarkdown', 'sortAscending', 'sortDescending', 'sortNone', 'alignLeft', 'alignCenter', 'alignRight', 'applyAsColumn',
  'addColumn', 'renameColumn', 'saveColumnSet', 'useColumnSet',
];

const filterCommands: Record<string, ViewCommand> = {
  focus: 'filterFocus', clear: 'filterClear', next: 'filterNext', previous: 'filterPrevious', mode: 'filterMode', explain: 'filterExplain', suggest: 'filterComplete',
  toggleButtons: 'toggleButtons',
};

export function activate(context: vscode.ExtensionContext): void {
  const output = vscode.window.createOutputChannel('scapls', { log: true });
  const server = new Server(context, output);
  const store = new Store(server), profiles = new Profiles(server), clocks = new Clocks(context.globalState), colors = new Colors(context, server), editors = new Editors(context, server, store, profiles, clocks, colors), views = new Views(editors);
  const settings = new CaptureSettings(server), captures = new Captures(context, server, editors, settings), tree = new CaptureTree(captures);
  const command = (id: string, run: () => unknown): vscode.Disposable => vscode.commands.registerCommand(id, run);
  context.subscriptions.push(
    output, server, store, profiles, colors, editors, views, new ColorCommands(context, colors, editors, server, views), new Status(editors), new ProfileMenu(context, editors, profiles, store), new ExplainView(context, editors), new Analyses(context, editors, server), new Filters(editors, server, store, views), new FilterDocuments(server, store),
    settings, captures, tree, new Together(editors, captures, tree, clocks), new Finding(editors), new Notes(editors, server),
    vscode.window.registerCustomEditorProvider(viewType, editors, { supportsMultipleEditorsPerDocument: true }),
    command('scapls.open', () => open()),
    command('scapls.goto', () => goto(editors)),
    command('scapls.export', () => exportEvents(editors)),
    command('scapls.explainRow', () => editors.active?.ask({ type: 'command', command: 'explainRow' })),
    command('scapls.showOutput', () => output.show(true)),
    command('scapls.restart', () => restart(server)),
    vscode.workspace.onDidChangeConfiguration(e => {
      if (e.affectsConfiguration('scapls.path') && server.used) void restart(server);
    }),
    ...Object.entries(filterCommands).map(([id, c]) => command(`scapls.filter.${id}`, () => editors.active?.ask({ type: 'command', command: c }))),
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
  const to = await askText({
    title: vscode.l10n.t('Go to Event'),
    prompt: vscode.l10n.t('An event number (1234), a clock time (08:10:06.5), after the start (+1.25, +250ms), before the end (-5s), after or before the selected event (>5s, <5s), a part of the list (50%)'),
  });
  if (to?.trim()) editors.active?.post({ type: 'goto', to: to.trim() });
}
