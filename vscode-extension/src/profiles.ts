// The profiles there are: those that come with scapls, and those of the settings. What is wrong with them is told.
import * as vscode from 'vscode';
import { method, type Profile, type ProfileOrigin, type ProfileProblem, type ProfilesResult, type ProfileSource, type ProfileSpec } from '../shared/wire.gen';
import { message, type Server } from './server';

export const profilesKey = 'scapls.profiles', defaultKey = 'scapls.defaultProfile';

/** An origin that people write to. */
export type OwnOrigin = Exclude<ProfileOrigin, 'shipped'>;

/** List is the profiles for a capture, and what is wrong with texts. */
export interface List {
  profiles: Profile[];
  problems: ProfileProblem[];
}

const nothing: List = { profiles: [], problems: [] };

/** originName says where a profile comes from. */
export const originName = (o: ProfileOrigin): string =>
  o === 'shipped' ? vscode.l10n.t('comes with scapls') : o === 'user' ? vscode.l10n.t('user settings') : vscode.l10n.t('workspace settings');

/** problemText is a problem as a sentence with its place. */
export function problemText(p: ProfileProblem): string {
  const place = [originName(p.origin), p.profile && `“${p.profile}”`, p.place && `${profilesKey}${p.place.startsWith('[') ? '' : ' '}${p.place}`].filter(Boolean).join(', ');
  return `${place}: ${p.message}`;
}

export class Profiles implements vscode.Disposable {
  private readonly lists = new Map<string, Promise<List>>();
  private told = '';
  private readonly changeEmitter = new vscode.EventEmitter<void>();
  private readonly disposables: vscode.Disposable[];

  /** Fired when there are other profiles. */
  readonly onChange = this.changeEmitter.event;

  constructor(private readonly server: Server) {
    this.disposables = [
      this.changeEmitter,
      vscode.workspace.onDidChangeConfiguration(e => {
        if (!e.affectsConfiguration(profilesKey)) return;
        this.lists.clear();
        this.changeEmitter.fire();
      }),
      server.onUp(() => this.lists.clear()),
    ];
  }

  dispose(): void {
    for (const d of this.disposables) d.dispose();
  }

  /** of is the profiles for a capture. Without an answer there are none: a capture can be looked at all the same. */
  of(uri: vscode.Uri): Promise<List> {
    const sources = this.sources(uri), key = JSON.stringify(sources);
    let list = this.lists.get(key);
    if (!list) this.lists.set(key, (list = this.read(sources).catch((error: unknown) => {
      this.lists.delete(key);
      this.server.output.warn(`profiles cannot be read: ${message(error)}`);
      return nothing;
    })));
    return list;
  }

  /** check says what is wrong with a text of profiles, and which it holds. */
  async check(text: string): Promise<List> {
    const r = await this.server.request(method.profiles, { sources: [{ origin: 'user', text }] });
    return { profiles: (r.profiles ?? []).filter(p => p.origin === 'user'), problems: r.problems ?? [] };
  }

  /** defaultName is the profile of captures for which none was chosen. */
  defaultName(uri: vscode.Uri): string {
    return vscode.workspace.getConfiguration(undefined, uri).get<string>(defaultKey) ?? '';
  }

  /** own is the profiles as they are written in the settings of an origin. */
  own(origin: OwnOrigin, uri: vscode.Uri | undefined): ProfileSpec[] {
    const r = vscode.workspace.getConfiguration(undefined, uri).inspect<unknown>(profilesKey), value = origin === 'user' ? r?.globalValue : (r?.workspaceFolderValue ?? r?.workspaceValue);
    return Array.isArray(value) ? structuredClone(value) as ProfileSpec[] : [];
  }

  /** write replaces the profiles of an origin. */
  async write(origin: OwnOrigin, uri: vscode.Uri | undefined, specs: ProfileSpec[]): Promise<void> {
    const config = vscode.workspace.getConfiguration(undefined, uri), r = config.inspect<unknown>(profilesKey);
    const folder = origin === 'workspace' && r?.workspaceFolderValue !== undefined && (vscode.workspace.workspaceFolders?.length ?? 0) > 1;
    const target = origin === 'user' ? vscode.ConfigurationTarget.Global : folder ? vscode.ConfigurationTarget.WorkspaceFolder : vscode.ConfigurationTarget.Workspace;
    await config.update(profilesKey, specs.length > 0 ? specs : undefined, target);
  }

  /** put adds a profile to those of an origin, or replaces the one of its name. */
  put(origin: OwnOrigin, uri: vscode.Uri | undefined, spec: ProfileSpec): Promise<void> {
    const specs = this.own(origin, uri), at = specs.findIndex(s => nameOf(s) === spec.name);
    if (at < 0) specs.push(spec);
    else specs[at] = spec;
    return this.write(origin, uri, specs);
  }

  remove(origin: OwnOrigin, uri: vscode.Uri | undefined, name: string): Promise<void> {
    return this.write(origin, uri, this.own(origin, uri).filter(s => nameOf(s) !== name));
  }

  private sources(uri: vscode.Uri): ProfileSource[] {
    const r = vscode.workspace.getConfiguration(undefined, uri).inspect<unknown>(profilesKey), out: ProfileSource[] = [];
    const add = (origin: ProfileOrigin, value: unknown): void => {
      const text = value === undefined ? undefined : JSON.stringify(value);
      if (text !== undefined && out.at(-1)?.text !== text) out.push({ origin, text }); // of a folder alone both tell the same
    };
    add('user', r?.globalValue);
    add('workspace', r?.workspaceValue);
    add('workspace', r?.workspaceFolderValue);
    return out;
  }

  private async read(sources: ProfileSource[]): Promise<List> {
    const r: ProfilesResult = await this.server.request(method.profiles, { sources });
    const list = { profiles: r.profiles ?? [], problems: r.problems ?? [] };
    this.tell(list.problems);
    return list;
  }

  /** tell tells of problems, each time there are other ones. */
  private tell(problems: ProfileProblem[]): void {
    const texts = problems.map(problemText), key = texts.join('\n');
    if (key === this.told) return;
    this.told = key;
    const [first] = problems;
    if (!first) return;
    for (const t of texts) this.server.output.warn(t);
    const edit = vscode.l10n.t('Edit'), more = texts.length > 1 ? ` ${vscode.l10n.t('({0} more in the output)', texts.length - 1)}` : '';
    void vscode.window.showWarningMessage(vscode.l10n.t('A profile has a fault. {0}', (texts[0] ?? '') + more), edit).then(c => {
      if (c === edit && first.origin !== 'shipped') void editSettings(first.origin);
    });
  }
}

/** nameOf is the name of a profile as it is written, which may be anything. */
export const nameOf = (spec: unknown): string => (typeof spec === 'object' && spec !== null && typeof (spec as { name?: unknown }).name === 'string' ? (spec as { name: string }).name.trim() : '');

/** editSettings opens the settings at the profiles. */
export const editSettings = (origin: OwnOrigin): Thenable<unknown> => vscode.commands.executeCommand(
  origin === 'user' ? 'workbench.action.openSettingsJson' : 'workbench.action.openWorkspaceSettingsFile', { revealSetting: { key: profilesKey, edit: false } });
