// Open Together: several captures as one list, and the correction of their clocks.
import { access } from 'node:fs/promises';
import * as path from 'node:path';
import * as vscode from 'vscode';
import { method, type Member } from '../shared/wire.gen';
import { askText } from './askText';
import { Run } from './captureRun';
import type { Captures } from './captures';
import type { CaptureTree } from './captureTree';
import { viewType, type Editors } from './editor';
import { message } from './server';
import { pathsOf, uriOf, type Clocks } from './togetherUri';

export class Together implements vscode.Disposable {
  private readonly disposables: vscode.Disposable[];

  constructor(private readonly editors: Editors, private readonly captures: Captures, private readonly tree: CaptureTree, private readonly clocks: Clocks) {
    this.disposables = [
      vscode.commands.registerCommand('scapls.together.open', (of?: unknown, all?: unknown) => this.open(Array.isArray(all) && all.length > 0 ? all : of === undefined ? [] : [of])),
      vscode.commands.registerCommand('scapls.together.clocks', () => this.correct()),
    ];
  }

  dispose(): void {
    for (const d of this.disposables) d.dispose();
  }

  /** open opens what was selected in the explorer or in the view of captures; when that is too little, the user chooses. */
  private async open(selected: unknown[]): Promise<void> {
    // While the view is made anew, menus do not know what they are about.
    if (selected.includes(undefined)) selected = [...this.tree.selected];
    let paths = selected.flatMap(s => (s instanceof Run && s.size > 0 ? [s.file] : s instanceof vscode.Uri && s.scheme === 'file' ? [s.fsPath] : []));
    if (new Set(paths).size < 2) paths = (await this.choose(paths.length > 0 ? paths : this.tree.selected.map(r => r.file))) ?? [];
    if (new Set(paths).size >= 2) await vscode.commands.executeCommand('vscode.openWith', uriOf(paths), viewType, { preview: false });
  }

  private async choose(chosen: string[]): Promise<string[] | undefined> {
    const t = vscode.l10n.t, browse = { label: `$(folder-opened) ${t('Other Files…')}`, file: '', description: '', picked: false, alwaysShow: true };
    const known = [...new Set([...chosen, ...this.captures.runs.filter(r => r.size > 0).map(r => r.file), ...[...this.editors.documents].flatMap(d => d.files)])];
    const there = await Promise.all(known.map(f => access(f).then(() => f, () => '')));
    const items = there.filter(Boolean).map(file => ({ label: path.basename(file), file, description: path.dirname(file), picked: chosen.includes(file), alwaysShow: false }));
    const picked = items.length > 1 ? await vscode.window.showQuickPick([...items, browse], {
      canPickMany: true, title: t('Open Together'), placeHolder: t('Choose two or more captures; their events become one list, ordered by time'),
    }) : [browse];
    if (!picked) return undefined;
    const files = picked.map(p => p.file).filter(Boolean);
    if (!picked.includes(browse) && files.length > 1) return files;
    const more = await vscode.window.showOpenDialog({
      title: t('Open Together'), openLabel: t('Open Together'), canSelectMany: true, filters: { [t('Captures')]: ['scap', 'gz', 'zst'], [t('All files')]: ['*'] },
    });
    if (!more) return undefined;
    files.push(...more.filter(u => u.scheme === 'file').map(u => u.fsPath));
    if (new Set(files).size >= 2) return files;
    void vscode.window.showInformationMessage(t('It takes two captures to open them together.'));
    return undefined;
  }

  /** correct shows the clocks of the captures, and asks what to add to one. */
  private async correct(): Promise<void> {
    const panel = this.editors.active, t = vscode.l10n.t;
    if (!panel || !pathsOf(panel.document.uri)) return;
    try {
      for (;;) {
        const { members } = await panel.document.request(method.members, {});
        const pick = await vscode.window.showQuickPick(members.map((m, i) => ({ label: m.host, description: clockText(m), detail: m.path, member: m, i })), {
          title: t('Clocks'), placeHolder: t('Choose the capture whose times are to be corrected'),
        });
        if (!pick) return;
        const text = await askText({
          title: t('Clock of {0}', pick.label), prompt: t('Seconds to add to its times, besides what was measured: -0.25, 3600; 0 takes the correction back'),
          value: String(Number(pick.member.shift) / 1e9), validateInput: v => (nanoseconds(v) === undefined ? t('This is no number of seconds.') : undefined),
        });
        const shift = text === undefined ? undefined : nanoseconds(text);
        if (shift === undefined) continue;
        const after = await panel.document.request(method.membersShift, { member: pick.i, shift });
        await this.clocks.set(pick.member.path, shift);
        panel.document.setMembers(after.members);
        return;
      }
    } catch (error) {
      void vscode.window.showErrorMessage(message(error));
    }
  }
}

/** nanoseconds reads seconds; undefined if it is no number. */
export function nanoseconds(text: string): string | undefined {
  const m = /^([+-]?)(\d{1,9})?(?:[.,](\d{1,9}))?$/.exec(text.trim());
  if (!m || (m[2] === undefined && m[3] === undefined)) return undefined;
  const n = BigInt(m[2] ?? '0') * 1_000_000_000n + BigInt((m[3] ?? '').padEnd(9, '0'));
  return String(m[1] === '-' ? -n : n);
}

/** clockText says how the times of a capture come about. */
function clockText(m: Member): string {
  const t = vscode.l10n.t, s = (ns: string): string => (Number(ns) / 1e9).toLocaleString(vscode.env.language, { maximumFractionDigits: 6, signDisplay: 'exceptZero' });
  const parts = [m.known ? t('clock {0} s off when it was captured, taken off', s(m.offset)) : t('no offset was measured')];
  if (m.shift !== '0') parts.push(t('{0} s by hand', s(m.shift)));
  return parts.join(' · ');
}
