// The texts of the analysis.
import { l10n } from 'vscode';
import type { AnalysisStrings } from '../shared/analysis';
import { findStrings } from './findStrings';

/** analysisStrings is all of them in the language of the user. */
export const analysisStrings = (): AnalysisStrings => ({
  tabs: {
    stats: l10n.t('Statistics'), graph: l10n.t('Graph'), latency: l10n.t('Latency'), scatter: l10n.t('Scatter'), timeline: l10n.t('Timeline'), stream: l10n.t('Stream'), explain: l10n.t('Explain'),
  },
  ofFilter: l10n.t('of the events that match {0}'), ofAll: l10n.t('of all events'), took: l10n.t('{0} ms'), nothing: l10n.t('There is nothing to show.'), search: l10n.t('Search'),
  copyTable: l10n.t('Copy Table'), saveCsv: l10n.t('CSV …'), saveJson: l10n.t('JSON …'), saveText: l10n.t('Text …'), into: l10n.t('Go into {0}'), trail: l10n.t('Rows that were gone into'), findStrings: findStrings(), showEvents: l10n.t('Show the Events of This Row'), goToEvent: l10n.t('Go to Its Event'), rowsOf: l10n.t('{0} rows'),
  addLine: l10n.t('Add Line'), removeLine: l10n.t('Remove Line'), filter: l10n.t('Filter'), measure: l10n.t('Measure'), field: l10n.t('Field'), interval: l10n.t('Interval'), automatic: l10n.t('automatic'),
  bars: l10n.t('Bars'), logarithmic: l10n.t('Logarithmic'), stacked: l10n.t('Stacked'), resetZoom: l10n.t('Whole Time'), zoomHint: l10n.t('Drag to zoom, click to go to an event'),
  savePng: l10n.t('Save as PNG …'), saveSvg: l10n.t('Save as SVG …'), time: l10n.t('Time'), events: l10n.t('Events'), filterTime: l10n.t('Only This Time in the List'), perInterval: l10n.t('per {0}'),
  measures: {
    events: l10n.t('events'), errors: l10n.t('failed calls'), read: l10n.t('bytes read'), written: l10n.t('bytes written'), bytes: l10n.t('bytes moved'), min: l10n.t('shortest latency'),
    mean: l10n.t('mean latency'), max: l10n.t('longest latency'), p50: l10n.t('median latency'), p99: l10n.t('99th percentile of latency'), load: l10n.t('calls under way'),
    distinct: l10n.t('different values of a field'), sum: l10n.t('sum of a field'), count: l10n.t('events with a field'),
  },
  latencyHint: l10n.t('Each cell is the calls of an interval that took that long; click one to go to a call'),
  areaHint: l10n.t('Drag to zoom, drag with Shift to list what is inside'),
  latencyNone: l10n.t('This capture does not tell how long calls took: it holds exits only.'), points: l10n.t('{0} of {1} events'), eventNumber: l10n.t('event {0}'), few: l10n.t('few'), many: l10n.t('many'), x: l10n.t('across'), y: l10n.t('up'),
  threads: l10n.t('Threads'), running: l10n.t('in calls'), blocked: l10n.t('waiting in a call'), failed: l10n.t('a call failed'), began: l10n.t('began with event {0}'), ended: l10n.t('ended with event {0}'),
  before: l10n.t('was there before the capture'), lives: l10n.t('{0} of {1}'), timelineHint: l10n.t('Drag to zoom, click to go to an event'),
  streamHint: l10n.t('Select an event that is about a file, socket or pipe'), both: l10n.t('Both Directions'), onlyReads: l10n.t('Only Reads'), onlyWrites: l10n.t('Only Writes'), peer: l10n.t('Also the Other End'),
  text: l10n.t('Text'), hex: l10n.t('Hex'), raw: l10n.t('Raw'), utf8: l10n.t('UTF-8'), saveAs: l10n.t('Save'), saveBoth: l10n.t('Both directions …'), saveReads: l10n.t('What was read …'), saveWrites: l10n.t('What was written …'),
  saveFile: l10n.t('The file as it was written …'), savePcapng: l10n.t('Packets for Wireshark (pcapng) …'), find: l10n.t('Find'), read: l10n.t('read'), written: l10n.t('written'),
  lost: l10n.t('{0} bytes were not kept by the capture'), keptOf: l10n.t('{0} of {1} bytes kept'), opened: l10n.t('opened by event {0}'), closed: l10n.t('closed by event {0}'), stillOpen: l10n.t('not closed in the capture'),
  more: l10n.t('Show more'), otherEnd: l10n.t('the other end: {0}'), explainHint: l10n.t('Select an event'), manual: l10n.t('Manual page'),
});
