// What the extension host and a capture's webview say to each other of profiles and explanations.
import type { Column, ProfileSpec } from './wire.gen';
import type { ColumnsState } from './messages';

/** A profile as a list shows it. */
export interface Look {
  spec: ProfileSpec;
  /** all columns that the list can show, those of the profile first */
  columns: Column[];
  /** the columns as the user has changed them under this profile */
  state: ColumnsState | undefined;
}

/** The texts, translated by the host. */
export interface LookStrings {
  undo: string;
  dismiss: string;
  explain: string;
}
