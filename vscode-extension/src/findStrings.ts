// The texts of the find bars.
import { l10n } from 'vscode';
import type { FindStrings } from '../shared/find';

/** findStrings is all of them in the language of the user. */
export const findStrings = (): FindStrings => ({
  find: l10n.t('Find'), close: l10n.t('Close (Escape)'), next: l10n.t('Next match (Enter, F3)'), previous: l10n.t('Previous match (Shift+Enter, Shift+F3)'),
  matchCase: l10n.t('Match case'), wholeWord: l10n.t('Match whole word'), mode: l10n.t('What is searched for'), place: l10n.t('Where'), cancel: l10n.t('Stop searching'), again: l10n.t('Count'),
  modes: { text: l10n.t('Text'), regex: l10n.t('Regular expression'), hex: l10n.t('Hex bytes'), filter: l10n.t('Filter') },
  hints: {
    text: l10n.t('Find a text'), regex: l10n.t('Find an expression: open(at)?'), hex: l10n.t('Find bytes: de ad ?? ef'), filter: l10n.t('Find what a filter matches: proc.name = nginx'),
  },
  places: { columns: l10n.t('in the shown columns'), bytes: l10n.t('in the bytes'), details: l10n.t('in the details') },
  none: l10n.t('No match'), count: l10n.t('{0} matches'), countOf: l10n.t('{0} of {1}'), countSoFar: l10n.t('{0} so far, {1} %'), searching: l10n.t('Searching, {0} %'),
  wrappedDown: l10n.t('The search went on from the top.'), wrappedUp: l10n.t('The search went on from the end.'), cancelled: l10n.t('Stopped'),
  badRegex: l10n.t('This regular expression has an error: {0}'), badDigit: l10n.t('“{0}” is no hexadecimal digit (position {1})'),
  halfByte: l10n.t('A byte is two digits; the second one is missing (position {0})'), noByte: l10n.t('There must be a byte that is known'), position: l10n.t('position {0}'),
  inDetails: l10n.t('Find in the details'), inBytes: l10n.t('Find in the bytes'), inStream: l10n.t('Find in the stream'), inTimeline: l10n.t('Find in the timeline'), inTable: l10n.t('Find in the table'),
  back: l10n.t('Back'), forward: l10n.t('Forward'),
});
