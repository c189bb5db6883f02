// The filter box: a field that is checked, coloured and completed while one types, and what belongs to it.
import type { FilterAction, FilterStore, Strings } from '../../shared/messages';
import { method, type Completion, type FilterCheckResult, type FilterFix, type Language } from '../../shared/wire.gen';
import { format, h, icon, iconButton, set } from '../dom';
import type { Asks } from '../host';
import { Latest } from '../latest';
import { markdown } from '../markdown';
import { menuButton } from '../menu';
import { Line } from './line';
import { historyMenu, languageMenu, moreMenu, savedMenu, type MenuSource } from './menus';
import type { Filter, Mode } from './query';
import { Recall } from './recall';
import { nameOf, Says, sentence } from './says';
import { Signature } from './signature';
import { Suggest } from './suggest';
import { at, same } from './text';

export interface BoxEvents {
  /** Lists by a filter. */
  apply(f: Filter): void;
  /** The text changed; it may not be applied. */
  changed(): void;
  find(f: Filter, backwards: boolean): void;
  count(f: Filter, signal: AbortSignal): Promise<{ matched: number; of: number; took: number } | undefined>;
  /** Back to the list. */
  leave(): void;
  host(action: FilterAction): void;
}

const checkWait = 25, countWait = 160, sayWait = 500, hoverWait = 350, twice = 1500; // ms

export class FilterBox {
  readonly element: HTMLElement;
  /** the filter that the list shows */
  applied: Filter = { text: '', language: '', mode: 'filter' };
  private mode: Mode = 'filter';
  /** what the user chose; "" leaves it to the text */
  private language: Language = '';
  private checked: { text: string; result: FilterCheckResult } | undefined;
  private pinned = false;
  private again = false;
  private store: FilterStore = { history: [], saved: [], groups: [] };
  private focused = 0;
  private sayTimer = 0;
  private hoverTimer = 0;
  private readonly checks = new Latest();
  private readonly completes = new Latest();
  private readonly counts = new Latest();
  private readonly hovers = new Latest();
  private readonly signatures = new Latest();
  private readonly signature = new Signature();
  private readonly recall = new Recall();
  private readonly line: Line;
  private readonly suggest: Suggest;
  private readonly says: Says;
  private readonly box: HTMLElement;
  private readonly count = h('span', { class: 'filter-count', role: 'status', 'aria-live': 'polite' });
  private readonly clearButton: HTMLButtonElement;
  private readonly applyButton: HTMLButtonElement;
  private readonly star: HTMLButtonElement;
  private readonly modeButton: HTMLButtonElement;
  private readonly languageButton: HTMLButtonElement;
  private readonly languageName = h('span', {});
  private readonly tip = h('div', { class: 'filter-tip', role: 'tooltip', id: 'filter-tip', hidden: true });
  private readonly bar = h('div', { class: 'bar' });
  private readonly track = h('div', { class: 'filter-track', role: 'progressbar', hidden: true }, this.bar);

  /** plain leaves out what only concerns the filter of a list. */
  constructor(private readonly host: Asks, private readonly strings: Strings, private readonly locale: string, private readonly events: BoxEvents, plain = false) {
    const s = strings;
    this.line = new Line(s.filter, s.filterHint, () => this.typed());
    this.suggest = new Suggest(s, this.line.input, c => this.accept(c));
    this.says = new Says(s, { fix: f => this.fix(f), select: (a, b) => this.line.select(a, b), read: l => this.read(l) });
    this.line.describe({ 'aria-describedby': 'filter-says' });
    this.clearButton = iconButton('close', s.clearFilter, () => this.clear());
    this.applyButton = iconButton('arrow-right', s.applyFilter, () => void this.apply());
    this.star = iconButton('star-empty', s.saveFilter, () => events.host('save'));
    this.modeButton = iconButton('filter', s.modeFilter, () => this.setMode(this.mode === 'filter' ? 'mark' : 'filter'));
    this.languageButton = menuButton({ class: 'language', label: s.language }, [this.languageName, icon('chevron-down')], () => languageMenu(this.menus));
    this.box = h('div', { class: 'filter-box' }, this.line.element, this.count, ...(plain ? [] : [this.clearButton, this.star, this.applyButton]), this.track,
      h('div', { class: 'filter-below' }, this.says.element, this.signature.element, this.suggest.element), this.tip);
    this.element = plain ? h('div', { class: 'filter plain' }, this.box, this.languageButton) : h('div', { class: 'filter', role: 'search', 'aria-label': s.filter },
      menuButton({ class: 'icon', label: s.savedFilters }, [icon('bookmark')], () => savedMenu(this.menus)), this.modeButton, this.box, this.languageButton,
      iconButton('arrow-up', s.previousMatch, () => void this.find(true)), iconButton('arrow-down', s.nextMatch, () => void this.find(false)),
      menuButton({ class: 'icon', label: s.history }, [icon('history')], () => historyMenu(this.menus)),
      menuButton({ class: 'icon', label: s.moreActions }, [icon('ellipsis')], () => moreMenu(this.menus)));
    this.listen();
    this.state();
  }

  /** filter is what the box holds now. */
  get filter(): Filter {
    return { text: this.line.text.trim(), language: this.language, mode: this.mode };
  }

  /** restore shows a filter that the list shows already. */
  restore(f: Filter, text = f.text): void {
    this.applied = f;
    this.mode = f.mode;
    this.language = f.language;
    this.line.set(text);
    this.check(false);
    this.state();
  }

  /** put puts a filter into the box and applies it, or leaves that to the user. */
  async put(text: string, language: Language, apply: boolean): Promise<void> {
    if (language !== '' && language !== (this.checked?.result.language ?? '')) this.language = '';
    this.line.set(text);
    this.suggest.close();
    if (apply) await this.apply(language);
    else this.focus();
  }

  /** readAs is the language that the text was read in; "" while that is not known. */
  get readAs(): Language {
    return this.checked?.text === this.line.text ? this.checked.result.language : '';
  }

  /** quiet takes a message back. */
  quiet(): void {
    this.pinned = false;
    this.says.clear();
  }

  set stored(store: FilterStore) {
    this.store = store;
    this.recall.set(store.history.map(e => e.text));
    this.state();
  }

  focus(): void {
    // The key comes here and, by way of the workbench, as a command: what was typed between the two stays.
    if (document.activeElement === this.line.input && performance.now() - this.focused < twice) return;
    this.focused = performance.now();
    this.line.input.focus();
    this.line.input.select();
  }

  /** progress tells how far a filter has been asked: 0 to 1; 1 hides it. */
  progress(part: number): void {
    this.track.hidden = part >= 1;
    this.bar.style.width = `${part * 100}%`;
    set(this.track, { 'aria-valuenow': Math.floor(part * 100), 'aria-label': this.strings.filtering });
  }

  /** tell shows how many rows the list has by the applied filter. */
  tell(matched: number, of: number, took: number | undefined): void {
    if (same(this.line.text, this.applied.text)) this.showCount(matched, of, took);
  }

  /** say shows a message below the box until something is typed. */
  say(severity: 'error' | 'warning' | 'info', text: string): void {
    this.says.say(severity, text);
    this.pinned = true;
  }

  fix(f: FilterFix): void {
    this.line.change({ start: f.start, end: f.end, text: f.text });
    this.line.input.focus();
  }

  /** fixApplied changes the applied filter and applies it. */
  async fixApplied(f: FilterFix): Promise<void> {
    this.line.set(this.applied.text);
    this.fix(f);
    await this.apply();
  }

  select(start: number, end: number): void {
    this.line.select(start, end);
  }

  clear(): void {
    this.line.set('');
    this.suggest.close();
    void this.apply();
    this.line.input.focus();
  }

  setMode(mode: Mode): void {
    this.mode = mode;
    this.state();
    if (this.applied.text !== '' || this.line.text.trim() !== '') void this.apply();
  }

  /** apply lists by what the box holds, unless it has an error. */
  async apply(language = this.language): Promise<void> {
    this.suggest.close();
    this.completes.cancel();
    this.hideSignature();
    const text = this.line.text.trim(), f: Filter = { text, language, mode: this.mode };
    const result = text === '' ? undefined : await this.checkNow(this.line.text);
    if (result?.state === 'error') {
      this.says.check(result);
      this.pinned = true;
      this.line.describe({ 'aria-invalid': 'true' });
      this.line.input.focus();
      return;
    }
    this.checks.cancel(); // what is found later is no news any more
    this.pinned = false;
    this.says.clear();
    this.language = language;
    this.applied = f;
    this.counts.cancel();
    this.showCount(undefined, 0, undefined);
    this.state();
    this.events.apply(f);
  }

  async find(backwards: boolean): Promise<void> {
    const text = this.line.text.trim();
    if (text === '') {
      this.focus();
      return;
    }
    const result = await this.checkNow(this.line.text);
    if (result?.state === 'error') {
      this.says.check(result);
      this.pinned = true;
      return;
    }
    this.events.find(this.filter, backwards);
  }

  /** suggestions shows what may stand at the caret. */
  suggestions(): void {
    this.line.input.focus();
    this.complete(true);
  }

  /** explain shows what is at the caret. */
  explain(): void {
    this.line.input.focus(); // so that Escape closes it
    this.hover(this.line.caret, true);
  }

  private listen(): void {
    const { input } = this.line;
    input.addEventListener('keydown', e => this.key(e));
    input.addEventListener('focus', () => {
      if (this.checked?.text === this.line.text && !this.pinned) this.says.check(this.checked.result);
    });
    input.addEventListener('blur', () => {
      this.suggest.close();
      this.completes.cancel();
      this.hideTip();
      this.signatures.cancel();
      this.signature.forget();
      if (!this.pinned) this.says.clear();
    });
    for (const event of ['input', 'keyup', 'pointerup'] as const) input.addEventListener(event, () => this.sign());
    input.addEventListener('pointerdown', () => {
      this.suggest.close();
      this.hideTip();
    });
    input.addEventListener('mousemove', e => {
      clearTimeout(this.hoverTimer);
      const position = this.line.at(e.clientX);
      if (position === undefined || this.suggest.open) this.hideTip();
      else this.hoverTimer = window.setTimeout(() => this.hover(position, false), hoverWait);
    });
    input.addEventListener('mouseleave', () => {
      clearTimeout(this.hoverTimer);
      this.hoverTimer = window.setTimeout(() => this.hideTip(), 200);
    });
    this.tip.addEventListener('mouseenter', () => clearTimeout(this.hoverTimer));
    this.tip.addEventListener('mouseleave', () => this.hideTip());
  }

  private typed(): void {
    this.pinned = false;
    this.hideTip();
    this.showCount(undefined, 0, undefined);
    this.check(document.activeElement === this.line.input);
    this.state();
    this.events.changed();
  }

  /** check asks what the text is worth; complete asks for completions too. */
  private check(complete: boolean): void {
    const { text } = this.line;
    if (text.trim() === '') {
      this.checks.cancel();
      this.counts.cancel();
      this.checked = undefined;
      this.says.clear();
      this.state();
      if (complete) this.complete(false);
      return;
    }
    this.checks.until(checkWait, signal => this.host.request(method.filterCheck, { text, language: this.language }, signal), (r, before) => this.found(text, r, before > 0), e => this.failed(e));
    if (complete) this.complete(false);
  }

  private async checkNow(text: string): Promise<FilterCheckResult | undefined> {
    if (this.checked?.text === text) return this.checked.result;
    this.checks.cancel();
    try {
      const r = await this.host.request(method.filterCheck, { text, language: this.language });
      if (text === this.line.text) this.found(text, r);
      return r;
    } catch (e) {
      this.failed(e);
      return undefined;
    }
  }

  /** found shows what a check found; again says that it was asked once more, since the values of the capture were not counted. */
  private found(text: string, result: FilterCheckResult, again = false): void {
    if (again && text !== this.line.text) return;
    this.checked = { text, result };
    this.line.colour(text, result.tokens ?? [], result.diagnostics ?? []);
    this.state();
    clearTimeout(this.sayTimer);
    if (this.pinned) return;
    // What is wrong only because it is not finished is said when nothing is typed for a while.
    const wait = result.state === 'error' && this.says.empty ? sayWait : 0;
    this.sayTimer = window.setTimeout(() => {
      if (this.checked?.text === text && document.activeElement === this.line.input && !this.pinned) this.says.check(result);
    }, wait);
    if (result.state === 'error' || result.state === 'empty') this.counts.cancel();
    else if (!again && (!same(text, this.applied.text) || this.applied.mode !== this.mode)) this.ask();
  }

  private ask(): void {
    const f = this.filter;
    this.counts.run(countWait, signal => this.events.count(f, signal), r => {
      if (r && same(f.text, this.line.text)) this.showCount(r.matched, r.of, r.took);
    }, () => this.showCount(undefined, 0, undefined));
  }

  private complete(wanted: boolean): void {
    const { text, caret } = this.line, choose = wanted || (this.suggest.chosen !== undefined && this.again);
    this.again = false;
    if (!wanted && (text.trim() === '' || this.line.selected)) {
      this.suggest.close();
      this.completes.cancel();
      return;
    }
    this.completes.until(0, signal => this.host.request(method.filterComplete, { text, language: this.language, caret }, signal), (r, before) => {
      if (before > 0 && (text !== this.line.text || caret !== this.line.caret)) return;
      const items = r.items ?? [], only = items.length === 1 ? items[0] : undefined;
      const done = only !== undefined && only.insert === text.slice(only.start, only.end); // what is there already needs no list
      if (done || document.activeElement !== this.line.input) this.suggest.close();
      else {
        this.hideTip();
        this.suggest.show(items, c => text.slice(c.start, caret), this.line.place(items[0]?.start ?? caret), choose, before > 0);
      }
    }, () => this.suggest.close());
  }

  private accept(c: Completion): void {
    this.line.change({ start: c.start, end: c.end, text: c.insert }, c.caret);
    this.again = false;
    if (c.again) this.complete(false);
    else {
      this.completes.cancel();
      this.suggest.close();
    }
  }

  private hover(position: number, wanted: boolean): void {
    const { text } = this.line;
    this.hovers.run(0, signal => this.host.request(method.filterHover, { text, language: this.language, caret: position }, signal), r => {
      const said = at(this.checked?.text === text ? this.checked.result.diagnostics ?? [] : [], position);
      if (r.markdown === '' && said.length === 0) {
        this.hideTip();
        return;
      }
      this.tip.replaceChildren(...said.map(d => h('p', { class: `say ${d.severity}` }, sentence(d.message))), ...markdown(r.markdown));
      this.tip.hidden = false;
      this.tip.style.left = `${Math.max(0, Math.min(this.line.place(r.start), this.box.clientWidth - this.tip.offsetWidth))}px`;
      if (wanted) this.line.describe({ 'aria-describedby': 'filter-tip' });
    }, () => this.hideTip());
  }

  /** sign shows how the argument is written that the caret stands in. */
  private sign(): void {
    const { text, caret } = this.line;
    if (document.activeElement !== this.line.input || !this.signature.moved({ text, caret })) return;
    this.signatures.run(checkWait, signal => this.host.request(method.filterSignature, { text, language: this.language, caret }, signal), r => {
      if (text === this.line.text && caret === this.line.caret) this.signature.show(r, this.line.place(caret));
    }, () => this.signature.close());
  }

  private hideSignature(): void {
    this.signatures.cancel();
    this.signature.close();
  }

  private hideTip(): void {
    clearTimeout(this.hoverTimer);
    this.hovers.cancel();
    this.tip.hidden = true;
    this.line.describe({ 'aria-describedby': 'filter-says' });
  }

  private key(e: KeyboardEvent): void {
    if (e.isComposing) return;
    const { text } = this.line;
    if ((e.ctrlKey || e.metaKey) && (e.key === ' ' || e.code === 'Space')) this.complete(true);
    else if ((e.ctrlKey || e.metaKey) && !e.altKey && /^[zy]$/i.test(e.key)) this.undo(e.key.toLowerCase() === 'y' || e.shiftKey);
    else if (e.ctrlKey || e.metaKey || e.altKey) return;
    else if (this.suggest.open && this.suggest.key(e)) { /* moved */ } else if (e.key === 'Tab' && !e.shiftKey && this.suggest.open && this.suggest.first) this.accept(this.suggest.first);
    else if (e.key === 'Enter' && this.suggest.open && this.suggest.chosen) this.accept(this.suggest.chosen);
    else if (e.key === 'Enter') void this.apply();
    else if (e.key === 'Escape') this.escape();
    else if (e.key === 'ArrowUp' && this.recall.can(text, this.applied.text)) this.recalled(this.recall.older(text));
    else if (e.key === 'ArrowDown' && this.recall.can(text, this.applied.text)) {
      const newer = this.recall.newer(text);
      if (newer !== undefined) this.recalled(newer);
      else this.events.leave();
    } else return;
    e.preventDefault();
    e.stopPropagation();
  }

  /** undo takes back, or does again, what was typed: the workbench would take the keys for the capture, which cannot be changed. */
  private undo(again: boolean): void {
    document.execCommand(again ? 'redo' : 'undo');
    this.completes.cancel();
    this.suggest.close();
  }

  private recalled(text: string | undefined): void {
    if (text === undefined) return;
    this.line.set(text);
    this.completes.cancel();
    this.suggest.close();
  }

  /** escape closes what is open, then takes back what was typed, then goes to the list. */
  private escape(): void {
    if (!this.tip.hidden) this.hideTip();
    else if (this.suggest.open || this.signature.open) {
      this.suggest.close();
      this.hideSignature();
    }
    else if (!same(this.line.text, this.applied.text)) this.line.set(this.applied.text);
    else this.events.leave();
    this.completes.cancel();
    this.signatures.cancel();
  }

  private read(language: Language): void {
    this.language = language;
    this.checked = undefined;
    this.check(false);
    this.state();
    this.line.input.focus();
    if (same(this.line.text, this.applied.text) && this.applied.text !== '') void this.apply();
  }

  private showCount(matched: number | undefined, of: number, took: number | undefined): void {
    const n = (v: number): string => v.toLocaleString(this.locale), s = this.strings;
    this.count.textContent = matched === undefined ? ''
      : took === undefined ? format(s.matches, n(matched), n(of))
        : format(s.matchesTook, n(matched), n(of), took < 10 ? took.toLocaleString(this.locale, { maximumFractionDigits: 1 }) : n(Math.round(took)));
  }

  /** state shows what the box holds: its border, its buttons, the language. */
  private state(): void {
    const s = this.strings, text = this.line.text.trim(), r = this.checked?.text === this.line.text ? this.checked.result : undefined;
    const isApplied = same(text, this.applied.text) && this.language === this.applied.language && this.mode === this.applied.mode;
    this.box.className = ['filter-box', text === '' ? 'blank' : r?.state ?? 'checking', isApplied && text !== '' && 'applied'].filter(Boolean).join(' ');
    if (text === '' || (r && r.state !== 'error')) this.line.describe({ 'aria-invalid': undefined });
    else if (r) this.line.describe({ 'aria-invalid': 'true' });
    this.line.describe({ title: r?.diagnostics?.[0]?.message });
    this.clearButton.hidden = text === '' && this.applied.text === '';
    this.applyButton.disabled = isApplied || r?.state === 'error';
    const saved = this.store.saved.find(f => same(f.text, text));
    this.star.hidden = text === '';
    this.star.firstElementChild?.classList.toggle('codicon-star-full', saved !== undefined);
    this.star.firstElementChild?.classList.toggle('codicon-star-empty', saved === undefined);
    set(this.star, { title: saved ? format(s.savedAs, saved.name) : s.saveFilter });
    set(this.modeButton, { title: this.mode === 'mark' ? s.modeMark : s.modeFilter, 'aria-label': this.mode === 'mark' ? s.modeMark : s.modeFilter, 'aria-pressed': String(this.mode === 'mark') });
    this.modeButton.firstElementChild?.classList.toggle('codicon-filter', this.mode === 'filter');
    this.modeButton.firstElementChild?.classList.toggle('codicon-list-filter', false);
    this.modeButton.firstElementChild?.classList.toggle('codicon-paintcan', this.mode === 'mark');
    const language = r?.language || this.language;
    this.languageName.textContent = text === '' && this.language === '' ? s.automatic : nameOf(language, s);
    set(this.languageButton, { 'aria-label': `${s.language}: ${this.languageName.textContent}`, title: this.language === '' ? s.languageAuto : s.languageChosen });
  }

  private get menus(): MenuSource {
    return {
      strings: this.strings, store: this.store, none: this.line.text.trim() === '', language: this.language, read: this.checked?.result.language ?? '',
      put: (text, language) => void this.put(text, language, true), choose: language => this.read(language), host: this.events.host,
    };
  }

  private failed(error: unknown): void {
    this.say('error', error instanceof Error ? error.message : String(error));
  }
}
