// The profile in the status bar, and what can be done with profiles: choose, save, copy, write, delete, give away.
import * as vscode from 'vscode';
import type { Profile, ProfileSpec } from '../shared/wire.gen';
import { askText } from './askText';
import type { Editors, Panel } from './editor';
import { exportProfiles, importProfiles } from './profileFiles';
import { editSettings, nameOf, originName, problemText, type OwnOrigin, type Profiles } from './profiles';
import { savedLook } from './profileLook';
import { message } from './server';
import type { Store } from './store';

interface Item extends vscode.QuickPickItem {
  profile?: Profile;
  run?: () => Promise<unknown>;
}

export class ProfileMenu implements vscode.Disposable {
  private readonly item = vscode.window.createStatusBarItem('scapls.profile', vscode.StatusBarAlignment.Right, 101);
  private readonly disposables: vscode.Disposable[];

  constructor(private readonly context: vscode.ExtensionContext, private readonly editors: Editors, private readonly profiles: Profiles, private readonly store: Store) {
    const command = (id: string, run: (panel: Panel) => Promise<unknown>): vscode.Disposable => vscode.commands.registerCommand(id, async () => {
      const panel = editors.active;
      if (!panel) return;
      try {
        await run(panel);
      } catch (error) {
        void vscode.window.showErrorMessage(message(error));
      }
    });
    this.item.name = vscode.l10n.t('Profile of the Capture');
    this.item.command = 'scapls.profile.switch';
    this.disposables = [
      this.item, editors.onActive(() => this.update()),
      command('scapls.profile.switch', p => this.pick(p)),
      command('scapls.profile.save', p => this.save(p)),
      command('scapls.profile.duplicate', async p => {
        const profile = await this.choose(p, vscode.l10n.t('Duplicate a Profile'), () => true);
        if (profile) await this.duplicate(p, profile);
      }),
      command('scapls.profile.delete', async p => {
        const profile = await this.choose(p, vscode.l10n.t('Delete a Profile'), x => x.origin !== 'shipped');
        if (profile) await this.remove(p, profile);
      }),
      command('scapls.profile.edit', p => this.edit(p)),
      command('scapls.profile.import', async p => this.import(p)),
      command('scapls.profile.export', async p => exportProfiles(p.document.uri, (await p.looks.all()).profiles, p.looks.profile)),
    ];
  }

  dispose(): void {
    for (const d of this.disposables) d.dispose();
  }

  private update(): void {
    const panel = this.editors.active;
    if (!panel || !panel.webview.visible || panel.looks.profile.spec.name === '' || panel.document.state.kind !== 'open') {
      this.item.hide();
      return;
    }
    const { profile, problems } = panel.looks;
    this.item.text = `$(eye) ${profile.spec.name}${problems.length > 0 ? ' $(warning)' : ''}`;
    this.item.tooltip = [
      vscode.l10n.t('Profile “{0}” ({1}): click for another', profile.spec.name, originName(profile.origin)), profile.spec.description ?? '', ...problems.map(problemText),
    ].filter(Boolean).join('\n');
    this.item.accessibilityInformation = { label: vscode.l10n.t('Profile {0}', profile.spec.name), role: 'button' };
    this.item.show();
  }

  /** pick shows all profiles; what can be done with one is beside it. */
  private async pick(panel: Panel): Promise<void> {
    const { profiles, problems } = await panel.looks.all(), pick = vscode.window.createQuickPick<Item>();
    const copy: vscode.QuickInputButton = { iconPath: new vscode.ThemeIcon('copy'), tooltip: vscode.l10n.t('Duplicate') };
    const edit: vscode.QuickInputButton = { iconPath: new vscode.ThemeIcon('json'), tooltip: vscode.l10n.t('Edit in the Settings') };
    const trash: vscode.QuickInputButton = { iconPath: new vscode.ThemeIcon('trash'), tooltip: vscode.l10n.t('Delete') };
    const line = (label: string): Item => ({ label, kind: vscode.QuickPickItemKind.Separator });
    const action = (icon: string, label: string, run: () => Promise<unknown>): Item => ({ label: `$(${icon}) ${label}`, run });
    pick.title = vscode.l10n.t('Profile of {0}', panel.document.name);
    pick.placeholder = vscode.l10n.t('Columns, colours, filter buttons, time format and views together');
    pick.matchOnDescription = pick.matchOnDetail = true;
    pick.items = [
      ...profiles.map((p): Item => ({
        profile: p, label: `$(${p.spec.name === panel.looks.profile.spec.name ? 'check' : 'blank'}) ${p.spec.name}`, description: whence(p), detail: p.spec.description || undefined,
        buttons: p.origin === 'shipped' ? [copy] : [copy, edit, trash],
      })),
      ...(problems.length > 0 ? [line(vscode.l10n.t('faults')), ...problems.map((p): Item => ({
        label: `$(warning) ${p.message}`, detail: problemText({ ...p, message: '' }).replace(/: $/, ''), run: async () => p.origin !== 'shipped' && editSettings(p.origin),
      }))] : []),
      line(vscode.l10n.t('more')),
      action('save', vscode.l10n.t('Save the Present Look as a Profile…'), () => this.save(panel)),
      action('json', vscode.l10n.t('Edit Profiles in the Settings…'), () => this.edit(panel)),
      action('cloud-download', vscode.l10n.t('Import Profiles…'), () => this.import(panel)),
      action('cloud-upload', vscode.l10n.t('Export Profiles…'), () => exportProfiles(panel.document.uri, profiles, panel.looks.profile)),
    ];
    const active = pick.items.find(i => i.profile?.spec.name === panel.looks.profile.spec.name);
    if (active) pick.activeItems = [active];
    const run = (what: () => unknown): void => {
      pick.hide();
      void Promise.resolve().then(what).catch((error: unknown) => vscode.window.showErrorMessage(message(error)));
    };
    pick.onDidAccept(() => {
      const [picked] = pick.selectedItems;
      if (picked?.profile) run(() => this.use(panel, picked.profile as Profile));
      else if (picked?.run) run(picked.run);
    });
    pick.onDidTriggerItemButton(({ item: { profile }, button }) => {
      if (!profile) return;
      run(() => (button === copy ? this.duplicate(panel, profile) : button === trash ? this.remove(panel, profile) : profile.origin !== 'shipped' && editSettings(profile.origin)));
    });
    pick.onDidHide(() => pick.dispose());
    pick.show();
  }

  /** use shows a capture with a profile, and the views that belong to it. */
  private async use(panel: Panel, profile: Profile): Promise<void> {
    panel.looks.use(profile, true);
    const { views } = profile.spec;
    if (views?.side) await vscode.commands.executeCommand(`scapls.${views.side}.focus`, { preserveFocus: true });
    if (views?.analysis) await vscode.commands.executeCommand(`scapls.analysis.${views.analysis}`, true);
    panel.webview.reveal(undefined, false);
  }

  private async choose(panel: Panel, title: string, which: (p: Profile) => boolean): Promise<Profile | undefined> {
    const { profiles } = await panel.looks.all(), items = profiles.filter(which).map((p): Item => ({ profile: p, label: p.spec.name, description: whence(p), detail: p.spec.description || undefined }));
    if (items.length === 0) {
      void vscode.window.showInformationMessage(vscode.l10n.t('There are no profiles but those that come with scapls.'));
      return undefined;
    }
    return (await vscode.window.showQuickPick(items, { title }))?.profile;
  }

  private async save(panel: Panel): Promise<void> {
    const { profile } = panel.looks, name = await this.name(vscode.l10n.t('Save the Present Look as a Profile'), profile.origin === 'shipped' ? '' : profile.spec.name);
    if (name === undefined) return;
    await this.store.load();
    await this.put(panel, await savedLook(name, panel, this.store.filters.groups, this.context.globalState));
  }

  private async duplicate(panel: Panel, profile: Profile): Promise<void> {
    const name = await this.name(vscode.l10n.t('Duplicate {0}', profile.spec.name), vscode.l10n.t('{0} copy', profile.spec.name));
    if (name === undefined) return;
    const { base: _base, ...spec } = profile.spec; // complete, so that there is nothing left to take from a base
    await this.put(panel, { ...spec, name });
  }

  private async remove(panel: Panel, profile: Profile): Promise<void> {
    if (profile.origin === 'shipped') return;
    const yes = vscode.l10n.t('Delete'), hidden = profile.hides ? vscode.l10n.t('The one of that name that it hides ({0}) is used then.', originName(profile.hides)) : undefined;
    if ((await vscode.window.showWarningMessage(vscode.l10n.t('Delete the profile “{0}” of the {1}?', profile.spec.name, originName(profile.origin)), { modal: true, ...(hidden && { detail: hidden }) }, yes)) !== yes) return;
    await this.profiles.remove(profile.origin, panel.document.uri, profile.spec.name);
  }

  private async edit(panel: Panel): Promise<void> {
    const { origin } = panel.looks.profile, target = origin === 'shipped' ? await whereTo(vscode.l10n.t('Edit the Profiles of')) : origin;
    if (target) await editSettings(target);
  }

  private async import(panel: Panel): Promise<void> {
    await importProfiles(this.profiles, panel.document.uri, () => whereTo(vscode.l10n.t('Keep the Profiles in')), specs => this.replaces(panel, specs));
  }

  /** put keeps a profile in settings that are asked for, and shows the capture with it. */
  private async put(panel: Panel, spec: ProfileSpec): Promise<void> {
    const origin = await whereTo(vscode.l10n.t('Keep the Profile in'));
    if (!origin || !(await this.replaces(panel, [spec])(origin))) return;
    await this.profiles.put(origin, panel.document.uri, spec);
    const made = (await panel.looks.all()).profiles.find(p => p.spec.name === spec.name);
    if (made) panel.looks.use(made, true);
  }

  /** replaces asks whether profiles that are there may go. */
  private replaces(panel: Panel, specs: readonly ProfileSpec[]): (origin: OwnOrigin) => Promise<boolean> {
    return async origin => {
      const names = new Set(this.profiles.own(origin, panel.document.uri).map(nameOf)), same = specs.map(s => s.name).filter(n => names.has(n));
      if (same.length === 0) return true;
      const yes = vscode.l10n.t('Replace');
      return (await vscode.window.showWarningMessage(vscode.l10n.t('The {0} have a profile “{1}” already.', originName(origin), same.join('”, “')), { modal: true }, yes)) === yes;
    };
  }

  private async name(title: string, value: string): Promise<string | undefined> {
    const name = await askText({ title, value, placeHolder: vscode.l10n.t('A name'), validateInput: v => (v.trim() === '' ? vscode.l10n.t('A name is needed.') : undefined) });
    return name?.trim();
  }
}

/** whence says where a profile is from, what it hides, and that it has faults. */
const whence = (p: Profile): string => [
  originName(p.origin), p.hides && vscode.l10n.t('in place of: {0}', originName(p.hides)), p.spec.when && vscode.l10n.t('taken where {0}', p.spec.when),
  p.problems > 0 && (p.problems === 1 ? vscode.l10n.t('$(warning) 1 fault') : vscode.l10n.t('$(warning) {0} faults', p.problems)),
].filter(Boolean).join(' · ');

/** whereTo asks in which settings something is kept. Without a workspace there are only those of the user. */
async function whereTo(title: string): Promise<OwnOrigin | undefined> {
  if (!vscode.workspace.workspaceFolders?.length) return 'user';
  const item = (label: string, detail: string, origin: OwnOrigin) => ({ label, detail, origin });
  return (await vscode.window.showQuickPick([
    item(vscode.l10n.t('User settings'), vscode.l10n.t('for me, wherever'), 'user'), item(vscode.l10n.t('Workspace settings'), vscode.l10n.t('for everybody who opens this workspace'), 'workspace'),
  ], { title, ignoreFocusOut: true }))?.origin;
}
