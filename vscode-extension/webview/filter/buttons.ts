// The bar of filter buttons: a menu for each group, the filter that is applied ticked.
import type { FilterStore, Strings } from '../../shared/messages';
import type { FilterButton, FilterButtonGroup, ProfileGroup } from '../../shared/wire.gen';
import { format, h, icon } from '../dom';
import { menu, menuButton, type MenuEntry } from '../menu';
import type { Filter } from './query';
import { same } from './text';

export interface ButtonsEvents {
  /** Applies a filter, or joins it to the one that is there. */
  use(button: FilterButton, and: boolean): void;
  edit(action: 'addButton' | 'manageButtons' | 'editButton' | 'hideButton', button?: FilterButton): void;
}

export class Buttons {
  readonly element: HTMLElement;
  private groups: FilterButtonGroup[] = [];
  private store: FilterButtonGroup[] = [];
  private of: FilterButtonGroup[] | undefined;
  private applied = '';

  constructor(private readonly strings: Strings, private readonly events: ButtonsEvents) {
    this.element = h('div', { class: 'filter-buttons', role: 'toolbar', 'aria-label': strings.filterButtons, hidden: true });
    this.element.addEventListener('keydown', e => this.key(e));
  }

  set stored(store: FilterStore) {
    this.store = store.groups;
    this.regroup();
  }

  /** profile is the buttons that stand in place of those that come with scapls; undefined: those. The user's own are always there. */
  set profile(groups: readonly ProfileGroup[] | undefined) {
    this.of = groups?.map(g => ({
      name: g.name,
      buttons: (g.buttons ?? []).map(b => ({ id: '', group: g.name, label: b.label, text: b.filter, language: b.language ?? '', tip: b.tip ?? '', shipped: true, edited: false, hidden: false })),
    }));
    this.regroup();
  }

  private regroup(): void {
    const { of } = this, all = of ? [...of] : [];
    for (const g of this.store) {
      const buttons = g.buttons.filter(b => !b.hidden && !(of && b.shipped)), at = all.findIndex(x => x.name === g.name), there = all[at];
      if (there) all[at] = { ...there, buttons: [...there.buttons, ...buttons] };
      else if (buttons.length > 0) all.push({ ...g, buttons });
    }
    this.groups = all;
    this.render();
  }

  show(applied: Filter): void {
    if (this.applied === applied.text) return;
    this.applied = applied.text;
    this.render();
  }

  private render(): void {
    const s = this.strings, focused = [...this.element.children].indexOf(document.activeElement as Element);
    this.element.hidden = this.groups.length === 0;
    this.element.replaceChildren(
      ...this.groups.map(g => this.group(g)),
      this.plain('add', s.addButton, () => this.events.edit('addButton')), this.plain('gear', s.manageButtons, () => this.events.edit('manageButtons')));
    [...this.element.children].forEach((b, i) => b.setAttribute('tabindex', i === Math.max(0, focused) ? '0' : '-1'));
    if (focused >= 0) (this.element.children[focused] as HTMLElement | undefined)?.focus();
  }

  /** A group of its one button is that button. */
  private group(g: FilterButtonGroup): HTMLElement {
    const [only] = g.buttons, pressed = g.buttons.find(b => this.isApplied(b));
    if (g.buttons.length === 1 && only && (g.name === '' || same(g.name, only.label))) {
      const b = h('button', { type: 'button', class: 'toggle', title: tipOf(only), 'aria-pressed': String(pressed !== undefined) }, only.label);
      b.addEventListener('click', e => this.events.use(only, e.shiftKey));
      b.addEventListener('contextmenu', e => {
        e.preventDefault();
        e.stopPropagation();
        this.context(b, only);
      });
      return b;
    }
    const content: (Node | string)[] = [h('span', {}, g.name || this.strings.otherButtons)];
    if (pressed) content.push(h('span', { class: 'chosen' }, pressed.label));
    return menuButton({ class: `toggle ${pressed ? 'on' : ''}`, label: pressed ? `${g.name}: ${pressed.label}` : g.name || this.strings.otherButtons }, [...content, icon('chevron-down')], () => [
      ...g.buttons.map((b): MenuEntry => ({
        label: b.label, detail: b.text, tip: `${tipOf(b)}\n${this.strings.buttonHint}`, checked: this.isApplied(b),
        run: e => this.events.use(b, e.shiftKey), context: at => this.context(at, b),
      })),
    ]);
  }

  private context(anchor: HTMLElement, b: FilterButton): void {
    const s = this.strings;
    menu(anchor, b.label, [
      { label: s.useButton, icon: 'play', run: () => this.events.use(b, false) },
      { label: s.andButton, icon: 'add', run: () => this.events.use(b, true) },
      'separator',
      ...(b.id === '' ? [] : [ // one of a profile is changed with the profile
        { label: format(s.editButton, b.label), icon: 'edit', run: () => this.events.edit('editButton', b) },
        { label: s.hideButton, icon: 'eye-closed', run: () => this.events.edit('hideButton', b) },
      ]),
      { label: s.manageButtons, icon: 'gear', run: () => this.events.edit('manageButtons') },
    ]);
  }

  private isApplied(b: FilterButton): boolean {
    return this.applied !== '' && same(b.text, this.applied);
  }

  private plain(name: string, label: string, run: () => void): HTMLElement {
    const b = h('button', { type: 'button', class: 'icon', title: label, 'aria-label': label }, icon(name));
    b.addEventListener('click', run);
    return b;
  }

  /** One stop of the Tab key; arrows go from button to button. */
  private key(e: KeyboardEvent): void {
    const all = [...this.element.children] as HTMLElement[], at = all.indexOf(document.activeElement as HTMLElement);
    const to = e.key === 'ArrowRight' ? at + 1 : e.key === 'ArrowLeft' ? at - 1 : e.key === 'Home' ? 0 : e.key === 'End' ? all.length - 1 : undefined;
    if (at < 0 || to === undefined) return;
    e.preventDefault();
    const next = all[(to + all.length) % all.length];
    for (const b of all) b.setAttribute('tabindex', b === next ? '0' : '-1');
    next?.focus();
  }
}

const tipOf = (b: FilterButton): string => [b.tip, b.text].filter(Boolean).join('\n');
