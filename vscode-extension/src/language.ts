// Documents with named filters (*.scapfilter). The server serves them by LSP; here it is started for them, and their filters go to captures and back.
import * as vscode from 'vscode';
import { filterLanguage, type Server } from './server';
import type { Store } from './store';

/** FilterDocuments looks after documents with filters. */
export class FilterDocuments implements vscode.Disposable, vscode.CodeLensProvider {
  private readonly disposables: vscode.Disposable[];

  constructor(private readonly server: Server, private readonly store: Store) {
    this.disposables = [
      vscode.workspace.onDidOpenTextDocument(d => this.serve(d)),
      vscode.languages.registerCodeLensProvider({ language: filterLanguage }, this),
      vscode.commands.registerCommand('scapls.filter.writeFile', () => this.write()),
    ];
    vscode.workspace.textDocuments.forEach(d => this.serve(d));
  }

  dispose(): void {
    for (const d of this.disposables) d.dispose();
  }

  /** provideCodeLenses offers each filter of a document to the capture that was looked at last. */
  async provideCodeLenses(document: vscode.TextDocument, token: vscode.CancellationToken): Promise<vscode.CodeLens[]> {
    await this.server.serve();
    const symbols = await vscode.commands.executeCommand<vscode.DocumentSymbol[] | undefined>('vscode.executeDocumentSymbolProvider', document.uri);
    if (token.isCancellationRequested) return [];
    const leaves = (list: readonly vscode.DocumentSymbol[]): vscode.DocumentSymbol[] => list.flatMap(s => (s.kind === vscode.SymbolKind.Namespace ? leaves(s.children) : [s]));
    return leaves(symbols ?? []).filter(s => s.detail.trim() !== '').map(s => new vscode.CodeLens(s.selectionRange, {
      title: vscode.l10n.t('$(filter) Apply to the capture'), tooltip: s.detail, command: 'scapls.filter.use', arguments: [s.detail],
    }));
  }

  private serve(d: vscode.TextDocument): void {
    if (d.languageId === filterLanguage) void this.server.serve();
  }

  /** write makes a document of the saved filters and of the buttons that do not come with scapls. */
  private async write(): Promise<void> {
    await this.store.load();
    const { saved, groups } = this.store.filters;
    const own = groups.map(g => ({ name: g.name, filters: g.buttons.filter(b => !b.shipped || b.edited).map(b => ({ name: b.label, text: b.text, help: b.tip })) }));
    const content = filterFile([{ name: '', filters: saved.map(f => ({ name: f.name, text: f.text, help: f.description })) }, ...own]);
    const document = await vscode.workspace.openTextDocument({ language: filterLanguage, content: content || `# ${vscode.l10n.t('No filter has been saved yet.')}\n` });
    await vscode.window.showTextDocument(document);
  }
}

interface Named {
  name: string;
  text: string;
  help: string;
}

/** filterFile is the text of a document with groups of filters; those without a name come first. */
export function filterFile(groups: readonly { name: string; filters: readonly Named[] }[]): string {
  const plain = (name: string): string => name.replace(/[:()[\]#\s]+/g, ' ').trim() || '?';
  return groups.filter(g => g.filters.length > 0).map(g => [
    ...(g.name === '' ? [] : [`[${plain(g.name)}]`]),
    ...g.filters.flatMap(f => [...(f.help === '' ? [] : f.help.split('\n').map(l => `# ${l}`)), `${plain(f.name)}: ${f.text.replace(/\s*\n\s*/g, ' ')}`]),
  ].join('\n')).map(part => `${part}\n`).join('\n');
}
