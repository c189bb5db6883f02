// The one scapls process that all editors of a window share: found, checked, started, and started again when it dies.
import { access, chmod, constants, open } from 'node:fs/promises';
import * as path from 'node:path';
import * as vscode from 'vscode';
import { CloseAction, ErrorAction, ErrorCodes, LanguageClient, RevealOutputChannelOn, TransportKind } from 'vscode-languageclient/node';
import { notification, protocolVersion, type ColoredParams, type FilteredParams, type GrownParams, type StoreChangedParams, type MethodName, type ParamsOf, type ResultOf, type SortingParams } from '../shared/wire.gen';
import { fits, headBytes, name, target } from './binary';

/** The language of documents with named filters; the server serves them by LSP. */
export const filterLanguage = 'scapfilter';

/** How often the server is started again within a time before that is left to the user. */
const maxRestarts = 5, restartWindow = 180_000;

/** ServerError is an error with a sentence for the user. */
export class ServerError extends Error {}

export class Server implements vscode.Disposable {
  private client: LanguageClient | undefined;
  private starting: Promise<LanguageClient> | undefined;
  private deaths: number[] = [];
  private disposed = false;
  private readonly downEmitter = new vscode.EventEmitter<{ message: string; restarting: boolean }>();
  private readonly upEmitter = new vscode.EventEmitter<void>();
  private readonly grownEmitter = new vscode.EventEmitter<GrownParams>();
  private readonly filteredEmitter = new vscode.EventEmitter<FilteredParams>();
  private readonly coloredEmitter = new vscode.EventEmitter<ColoredParams>();
  private readonly sortingEmitter = new vscode.EventEmitter<SortingParams>();
  private readonly storedEmitter = new vscode.EventEmitter<StoreChangedParams>();

  /** Fired when the server died or could not be started. Its sessions are gone. */
  readonly onDown = this.downEmitter.event;
  /** Fired when a server is up again after onDown, or after restart. */
  readonly onUp = this.upEmitter.event;
  readonly onGrown = this.grownEmitter.event;
  readonly onFiltered = this.filteredEmitter.event;
  readonly onColored = this.coloredEmitter.event;
  readonly onSorting = this.sortingEmitter.event;
  /** Fired when something that is kept between runs changed, here or in another window. */
  readonly onStored = this.storedEmitter.event;

  /** used tells that the server was asked for. */
  used = false;

  constructor(private readonly context: vscode.ExtensionContext, readonly output: vscode.LogOutputChannel) {}

  /** request asks the server, which is started if need be. */
  async request<M extends MethodName>(method: M, params: ParamsOf<M>, token?: vscode.CancellationToken): Promise<ResultOf<M>> {
    const client = await this.start();
    // Given as undefined, a token would count as a second parameter.
    return token ? client.sendRequest<ResultOf<M>>(method, params, token) : client.sendRequest<ResultOf<M>>(method, params);
  }

  /** serve starts the server for documents that it serves by LSP; what goes wrong is in the output. */
  async serve(): Promise<void> {
    await this.start().catch(() => undefined);
  }

  /** restart ends the server, if one runs, and starts another. */
  async restart(): Promise<void> {
    this.deaths = [];
    const old = this.client ?? (await this.starting?.catch(() => undefined));
    this.client = this.starting = undefined;
    if (old) await stop(old);
    await this.start();
    this.upEmitter.fire();
  }

  async dispose(): Promise<void> {
    this.disposed = true;
    for (const e of [this.downEmitter, this.upEmitter, this.grownEmitter, this.filteredEmitter, this.coloredEmitter, this.sortingEmitter, this.storedEmitter]) e.dispose();
    if (this.client) await stop(this.client);
  }

  private start(): Promise<LanguageClient> {
    this.used = true;
    this.starting ??= this.launch().catch((error: unknown) => {
      this.starting = undefined;
      this.output.error(message(error));
      throw error instanceof ServerError ? error
        : new ServerError(vscode.l10n.t('The scapls server could not be started: {0}', message(error)));
    });
    return this.starting;
  }

  private async launch(): Promise<LanguageClient> {
    const command = await this.binary();
    this.output.info(`starting ${command} serve`);
    const client: LanguageClient = new LanguageClient('scapls', 'scapls', { command, args: ['serve'], transport: TransportKind.stdio }, {
      documentSelector: [{ language: filterLanguage }],
      outputChannel: this.output,
      revealOutputChannelOn: RevealOutputChannelOn.Never,
      initializationFailedHandler: () => false,
      errorHandler: {
        error: () => ({ action: ErrorAction.Continue, handled: true }),
        closed: () => {
          if (this.client === client) void this.died();
          return { action: CloseAction.DoNotRestart, handled: true };
        },
      },
    });
    client.onNotification(notification.grown, (p: GrownParams) => this.grownEmitter.fire(p));
    client.onNotification(notification.sorting, (p: SortingParams) => this.sortingEmitter.fire(p));
    client.onNotification(notification.filtered, (p: FilteredParams) => this.filteredEmitter.fire(p));
    client.onNotification(notification.colored, (p: ColoredParams) => this.coloredEmitter.fire(p));
    client.onNotification(notification.storeChanged, (p: StoreChangedParams) => this.storedEmitter.fire(p));
    await client.start();
    const version = protocolOf(client.initializeResult);
    if (version !== protocolVersion) {
      await stop(client);
      throw new ServerError(vscode.l10n.t(
        '{0} speaks version {1} of the protocol, this extension version {2}. They must come from the same release; see the setting scapls.path.',
        command, String(version ?? '?'), String(protocolVersion)));
    }
    this.client = client;
    return client;
  }

  private async died(): Promise<void> {
    this.client = this.starting = undefined;
    if (this.disposed) return;
    const now = Date.now();
    this.deaths = [...this.deaths.filter(t => now - t < restartWindow), now];
    if (this.deaths.length > maxRestarts) {
      this.output.error(`the server ended ${this.deaths.length} times in ${restartWindow / 1000} s`);
      this.downEmitter.fire({ restarting: false, message: vscode.l10n.t('The scapls server keeps ending and is not started again. The output tells more.') });
      return;
    }
    this.output.warn('the server ended; starting it again');
    this.downEmitter.fire({ restarting: true, message: vscode.l10n.t('The scapls server ended unexpectedly and is started again.') });
    await new Promise(resolve => setTimeout(resolve, 200 * 2 ** (this.deaths.length - 1)));
    if (this.disposed || this.starting) return;
    try {
      await this.start();
      this.upEmitter.fire();
    } catch (error) {
      this.downEmitter.fire({ restarting: false, message: message(error) });
    }
  }

  /** binary is the path of the program, checked as far as can be without running it. */
  async binary(): Promise<string> {
    const exe = process.platform === 'win32' ? 'scapls.exe' : 'scapls';
    const set = vscode.workspace.getConfiguration('scapls').get<string>('path', '').trim();
    const file = set === '' ? this.context.asAbsolutePath(path.join('bin', exe)) : set;
    const here = `${process.platform}-${process.arch}`;
    let head: Uint8Array;
    try {
      head = await firstBytes(file);
    } catch (error) {
      throw new ServerError(set === ''
        ? vscode.l10n.t('This package of the extension has no scapls program for {0}. Install the package for {0}, or set scapls.path.', here)
        : vscode.l10n.t('The program that scapls.path names cannot be read: {0}', message(error)));
    }
    const t = target(head);
    if (!t) throw new ServerError(vscode.l10n.t('{0} is not a program.', file));
    if (!fits(t, process.platform, process.arch)) {
      throw new ServerError(set === ''
        ? vscode.l10n.t('This package of the extension is for {0}, but runs on {1}. Install the package for {1}.', name(t), here)
        : vscode.l10n.t('{0} is a program for {1}, but runs on {2}.', file, name(t), here));
    }
    if (process.platform !== 'win32') await executable(file, set === '');
    return file;
  }
}

async function firstBytes(file: string): Promise<Uint8Array> {
  const handle = await open(file, 'r');
  try {
    const { bytesRead, buffer } = await handle.read(Buffer.alloc(headBytes), 0, headBytes, 0);
    return buffer.subarray(0, bytesRead);
  } finally {
    await handle.close();
  }
}

async function executable(file: string, ours: boolean): Promise<void> {
  const ok = (): Promise<boolean> => access(file, constants.X_OK).then(() => true, () => false);
  if (await ok()) return;
  if (ours) await chmod(file, 0o755).catch(() => undefined); // some ways to unpack lose the bit
  if (!(await ok())) throw new ServerError(vscode.l10n.t('{0} may not be executed: its execute permission is missing.', file));
}

function protocolOf(result: unknown): number | undefined {
  interface Experimental { experimental?: { scapls?: { protocol?: number } } }
  const r = result as (Experimental & { capabilities?: Experimental }) | undefined;
  return (r?.capabilities?.experimental ?? r?.experimental)?.scapls?.protocol;
}

async function stop(client: LanguageClient): Promise<void> {
  await client.dispose(2000).catch(() => undefined);
}

/** serverGone tells that a request ended because the server did. */
export const serverGone = (error: unknown): boolean => {
  const code = (error as { code?: unknown } | undefined)?.code;
  return code === ErrorCodes.PendingResponseRejected || code === ErrorCodes.ConnectionInactive;
};

/** message is the text of whatever was thrown. */
export const message = (error: unknown): string => (error instanceof Error ? error.message : String(error));
