import * as vscode from 'vscode';

/** askText asks for a text in a box that stays when an editor takes the focus: what was typed is not lost. */
export function askText(options: vscode.InputBoxOptions, token?: vscode.CancellationToken): Thenable<string | undefined> {
  return vscode.window.showInputBox({ ...options, ignoreFocusOut: true }, token);
}
