// How to allow captures on another machine without a password: the line to paste there.
import { execFile } from 'node:child_process';
import * as vscode from 'vscode';
import { parse } from './captureLine';
import { message, type Server } from './server';

interface Sudoers {
  user: string;
  path: string;
  line: string;
}

/** offerSudoers leaves the agent on a machine, and shows the line that allows a user there to run it by sudo without a password. */
export async function offerSudoers(server: Server, target: string): Promise<void> {
  const t = vscode.l10n.t;
  try {
    const s = await vscode.window.withProgress({ location: vscode.ProgressLocation.Notification, title: t('{0}: leaving the agent there…', target), cancellable: true }, (_, token) => ask(server, target, token));
    if (!s) return;
    const copy = t('Copy Line'), command = t('Copy Command');
    const detail = [t('On {0}, run', target), '    sudo visudo -f /etc/sudoers.d/scapls', t('and paste this line:'), `    ${s.line}`,
      t('It allows {0} this one program, told by its sum, to capture and nothing else. It was left there as {1}.', s.user, s.path)].join('\n');
    const chosen = await vscode.window.showInformationMessage(t('Captures on {0} without a password', target), { modal: true, detail }, copy, command);
    if (chosen === copy) await vscode.env.clipboard.writeText(s.line);
    if (chosen === command) await vscode.env.clipboard.writeText('sudo visudo -f /etc/sudoers.d/scapls');
  } catch (error) {
    void vscode.window.showErrorMessage(message(error));
  }
}

async function ask(server: Server, target: string, token: vscode.CancellationToken): Promise<Sudoers | undefined> {
  const ssh = vscode.workspace.getConfiguration('scapls'), program = ssh.get<string>('ssh.program', '');
  const list = ['remote', 'sudoers', target, '-o', 'json', '--status', 'json', ...(program !== '' ? ['--ssh', program] : []), ...ssh.get<string[]>('ssh.options', []).flatMap(w => ['--ssh-option', w])];
  const binary = await server.binary();
  return new Promise((resolve, reject) => {
    const child = execFile(binary, list, { timeout: 120_000, maxBuffer: 4 << 20 }, (error, stdout, stderr) => {
      if (token.isCancellationRequested) return resolve(undefined);
      if (!error) return resolve(JSON.parse(stdout) as Sudoers);
      const last = stderr.split('\n').map(l => parse(l)).filter(l => l !== undefined).at(-1);
      reject(new Error([last?.error || stderr.trim() || message(error), last?.fix].filter(Boolean).join('\n')));
    });
    token.onCancellationRequested(() => child.kill());
  });
}
