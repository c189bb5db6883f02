// What the extension host and the analysis of a capture say to each other.
import type { FindStrings } from './find';
import type { MethodName, ParamsOf, Query, ResultOf } from './wire.gen';

/** Requests that the analysis may make; the host adds the session. */
export const analysisMethods = [
  'scapls/stats', 'scapls/series', 'scapls/heat', 'scapls/scatter', 'scapls/timeline', 'scapls/stream', 'scapls/explain', 'scapls/filter/check', 'scapls/filter/fields',
] as const satisfies readonly MethodName[];
export type AnalysisMethod = (typeof analysisMethods)[number];
export type AnalysisParams<M extends AnalysisMethod> = Omit<ParamsOf<M>, 'session'>;
export type AnalysisResult<M extends AnalysisMethod> = ResultOf<M>;

/** The views of the analysis. */
export const tabs = ['stats', 'graph', 'latency', 'scatter', 'timeline', 'stream', 'explain'] as const;
export type Tab = (typeof tabs)[number];

/** What the analysis is about. */
export interface Subject {
  query: Query;
  /** selected event, 0: none */
  num: number;
  /** events read so far; whoever shows counts asks again when it changes */
  events: number;
  done: boolean;
}

export type AnalysisToHost =
  | { type: 'ready' }
  | { type: 'request'; id: number; method: AnalysisMethod; params: unknown }
  | { type: 'cancel'; id: number }
  | { type: 'select'; num: number }
  | { type: 'filter'; text: string; and: boolean }
  | { type: 'copy'; text: string }
  | { type: 'save'; name: string; data: string; base64: boolean }
  | { type: 'saveTable'; params: Omit<ParamsOf<'scapls/stats/save'>, 'session' | 'form' | 'path'>; form: ParamsOf<'scapls/stats/save'>['form'] }
  | { type: 'saveStream'; num: number; form: ParamsOf<'scapls/stream/save'>['form'] }
  | { type: 'open'; link: string };

export type AnalysisToView =
  | { type: 'init'; strings: AnalysisStrings; locale: string; tab: Tab; subject: Subject }
  | { type: 'tab'; tab: Tab }
  | { type: 'subject'; subject: Subject }
  | { type: 'reply'; id: number; result?: unknown; error?: string; cancelled?: boolean };

/** The texts of the analysis, translated by the host. */
export interface AnalysisStrings {
  tabs: Record<Tab, string>;
  ofFilter: string; ofAll: string; took: string; nothing: string; eventNumber: string; few: string; many: string; search: string; copyTable: string; saveCsv: string; saveJson: string; saveText: string; into: string; trail: string; findStrings: FindStrings; showEvents: string; goToEvent: string; rowsOf: string;
  addLine: string; removeLine: string; filter: string; measure: string; field: string; interval: string; automatic: string; bars: string; logarithmic: string; stacked: string; resetZoom: string;
  zoomHint: string; savePng: string; saveSvg: string; time: string; events: string; filterTime: string; perInterval: string;
  measures: Record<string, string>;
  latencyHint: string; areaHint: string; latencyNone: string; points: string; x: string; y: string;
  threads: string; running: string; blocked: string; failed: string; began: string; ended: string; before: string; lives: string; timelineHint: string;
  streamHint: string; both: string; onlyReads: string; onlyWrites: string; peer: string; text: string; hex: string; raw: string; utf8: string; saveAs: string; saveBoth: string; saveReads: string; saveWrites: string;
  saveFile: string; savePcapng: string; find: string; read: string; written: string; lost: string; keptOf: string; opened: string; closed: string; stillOpen: string; more: string; otherEnd: string;
  explainHint: string; manual: string;
}
