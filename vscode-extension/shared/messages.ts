// What the extension host and the webview say to each other. All of it is plain data.
import type { MethodName, OpenResult, ParamsOf, Progress, ResultOf } from './wire.gen';

/** Requests that the webview may make; the host adds the session. */
export type ViewMethod = Extract<MethodName, 'scapls/page' | 'scapls/detail' | 'scapls/bytes' | 'scapls/goto'>;
export const viewMethods: readonly MethodName[] = ['scapls/page', 'scapls/detail', 'scapls/bytes', 'scapls/goto'];
export type ViewParams<M extends ViewMethod> = Omit<ParamsOf<M>, 'session'>;
export type ViewResult<M extends ViewMethod> = ResultOf<M>;

/** Which columns are shown, in which order and how wide (px; a column without a width has its default). */
export interface ColumnsState {
  visible: string[];
  widths: Record<string, number>;
}

/** How the panes are laid out; kept for all captures. */
export interface Layout {
  side: 'below' | 'right';
  /** part of the list in the whole, 0 to 1 */
  list: number;
  /** part of the detail tree in the lower (or right) half */
  detail: number;
  /** tree nodes that the user opened or closed, by path of labels */
  open: Record<string, boolean>;
}

/** Commands of the palette and of context menus that the webview carries out. */
export type ViewCommand =
  | 'toggleView' | 'toggleInternal' | 'copyRow' | 'copyCell' | 'copyValue' | 'copyNode' | 'fitColumn' | 'hideColumn' | 'chooseColumns'
  | 'resetColumns' | 'togglePanes' | 'expandAll' | 'collapseAll';

export type ToHost =
  | { type: 'ready' }
  | { type: 'request'; id: number; method: ViewMethod; params: unknown }
  | { type: 'cancel'; id: number }
  | { type: 'selected'; num: number }
  | { type: 'shown'; total: number }
  | { type: 'columns'; state: ColumnsState | undefined }
  | { type: 'layout'; layout: Layout }
  | { type: 'chooseColumns'; visible: string[] }
  | { type: 'copy'; text: string }
  | { type: 'command'; command: 'scapls.restart' | 'scapls.showOutput' };

export type ToView =
  | { type: 'init'; strings: Strings; locale: string; layout: Layout | undefined }
  | { type: 'opened'; open: OpenResult; columns: ColumnsState | undefined; again: boolean }
  | { type: 'failed'; message: string; detail: string }
  | { type: 'down'; message: string; restarting: boolean }
  | { type: 'progress'; progress: Progress }
  | { type: 'reply'; id: number; result?: unknown; error?: string; cancelled?: boolean }
  | { type: 'goto'; to: string }
  | { type: 'setColumns'; visible: string[] }
  | { type: 'command'; command: ViewCommand };

/** The texts of the webview, translated by the host. {0} stands for the first argument. */
export interface Strings {
  events: string; eventsTip: string;
  calls: string; callsTip: string; callsNone: string;
  internal: string; internalTip: string;
  time: string; timeH: string; timeA: string; timeR: string; timed: string; timeD: string;
  goto: string; gotoTip: string; gotoNot: string; endedOver: string;
  columns: string; panes: string;
  count: string; countOf: string; countOne: string;
  indexing: string; indexingPercent: string;
  show: string; showInternal: string;
  list: string; detail: string; bytes: string; position: string;
  detailNone: string; bytesNone: string; bytesLine: string; bytesRange: string;
  expandAll: string; collapseAll: string;
  resizeList: string; resizeDetail: string; resizeColumn: string;
  openingName: string; emptyCapture: string;
  failed: string; restart: string; output: string; more: string; less: string; dismiss: string; atOffset: string;
  loading: string; leadsTo: string; rowFailed: string;
  toolbar: string; view: string;
}
