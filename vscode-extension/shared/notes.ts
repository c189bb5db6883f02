// What the extension host and the webview of a capture say to each other about notes and times. All of it is plain data.
import type { NoteKind, NotesResult, Precision } from './wire.gen';

/** What there is noted about a capture, without the notes themselves. */
export type NotesState = Omit<NotesResult, 'notes'>;

/** How the times of a list read besides their format. */
export interface TimeStyle {
  utc: boolean;
  precision: Precision;
}

/** Commands about notes that the webview carries out, since it knows which rows are selected. */
export type NoteCommand =
  | 'mark' | 'ignore' | 'reference' | 'comment' | 'nextMark' | 'previousMark' | 'nextNote' | 'previousNote' | 'nextReference' | 'previousReference'
  | 'markAll' | 'unmarkAll' | 'ignoreAll' | 'unignoreAll' | 'unreferenceAll' | 'showMarked' | 'showNoted' | 'hideIgnored' | 'utc';

/** What the host does about notes. */
export type NoteAction = 'view' | 'shift' | 'saveCopy' | 'export' | 'import';

/** What a dialog for a note shows. */
export interface NoteTexts {
  menu: string; mark: string; ignore: string; reference: string; comment: string;
  nextMark: string; previousMark: string; nextNote: string; previousNote: string; nextReference: string; previousReference: string;
  markAll: string; unmarkAll: string; ignoreAll: string; unignoreAll: string; unreferenceAll: string;
  showMarked: string; showNoted: string; hideIgnored: string; only: string; move: string; all: string;
  view: string; saveCopy: string;
  dialog: string; inFile: string; save: string; remove: string; cancel: string; placeholder: string;
  none: string; wrapped: string; referenceHint: string; selectFirst: string; changed: string;
  flagged: string; ignored: string; isReference: string; noted: string;
  timeOptions: string; zone: string; local: string; utc: string; precision: string; ns: string; us: string; ms: string; s: string;
  shift: string; shifted: string; shiftedTip: string; timeE: string; timeN: string; timeRef: string;
}

/** The kinds of note that a command steps through. */
export const stepped: Partial<Record<NoteCommand, { kind: NoteKind; backwards: boolean }>> = {
  nextMark: { kind: 'mark', backwards: false }, previousMark: { kind: 'mark', backwards: true },
  nextNote: { kind: 'comment', backwards: false }, previousNote: { kind: 'comment', backwards: true },
  nextReference: { kind: 'reference', backwards: false }, previousReference: { kind: 'reference', backwards: true },
};
