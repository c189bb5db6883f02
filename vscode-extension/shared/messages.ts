// What the extension host and the webview say to each other. All of it is plain data.
import type { LiveAction, LiveState } from './capture';
import type { FindStrings } from './find';
import type { Look, LookStrings } from './look';
import type { NoteAction, NoteCommand, NotesState, NoteTexts, TimeStyle } from './notes';
import type {
  Align, ColoredParams, ColorRule, ColumnSetting, FilterButton, FilterButtonGroup, FilteredParams, FilterFromParams, HistoryEntry, Language, Member, MethodName, OpenResult, ParamsOf, Progress, Query, ResultOf, RowRange, SavedFilter, SortingParams, ViewState,
} from './wire.gen';

/** Requests that the webview may make; the host adds the session. */
export const viewMethods = [
  'scapls/page', 'scapls/detail', 'scapls/bytes', 'scapls/goto', 'scapls/find', 'scapls/find/count', 'scapls/related', 'scapls/filter/check', 'scapls/filter/complete', 'scapls/filter/hover', 'scapls/filter/signature',
  'scapls/filter/count', 'scapls/filter/why', 'scapls/filter/from', 'scapls/explain', 'scapls/notes', 'scapls/notes/set', 'scapls/notes/comment', 'scapls/notes/find', 'scapls/colors', 'scapls/sort', 'scapls/columns', 'scapls/copy',
] as const satisfies readonly MethodName[];
export type ViewMethod = (typeof viewMethods)[number];
export type ViewParams<M extends ViewMethod> = Omit<ParamsOf<M>, 'session'>;
export type ViewResult<M extends ViewMethod> = ResultOf<M>;

/** Which columns are shown, in which order and how wide (px; a column without a width has its default). */
export interface ColumnsState {
  visible: string[];
  widths: Record<string, number>;
  /** where they are not the usual ones */
  aligns?: Record<string, Align>;
  titles?: Record<string, string>;
}

/** Rows that are to be copied. */
export type CopyAsk = ViewParams<'scapls/copy'>;

/** What the host does for columns: those that ask the user something. */
export type ColumnAction = 'add' | 'rename' | 'saveSet' | 'useSet';

/** What it should know for that. */
export interface ColumnAsk {
  action: ColumnAction;
  /** the column that a menu of the header is about, and its title */
  column: string;
  title: string;
  /** selected event; 0: none */
  num: number;
  view: Query['view'];
  /** the columns as they are now */
  columns: ColumnSetting[];
}

/** How the panes are laid out; kept for all captures. */
export interface Layout {
  side: 'below' | 'right';
  /** part of the list in the whole, 0 to 1 */
  list: number;
  /** part of the detail tree in the lower (or right) half */
  detail: number;
  /** false: the filter buttons are hidden */
  buttons?: boolean;
  /** tree nodes that the user opened or closed, by path of labels */
  open: Record<string, boolean>;
}

/** What is kept between runs and concerns filters. */
export interface FilterStore {
  history: HistoryEntry[];
  saved: SavedFilter[];
  groups: FilterButtonGroup[];
}

/** What a filter is to be made of: the webview adds what is there and, for what it shows itself, the event. */
export type FilterSource = { kind: 'context' } | ({ kind: Exclude<FilterFromParams['kind'], 'cell' | 'node'> } & Partial<FilterFromParams>);

/** What the host should know of the list. */
export interface ListState {
  query: Query;
  /** columns shown */
  columns: string[];
  /** the same with what the user changed of them */
  settings: ColumnSetting[];
  time: ParamsOf<'scapls/page'>['time'];
  style: TimeStyle;
  /** text of the filter box and the language the user chose for it */
  text: string;
  language: Language;
  /** the language it was read in */
  read: Language;
  /** numbers of the first and last selected event; 0: none */
  from: number;
  to: number;
  /** the rows that are selected, when they are several */
  rows: RowRange[];
}

/** Commands of the palette and of context menus that the webview carries out. */
export type ViewCommand =
  | 'toggleView' | 'toggleInternal' | 'copyRow' | 'copyCell' | 'copyValue' | 'copyNode' | 'fitColumn' | 'hideColumn' | 'chooseColumns'
  | 'resetColumns' | 'togglePanes' | 'expandAll' | 'collapseAll' | 'filterFocus' | 'filterClear' | 'filterApply' | 'filterNext' | 'filterPrevious' | 'filterMode'
  | 'filterExplain' | 'filterComplete' | 'toggleButtons' | 'explainRow' | 'clearColors' | 'find' | 'findNext' | 'findPrevious' | 'back' | 'forward' | `go.${string}`
  | 'copyCsv' | 'copyJson' | 'copyMarkdown' | 'sortAscending' | 'sortDescending' | 'sortNone' | 'alignLeft' | 'alignCenter' | 'alignRight' | 'applyAsColumn' | 'addColumn' | 'renameColumn'
  | 'saveColumnSet' | 'useColumnSet' | 'selectAll';

/** What the host does for the filter box. */
export type FilterAction = 'save' | 'manageSaved' | 'format' | 'translate' | 'copyFalco' | 'copyStratoshark' | 'clearHistory' | 'addButton' | 'manageButtons' | 'editButton' | 'hideButton';

export type ToHost =
  | { type: 'ready' }
  | { type: 'request'; id: number; method: ViewMethod; params: unknown }
  | { type: 'cancel'; id: number }
  | { type: 'selected'; num: number; event: string }
  | { type: 'shown'; total: number }
  | { type: 'columns'; state: ColumnsState | undefined }
  | { type: 'layout'; layout: Layout }
  | { type: 'chooseColumns'; visible: string[] }
  | { type: 'copy'; text: string }
  | { type: 'copyRows'; ask: CopyAsk }
  | { type: 'column'; ask: ColumnAsk }
  | { type: 'list'; list: ListState }
  | { type: 'keep'; state: ViewState }
  | { type: 'used'; text: string; language: Language }
  | { type: 'filter'; action: FilterAction; button?: FilterButton }
  | { type: 'live'; action: LiveAction }
  | { type: 'notes'; action: NoteAction }
  | { type: 'undoProfile' }
  | { type: 'open'; link: string }
  /** which part has the keyboard: keys of the list mean something there only */
  | { type: 'focus'; in: 'list' | 'detail' | 'bytes' | '' }
  | { type: 'history'; back: boolean; forward: boolean }
  | { type: 'colors'; action: 'toggle' | 'edit' | 'keep' | 'on' }
  | { type: 'temporary'; rules: ColorRule[] }
  | { type: 'command'; command: 'scapls.restart' | 'scapls.showOutput' | 'scapls.together.clocks' };

export type ToView =
  | { type: 'init'; strings: Strings; locale: string; layout: Layout | undefined }
  | { type: 'opened'; open: OpenResult; look: Look; again: boolean; view: ViewState | undefined }
  | { type: 'look'; look: Look }
  /** what was done without being asked for */
  | { type: 'told'; text: string }
  | { type: 'explainHover'; on: boolean }
  | { type: 'failed'; message: string; detail: string }
  | { type: 'down'; message: string; restarting: boolean }
  | { type: 'progress'; progress: Progress }
  | { type: 'live'; live: LiveState | undefined }
  | { type: 'members'; members: Member[] }
  | { type: 'filtered'; filtered: FilteredParams }
  | { type: 'store'; store: FilterStore }
  | { type: 'setFilter'; text: string; language: Language; apply: boolean }
  | { type: 'filterFrom'; source: FilterSource; mode: FilterFromParams['mode']; apply: boolean }
  | { type: 'colors'; rules: ColorRule[]; on: boolean }
  | { type: 'colored'; colored: ColoredParams }
  | { type: 'colorize'; source: FilterSource; color: number }
  | { type: 'reply'; id: number; result?: unknown; error?: string; cancelled?: boolean }
  | { type: 'goto'; to: string }
  | { type: 'setColumns'; visible: string[] }
  | { type: 'sorting'; sorting: SortingParams }
  | { type: 'addColumn'; field: string; beside: string }
  | { type: 'renameColumn'; id: string; title: string }
  | { type: 'useColumns'; columns: ColumnSetting[] }
  | { type: 'notes'; notes: NotesState; changed: boolean }
  | { type: 'note'; command: NoteCommand; num?: number }
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
  filter: string; filterHint: string; clearFilter: string; applyFilter: string; saveFilter: string; savedAs: string; savedFilters: string; savedNone: string; manageSaved: string;
  modeFilter: string; modeMark: string; nextMatch: string; previousMatch: string; noMatch: string; wrappedDown: string; wrappedUp: string;
  language: string; languageAuto: string; languageChosen: string; automatic: string; automaticDetail: string; sysdig: string; sysdigDetail: string; wireshark: string; wiresharkDetail: string;
  readIs: string; readAs: string; translateTo: string; formatFilter: string; copyFalco: string; copyStratoshark: string;
  history: string; historyNone: string; clearHistory: string; moreActions: string; completions: string; help: string; fixTo: string;
  filtering: string; matches: string; matchesTook: string; nothingMatches: string; part: string; matchesAlone: string; showPart: string;
  filterButtons: string; addButton: string; manageButtons: string; otherButtons: string; buttonHint: string; useButton: string; andButton: string; editButton: string; hideButton: string;
  liveRunning: string; liveGrows: string; liveStarting: string; liveRate: string; liveDrops: string; liveNoDrops: string; liveDropsUnknown: string; liveFollow: string; liveFollowTip: string; livePause: string; livePauseTip: string;
  livePaused: string; liveStop: string; liveSave: string; liveSaveTip: string; liveDiscard: string; liveAgain: string; liveBar: string;
  look: LookStrings;
  together: string; clocks: string; clocksTip: string; clockOffset: string; clockUnknown: string; clockShift: string;
  colors: string; colorRows: string; editColors: string; clearColors: string; keepColors: string; colorShare: string;
  sortingBy: string; sortedNewer: string; sortAgain: string; sortNone: string; sortHint: string; noField: string; cancel: string;
  notes: NoteTexts;
  rowMarked: string; selectedRows: string; copyTooMany: string;
  findStrings: FindStrings;
}
