// The texts of the webview.
import { l10n } from 'vscode';
import type { Strings } from '../shared/messages';

/** strings is all of them in the language of the user. */
export const strings = (): Strings => ({
  events: l10n.t('Events'), eventsTip: l10n.t('Exactly what the file holds: where a call was recorded in two halves, both'),
  calls: l10n.t('Calls'), callsTip: l10n.t('One row per system call, with the arguments of both halves'),
  callsNone: l10n.t('This capture does not hold both halves of calls: its events are its calls'),
  internal: l10n.t('Internal'), internalTip: l10n.t('Also list internal events: container, user and process information'),
  time: l10n.t('Time format'), timeH: l10n.t('Clock'), timeA: l10n.t('Date and clock'), timeR: l10n.t('Since start'), timed: l10n.t('Since previous row'), timeD: l10n.t('Since previous event'),
  goto: l10n.t('Go to number or time'), gotoTip: l10n.t('An event number (1234), a clock time (08:10:06.5) or seconds after the start (+1.25)'),
  endedOver: l10n.t('The server ended while event {0} was asked for. Select it again to retry.'),
  gotoNot: l10n.t('{0} is not listed; this is event {1}.'),
  columns: l10n.t('Choose columns'), panes: l10n.t('Move the panes below or to the right'),
  count: l10n.t('{0} events'), countOf: l10n.t('{0} of {1} events'), countOne: l10n.t('1 event'),
  indexing: l10n.t('Indexing…'), indexingPercent: l10n.t('Indexing {0} %'),
  show: l10n.t('Show'), showInternal: l10n.t('Show internal events'),
  list: l10n.t('Events'), detail: l10n.t('Details'), bytes: l10n.t('Bytes'), position: l10n.t('Position in the capture'),
  detailNone: l10n.t('Select an event to see its details.'), bytesNone: l10n.t('Select an event to see its bytes.'),
  bytesLine: l10n.t('{0} bytes at offset {1}'), bytesRange: l10n.t('bytes {0}–{1}'),
  expandAll: l10n.t('Expand all'), collapseAll: l10n.t('Collapse all'),
  resizeList: l10n.t('Resize the list'), resizeDetail: l10n.t('Resize the details'), resizeColumn: l10n.t('Resize column {0}'),
  openingName: l10n.t('Opening…'), emptyCapture: l10n.t('No events to list.'),
  failed: l10n.t('The capture cannot be opened'), restart: l10n.t('Restart server'), output: l10n.t('Show output'),
  more: l10n.t('{0} more'), less: l10n.t('Show less'), dismiss: l10n.t('Dismiss'), atOffset: l10n.t('at offset {0}'),
  loading: l10n.t('Loading'), leadsTo: l10n.t('Go to event {0}'), rowFailed: l10n.t('failed'),
  toolbar: l10n.t('List'), view: l10n.t('View'),
});
