// A menu below a button: arrow keys, letters, Escape; it closes when the focus leaves it.
import { h, icon, set } from './dom';

export interface MenuItem {
  label: string;
  /** beside the label, in small */
  detail?: string;
  icon?: string;
  /** shown with a tick, or with room for one */
  checked?: boolean;
  disabled?: boolean;
  tip?: string;
  run(e: MouseEvent | KeyboardEvent): void;
  /** what a right click, or Shift+F10, on it does */
  context?(at: HTMLElement): void;
}

export type MenuEntry = MenuItem | 'separator' | { heading: string };

let close: ((back: boolean) => void) | undefined;

/** menu opens below an element, or closes when it is the one that is open. */
export function menu(anchor: HTMLElement, label: string, entries: readonly MenuEntry[]): void {
  const mine = anchor.getAttribute('aria-expanded') === 'true';
  close?.(false);
  if (mine) return;
  const items = entries.filter((e): e is MenuItem => typeof e === 'object' && 'run' in e), buttons = new Map<MenuItem, HTMLButtonElement>();
  const ticks = items.some(i => i.checked !== undefined), icons = ticks || items.some(i => i.icon);
  const element = h('div', { class: 'menu', role: 'menu', 'aria-label': label }, ...entries.map(e => {
    if (e === 'separator') return h('div', { class: 'menu-line', role: 'separator' });
    if ('heading' in e) return h('div', { class: 'menu-heading', role: 'presentation' }, e.heading);
    const b = h('button', {
      type: 'button', class: 'menu-item', role: e.checked === undefined ? 'menuitem' : 'menuitemradio', tabindex: -1, title: e.tip,
      'aria-checked': e.checked === undefined ? undefined : String(e.checked), 'aria-disabled': e.disabled ? 'true' : undefined,
    }, ...(icons ? [e.checked ? icon('check') : e.icon ? icon(e.icon) : h('i', { class: 'codicon', 'aria-hidden': 'true' })] : []),
    h('span', { class: 'label' }, e.label), h('span', { class: 'detail' }, e.detail ?? ''));
    b.addEventListener('click', event => {
      if (e.disabled) return;
      shut(true);
      e.run(event);
    });
    b.addEventListener('mousemove', () => b.focus({ preventScroll: true }));
    if (e.context) b.addEventListener('contextmenu', event => {
      event.preventDefault();
      event.stopPropagation();
      shut(true);
      e.context?.(anchor);
    });
    buttons.set(e, b);
    return b;
  }));
  const all = [...buttons.values()];
  const shut = (back: boolean): void => {
    close = undefined;
    element.remove();
    set(anchor, { 'aria-expanded': 'false' });
    if (back) anchor.focus();
  };
  close = shut;
  element.addEventListener('focusout', e => {
    if (!element.contains(e.relatedTarget as Node | null) && close === shut) shut(false);
  });
  element.addEventListener('keydown', e => {
    const at = all.indexOf(document.activeElement as HTMLButtonElement), n = all.length, step = (i: number): void => all[(i + n) % n]?.focus();
    if (e.key === 'ArrowDown') step(at + 1);
    else if (e.key === 'ArrowUp') step(at < 0 ? n - 1 : at - 1);
    else if (e.key === 'Home') step(0);
    else if (e.key === 'End') step(n - 1);
    else if (e.key === 'Escape' || e.key === 'Tab') shut(true);
    else if (e.key === 'F10' && e.shiftKey) all[at]?.dispatchEvent(new MouseEvent('contextmenu', { bubbles: true, cancelable: true }));
    else if (e.key.length === 1 && e.key !== ' ' && !e.ctrlKey && !e.altKey && !e.metaKey) {
      const next = [...all.slice(at + 1), ...all.slice(0, at + 1)].find(b => b.querySelector('.label')?.textContent?.toLowerCase().startsWith(e.key.toLowerCase()));
      next?.focus();
    } else return;
    e.preventDefault();
    e.stopPropagation();
  });
  document.body.append(element);
  set(anchor, { 'aria-expanded': 'true' });
  const r = anchor.getBoundingClientRect(), width = document.documentElement.clientWidth, height = document.documentElement.clientHeight;
  element.style.left = `${Math.max(2, Math.min(r.left, width - element.offsetWidth - 2))}px`;
  element.style.top = `${r.bottom + 2}px`;
  element.style.maxHeight = `${Math.max(80, height - r.bottom - 8)}px`;
  (all.find(b => b.getAttribute('aria-checked') === 'true') ?? all[0])?.focus();
  if (all.length === 0) element.focus();
}

/** menuButton is a button that opens a menu, which is made anew each time. */
export function menuButton(attributes: { class: string; label: string }, content: (Node | string)[], entries: () => readonly MenuEntry[]): HTMLButtonElement {
  const b = h('button', { type: 'button', class: attributes.class, title: attributes.label, 'aria-label': attributes.label, 'aria-haspopup': 'menu', 'aria-expanded': 'false' }, ...content);
  // At mousedown an open menu would lose the focus, close, and be opened again by the click.
  b.addEventListener('mousedown', e => e.preventDefault());
  b.addEventListener('click', () => menu(b, attributes.label, entries()));
  b.addEventListener('keydown', e => {
    if (e.key !== 'ArrowDown' && e.key !== 'ArrowUp') return;
    e.preventDefault();
    menu(b, attributes.label, entries());
  });
  return b;
}
