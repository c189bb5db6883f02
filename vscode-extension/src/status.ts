// The item in the status bar: how many events, how far the index is, which event is selected.
import * as vscode from 'vscode';
import type { Editors } from './editor';

export class Status implements vscode.Disposable {
  private readonly item = vscode.window.createStatusBarItem('scapls.status', vscode.StatusBarAlignment.Right, 100);
  private readonly subscription: vscode.Disposable;

  constructor(private readonly editors: Editors) {
    this.item.name = 'scapls';
    this.item.command = 'scapls.goto';
    this.subscription = editors.onActive(() => this.update());
  }

  dispose(): void {
    this.item.dispose();
    this.subscription.dispose();
  }

  private update(): void {
    const panel = this.editors.active, progress = panel?.document.progress;
    if (!panel || !progress || !panel.webview.visible) {
      this.item.hide();
      return;
    }
    const n = (v: number): string => v.toLocaleString(vscode.env.language);
    const count = vscode.l10n.t('{0} events', n(progress.events));
    const parts = [progress.done ? count : `$(loading~spin) ${count}`, panel.num > 0 ? vscode.l10n.t('event {0}', panel.event || n(panel.num)) : '', panel.notes?.shiftText ? vscode.l10n.t('$(history) times {0}', panel.notes.shiftText) : ''];
    this.item.text = parts.filter(Boolean).join(' · ');
    this.item.tooltip = progress.done ? vscode.l10n.t('{0}: go to an event', panel.document.name)
      : vscode.l10n.t('{0}: indexing, {1} %', panel.document.name, Math.floor(progress.fraction * 100));
    this.item.show();
  }
}
