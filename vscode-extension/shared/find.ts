// What is searched for, and the texts of the find bars; both webviews of a capture have some.
import type { Relation, SearchIn, SearchMode } from './wire.gen';

/** Wanted is what a find bar holds. */
export interface Wanted {
  mode: SearchMode;
  text: string;
  /** capital and small letters differ */
  case: boolean;
  word: boolean;
  in: SearchIn;
}

/** A way to an event that belongs to the selected one. */
export interface Way { relation: Relation; backwards: boolean }

/** The commands that lead from event to event, by their name behind "scapls.go.". */
export const ways: Record<string, Way> = {
  nextThread: { relation: 'thread', backwards: false }, previousThread: { relation: 'thread', backwards: true },
  nextProcess: { relation: 'process', backwards: false }, previousProcess: { relation: 'process', backwards: true },
  nextFD: { relation: 'fd', backwards: false }, previousFD: { relation: 'fd', backwards: true },
  pair: { relation: 'pair', backwards: false }, parent: { relation: 'parent', backwards: false }, child: { relation: 'child', backwards: false },
};

/** The texts of find bars, translated by the host. */
export interface FindStrings {
  find: string; close: string; next: string; previous: string; matchCase: string; wholeWord: string; mode: string; place: string; cancel: string; again: string;
  modes: Record<SearchMode, string>; hints: Record<SearchMode, string>; places: Record<SearchIn, string>;
  none: string; count: string; countOf: string; countSoFar: string; searching: string; wrappedDown: string; wrappedUp: string; cancelled: string;
  badRegex: string; badDigit: string; halfByte: string; noByte: string; position: string; inDetails: string; inBytes: string; inStream: string; inTimeline: string; inTable: string;
  back: string; forward: string;
}
