// The editor of colour rules, in a panel, and the commands about colours.
import * as vscode from 'vscode';
import type { ColorStrings, ColorsToHost, ColorsToView, Preview } from '../shared/colors';
import { viewMethods } from '../shared/messages';
import { type ColorRule, type MethodName, type ParamsOf, type SourceKind } from '../shared/wire.gen';
import { painted, pickColor, type Colors } from './colors';
import type { CaptureDocument } from './document';
import type { Editors } from './editor';
import { whose } from './filters';
import { page } from './page';
import { message, serverGone, type Server } from './server';
import { strings } from './strings';
import type { Line, Views } from './views';

/** ColorEditor is the panel. */
class ColorEditor implements vscode.Disposable {
  private readonly panel: vscode.WebviewPanel;
  private readonly disposables: vscode.Disposable[] = [];
  private readonly running = new Map<number, vscode.CancellationTokenSource>();
  private readonly listening: vscode.Disposable[] = [];
  private document: CaptureDocument | undefined;
  private ready = false;
  private draft: ColorRule[] = [];
  private dirty = false;
  /** revision of the kept rules that the draft was made of */
  private base = '';
  /** rules to put before the others, once the page listens */
  private more: ColorRule[] = [];

  constructor(
    context: vscode.ExtensionContext, private readonly colors: Colors, private readonly editors: Editors, private readonly server: Server, closed: () => void,
  ) {
    this.panel = vscode.window.createWebviewPanel('scapls.colors', vscode.l10n.t('Colour Rules'), vscode.ViewColumn.Active, {
      enableScripts: true, retainContextWhenHidden: true, localResourceRoots: [vscode.Uri.joinPath(context.extensionUri, 'dist')],
    });
    this.panel.iconPath = vscode.Uri.joinPath(context.extensionUri, 'media', 'activity.svg');
    this.disposables.push(
      this.panel.webview.onDidReceiveMessage((m: ColorsToHost) => void this.receive(m)),
      colors.onRules(rules => {
        if (!this.dirty) this.rules(rules, []);
      }),
      editors.onActive(() => this.follow()),
    );
    this.panel.onDidDispose(() => {
      for (const d of [...this.disposables, ...this.listening]) d.dispose();
      for (const c of this.running.values()) c.cancel();
      closed();
      void this.left();
    });
    this.panel.webview.html = page(this.panel.webview, context.extensionUri, 'colors');
  }

  show(more: ColorRule[]): void {
    this.panel.reveal(undefined, false);
    if (more.length === 0) return;
    if (this.ready) this.post({ type: 'add', rules: more });
    else this.more = more;
  }

  dispose(): void {
    this.panel.dispose();
  }

  private post(m: ColorsToView): void {
    if (this.ready) void this.panel.webview.postMessage(m);
  }

  private async receive(m: ColorsToHost): Promise<void> {
    try {
      switch (m.type) {
        case 'ready':
          this.ready = true;
          await this.colors.load();
          this.post({ type: 'init', strings: texts(), view: strings(), locale: vscode.env.language });
          this.rules(this.colors.rules, this.more);
          this.more = [];
          this.follow(true);
          break;
        case 'request': await this.request(m.id, m.method, m.params as object); break;
        case 'cancel': this.running.get(m.id)?.cancel(); break;
        case 'draft':
          this.draft = m.rules;
          this.dirty = m.dirty;
          this.panel.title = (m.dirty ? '● ' : '') + vscode.l10n.t('Colour Rules');
          this.colors.tryOut(m.dirty ? m.rules : undefined);
          break;
        case 'save': await this.save(m.rules); break;
        case 'revert': await this.revert(); break;
        case 'import': await this.import(); break;
        case 'export': await this.export(m.rules); break;
      }
    } catch (error) {
      this.post({ type: 'said', text: message(error), bad: true });
    }
  }

  /** rules shows the rules that are kept. */
  private rules(rules: ColorRule[], more: ColorRule[]): void {
    this.base = this.colors.revision;
    this.post({ type: 'rules', rules, defaults: this.colors.defaults, more });
  }

  private async save(rules: ColorRule[]): Promise<void> {
    const replace = vscode.l10n.t('Replace them');
    if (this.base !== this.colors.revision) {
      const text = vscode.l10n.t('The colour rules were changed in another window meanwhile.');
      if ((await vscode.window.showWarningMessage(text, { modal: true }, replace)) !== replace) return;
      this.base = this.colors.revision;
    }
    const kept = await this.colors.put(rules, this.base);
    this.base = this.colors.revision;
    this.dirty = false;
    this.colors.tryOut(undefined);
    this.post({ type: 'saved', rules: kept });
  }

  private async revert(): Promise<void> {
    const yes = vscode.l10n.t('Discard changes');
    if (this.dirty && (await vscode.window.showWarningMessage(vscode.l10n.t('Discard what was changed of the colour rules?'), { modal: true }, yes)) !== yes) return;
    this.dirty = false;
    this.colors.tryOut(undefined);
    this.rules(this.colors.rules, []);
  }

  /** left asks what is to become of changes when the panel was closed. */
  private async left(): Promise<void> {
    if (!this.dirty) return;
    const save: vscode.MessageItem = { title: vscode.l10n.t('Save') }, no: vscode.MessageItem = { title: vscode.l10n.t('Do not save'), isCloseAffordance: true };
    const answer = await vscode.window.showWarningMessage(vscode.l10n.t('Save what was changed of the colour rules?'), { modal: true }, save, no);
    try {
      if (answer === save) await this.colors.put(this.draft, this.base);
    } catch (error) {
      void vscode.window.showErrorMessage(message(error));
    }
    this.colors.tryOut(undefined);
  }

  private async import(): Promise<void> {
    const [from] = (await vscode.window.showOpenDialog({ title: vscode.l10n.t('Import Colour Rules'), filters: { JSON: ['json'] } })) ?? [];
    if (!from) return;
    const text = new TextDecoder().decode(await vscode.workspace.fs.readFile(from));
    this.post({ type: 'imported', rules: await this.colors.rulesOf(text) });
  }

  private async export(rules: ColorRule[]): Promise<void> {
    const folder = vscode.workspace.workspaceFolders?.[0]?.uri;
    const to = await vscode.window.showSaveDialog({
      title: vscode.l10n.t('Export Colour Rules'), filters: { JSON: ['json'] }, defaultUri: folder && vscode.Uri.joinPath(folder, 'scapls-colors.json'),
    });
    if (!to) return;
    await vscode.workspace.fs.writeFile(to, new TextEncoder().encode(await this.colors.text(rules)));
    this.post({ type: 'said', text: vscode.l10n.t('{0} rules were written to {1}.', rules.length, vscode.workspace.asRelativePath(to)), bad: false });
  }

  /** follow tries the rules on the capture that was looked at last. */
  private follow(again = false): void {
    const document = this.editors.active?.document;
    if (document === this.document && !again) return;
    this.document = document;
    for (const d of this.listening.splice(0)) d.dispose();
    if (document) this.listening.push(
      document.onColored(colored => this.post({ type: 'colored', colored })), document.onProgress(() => this.post({ type: 'grown' })), document.onState(() => this.capture()),
    );
    this.capture();
  }

  private capture(): void {
    const { document } = this, state = document?.state, list = this.editors.active?.list;
    const preview: Preview | undefined = document && state?.kind === 'open'
      ? { name: document.name, open: state.open, query: list?.query ?? { view: state.open.calls ? 'calls' : 'events', internal: false }, num: this.editors.active?.num ?? 0 } : undefined;
    this.post({ type: 'capture', preview });
  }

  private async request(id: number, asked: MethodName, params: object): Promise<void> {
    if (!(viewMethods as readonly MethodName[]).includes(asked)) return;
    const source = new vscode.CancellationTokenSource(), open = this.document?.state.kind === 'open';
    this.running.set(id, source);
    try {
      const result = open ? await this.document?.request(asked as never, params as never, source.token)
        : await this.server.request(asked, { session: '', ...params } as unknown as ParamsOf<MethodName>, source.token);
      if (!source.token.isCancellationRequested) this.post({ type: 'reply', id, result });
    } catch (error) {
      this.post({ type: 'reply', id, error: message(error), cancelled: source.token.isCancellationRequested || serverGone(error) });
    } finally {
      this.running.delete(id);
      source.dispose();
    }
  }
}

/** ColorCommands are the commands about colours. */
export class ColorCommands implements vscode.Disposable {
  private editor: ColorEditor | undefined;
  private readonly disposables: vscode.Disposable[];

  constructor(
    private readonly context: vscode.ExtensionContext, private readonly colors: Colors, private readonly editors: Editors, private readonly server: Server, private readonly views: Views,
  ) {
    const command = (id: string, run: (...args: never[]) => unknown): vscode.Disposable => vscode.commands.registerCommand(`scapls.colors.${id}`, run);
    this.disposables = [
      command('edit', () => this.edit([])),
      command('toggle', () => colors.setOn(!colors.on)),
      command('clear', () => editors.active?.ask({ type: 'command', command: 'clearColors' })),
      command('keep', () => this.keep()),
      ...(Object.entries(painted) as [SourceKind, string][]).map(([kind, id]) => command(id, (of?: Line) => this.paint(kind, of))),
    ];
  }

  dispose(): void {
    this.editor?.dispose();
    for (const d of this.disposables) d.dispose();
  }

  private async paint(kind: SourceKind, of: Line | undefined): Promise<void> {
    const color = await pickColor();
    if (color !== undefined) this.editors.active?.ask({ type: 'colorize', source: whose(kind, of, this.views), color });
  }

  private edit(more: ColorRule[]): void {
    this.editor ??= new ColorEditor(this.context, this.colors, this.editors, this.server, () => (this.editor = undefined));
    this.editor.show(more);
  }

  /** keep makes rules of the temporary colours of the list that was looked at last. */
  private keep(): void {
    const temporary = this.editors.active?.temporary ?? [];
    if (temporary.length === 0) void vscode.window.showInformationMessage(vscode.l10n.t('The list has no temporary colours.'));
    else this.edit(temporary.map(r => ({ ...r, id: '', name: r.name || r.filter })));
  }
}

function texts(): ColorStrings {
  const t = vscode.l10n.t;
  return {
    title: t('Colour Rules'), intro: t('The first rule that matches an event gives it its colour.'), rules: t('Colour rules'), rule: t('Rule'), none: t('There are no rules.'),
    add: t('Add'), duplicate: t('Duplicate'), remove: t('Delete'), up: t('Move up'), down: t('Move down'), save: t('Save'), saveTip: t('Keep the rules for all captures (Ctrl+S)'),
    revert: t('Discard changes'), reset: t('Rules that come with scapls'), imports: t('Import…'), exports: t('Export…'),
    name: t('Name'), nameHint: t('what the rule is for'), filter: t('Filter'), enabled: t('In use'), off: t('not in use'), text: t('Text'), paper: t('Background'), theme: t('As the theme'),
    other: t('Another colour'), number: t('Rule {0} of {1}: {2}'), matched: t('{0} matched, {1} coloured'), faulty: t('This rule cannot be used: {0}'), noFilter: t('It has no filter yet.'),
    newRule: t('New rule'), copyOf: t('{0} (copy)'), preview: t('Preview'), previewOf: t('{0} in these colours'), previewNone: t('Open a capture to see the rules at work.'),
    unsaved: t('Not saved yet'), keys: t('Alt+↑ and Alt+↓ move a rule, Space switches it off and on, Delete deletes it.'), fault: t('cannot be used'), strong: t('strong {0}'),
    colors: {
      red: t('red'), orange: t('orange'), yellow: t('yellow'), green: t('green'), teal: t('teal'), blue: t('blue'), purple: t('purple'), pink: t('pink'), brown: t('brown'), gray: t('grey'),
    },
  };
}
