// The custom editor: one panel per shown capture, and the traffic between its webview and the server.
import * as vscode from 'vscode';
import { viewMethods, type FilterAction, type Layout, type ListState, type ToHost, type ToView, type ViewMethod } from '../shared/messages';
import { method, type ColorRule, type Column, type FilterButton, type OpenResult, type ViewState } from '../shared/wire.gen';
import type { Colors } from './colors';
import { CaptureDocument, type DocumentState } from './document';
import { columnAction, copyRows } from './columns';
import { Looks } from './look';
import { page } from './page';
import type { Profiles } from './profiles';
import { message, serverGone, type Server } from './server';
import { pathsOf, type Clocks } from './togetherUri';
import type { LiveAction } from '../shared/capture';
import type { Store } from './store';
import type { NoteAction, NotesState } from '../shared/notes';
import { strings } from './strings';

export const viewType = 'scapls.capture';

const hoverKey = 'scapls.explain.hover';

/** Panel is one editor on a capture. */
export class Panel implements vscode.Disposable {
  /** number of the selected event, 0: none */
  num = 0;
  /** how that event is called, for people */
  event = '';
  /** rows in the list */
  shown = 0;
  /** what is listed and what the filter box holds; undefined before the webview told */
  list: ListState | undefined;
  /** the profile it is shown with */
  readonly looks: Looks;
  /** which part of the webview has the keyboard */
  focus = '';
  history = { back: false, forward: false };
  /** colours that the list has for a while */
  temporary: ColorRule[] = [];
  /** what is noted about the capture, when it is known */
  notes: NotesState | undefined;
  private ready = false;
  /** what the webview is asked when it listens again */
  private pending: ToView[] = [];
  private readonly running = new Map<number, vscode.CancellationTokenSource>();
  private readonly disposables: vscode.Disposable[] = [];
  private readonly changeEmitter = new vscode.EventEmitter<void>();
  private readonly actionEmitter = new vscode.EventEmitter<{ action: FilterAction; button: FilterButton | undefined }>();
  private readonly liveEmitter = new vscode.EventEmitter<LiveAction>();
  private readonly noteEmitter = new vscode.EventEmitter<NoteAction>();

  /** Fired when the selection, the number of rows or the state of the document changed. */
  readonly onChange = this.changeEmitter.event;
  /** Fired when the filter box or a filter button wants something of the host. */
  readonly onAction = this.actionEmitter.event;
  /** Fired when a button of a live capture was pressed. */
  readonly onLive = this.liveEmitter.event;
  /** Fired when the menu about notes wants something of the host. */
  readonly onNote = this.noteEmitter.event;

  constructor(
    readonly document: CaptureDocument, readonly webview: vscode.WebviewPanel, private readonly context: vscode.ExtensionContext, readonly store: Store, profiles: Profiles,
    private readonly colors: Colors,
  ) {
    this.looks = new Looks({ document, memory: context.globalState, post: m => this.post(m), changed: () => this.relooked() }, profiles);
    this.disposables.push(
      this.looks,
      vscode.workspace.onDidChangeConfiguration(e => {
        if (e.affectsConfiguration(hoverKey)) this.hover();
      }),
      this.changeEmitter, this.actionEmitter, this.liveEmitter, this.noteEmitter,
      document.onLive(live => this.post({ type: 'live', live })),
      store.onChange(filters => this.post({ type: 'store', store: filters })),
      document.onMembers(members => this.post({ type: 'members', members })),
      document.onSorting(sorting => this.post({ type: 'sorting', sorting })),
      document.onFiltered(filtered => this.post({ type: 'filtered', filtered })),
      document.onColored(colored => this.post({ type: 'colored', colored })),
      colors.onChange(() => this.color()),
      webview.webview.onDidReceiveMessage((m: ToHost) => void this.receive(m)),
      document.onState(s => void this.state(s)),
      webview.onDidChangeViewState(() => {
        if (!webview.visible) this.ready = false;
      }),
      document.onProgress(progress => {
        this.post({ type: 'progress', progress });
        this.changeEmitter.fire();
      }),
    );
    webview.webview.options = { enableScripts: true, localResourceRoots: [vscode.Uri.joinPath(context.extensionUri, 'dist')] };
    webview.webview.html = page(webview.webview, context.extensionUri, 'webview');
  }

  post(m: ToView): void {
    if (this.ready) void this.webview.webview.postMessage(m);
  }

  /** ask shows the editor, and posts when it can listen: a hidden webview is made anew when it is shown. */
  ask(m: ToView, keepFocus = false): void {
    if (!keepFocus) this.reveal();
    if (this.ready && this.webview.visible) this.post(m);
    else this.pending.push(m);
  }

  /** reveal shows the editor and gives it the focus. */
  reveal(): void {
    if (!this.webview.active) this.webview.reveal(this.webview.viewColumn, false); // without a column it would move beside whatever is active
  }

  dispose(): void {
    for (const c of this.running.values()) c.cancel();
    for (const d of this.disposables) d.dispose();
  }

  private async receive(m: ToHost): Promise<void> {
    switch (m.type) {
      case 'ready':
        this.ready = true;
        this.post({ type: 'init', strings: strings(), locale: vscode.env.language, layout: this.context.globalState.get<Layout>('layout') });
        this.post({ type: 'store', store: this.store.filters });
        void this.state(this.document.state);
        break;
      case 'request':
        await this.request(m.id, m.method, m.params);
        break;
      case 'cancel':
        this.running.get(m.id)?.cancel();
        break;
      case 'selected':
        this.num = m.num;
        this.event = m.event;
        this.changeEmitter.fire();
        break;
      case 'shown':
        this.shown = m.total;
        this.changeEmitter.fire();
        break;
      case 'columns':
        await this.looks.keep(this.columns(), m.state);
        break;
      case 'layout':
        await this.context.globalState.update('layout', m.layout);
        break;
      case 'chooseColumns':
        await this.chooseColumns(m.visible);
        break;
      case 'list':
        this.list = m.list;
        this.changeEmitter.fire();
        break;
      case 'keep':
        await this.keep(m.state);
        break;
      case 'used':
        await this.store.used(m.text, m.language);
        break;
      case 'filter':
        this.actionEmitter.fire({ action: m.action, button: m.button });
        break;
      case 'colors':
        await (m.action === 'on' ? this.colors.setOn(true) : vscode.commands.executeCommand(`scapls.colors.${m.action}`));
        break;
      case 'temporary':
        this.temporary = m.rules;
        break;
      case 'live':
        this.liveEmitter.fire(m.action);
        break;
      case 'notes':
        this.noteEmitter.fire(m.action);
        break;
      case 'undoProfile':
        this.looks.undo();
        break;
      case 'open':
        if (m.link.startsWith('https://')) await vscode.env.openExternal(vscode.Uri.parse(m.link));
        break;
      case 'focus':
        this.focus = m.in;
        this.changeEmitter.fire();
        break;
      case 'history':
        this.history = { back: m.back, forward: m.forward };
        this.changeEmitter.fire();
        break;
      case 'copyRows':
        await copyRows(this, m.ask);
        break;
      case 'column':
        await columnAction(this, m.ask);
        break;
      case 'copy':
        await vscode.env.clipboard.writeText(m.text);
        break;
      case 'command':
        await vscode.commands.executeCommand(m.command);
        break;
    }
  }

  private async request(id: number, asked: ViewMethod, params: unknown): Promise<void> {
    if (!viewMethods.includes(asked)) return;
    const source = new vscode.CancellationTokenSource();
    this.running.set(id, source);
    try {
      const result = await this.document.request(asked, params as never, source.token);
      if (!source.token.isCancellationRequested) this.post({ type: 'reply', id, result });
    } catch (error) {
      // When the server ended, a message of its own says so, and what is seen is asked for again.
      this.post({ type: 'reply', id, error: message(error), cancelled: source.token.isCancellationRequested || serverGone(error) });
    } finally {
      this.running.delete(id);
      source.dispose();
    }
  }

  /** kept is how the capture was last looked at, if the server knows. */
  private async kept(): Promise<ViewState | undefined> {
    if (pathsOf(this.document.uri)) return this.context.workspaceState.get<ViewState>(`view ${this.document.uri.toString()}`); // no file of which the server could know
    try {
      const r = await this.document.request(method.storeViewGet, {});
      return r.found ? r.state : undefined;
    } catch {
      return undefined; // nothing is lost but a convenience
    }
  }

  /** tellNotes tells the webview what is noted about the capture. */
  async tellNotes(changed: boolean): Promise<void> {
    try {
      const notes = await this.document.request(method.notes, { kind: '', start: 0, count: 0, num: 0 });
      this.notes = notes;
      this.post({ type: 'notes', notes, changed });
      this.changeEmitter.fire();
    } catch { /* the capture is not open any more */ }
  }

  private async keep(state: ViewState): Promise<void> {
    if (pathsOf(this.document.uri)) return void this.context.workspaceState.update(`view ${this.document.uri.toString()}`, state);
    const { profile, chosen } = this.looks;
    await this.document.request(method.storeViewPut, { state: { ...state, profile: profile.spec.name, chosen } }).catch(() => undefined);
  }

  private async state(s: DocumentState): Promise<void> {
    switch (s.kind) {
      case 'opening':
        break;
      case 'open':
        await this.open(s.open, s.again);
        break;
      case 'failed':
        this.post({ type: 'failed', message: s.message, detail: s.detail });
        break;
      case 'down':
        this.post({ type: 'down', message: s.message, restarting: s.restarting });
        break;
    }
    this.changeEmitter.fire();
  }

  private async open(open: OpenResult, again: boolean): Promise<void> {
    if (!this.ready) return;
    void this.store.load();
    const view = again ? undefined : await this.kept();
    await this.colors.load();
    await this.looks.begin(view);
    const { state } = this.document;
    if (state.kind !== 'open' || state.open.session !== open.session) return; // the server ended meanwhile
    this.color();
    this.post({ type: 'live', live: this.document.live });
    this.hover();
    this.post({ type: 'opened', open: state.open, again, look: this.looks.look(this.columns()), view });
    this.looks.open = true;
    this.looks.tell();
    for (const m of this.pending.splice(0)) this.post(m);
    void this.tellNotes(again);
  }

  /** relooked tells of another profile, which may have colours of its own. */
  private relooked(): void {
    this.color();
    this.changeEmitter.fire();
  }

  /** color says in which colours rows are shown: those that are tried out, those of the profile, or those that are kept. */
  private color(): void {
    const { colors } = this.looks.profile.spec, { rules, on } = this.colors.colored;
    const own = colors?.map((c, i): ColorRule => ({
      id: `profile-${i}`, name: c.name ?? '', filter: c.filter, language: c.language ?? '', foreground: c.foreground ?? '', background: c.background ?? '', disabled: false,
    }));
    this.post({ type: 'colors', rules: this.colors.tried ? rules : (own ?? rules), on });
  }

  /** hover says whether a card opens where the mouse rests. */
  private hover(): void {
    this.post({ type: 'explainHover', on: vscode.workspace.getConfiguration().get<boolean>(hoverKey) ?? true });
  }

  private columns(): Column[] {
    return this.document.state.kind === 'open' ? this.document.state.open.columns : [];
  }

  private async chooseColumns(visible: string[]): Promise<void> {
    const items = this.looks.look(this.columns()).columns.map(c => ({ label: c.title, description: c.id, detail: c.tip, id: c.id, picked: visible.includes(c.id) }));
    const picked = await vscode.window.showQuickPick(items, {
      canPickMany: true, matchOnDescription: true, matchOnDetail: true,
      title: vscode.l10n.t('Columns of the Event List'), placeHolder: vscode.l10n.t('Choose the columns to show'),
    });
    if (picked && picked.length > 0) this.post({ type: 'setColumns', visible: picked.map(p => p.id) });
  }
}

/** Editors opens captures and knows which of them the user looks at. */
export class Editors implements vscode.CustomReadonlyEditorProvider<CaptureDocument>, vscode.Disposable {
  /** the panel that was active last and still exists */
  active: Panel | undefined;
  private readonly panels = new Set<Panel>();
  private readonly activeEmitter = new vscode.EventEmitter<void>();
  private readonly actionEmitter = new vscode.EventEmitter<{ panel: Panel; action: FilterAction; button: FilterButton | undefined }>();

  /** Fired when the filter box of a panel wants something of the host. */
  readonly onAction = this.actionEmitter.event;
  private readonly documentEmitter = new vscode.EventEmitter<CaptureDocument>();
  private readonly liveEmitter = new vscode.EventEmitter<{ document: CaptureDocument; action: LiveAction }>();
  private readonly noteEmitter = new vscode.EventEmitter<{ panel: Panel; action: NoteAction }>();
  /** Fired when the menu about notes of a panel wants something of the host. */
  readonly onNote = this.noteEmitter.event;
  /** the captures that are open */
  readonly documents = new Set<CaptureDocument>();
  /** Fired when a capture was opened in an editor. */
  readonly onDocument = this.documentEmitter.event;
  /** Fired when a button of a live capture was pressed. */
  readonly onLive = this.liveEmitter.event;
  /** Fired when another panel became active, or anything about the active one changed. */
  readonly onActive = this.activeEmitter.event;

  constructor(private readonly context: vscode.ExtensionContext, private readonly server: Server, private readonly store: Store, private readonly profiles: Profiles, private readonly clocks: Clocks, private readonly colors: Colors) {}

  openCustomDocument(uri: vscode.Uri): CaptureDocument {
    const document = new CaptureDocument(uri, this.server, this.clocks);
    this.documents.add(document);
    document.onDispose(() => this.documents.delete(document));
    this.documentEmitter.fire(document);
    void document.open();
    return document;
  }

  resolveCustomEditor(document: CaptureDocument, webview: vscode.WebviewPanel): void {
    const panel = new Panel(document, webview, this.context, this.store, this.profiles, this.colors);
    this.panels.add(panel);
    const activate = (): void => {
      if (!webview.active || this.active === panel) return;
      this.active = panel;
      this.activeEmitter.fire();
    };
    panel.onChange(() => {
      if (this.active === panel) this.activeEmitter.fire();
    });
    panel.onNote(action => this.noteEmitter.fire({ panel, action }));
    panel.onLive(action => this.liveEmitter.fire({ document, action }));
    panel.onAction(a => this.actionEmitter.fire({ panel, ...a }));
    webview.onDidChangeViewState(activate);
    webview.onDidDispose(() => {
      panel.dispose();
      this.panels.delete(panel);
      if (this.active !== panel) return;
      this.active = [...this.panels].find(p => p.webview.visible);
      this.activeEmitter.fire();
    });
    activate();
  }

  /** tellNotes tells all editors what is noted, here or in another window, since they asked. */
  tellNotes(): void {
    for (const p of this.panels) void p.tellNotes(true);
  }

  /** of is the editor on a capture that was looked at last. */
  of(document: CaptureDocument): Panel | undefined {
    return this.active?.document === document ? this.active : [...this.panels].find(p => p.document === document);
  }

  dispose(): void {
    for (const e of [this.activeEmitter, this.actionEmitter, this.documentEmitter, this.liveEmitter, this.noteEmitter]) e.dispose();
  }
}
