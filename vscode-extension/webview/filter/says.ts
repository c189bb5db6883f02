// What is to be said of a filter, in the words of the server, with what can be done about it.
import type { Strings } from '../../shared/messages';
import type { FilterCheckResult, FilterDiagnostic, FilterFix, FilterWhyResult, Language, Severity } from '../../shared/wire.gen';
import { format, h, icon } from '../dom';
import { phrase } from '../markdown';

const icons: Record<Severity, string> = { error: 'error', warning: 'warning', info: 'info' };
const most = 3; // lines

export interface SaysEvents {
  fix(fix: FilterFix): void;
  /** go to a place of the filter */
  select(start: number, end: number): void;
  read(language: Language): void;
}

/** nameOf is what people call a language. */
export const nameOf = (l: Language, s: Strings): string => (l === 'wireshark' ? s.wireshark : s.sysdig);

/** sentence is a message of the server as a sentence; one that begins with a name stays as it is. */
export const sentence = (text: string): string => (/^[a-z]+[ ,]/.test(text) ? text.charAt(0).toUpperCase() + text.slice(1) : text);

/** Says is the message below the filter box. */
export class Says {
  readonly element = h('div', { class: 'filter-says', id: 'filter-says', role: 'status', 'aria-live': 'polite', hidden: true });

  constructor(private readonly strings: Strings, private readonly events: SaysEvents) {
    // The field keeps the focus, so that a fix can be undone and typing goes on.
    this.element.addEventListener('mousedown', e => e.preventDefault());
  }

  get empty(): boolean {
    return this.element.hidden === true;
  }

  clear(): void {
    if (this.element.hidden) return;
    this.element.hidden = true;
    this.element.replaceChildren();
  }

  /** check shows what a check found. Nothing found shows nothing. */
  check(r: FilterCheckResult): void {
    const said = r.diagnostics ?? [], lines = said.slice(0, most).map(d => this.line(d));
    if (said.length > most) lines.push(h('div', { class: 'say more' }, format(this.strings.more, said.length - most)));
    if (r.other !== '') lines.push(this.other(r));
    this.show(lines);
  }

  say(severity: Severity, text: string): void {
    this.show([h('div', { class: `say ${severity}` }, icon(icons[severity]), h('span', { class: 'text' }, ...phrase(sentence(text))))]);
  }

  private show(lines: HTMLElement[]): void {
    if (lines.length === 0) {
      this.clear();
      return;
    }
    this.element.hidden = false;
    this.element.replaceChildren(...lines);
  }

  private line(d: FilterDiagnostic): HTMLElement {
    return h('div', { class: `say ${d.severity}` }, icon(icons[d.severity] ?? 'info'), h('span', { class: 'text' }, ...phrase(sentence(d.message))), ...fixes(d.fixes ?? [], this.strings, f => this.events.fix(f)));
  }

  /** other says that the text reads otherwise in the other language. */
  private other(r: FilterCheckResult): HTMLElement {
    const s = this.strings, b = h('button', { type: 'button', class: 'fix' }, format(s.readAs, nameOf(r.other, s)));
    b.addEventListener('click', () => this.events.read(r.other));
    return h('div', { class: 'say info' }, icon('arrow-swap'), h('span', { class: 'text' }, [format(s.readIs, nameOf(r.language, s)), r.otherNote].filter(Boolean).join(' ')), b);
  }
}

/** fixes is buttons for changes. */
export function fixes(list: readonly FilterFix[], s: Strings, run: (f: FilterFix) => void): HTMLElement[] {
  return list.map(f => {
    const b = h('button', { type: 'button', class: 'fix', title: f.text ? format(s.fixTo, f.text) : f.title }, icon('lightbulb'), h('span', {}, ...phrase(sentence(f.title))));
    b.addEventListener('click', () => run(f));
    return b;
  });
}

/** Why stands in the place of the rows when a filter leaves none: which part is the reason. */
export class Why {
  readonly element = h('div', { class: 'why', role: 'status', hidden: true });

  constructor(private readonly strings: Strings, private readonly locale: string, private readonly events: SaysEvents, private readonly clearFilter: () => void) {}

  clear(): void {
    this.element.hidden = true;
  }

  show(text: string, r: FilterWhyResult | undefined): void {
    const s = this.strings, clear = h('button', { type: 'button', class: 'secondary' }, s.clearFilter);
    clear.addEventListener('click', () => this.clearFilter());
    const parts = (r?.parts ?? []).map(p => {
      const b = h('button', { type: 'button', class: `part ${p.matched === 0 ? 'none-left' : ''}`, title: s.showPart }, text.slice(p.start, p.end));
      b.addEventListener('click', () => this.events.select(p.start, p.end));
      return h('tr', {}, h('td', {}, b), h('td', { class: 'number' }, p.matched.toLocaleString(this.locale)), h('td', { class: 'message' }, ...phrase(p.message)));
    });
    this.element.hidden = false;
    this.element.replaceChildren(
      h('h3', {}, icon('filter'), s.nothingMatches), ...(r?.message ? [h('p', {}, ...phrase(sentence(r.message)))] : []),
      ...(parts.length > 0 ? [h('table', {}, h('thead', {}, h('tr', {}, h('th', {}, s.part), h('th', { class: 'number' }, s.matchesAlone), h('th', {}))), h('tbody', {}, ...parts))] : []),
      h('div', { class: 'buttons' }, ...fixes(r?.fixes ?? [], s, f => this.events.fix(f)), clear));
  }
}
