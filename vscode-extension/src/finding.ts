// Commands of finding and of going from event to event, and when their keys mean something.
import * as vscode from 'vscode';
import { ways } from '../shared/find';
import type { ViewCommand } from '../shared/messages';
import type { Editors } from './editor';

const commands: Record<string, ViewCommand> = {
  'scapls.find': 'find', 'scapls.find.next': 'findNext', 'scapls.find.previous': 'findPrevious', 'scapls.go.back': 'back', 'scapls.go.forward': 'forward',
};

export class Finding implements vscode.Disposable {
  private readonly disposables: vscode.Disposable[];
  private told = '';

  constructor(private readonly editors: Editors) {
    const all: [string, ViewCommand][] = [...Object.entries(commands), ...Object.keys(ways).map((w): [string, ViewCommand] => [`scapls.go.${w}`, `go.${w}`])];
    this.disposables = [
      ...all.map(([id, command]) => vscode.commands.registerCommand(id, () => this.editors.active?.ask({ type: 'command', command }))),
      editors.onActive(() => this.tell()),
    ];
  }

  dispose(): void {
    for (const d of this.disposables) d.dispose();
  }

  /** tell sets what the keybindings and menus look at. */
  private tell(): void {
    const panel = this.editors.active, at = panel?.webview.active ? panel.focus : '', now = JSON.stringify([at, panel?.history]);
    if (now === this.told) return;
    this.told = now;
    void vscode.commands.executeCommand('setContext', 'scapls.focus', at);
    void vscode.commands.executeCommand('setContext', 'scapls.canGoBack', panel?.history.back ?? false);
    void vscode.commands.executeCommand('setContext', 'scapls.canGoForward', panel?.history.forward ?? false);
  }
}
