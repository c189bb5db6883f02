// How a capture is looked at in an editor: which profile, why, and what the user changed of its columns.
import { createHash } from 'node:crypto';
import * as vscode from 'vscode';
import type { Look } from '../shared/look';
import type { ColumnsState, ToView } from '../shared/messages';
import { method, type Column, type Profile, type ProfileOrigin, type ViewState } from '../shared/wire.gen';
import type { CaptureDocument } from './document';
import type { List, Profiles } from './profiles';

const first = 400; // ms that a capture waits for its profile before it is shown
const again = 1500; // ms between two looks for a profile in a capture that grows

const near: Record<ProfileOrigin, number> = { workspace: 0, user: 1, shipped: 2 };

/** plain is shown when there are no profiles to be had. */
const plain: Profile = { spec: { name: '' }, own: { name: '' }, origin: 'shipped', columns: [], problems: 0 };

/** Looking is what the profile of an editor needs of it. */
export interface Looking {
  readonly document: CaptureDocument;
  readonly memory: vscode.Memento;
  post(m: ToView): void;
  changed(): void;
}

export class Looks implements vscode.Disposable {
  profile = plain;
  /** the user chose it for this capture */
  chosen = false;
  private list: List = { profiles: [], problems: [] };
  /** the list is shown, so that it can tell */
  open = false;
  private begun = false;
  /** what was shown before a profile was taken by its filter */
  private before: Profile | undefined;
  private note = '';
  private asking = false;
  private asked = 0;
  private searching = false;
  private readonly disposables: vscode.Disposable[];

  constructor(private readonly of: Looking, private readonly profiles: Profiles) {
    this.disposables = [
      profiles.onChange(() => void this.changed()),
      of.document.onProgress(() => {
        if (this.searching && Date.now() - this.asked > again) void this.search();
      }),
    ];
  }

  dispose(): void {
    this.searching = false;
    for (const d of this.disposables) d.dispose();
  }

  get problems(): List['problems'] {
    return this.list.problems;
  }

  /** all is the profiles that can be chosen. */
  all(): Promise<List> {
    return this.profiles.of(this.of.document.uri);
  }

  /** begin decides with which profile a capture is shown: the one it had, one whose filter matches, or the usual one. */
  async begin(view: ViewState | undefined): Promise<void> {
    if (this.begun) return;
    this.begun = true;
    this.list = await this.all();
    const usual = this.named(this.profiles.defaultName(this.of.document.uri)) ?? this.list.profiles[0] ?? plain, had = view?.profile ? this.named(view.profile) : undefined;
    this.profile = had ?? usual;
    this.chosen = had !== undefined && view?.chosen === true;
    if (this.chosen) return;
    this.before = usual;
    this.searching = true;
    // Of a file that is not read yet the answer comes later.
    await Promise.race([this.search(), new Promise(resolve => setTimeout(resolve, first))]);
  }

  /** tell tells, once the list is shown, that the profile was not chosen by the user. */
  tell(): void {
    if (this.note === '') return;
    this.of.post({ type: 'told', text: this.note });
    this.note = '';
  }

  /** look is what the webview is to show. */
  look(columns: readonly Column[]): Look {
    const { profile } = this;
    return { spec: profile.spec, columns: overlaid(columns, profile.columns ?? []), state: this.of.memory.get<ColumnsState>(this.key(columns)) };
  }

  /** keep keeps how the user has changed the columns. */
  async keep(columns: readonly Column[], state: ColumnsState | undefined): Promise<void> {
    await this.of.memory.update(this.key(columns), state);
  }

  /** use shows the capture with a profile. */
  use(profile: Profile, chosen: boolean): void {
    this.profile = profile;
    this.chosen = chosen;
    if (chosen) this.searching = false;
    const { state } = this.of.document;
    if (this.open && state.kind === 'open') this.of.post({ type: 'look', look: this.look(state.open.columns) });
    this.of.changed();
  }

  undo(): void {
    this.use(this.before ?? plain, true);
  }

  /** key is under which key the columns are kept: captures that have the same columns share them, for each profile that has some. */
  private key(columns: readonly Column[]): string {
    const hash = (text: string): string => createHash('sha256').update(text).digest('hex').slice(0, 16), own = this.profile.columns ?? [];
    const of = own.length === 0 ? '' : `.${hash(JSON.stringify([this.profile.spec.name, own]))}`;
    return `columns.${hash(columns.map(c => c.id).sort().join('\n'))}${of}`;
  }

  private named(name: string): Profile | undefined {
    return this.list.profiles.find(p => p.spec.name === name);
  }

  /** changed takes over what was written to the settings. */
  private async changed(): Promise<void> {
    if (!this.begun) return;
    this.list = await this.all();
    const now = this.named(this.profile.spec.name) ?? this.named(this.profiles.defaultName(this.of.document.uri)) ?? this.list.profiles[0] ?? plain;
    if (JSON.stringify(now) !== JSON.stringify(this.profile)) this.use(now, this.chosen);
    this.of.changed();
    if (this.chosen) return;
    this.searching = true;
    await this.search();
    this.tell();
  }

  /** search takes the first profile, the nearest first, whose filter matches an event. */
  private async search(): Promise<void> {
    if (this.asking) return;
    const candidates = this.list.profiles.filter(p => p.spec.when).sort((a, b) => near[a.origin] - near[b.origin]), { document } = this.of;
    if (candidates.length === 0) {
      this.searching = false;
      return;
    }
    this.asking = true;
    this.asked = Date.now();
    const shown = this.of.document.state;
    try {
      const r = await document.request(method.profilesMatch, { filters: candidates.map(p => ({ filter: p.spec.when ?? '', language: p.spec.whenLanguage ?? '' })) });
      const found = candidates[r.at];
      if (this.chosen || !this.searching || shown !== this.of.document.state) return;
      // What matches later may be more wanted; a capture that goes on has no later.
      if (r.done || (found && document.live)) this.searching = false;
      if (!found || this.searching || found.spec.name === this.profile.spec.name) return;
      this.note = vscode.l10n.t('Shown with the profile “{0}”: its filter matches this capture.', found.spec.name);
      this.use(found, false);
      if (this.open) this.tell();
    } catch {
      this.searching = false; // nothing is lost but a convenience
    } finally {
      this.asking = false;
    }
  }
}

/** overlaid is all columns, those of a profile first and as it has them. */
export function overlaid(all: readonly Column[], own: readonly Column[]): Column[] {
  if (own.length === 0) return [...all];
  const ids = new Set(own.map(c => c.id));
  return [...own.map(c => ({ ...c, default: true })), ...all.filter(c => !ids.has(c.id)).map(c => ({ ...c, default: false }))];
}
