// Commands about filters: those of context menus, of the filter box, and of what is kept of them.
import * as vscode from 'vscode';
import type { FilterAction, FilterSource } from '../shared/messages';
import { method, type FilterButton, type FilterMode, type Language, type SourceKind } from '../shared/wire.gen';
import { askText } from './askText';
import { problemsOf } from './joined';
import { editButton, manageButtons, manageSaved } from './manage';
import type { Editors, Panel } from './editor';
import { message, type Server } from './server';
import type { Store } from './store';
import type { Line, Views } from './views';

const modes: Record<string, FilterMode> = { selected: 'replace', not: 'not', and: 'and', or: 'or', andNot: 'andNot', orNot: 'orNot' };
const only: SourceKind[] = ['thread', 'process', 'descendants', 'container', 'fd', 'stream', 'user'];

/** whose is what a menu was about, as far as a kind of source needs it: a line of a view, or the row of the list. */
export function whose(kind: SourceKind, of: Line | undefined, views: Views): FilterSource {
  if (kind === 'cell' || kind === 'node') return { kind: 'context' };
  if (!of || !('item' in of)) return { kind };
  return { kind, num: views.num, id: of.item.id, tid: of.item.tid || views.tid, method: of.method };
}

export class Filters implements vscode.Disposable {
  private readonly disposables: vscode.Disposable[];

  constructor(private readonly editors: Editors, private readonly server: Server, private readonly store: Store, private readonly views: Views) {
    const command = (id: string, run: (...args: never[]) => unknown): vscode.Disposable => vscode.commands.registerCommand(id, run);
    const action = (id: string, a: FilterAction): vscode.Disposable => command(id, () => this.editors.active && this.act(this.editors.active, a, undefined));
    this.disposables = [
      editors.onAction(({ panel, action: a, button }) => void this.act(panel, a, button)),
      ...Object.entries(modes).flatMap(([name, mode]) => [
        command(`scapls.filter.apply.${name}`, (of?: Line) => this.from(this.source(of), mode, true)),
        command(`scapls.filter.prepare.${name}`, (of?: Line) => this.from(this.source(of), mode, false)),
      ]),
      ...only.map(kind => command(`scapls.filter.only.${kind}`, (of?: Line) => this.from(whose(kind, of, this.views), 'replace', true))),
      action('scapls.filter.save', 'save'), action('scapls.filter.manage', 'manageSaved'), action('scapls.filter.format', 'format'),
      action('scapls.filter.translate', 'translate'), action('scapls.filter.copyFalco', 'copyFalco'), action('scapls.filter.copyStratoshark', 'copyStratoshark'),
      action('scapls.filter.clearHistory', 'clearHistory'), action('scapls.filter.addButton', 'addButton'), action('scapls.filter.manageButtons', 'manageButtons'),
      command('scapls.filter.use', (text?: string, language?: Language) => this.use(text, language ?? '')),
      command('scapls.filter.pick', () => this.pick()),
    ];
  }

  dispose(): void {
    for (const d of this.disposables) d.dispose();
  }

  /** source is what a menu was about: a line of a view, or what the webview knows of itself. */
  private source(of: Line | undefined): FilterSource {
    if (!of || !('item' in of)) return { kind: 'context' };
    return { kind: 'item', method: of.method, id: of.item.id, num: this.views.num, tid: of.item.tid || this.views.tid };
  }

  private from(source: FilterSource, mode: FilterMode, apply: boolean): void {
    const panel = this.editors.active;
    if (!panel) return;
    panel.ask({ type: 'filterFrom', source, mode, apply });
  }

  /** use applies a filter to the capture that was looked at last. */
  private use(text: string | undefined, language: Language): void {
    const panel = this.editors.active;
    if (text === undefined) return;
    if (!panel) {
      void vscode.window.showInformationMessage(vscode.l10n.t('Open a capture first: the filter is applied to the capture that was looked at last.'));
      return;
    }
    panel.ask({ type: 'setFilter', text, language, apply: true });
  }

  /** pick offers saved filters and those that were used. */
  private async pick(): Promise<void> {
    await this.store.load();
    const { saved, history } = this.store.filters;
    const entry = (label: string, description: string, text: string, language: Language) => ({ label, description, text, language });
    const line = (label: string) => ({ label, kind: vscode.QuickPickItemKind.Separator, text: '', language: '' as Language });
    const picked = await vscode.window.showQuickPick([
      line(vscode.l10n.t('saved')), ...saved.map(f => entry(f.name, f.text, f.text, f.language)),
      line(vscode.l10n.t('used')), ...history.map(h => entry(h.text, '', h.text, h.language)),
    ], { title: vscode.l10n.t('Apply a Saved or Used Filter'), matchOnDescription: true });
    if (picked) this.use(picked.text, picked.language);
  }

  private async act(panel: Panel, action: FilterAction, button: FilterButton | undefined): Promise<void> {
    try {
      await this.run(panel, action, button);
    } catch (error) {
      void vscode.window.showErrorMessage(message(error));
    }
  }

  private async run(panel: Panel, action: FilterAction, button: FilterButton | undefined): Promise<void> {
    const text = panel.list?.text ?? '', read = panel.list?.read || (panel.list?.language ?? '');
    switch (action) {
      case 'save': return this.save(text, read);
      case 'manageSaved': return manageSaved(this.store);
      case 'clearHistory': return this.store.clearHistory();
      case 'addButton': return editButton(this.store, this.server, undefined, { text, language: read });
      case 'manageButtons': return manageButtons(this.store, this.server);
      case 'editButton': return button && editButton(this.store, this.server, button);
      case 'hideButton': return button && this.store.putButton({ ...button, hidden: true });
      case 'format': {
        const r = await panel.document.request(method.filterFormat, { text, language: panel.list?.language ?? '' });
        panel.post({ type: 'setFilter', text: r.text, language: panel.list?.language ?? '', apply: false });
        return;
      }
      case 'translate': {
        const to = read === 'wireshark' ? 'sysdig' : 'wireshark', translated = await this.translated(text, read, to);
        if (translated !== undefined) panel.post({ type: 'setFilter', text: translated, language: to, apply: false });
        return;
      }
      case 'copyFalco': return this.copy(text, read, 'sysdig');
      case 'copyStratoshark': return this.copy(text, read, 'wireshark');
    }
  }

  private async copy(text: string, read: Language, to: Language): Promise<void> {
    const out = await this.translated(text, read, to);
    if (out === undefined) return;
    await vscode.env.clipboard.writeText(out);
    vscode.window.setStatusBarMessage(to === 'sysdig' ? vscode.l10n.t('Copied as a condition of Falco') : vscode.l10n.t('Copied as a filter of Stratoshark'), 3000);
  }

  /** translated is a filter in a language; what has no counterpart there is told, and nothing is answered. */
  private async translated(text: string, read: Language, to: Language): Promise<string | undefined> {
    if (text === '') return undefined;
    const r = await this.server.request(method.filterTranslate, { text, language: read, to });
    if (r.ok) return r.text;
    const problems = problemsOf(text, r);
    void vscode.window.showWarningMessage(to === 'sysdig'
      ? vscode.l10n.t('This filter cannot be written in the language of sysdig and Falco. {0}', problems.join(' '))
      : vscode.l10n.t('This filter cannot be written as a display filter of Wireshark. {0}', problems.join(' ')));
    return undefined;
  }

  private async save(text: string, language: Language): Promise<void> {
    if (text === '') return;
    await this.store.load();
    const { saved } = this.store.filters, there = saved.find(f => f.text.trim() === text);
    const name = await askText({
      title: vscode.l10n.t('Save Filter'), prompt: text, value: there?.name ?? '', placeHolder: vscode.l10n.t('A name'),
      validateInput: v => (v.trim() === '' ? vscode.l10n.t('A name is needed.') : undefined),
    });
    if (name === undefined) return;
    const same = saved.find(f => f.name === name.trim());
    if (same && same !== there) {
      const replace = vscode.l10n.t('Replace');
      if ((await vscode.window.showWarningMessage(vscode.l10n.t('There is a filter “{0}” already.', same.name), { modal: true, detail: same.text }, replace)) !== replace) return;
    }
    await this.store.save({ id: same?.id ?? there?.id ?? '', name: name.trim(), text, language, description: same?.description ?? there?.description ?? '' });
  }
}
