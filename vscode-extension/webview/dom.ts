// Small helpers for building elements by hand.

type Attributes = Record<string, string | number | boolean | undefined>;

/** h makes an element with attributes ("class", "aria-label" …; false and undefined leave one out) and children. */
export function h<K extends keyof HTMLElementTagNameMap>(tag: K, attributes: Attributes = {}, ...children: (Node | string)[]): HTMLElementTagNameMap[K] {
  const el = document.createElement(tag);
  set(el, attributes);
  el.append(...children);
  return el;
}

/** set sets or removes attributes. */
export function set(el: Element, attributes: Attributes): void {
  for (const [name, value] of Object.entries(attributes)) {
    if (value === undefined || value === false) el.removeAttribute(name);
    else el.setAttribute(name, value === true ? '' : String(value));
  }
}

/** refill makes the children of an element those of the texts they are made of: one is made anew only where the text is another than it was. */
export function refill(el: Element, was: readonly string[], now: readonly string[], make: (i: number) => HTMLElement): void {
  now.forEach((text, i) => {
    const there = el.children[i];
    if (!there) el.append(make(i));
    else if (text !== was[i]) there.replaceWith(make(i));
  });
  while (el.children.length > now.length) el.lastElementChild?.remove();
}

/** icon is a codicon. */
export const icon = (name: string): HTMLElement => h('i', { class: `codicon codicon-${name}`, 'aria-hidden': 'true' });

/** iconButton is a button that shows an icon only. */
export function iconButton(name: string, label: string, run: () => void): HTMLButtonElement {
  const b = h('button', { class: 'icon', title: label, 'aria-label': label, type: 'button' }, icon(name));
  b.addEventListener('click', run);
  return b;
}

/** format puts arguments into a text with {0}, {1} … */
export const format = (text: string, ...args: (string | number)[]): string => text.replace(/\{(\d+)\}/g, (_, i: string) => String(args[Number(i)] ?? ''));

/** frame runs a function once before the next painting, however often it is called. */
export function frame(run: () => void): () => void {
  let asked = false;
  return () => {
    if (asked) return;
    asked = true;
    requestAnimationFrame(() => {
      asked = false;
      run();
    });
  };
}
