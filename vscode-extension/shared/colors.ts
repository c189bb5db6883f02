// What the extension host and the editor of colour rules say to each other. All of it is plain data.
import type { ToHost, ToView, Strings } from './messages';
import type { ColoredParams, ColorRule, OpenResult, Query } from './wire.gen';

export type ColorsToHost =
  | Extract<ToHost, { type: 'ready' | 'request' | 'cancel' }>
  /** what the rules are by now, kept or not */
  | { type: 'draft'; rules: ColorRule[]; dirty: boolean }
  | { type: 'save'; rules: ColorRule[] }
  | { type: 'import' }
  | { type: 'export'; rules: ColorRule[] }
  /** throws away what was changed, after asking */
  | { type: 'revert' };

/** Preview is the capture that rules are tried on. */
export interface Preview {
  name: string;
  open: OpenResult;
  query: Query;
  /** the event that is selected there, 0: none */
  num: number;
}

export type ColorsToView =
  | { type: 'init'; strings: ColorStrings; view: Strings; locale: string }
  /** the rules as they are kept, and others to put before them */
  | { type: 'rules'; rules: ColorRule[]; defaults: ColorRule[]; more: ColorRule[] }
  | { type: 'add'; rules: ColorRule[] }
  | { type: 'imported'; rules: ColorRule[] }
  | { type: 'saved'; rules: ColorRule[] }
  | { type: 'said'; text: string; bad: boolean }
  | { type: 'capture'; preview: Preview | undefined }
  | { type: 'grown' }
  | { type: 'save' }
  | { type: 'colored'; colored: ColoredParams }
  | Extract<ToView, { type: 'reply' }>;

/** The texts of the editor, translated by the host. */
export interface ColorStrings {
  title: string; intro: string; rules: string; rule: string; none: string;
  add: string; duplicate: string; remove: string; up: string; down: string; save: string; saveTip: string; revert: string; reset: string; imports: string; exports: string;
  name: string; nameHint: string; filter: string; enabled: string; off: string; text: string; paper: string; theme: string; other: string; number: string;
  matched: string; faulty: string; noFilter: string; newRule: string; copyOf: string;
  preview: string; previewOf: string; previewNone: string; unsaved: string; keys: string; fault: string;
  colors: Record<string, string>; strong: string;
}
