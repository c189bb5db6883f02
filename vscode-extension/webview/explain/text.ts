// An explanation as elements: what happened, and below it what the call, its arguments and its error mean.
import type { ExplainResult } from '../../shared/wire.gen';
import { h } from '../dom';
import { markdown } from '../markdown';

export function explained(r: Pick<ExplainResult, 'sentence' | 'markdown'>): HTMLElement[] {
  const text = h('div', { class: 'markdown' });
  text.append(...markdown(r.markdown));
  return [h('p', { class: 'sentence' }, r.sentence), text];
}
