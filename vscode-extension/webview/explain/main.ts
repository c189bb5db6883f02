// The view in the side bar that explains the selected event.
import '../style.css';
import type { ExplainToView } from '../../shared/explain';
import { h } from '../dom';
import { explained } from './text';

declare const acquireVsCodeApi: () => { postMessage(m: unknown): void };
const api = acquireVsCodeApi();

const about = h('p', { class: 'muted' }), body = h('div', { class: 'explain side', role: 'main', 'aria-live': 'polite' }, about);
document.body.append(body);
body.addEventListener('click', e => {
  const link = (e.target as HTMLElement).closest('a');
  if (!link) return;
  e.preventDefault();
  e.stopPropagation();
  api.postMessage({ type: 'open', link: link.href });
});
window.addEventListener('message', (e: MessageEvent<ExplainToView>) => {
  const m = e.data;
  if (m.type === 'event') body.replaceChildren(h('h2', {}, m.title), ...explained(m));
  else body.replaceChildren(h('p', { class: 'muted' }, m.text));
  document.scrollingElement?.scrollTo(0, 0);
});
api.postMessage({ type: 'ready' });
