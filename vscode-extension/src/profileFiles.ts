// Profiles in files of their own, to be given to others.
import * as path from 'node:path';
import * as vscode from 'vscode';
import type { Profile, ProfileSpec } from '../shared/wire.gen';
import { nameOf, originName, problemText, type OwnOrigin, type Profiles } from './profiles';

const extension = 'scapls-profiles.json';

/** exportProfiles writes chosen profiles to a file, as they are in the settings. */
export async function exportProfiles(near: vscode.Uri, profiles: readonly Profile[], present: Profile): Promise<void> {
  const items = profiles.map(p => ({ label: p.spec.name, description: originName(p.origin), picked: p.origin !== 'shipped' || p.spec.name === present.spec.name, p }));
  const picked = await vscode.window.showQuickPick(items, { canPickMany: true, title: vscode.l10n.t('Export Profiles'), placeHolder: vscode.l10n.t('Choose the profiles to write') });
  if (!picked || picked.length === 0) return;
  const to = await vscode.window.showSaveDialog({ title: vscode.l10n.t('Export Profiles'), defaultUri: vscode.Uri.joinPath(near, '..', `captures.${extension}`), filters: { JSON: ['json'] } });
  if (!to) return;
  await vscode.workspace.fs.writeFile(to, Buffer.from(`${JSON.stringify({ profiles: picked.map(i => i.p.own) }, undefined, 2)}\n`));
  const look = vscode.l10n.t('Open');
  void vscode.window.showInformationMessage(vscode.l10n.t('{0} profiles were written to {1}.', picked.length, path.basename(to.fsPath)), look).then(c => {
    if (c === look) void vscode.window.showTextDocument(to);
  });
}

/** importProfiles takes the profiles of a file into settings; what is wrong with them is told, and what is right of them taken. */
export async function importProfiles(
  profiles: Profiles, near: vscode.Uri, where: () => Promise<OwnOrigin | undefined>, may: (specs: ProfileSpec[]) => (origin: OwnOrigin) => Promise<boolean>,
): Promise<void> {
  const [from] = await vscode.window.showOpenDialog({ title: vscode.l10n.t('Import Profiles'), defaultUri: vscode.Uri.joinPath(near, '..'), filters: { JSON: ['json'] } }) ?? [];
  if (!from) return;
  const { profiles: read, problems } = await profiles.check(Buffer.from(await vscode.workspace.fs.readFile(from)).toString('utf8'));
  if (problems.length > 0) {
    const detail = problems.map(p => problemText(p).replace(`${originName(p.origin)}, `, '')).join('\n'), name = path.basename(from.fsPath), go = vscode.l10n.t('Import the Rest');
    if (read.length === 0) {
      void vscode.window.showErrorMessage(vscode.l10n.t('{0} holds no profile that can be used.', name), { modal: true, detail });
      return;
    }
    if ((await vscode.window.showWarningMessage(vscode.l10n.t('{0} has faults.', name), { modal: true, detail }, go)) !== go) return;
  }
  const specs = read.map(p => p.own), origin = specs.length > 0 ? await where() : undefined;
  if (!origin || !(await may(specs)(origin))) return;
  const names = new Set(specs.map(s => s.name));
  await profiles.write(origin, near, [...profiles.own(origin, near).filter(s => !names.has(nameOf(s))), ...specs]);
  void vscode.window.showInformationMessage(vscode.l10n.t('Profiles imported: {0}.', [...names].join(', ')));
}
