// What the extension host and the view that explains the selected event say to each other.

export type ExplainToHost = { type: 'ready' } | { type: 'open'; link: string };

export type ExplainToView =
  | { type: 'event'; title: string; sentence: string; markdown: string }
  | { type: 'nothing'; text: string };
