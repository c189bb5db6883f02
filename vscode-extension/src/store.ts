// What the server keeps between runs and concerns filters: history, saved filters, filter buttons. All windows share it.
import * as vscode from 'vscode';
import type { FilterStore } from '../shared/messages';
import { method, type ColumnSet, type FilterButton, type Language, type SavedFilter, type StoreKind } from '../shared/wire.gen';
import { message, type Server } from './server';

const historyLimit = 200;

export class Store implements vscode.Disposable {
  filters: FilterStore = { history: [], saved: [], groups: [] };
  private loading: Promise<void> | undefined;
  private readonly changeEmitter = new vscode.EventEmitter<FilterStore>();
  private readonly subscriptions: vscode.Disposable[];

  /** Fired when any of it changed. */
  readonly onChange = this.changeEmitter.event;

  constructor(private readonly server: Server) {
    this.subscriptions = [
      this.changeEmitter,
      server.onStored(c => void this.read(c.kinds)),
      server.onUp(() => {
        this.loading = undefined;
        void this.load();
      }),
    ];
  }

  /** load reads all of it once; changes are told by the server. */
  load(): Promise<void> {
    this.loading ??= this.read(['history', 'saved', 'buttons']);
    return this.loading;
  }

  used(text: string, language: Language): Promise<void> {
    return this.change('history', () => this.server.request(method.storeHistoryPut, { text, language }));
  }

  clearHistory(): Promise<void> {
    return this.change('history', () => this.server.request(method.storeHistoryDelete, { text: '', language: '' }));
  }

  save(f: SavedFilter): Promise<void> {
    return this.change('saved', () => this.server.request(method.storeSavedPut, f));
  }

  unsave(id: string): Promise<void> {
    return this.change('saved', () => this.server.request(method.storeSavedDelete, { id }));
  }

  putButton(b: FilterButton): Promise<void> {
    return this.change('buttons', () => this.server.request(method.storeButtonsPut, b));
  }

  deleteButton(id: string): Promise<void> {
    return this.change('buttons', () => this.server.request(method.storeButtonsDelete, { id }));
  }

  /** resetButtons makes a button what it was when it came with scapls; "": all of them. */
  resetButtons(id: string): Promise<void> {
    return this.change('buttons', () => this.server.request(method.storeButtonsReset, { id }));
  }

  /** order puts the buttons of a group, or with "" the groups, into an order. */
  order(group: string, order: string[]): Promise<void> {
    return this.change('buttons', () => this.server.request(method.storeButtonsOrder, { group, order }));
  }

  async columnSets(): Promise<ColumnSet[]> {
    return (await this.server.request(method.storeColumnsList, {})).sets ?? [];
  }

  async putColumns(set: ColumnSet): Promise<void> {
    await this.server.request(method.storeColumnsPut, set);
  }

  async deleteColumns(id: string): Promise<void> {
    await this.server.request(method.storeColumnsDelete, { id });
  }

  dispose(): void {
    for (const s of this.subscriptions) s.dispose();
  }

  /** change changes something and reads it again, so that it is right when the promise resolves. */
  private async change(kind: StoreKind, run: () => Promise<unknown>): Promise<void> {
    await run();
    await this.read([kind]);
  }

  private async read(kinds: readonly StoreKind[]): Promise<void> {
    const read: Partial<FilterStore> = {}, server = this.server;
    try {
      if (kinds.includes('history')) read.history = (await server.request(method.storeHistoryList, { limit: historyLimit })).entries ?? [];
      if (kinds.includes('saved')) read.saved = (await server.request(method.storeSavedList, {})).filters ?? [];
      if (kinds.includes('buttons')) read.groups = (await server.request(method.storeButtonsList, {})).groups ?? [];
    } catch (error) {
      server.output.warn(`what is kept between runs cannot be read: ${message(error)}`);
    }
    if (Object.keys(read).length === 0) return;
    this.filters = { ...this.filters, ...read };
    this.changeEmitter.fire(this.filters);
  }
}
