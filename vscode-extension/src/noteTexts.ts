// The texts of the webview about notes and times.
import { l10n } from 'vscode';
import type { NoteTexts } from '../shared/notes';

/** noteTexts is all of them in the language of the user. */
export const noteTexts = (): NoteTexts => ({
  menu: l10n.t('Marks and notes'), mark: l10n.t('Mark or unmark'), ignore: l10n.t('Ignore or no longer ignore'), reference: l10n.t('Set or unset time reference'), comment: l10n.t('Note…'),
  nextMark: l10n.t('Next mark'), previousMark: l10n.t('Previous mark'), nextNote: l10n.t('Next note'), previousNote: l10n.t('Previous note'),
  nextReference: l10n.t('Next time reference'), previousReference: l10n.t('Previous time reference'),
  markAll: l10n.t('Mark all displayed'), unmarkAll: l10n.t('Unmark all'), ignoreAll: l10n.t('Ignore all displayed'), unignoreAll: l10n.t('Ignore none any more'),
  unreferenceAll: l10n.t('Unset all time references'),
  showMarked: l10n.t('Only marked'), showNoted: l10n.t('Only with notes'), hideIgnored: l10n.t('Without ignored'), only: l10n.t('Show'), move: l10n.t('Go to'), all: l10n.t('All events'),
  view: l10n.t('Show the list of notes'), saveCopy: l10n.t('Save a copy with notes…'),
  dialog: l10n.t('Note on event {0}'), inFile: l10n.t('Comment in the file'), save: l10n.t('Save'), remove: l10n.t('Delete'), cancel: l10n.t('Cancel'),
  placeholder: l10n.t('What is to be known about this event (Ctrl+Enter saves)'),
  none: l10n.t('There is none in this list.'), wrapped: l10n.t('Went on from the other end.'),
  referenceHint: l10n.t('The time format “{0}” counts from here on.'), selectFirst: l10n.t('Select an event first.'), changed: l10n.t('{0} events changed'),
  flagged: l10n.t('marked'), ignored: l10n.t('ignored'), isReference: l10n.t('time reference'), noted: l10n.t('note: {0}'),
  timeOptions: l10n.t('How times are shown'), zone: l10n.t('Time zone'), local: l10n.t('Local'), utc: l10n.t('UTC'), precision: l10n.t('Precision'),
  ns: l10n.t('Nanoseconds'), us: l10n.t('Microseconds'), ms: l10n.t('Milliseconds'), s: l10n.t('Seconds'),
  shift: l10n.t('Shift times…'), shifted: l10n.t('Shifted by {0}'),
  shiftedTip: l10n.t('The times that are shown are shifted by {0}. Filters, statistics and exports are about the times in the file. Click to change.'),
  timeE: l10n.t('Seconds since 1970'), timeN: l10n.t('Nanoseconds since 1970'), timeRef: l10n.t('Since reference'),
});
