// The texts of the webview.
import * as vscode from 'vscode';
import type { Strings } from '../shared/messages';

const t = vscode.l10n.t;

/** strings is all of them in the language of the user. */
export const strings = (): Strings => ({
  events: t('Events'), eventsTip: t('Exactly what the file holds: where a call was recorded in two halves, both'),
  calls: t('Calls'), callsTip: t('One row per system call, with the arguments of both halves'),
  callsNone: t('This capture does not hold both halves of calls: its events are its calls'),
  internal: t('Internal'), internalTip: t('Also list internal events: container, user and process information'),
  time: t('Time format'), timeH: t('Clock'), timeA: t('Date and clock'), timeR: t('Since start'), timed: t('Since previous row'), timeD: t('Since previous event'),
  goto: t('Go to number or time'), gotoTip: t('An event number (1234), a clock time (08:10:06.5) or seconds after the start (+1.25)'),
  endedOver: t('The server ended while event {0} was asked for. Select it again to retry.'),
  gotoNot: t('{0} is not listed; this is event {1}.'),
  columns: t('Choose columns'), panes: t('Move the panes below or to the right'),
  count: t('{0} events'), countOf: t('{0} of {1} events'), countOne: t('1 event'),
  indexing: t('Indexing…'), indexingPercent: t('Indexing {0} %'),
  show: t('Show'), showInternal: t('Show internal events'),
  list: t('Events'), detail: t('Details'), bytes: t('Bytes'), position: t('Position in the capture'),
  detailNone: t('Select an event to see its details.'), bytesNone: t('Select an event to see its bytes.'),
  bytesLine: t('{0} bytes at offset {1}'), bytesRange: t('bytes {0}–{1}'),
  expandAll: t('Expand all'), collapseAll: t('Collapse all'),
  resizeList: t('Resize the list'), resizeDetail: t('Resize the details'), resizeColumn: t('Resize column {0}'),
  openingName: t('Opening…'), emptyCapture: t('No events to list.'),
  failed: t('The capture cannot be opened'), restart: t('Restart server'), output: t('Show output'),
  more: t('{0} more'), less: t('Show less'), dismiss: t('Dismiss'), atOffset: t('at offset {0}'),
  loading: t('Loading'), leadsTo: t('Go to event {0}'), rowFailed: t('failed'),
  toolbar: t('List'), view: t('View'),
});
