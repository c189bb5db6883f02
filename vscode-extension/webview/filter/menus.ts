// The menus of the filter box.
import type { FilterAction, FilterStore, Strings } from '../../shared/messages';
import type { Language } from '../../shared/wire.gen';
import { format } from '../dom';
import type { MenuEntry } from '../menu';
import { nameOf } from './says';

/** What the menus are about and what they do. */
export interface MenuSource {
  strings: Strings;
  store: FilterStore;
  /** the box is empty */
  none: boolean;
  /** what the user chose, and what the text was read in */
  language: Language;
  read: Language;
  put(text: string, language: Language): void;
  choose(language: Language): void;
  host(action: FilterAction): void;
}

/** languageMenu chooses the language of the text, or translates it. */
export function languageMenu({ strings: s, none, language, read, choose, host }: MenuSource): MenuEntry[] {
  return [
    { label: s.automatic, detail: s.automaticDetail, checked: language === '', run: () => choose('') },
    { label: s.sysdig, detail: s.sysdigDetail, checked: language === 'sysdig', run: () => choose('sysdig') },
    { label: s.wireshark, detail: s.wiresharkDetail, checked: language === 'wireshark', run: () => choose('wireshark') },
    'separator',
    { label: format(s.translateTo, nameOf(read === 'wireshark' ? 'sysdig' : 'wireshark', s)), icon: 'arrow-swap', disabled: none, run: () => host('translate') },
  ];
}

/** moreMenu is what is wanted less often. */
export function moreMenu({ strings: s, none, host }: MenuSource): MenuEntry[] {
  return [
    { label: s.formatFilter, icon: 'list-flat', disabled: none, run: () => host('format') },
    { label: s.copyFalco, icon: 'copy', disabled: none, run: () => host('copyFalco') },
    { label: s.copyStratoshark, icon: 'copy', disabled: none, run: () => host('copyStratoshark') },
    'separator',
    { label: s.addButton, icon: 'add', disabled: none, run: () => host('addButton') },
    { label: s.saveFilter, icon: 'star-empty', disabled: none, run: () => host('save') },
  ];
}

const historyLines = 30;

/** historyMenu brings back filters that were used. */
export function historyMenu({ strings: s, store, put, host }: MenuSource): MenuEntry[] {
  if (store.history.length === 0) return [{ heading: s.historyNone }];
  return [
    ...store.history.slice(0, historyLines).map(e => ({
      label: e.text, detail: e.language === 'wireshark' ? s.wireshark : '', tip: e.text, run: () => put(e.text, e.language),
    })),
    'separator', { label: s.clearHistory, icon: 'trash', run: () => host('clearHistory') },
  ];
}

/** savedMenu applies filters that have a name. */
export function savedMenu({ strings: s, store, none, put, host }: MenuSource): MenuEntry[] {
  return [
    ...(store.saved.length === 0 ? [{ heading: s.savedNone }] : store.saved.map(f => ({
      label: f.name, detail: f.text, tip: [f.description, f.text].filter(Boolean).join('\n'), icon: 'bookmark', run: () => put(f.text, f.language),
    }))),
    'separator', { label: s.saveFilter, icon: 'star-empty', disabled: none, run: () => host('save') },
    { label: s.manageSaved, icon: 'gear', disabled: store.saved.length === 0, run: () => host('manageSaved') },
  ];
}
