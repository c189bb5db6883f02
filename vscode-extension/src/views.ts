// The views beside the editor: processes, open files, users … as of the selected event, and facts about the capture.
import * as vscode from 'vscode';
import { method, type AtParams, type Icon, type InfoResult, type Item, type ItemsResult } from '../shared/wire.gen';
import type { CaptureDocument } from './document';
import type { Editors } from './editor';
import { message } from './server';

const icons: Record<Icon, string> = {
  process: 'server-process', thread: 'pulse', file: 'file', directory: 'folder', socket: 'plug', pipe: 'arrow-swap', user: 'account',
  group: 'organization', container: 'package', interface: 'radio-tower', other: 'circle-outline',
};

type StateMethod = 'scapls/processes' | 'scapls/fds' | 'scapls/users' | 'scapls/groups' | 'scapls/containers' | 'scapls/interfaces';

/** Line is an item with its place in the tree. */
export interface Line {
  item: Item;
  /** method that told of the item; "" for a heading */
  method: string;
  parent: Line | undefined;
  children: Line[];
}

/** Moment is of what the views tell: an event of a capture. */
export interface Moment {
  document: CaptureDocument;
  num: number;
  tid: string;
}

const visibleLag = 150; // ms
const settle = 120; // ms without another selection before views are asked for

/** Tree is what all views share: one moment, newest request wins, nothing asked while the view is hidden. */
export abstract class Tree<T> implements vscode.TreeDataProvider<T>, vscode.Disposable {
  protected view: vscode.TreeView<T>;
  protected roots: T[] = [];
  protected moment: Moment | undefined;
  private shownKey = '';
  private timer: NodeJS.Timeout | undefined;
  private source: vscode.CancellationTokenSource | undefined;
  private readonly changed = new vscode.EventEmitter<undefined>();
  private readonly disposables: vscode.Disposable[] = [];
  readonly onDidChangeTreeData = this.changed.event;

  constructor(id: string) {
    this.view = vscode.window.createTreeView<T>(id, { treeDataProvider: this, showCollapseAll: id === 'scapls.processes' });
    this.disposables.push(this.view, this.changed, this.view.onDidChangeVisibility(() => this.update(this.moment)));
  }

  /** update says what the view is about; it is loaded when the view is seen. */
  update(moment: Moment | undefined): void {
    this.moment = moment;
    if (!this.view.visible && moment) return;
    clearTimeout(this.timer);
    this.timer = setTimeout(() => void this.load(), moment ? settle : 0);
  }

  dispose(): void {
    clearTimeout(this.timer);
    this.source?.cancel();
    for (const d of this.disposables) d.dispose();
  }

  abstract getTreeItem(line: T): vscode.TreeItem;
  abstract getChildren(line?: T): T[];
  abstract getParent(line: T): T | undefined;
  /** key tells two moments apart for which the view differs. */
  protected abstract key(moment: Moment): string;
  protected abstract fetch(moment: Moment, token: vscode.CancellationToken): Promise<T[]>;
  protected abstract describe(moment: Moment | undefined): void;
  protected marked(): T | undefined {
    return undefined;
  }

  private async load(): Promise<void> {
    const { moment } = this;
    this.source?.cancel();
    if (!moment) {
      this.shownKey = '';
      this.show([], undefined);
      return;
    }
    const key = this.key(moment);
    if (key === this.shownKey) return;
    const source = (this.source = new vscode.CancellationTokenSource());
    try {
      const roots = await this.fetch(moment, source.token);
      if (source.token.isCancellationRequested) return;
      this.shownKey = key;
      this.show(roots, moment);
      const mark = this.marked();
      // To reveal an item opens the view, and that it was left for another one is known here a little later only.
      if (mark) await new Promise(resolve => setTimeout(resolve, visibleLag));
      if (source.token.isCancellationRequested) return;
      if (mark && this.view.visible) await this.view.reveal(mark, { select: true, focus: false, expand: false });
    } catch (error) {
      if (source.token.isCancellationRequested) return;
      this.shownKey = '';
      this.show([], moment);
      this.view.message = message(error);
    }
  }

  private show(roots: T[], moment: Moment | undefined): void {
    this.roots = roots;
    this.describe(moment);
    this.changed.fire(undefined);
  }
}

/** State is a view of items as of an event. */
export class State extends Tree<Line> {
  private titles: string[] = [];

  constructor(id: string, private readonly methods: StateMethod[], private readonly titled: boolean) {
    super(id);
  }

  getTreeItem(line: Line): vscode.TreeItem {
    const { item } = line;
    const out = new vscode.TreeItem(item.label, line.children.length === 0 ? vscode.TreeItemCollapsibleState.None
      : item.icon === 'process' && !this.open(line) ? vscode.TreeItemCollapsibleState.Collapsed : vscode.TreeItemCollapsibleState.Expanded);
    out.id = item.id === '' ? undefined : item.id;
    out.description = item.detail;
    out.tooltip = item.tip || [item.label, item.detail].filter(Boolean).join(' ');
    out.iconPath = new vscode.ThemeIcon(icons[item.icon] ?? icons.other, item.mark ? new vscode.ThemeColor('charts.orange') : undefined);
    out.contextValue = [item.born > 0 && 'born', item.tid !== '' && item.tid !== '0' && 'thread', line.method !== '' && 'filter', item.icon].filter(Boolean).join(',') || 'plain';
    if (item.born > 0 || (item.tid !== '' && this.methods[0] === method.processes)) {
      out.command = { command: 'scapls.item.open', title: '', arguments: [line] };
    }
    return out;
  }

  getChildren(line?: Line): Line[] {
    return line ? line.children : this.roots;
  }

  getParent(line: Line): Line | undefined {
    return line.parent;
  }

  protected override key(m: Moment): string {
    const open = m.document.state.kind === 'open' ? m.document.state.open.session : '';
    return [open, m.num, this.methods[0] === method.fds ? m.tid : ''].join(' ');
  }

  protected override async fetch(m: Moment, token: vscode.CancellationToken): Promise<Line[]> {
    const params: Omit<AtParams, 'session'> = { num: m.num, tid: this.methods[0] === method.fds ? m.tid : '' };
    const results = await Promise.all(this.methods.map(name => m.document.request(name, params, token)));
    this.titles = results.map(r => r.title);
    return results.length === 1 ? lines(results[0]!, this.methods[0]!) : results.flatMap((r, i) => headed(r, this.methods[i]!));
  }

  protected override describe(m: Moment | undefined): void {
    // A title of its own says all, but above the items: the workbench capitalizes what is in a view's header.
    this.view.message = m && this.titled && this.titles[0] ? this.titles[0] : undefined;
    this.view.description = m === undefined || this.view.message ? undefined
      : m.num > 0 ? vscode.l10n.t('as of event {0}', m.num.toLocaleString(vscode.env.language)) : vscode.l10n.t('at the end');
  }

  protected override marked(): Line | undefined {
    const find = (list: Line[]): Line | undefined => {
      for (const l of list) {
        const below = find(l.children);
        if (below ?? l.item.mark) return below ?? l;
      }
      return undefined;
    };
    return find(this.roots);
  }

  /** open tells that a process is shown expanded: it is near the root of a tree of processes. */
  private open(line: Line): boolean {
    return line.children.some(c => c.item.icon !== 'thread');
  }
}

/** lines is a tree of items; an item whose parent is not there is a root. */
function lines(r: ItemsResult, method: string): Line[] {
  const byId = new Map<string, Line>(), roots: Line[] = [];
  for (const item of r.items ?? []) {
    const parent = item.parent === '' ? undefined : byId.get(item.parent);
    const line: Line = { item, method, parent, children: [] };
    byId.set(item.id, line);
    (parent?.children ?? roots).push(line);
  }
  return roots;
}

/** headed is a tree under a line with its title; nothing if it is empty. */
function headed(r: ItemsResult, method: string): Line[] {
  const children = lines(r, method);
  if (children.length === 0) return [];
  const item: Item = { id: `head ${r.title}`, parent: '', label: r.title, detail: String(children.length), tip: '', icon: 'other', born: 0, tid: '', mark: false };
  const head: Line = { item, method: '', parent: undefined, children };
  for (const c of children) c.parent = head;
  return [head];
}

/** Fact is a line of the info view. */
interface Fact {
  label: string;
  description: string;
  tip: string;
  icon: string | undefined;
  children: Fact[];
}

/** Info is the health page of a capture. */
export class Info extends Tree<Fact> {
  getTreeItem(f: Fact): vscode.TreeItem {
    const out = new vscode.TreeItem(f.label, f.children.length > 0 ? vscode.TreeItemCollapsibleState.Expanded : vscode.TreeItemCollapsibleState.None);
    out.description = f.description;
    out.tooltip = f.tip;
    out.contextValue = 'fact';
    if (f.icon) out.iconPath = new vscode.ThemeIcon(f.icon, f.icon === 'error' ? new vscode.ThemeColor('list.errorForeground')
      : f.icon === 'warning' ? new vscode.ThemeColor('list.warningForeground') : undefined);
    return out;
  }

  getChildren(f?: Fact): Fact[] {
    return f ? f.children : this.roots;
  }

  getParent(f: Fact): Fact | undefined {
    return this.roots.find(r => r.children.includes(f));
  }

  protected override key(m: Moment): string {
    const { state } = m.document;
    return state.kind === 'open' ? `${state.open.session} ${state.open.progress.done ? 'done' : Math.floor(Date.now() / 2000)}` : '';
  }

  protected override async fetch(m: Moment, token: vscode.CancellationToken): Promise<Fact[]> {
    return facts(await m.document.request(method.info, {}, token));
  }

  protected override describe(m: Moment | undefined): void {
    this.view.description = m?.document.name;
    this.view.message = undefined;
  }
}

function facts(r: InfoResult): Fact[] {
  const sections = (r.sections ?? []).map(s => ({
    label: s.title, description: '', tip: s.title, icon: undefined,
    children: (s.rows ?? []).map(row => ({
      label: row.name, description: row.value, tip: [`${row.name}: ${row.value}`, row.note].filter(Boolean).join('\n\n'), icon: row.note ? 'info' : undefined, children: [],
    })),
  }));
  const damage = (r.diagnostics ?? []).map(d => ({
    label: d.message, description: vscode.l10n.t('at offset {0}', d.offset), tip: d.message, icon: d.severity as string, children: [],
  }));
  return damage.length === 0 ? sections
    : [{ label: vscode.l10n.t('Damage and doubts'), description: String(damage.length), tip: '', icon: undefined, children: damage }, ...sections];
}

/** Views wires all views to the active editor. */
export class Views implements vscode.Disposable {
  private readonly states: State[];
  private readonly info = new Info('scapls.info');
  private readonly disposables: vscode.Disposable[];
  /** thread whose files are shown instead of those of the event, until another event than at is selected; at 0: the next one selected */
  private pinned: { tid: string; at: number } | undefined;
  /** event of the views, 0: the end of the capture */
  num = 0;

  constructor(private readonly editors: Editors) {
    this.states = [
      new State('scapls.processes', [method.processes], false),
      new State('scapls.fds', [method.fds], true),
      new State('scapls.users', [method.users, method.groups], false),
      new State('scapls.containers', [method.containers], false),
      new State('scapls.interfaces', [method.interfaces], false),
    ];
    const command = (id: string, run: (line: Line | Fact) => unknown): vscode.Disposable => vscode.commands.registerCommand(id, run);
    this.disposables = [
      ...this.states, this.info, editors.onActive(() => this.update()),
      command('scapls.item.open', l => this.open(l as Line)),
      command('scapls.item.goto', l => this.goto((l as Line).item.born)),
      command('scapls.item.fds', l => this.pin((l as Line).item.tid, this.num)),
      command('scapls.item.copy', l => vscode.env.clipboard.writeText(
        'item' in l ? [l.item.label, l.item.detail].filter(Boolean).join('\t') : [l.label, l.description].filter(Boolean).join('\t'))),
    ];
  }

  /** tid is the thread whose files are shown, "" for that of the event. */
  get tid(): string {
    return this.pinned?.tid ?? '';
  }

  dispose(): void {
    for (const d of this.disposables) d.dispose();
  }

  private open({ item }: Line): void {
    const move = item.born > 0 && item.born !== this.num;
    if (item.tid !== '' && (item.icon === 'process' || item.icon === 'thread')) this.pin(item.tid, move ? 0 : this.num);
    if (move) this.goto(item.born);
  }

  private goto(num: number): void {
    const panel = this.editors.active;
    if (!panel || num <= 0) return;
    panel.webview.reveal(undefined, true);
    panel.ask({ type: 'goto', to: `#${num}` }, true);
  }

  private pin(tid: string, at: number): void {
    this.pinned = { tid, at };
    this.update();
  }

  private update(): void {
    const panel = this.editors.active, all = [...this.states, this.info];
    if (panel?.document.state.kind !== 'open') {
      // While a server is started again the views keep what they show.
      if (!panel || panel.document.state.kind === 'failed') for (const v of all) v.update(undefined);
      return;
    }
    if (panel.num !== this.num) {
      this.num = panel.num;
      if (this.pinned?.at === 0) this.pinned.at = panel.num;
      else if (this.pinned?.at !== panel.num) this.pinned = undefined;
    }
    for (const v of all) v.update({ document: panel.document, num: panel.num, tid: this.pinned?.tid ?? '' });
  }
}
