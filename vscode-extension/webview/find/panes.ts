// Find in the details and in the bytes of the selected event.
import type { Strings } from '../../shared/messages';
import type { Bytes } from '../bytes';
import type { Detail } from '../detail';
import { mark, rangeIn } from './marks';
import { inBytes, lines, PaneFind } from './pane';
import { ranges, textPattern } from './search';

/** findInDetails searches the lines of the tree, also of what is closed. */
export function findInDetails(strings: Strings, locale: string, detail: Detail): PaneFind {
  const s = strings.findStrings;
  let pattern: RegExp | undefined;
  const marks = (): void => {
    const out: Range[] = [];
    if (pattern) {
      for (const el of detail.element.querySelectorAll<HTMLElement>('.node > :is(.label, .value)')) {
        for (const [a, b] of ranges(pattern, el.textContent ?? '', 50)) {
          const r = rangeIn(el, a, b);
          if (r) out.push(r);
        }
      }
    }
    mark('find-detail', out);
  };
  const find = new PaneFind(s, locale, s.inDetails, ['text', 'regex'], {
    matches: async bar => {
      pattern = undefined;
      const found = lines(detail.texts, bar, s);
      pattern = textPattern(bar.wanted, s);
      return found;
    },
    get place() { return detail.place; },
    go: place => detail.goPlace(place),
    shown: found => {
      if (found.length === 0) pattern = undefined;
      marks();
    },
    focus: () => detail.focus(),
  });
  detail.onDrawn = marks;
  detail.onShown = () => find.changed();
  detail.head.after(find.bar.element);
  return find;
}

/** findInBytes searches the bytes of the event. */
export function findInBytes(strings: Strings, locale: string, bytes: Bytes): PaneFind {
  const s = strings.findStrings;
  let found: [number, number][] = [];
  const find = new PaneFind(s, locale, s.inBytes, ['hex', 'text', 'regex'], {
    matches: async bar => (found = inBytes(await bytes.all(), bar, s)).map(r => r[0]),
    get place() { return bytes.place; },
    go: place => {
      const r = found.find(f => f[0] === place);
      if (r) bytes.goto(r[0], r[1] - r[0]);
    },
    shown: places => bytes.found(places.length === 0 ? [] : found),
    focus: () => bytes.focus(),
  });
  bytes.onShown = () => find.changed();
  bytes.head.after(find.bar.element);
  return find;
}
