// Colour rules: what is kept of them, whether lists are coloured, commands about them. All windows share the rules.
import * as vscode from 'vscode';
import type { SourceKind } from '../shared/wire.gen';
import { method, type ColorRule } from '../shared/wire.gen';
import type { Server } from './server';
import { message } from './server';

/** Coloured is what lists are shown in. */
export interface Colored {
  rules: ColorRule[];
  on: boolean;
}

const key = 'colors.on';

/** Colors is the colour rules as lists show them. */
export class Colors implements vscode.Disposable {
  /** those that come with scapls */
  defaults: ColorRule[] = [];
  private kept: ColorRule[] = [];
  /** changes with the rules that are kept */
  revision = '';
  /** rules that are edited and not kept yet */
  private draft: ColorRule[] | undefined;
  private loading: Promise<void> | undefined;
  private readonly changeEmitter = new vscode.EventEmitter<Colored>();
  private readonly rulesEmitter = new vscode.EventEmitter<ColorRule[]>();
  private readonly disposables: vscode.Disposable[];

  /** Fired when lists are to be shown otherwise. */
  readonly onChange = this.changeEmitter.event;
  /** Fired when other rules are kept. */
  readonly onRules = this.rulesEmitter.event;

  constructor(private readonly context: vscode.ExtensionContext, private readonly server: Server) {
    this.disposables = [
      this.changeEmitter, this.rulesEmitter,
      server.onStored(c => {
        if (c.kinds.includes('colors')) void this.read();
      }),
      server.onUp(() => {
        this.loading = undefined;
        void this.load();
      }),
    ];
  }

  /** rules are those that are kept. */
  get rules(): ColorRule[] {
    return this.kept;
  }

  get colored(): Colored {
    return { rules: this.draft ?? this.kept, on: this.on };
  }

  /** tried tells that rules are shown that are edited and not kept yet. */
  get tried(): boolean {
    return this.draft !== undefined;
  }

  get on(): boolean {
    return this.context.globalState.get<boolean>(key, true);
  }

  /** load reads the rules once; changes are told by the server. */
  load(): Promise<void> {
    this.loading ??= this.read();
    return this.loading;
  }

  async setOn(on: boolean): Promise<void> {
    if (on === this.on) return;
    await this.context.globalState.update(key, on);
    this.changeEmitter.fire(this.colored);
  }

  /** tryOut shows lists by rules that are not kept; undefined shows those that are. */
  tryOut(rules: ColorRule[] | undefined): void {
    this.draft = rules;
    this.changeEmitter.fire(this.colored);
  }

  /** put keeps rules that were made of those of a revision. It fails when others were kept since. */
  async put(rules: ColorRule[], revision: string): Promise<ColorRule[]> {
    const r = await this.server.request(method.storeColorsPut, { rules, revision });
    this.take(r.rules, r.revision);
    return r.rules;
  }

  /** text is rules as a document to share; rulesOf the rules of such a document. */
  async text(rules: ColorRule[]): Promise<string> {
    return (await this.server.request(method.storeColorsText, { rules })).text;
  }

  async rulesOf(text: string): Promise<ColorRule[]> {
    return (await this.server.request(method.storeColorsRead, { text })).rules;
  }

  dispose(): void {
    for (const d of this.disposables) d.dispose();
  }

  private async read(): Promise<void> {
    try {
      const r = await this.server.request(method.storeColorsList, {});
      this.defaults = r.defaults ?? [];
      this.take(r.rules ?? [], r.revision);
    } catch (error) {
      this.server.output.warn(`colour rules cannot be read: ${message(error)}`);
    }
  }

  private take(rules: ColorRule[], revision: string): void {
    if (revision === this.revision) return;
    this.kept = rules;
    this.revision = revision;
    this.rulesEmitter.fire(rules);
    this.changeEmitter.fire(this.colored);
  }
}

/** What can have a colour for a while, and what it is called. */
export const painted: Partial<Record<SourceKind, string>> = { process: 'process', thread: 'thread', fd: 'fd', stream: 'stream', container: 'container' };

/** pickColor asks for one of the temporary colours, 1 to 10; 0: the first that is free. */
export async function pickColor(): Promise<number | undefined> {
  const t = vscode.l10n.t, circle = (color: string): vscode.ThemeIcon => new vscode.ThemeIcon('circle-filled', new vscode.ThemeColor(color));
  const names: [string, string][] = [
    [t('Green'), 'charts.green'], [t('Blue'), 'charts.blue'], [t('Orange'), 'charts.orange'], [t('Purple'), 'charts.purple'], [t('Teal'), 'terminal.ansiCyan'],
    [t('Pink'), 'terminal.ansiMagenta'], [t('Yellow'), 'charts.yellow'], [t('Brown'), 'terminal.ansiYellow'], [t('Red'), 'charts.red'], [t('Grey'), 'disabledForeground'],
  ];
  const picked = await vscode.window.showQuickPick([
    { label: t('Next free colour'), color: 0 },
    ...names.map(([label, color], i) => ({ label: `${i + 1} ${label}`, iconPath: circle(color), color: i + 1 })),
  ], { title: t('Temporary Colour'), placeHolder: t('It goes before all rules, and replaces what had it before'), ignoreFocusOut: true });
  return picked?.color;
}
