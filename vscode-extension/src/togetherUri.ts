// How captures that are open together are addressed, and what is kept of their clocks.
import * as path from 'node:path';
import * as vscode from 'vscode';

/** scheme is that of several captures that are open as one. Nothing else can read such an address. */
const scheme = 'scapls-together';

/** uriOf is the address of several local captures. Their order makes no difference to what is shown. */
export function uriOf(paths: readonly string[]): vscode.Uri {
  const list = [...new Set(paths)].sort();
  const name = list.map(p => path.basename(p).replace(/\.scap(\.\w+)?$/, '')).join(' + ');
  return vscode.Uri.from({ scheme, path: `/${name.length > 100 ? `${name.slice(0, 97)}…` : name}`, query: JSON.stringify(list) });
}

/** pathsOf is the files behind such an address; undefined of any other. */
export function pathsOf(uri: vscode.Uri): string[] | undefined {
  if (uri.scheme !== scheme) return undefined;
  try {
    const list: unknown = JSON.parse(uri.query);
    return Array.isArray(list) && list.every(p => typeof p === 'string') ? list : [];
  } catch {
    return [];
  }
}

/** Clocks is what was corrected by hand, by capture: ns that are added to its times. */
export class Clocks {
  constructor(private readonly memento: vscode.Memento) {}

  of(file: string): string {
    return this.memento.get<Record<string, string>>('clocks', {})[file] ?? '0';
  }

  async set(file: string, shift: string): Promise<void> {
    const all = { ...this.memento.get<Record<string, string>>('clocks', {}) };
    delete all[file];
    if (shift !== '0') all[file] = shift;
    await this.memento.update('clocks', Object.fromEntries(Object.entries(all).slice(-200)));
  }
}
