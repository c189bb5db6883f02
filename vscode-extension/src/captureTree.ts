// The view of captures: those of this window, and the machines and options that were kept with a name.
import * as vscode from 'vscode';
import type { KeptOptions } from '../shared/capture';
import { bytes } from './captureLine';
import { Run } from './captureRun';
import type { Captures } from './captures';
import { viewType } from './editor';

/** Group is the line above what was kept. */
class Group {
  constructor(readonly kept: KeptOptions[]) {}
}

type Line = Run | Group | KeptOptions;

const icons: Record<Run['state'], [string, string?]> = {
  starting: ['loading~spin'], running: ['record', 'charts.red'], stopping: ['loading~spin'], ended: ['pass', 'charts.green'], error: ['error', 'list.errorForeground'], kept: ['history'], grows: ['record'],
};

export class CaptureTree implements vscode.TreeDataProvider<Line>, vscode.Disposable {
  private readonly changed = new vscode.EventEmitter<Line[] | undefined>();
  /** the lines there are; only when others come or go is the whole view made anew, since what a menu is about is lost meanwhile */
  private lines: Line[] = [];
  /** what the user has selected */
  selected: readonly Run[] = [];
  private readonly disposables: vscode.Disposable[];
  private group: Group | undefined;
  private timer: NodeJS.Timeout | undefined;
  readonly onDidChangeTreeData = this.changed.event;

  constructor(private readonly captures: Captures) {
    const view = vscode.window.createTreeView<Line>('scapls.captures', { treeDataProvider: this, canSelectMany: true });
    const later = (): void => {
      this.timer ??= setTimeout(() => {
        this.timer = undefined;
        const before = this.lines, now = this.getChildren(), same = now.length === before.length && now.every((l, i) => l === before[i]);
        this.changed.fire(same ? captures.runs : undefined);
        const n = captures.runs.filter(r => r.running).length;
        view.badge = n > 0 ? { value: n, tooltip: n === 1 ? vscode.l10n.t('1 capture runs') : vscode.l10n.t('{0} captures run', n) } : undefined;
      }, 250);
    };
    this.disposables = [
      view.onDidChangeSelection(e => (this.selected = e.selection.filter(l => l instanceof Run))),
      view, this.changed, captures.onChange(later), captures.settings.onChange(later),
      vscode.commands.registerCommand('scapls.capture.use', (k: KeptOptions) => vscode.commands.executeCommand('scapls.capture.start', k.options)),
      vscode.commands.registerCommand('scapls.capture.forget', (k: KeptOptions) => captures.settings.forget(k.id)),
      view.onDidChangeVisibility(() => {
        if (view.visible) void captures.settings.load();
      }),
    ];
  }

  dispose(): void {
    clearTimeout(this.timer);
    for (const d of this.disposables) d.dispose();
  }

  getTreeItem(line: Line): vscode.TreeItem {
    if (line instanceof Run) return runItem(line);
    if (line instanceof Group) {
      const out = new vscode.TreeItem(vscode.l10n.t('Saved'), vscode.TreeItemCollapsibleState.Expanded);
      out.id = 'saved';
      return out;
    }
    const out = new vscode.TreeItem(line.name);
    out.id = `kept ${line.id}`;
    out.tooltip = line.label;
    out.description = line.options.target;
    out.iconPath = new vscode.ThemeIcon(line.options.target === '' ? 'vm' : 'remote');
    out.contextValue = 'saved';
    out.command = { command: 'scapls.capture.use', title: '', arguments: [line] };
    return out;
  }

  getChildren(line?: Line): Line[] {
    if (line instanceof Group) return line.kept;
    if (line) return [];
    const named = this.captures.settings.kept.filter(k => k.name !== '');
    if (this.group?.kept.length !== named.length || named.some((k, i) => k !== this.group?.kept[i])) this.group = named.length > 0 ? new Group(named) : undefined;
    return (this.lines = [...this.captures.runs, ...(this.group ? [this.group] : [])]);
  }
}

function runItem(r: Run): vscode.TreeItem {
  const out = new vscode.TreeItem(r.options.target || (r.state === 'kept' ? r.uri.path.replace(/^.*\//, '') : r.where)), t = vscode.l10n.t, live = r.live();
  const n = (v: number): string => Math.round(v).toLocaleString(vscode.env.language), [icon, color] = icons[r.state];
  const lost = live.drops ?? 0, drops = lost > 0 ? t('{0} dropped', n(lost)) : live.drops === undefined ? t('drops not known') : r.state === 'running' ? t('no drops') : '';
  out.id = r.file;
  out.description = [r.inWords(), r.state === 'running' ? t('{0}/s', n(live.eventsPerSecond)) : '', drops, r.size > 0 ? bytes(r.size, vscode.env.language) : ''].filter(Boolean).join(' · ');
  out.tooltip = [out.description, live.dropsTip, r.options.filter, r.file].filter(Boolean).join('\n');
  out.iconPath = new vscode.ThemeIcon(lost > 0 && r.state === 'running' ? 'warning' : icon, lost > 0 && r.state === 'running' ? new vscode.ThemeColor('list.warningForeground') : color && new vscode.ThemeColor(color));
  out.contextValue = ['run', r.running ? 'running' : 'over', live.again && 'again', r.temporary && 'temporary', r.size > 0 && 'there', r.options.target !== '' && 'remote'].filter(Boolean).join(',');
  // A command of VS Code's own: the arguments of others are forgotten when the line is drawn anew, every second, under the click.
  if (r.size > 0) out.command = { command: 'vscode.openWith', title: '', arguments: [r.uri, viewType, { preview: false }] };
  return out;
}
