// Opens the capture of `make run` when a window starts with no editor. A file that is named in the page's address would be opened before the
// custom editors are registered, and so as text.
const vscode = require('vscode');

exports.activate = async () => {
  const file = process.env.SCAPLS_RUN_OPEN;
  if (file && vscode.window.tabGroups.all.every(group => group.tabs.length === 0)) {
    await vscode.commands.executeCommand('vscode.openWith', vscode.Uri.file(file), 'scapls.capture');
  }
};
