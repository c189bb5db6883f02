// What is above the list: which view, what of it, where to go, how many; and the line that tells of progress.
import type { Strings } from '../shared/messages';
import type { Progress, Query, TimeFormat } from '../shared/wire.gen';
import { format, h, icon, iconButton, set } from './dom';
import { menuButton, type MenuEntry } from './menu';

export interface ToolbarEvents {
  query(q: Query): void;
  time(t: TimeFormat): void;
  /** Resolves to a note to show beside the input, or an empty text. */
  goto(to: string): Promise<string>;
  columns(): void;
  panes(): void;
  find(): void;
  /** what the menu of colours offers */
  colors(): readonly MenuEntry[];
}

export class Toolbar {
  readonly element: HTMLElement;
  private query: Query = { view: 'events', internal: false };
  /** the capture holds both halves of calls */
  hasCalls = false;
  private total = 0;
  private progress: Progress | undefined;
  private readonly viewEvents: HTMLButtonElement;
  private readonly viewCalls: HTMLButtonElement;
  private readonly internal: HTMLButtonElement;
  private readonly time: HTMLSelectElement;
  private readonly input: HTMLInputElement;
  private readonly note = h('span', { class: 'note', role: 'status' });
  private readonly count = h('span', { class: 'count', role: 'status' });
  private readonly state = h('span', { class: 'state' });
  private readonly bar = h('div', { class: 'bar' });
  private readonly track = h('div', { class: 'track', role: 'progressbar', hidden: true }, this.bar);

  constructor(private readonly strings: Strings, private readonly locale: string, private readonly events: ToolbarEvents) {
    const s = strings;
    const button = (label: string, tip: string, run: () => void, ...content: (Node | string)[]): HTMLButtonElement => {
      const b = h('button', { type: 'button', class: 'toggle', title: tip, 'aria-pressed': 'false', 'aria-label': label }, ...content);
      b.addEventListener('click', run);
      return b;
    };
    this.viewEvents = button(s.events, s.eventsTip, () => this.events.query({ ...this.query, view: 'events' }), s.events);
    this.viewCalls = button(s.calls, s.callsTip, () => this.toggleCalls(), s.calls);
    this.internal = button(s.internal, s.internalTip, () => this.events.query({ ...this.query, internal: !this.query.internal }), icon('eye'), h('span', {}, s.internal));
    const times: [TimeFormat, string][] = [['h', s.timeH], ['a', s.timeA], ['r', s.timeR], ['d', s.timed], ['D', s.timeD], ['R', s.notes.timeRef], ['e', s.notes.timeE], ['n', s.notes.timeN]];
    this.time = h('select', { title: s.time, 'aria-label': s.time }, ...times.map(([value, label]) => h('option', { value }, label)));
    this.time.addEventListener('change', () => this.events.time(this.time.value as TimeFormat));
    this.input = h('input', { type: 'text', class: 'goto', placeholder: s.goto, title: s.gotoTip, 'aria-label': s.goto, spellcheck: 'false' });
    this.input.addEventListener('keydown', e => void this.key(e));
    this.element = h('div', { class: 'toolbar', role: 'toolbar', 'aria-label': s.toolbar },
      h('div', { class: 'segments', role: 'group', 'aria-label': s.view }, this.viewEvents, this.viewCalls),
      this.internal, this.time, h('span', { class: 'with-icon' }, icon('target'), this.input), this.note, this.state, this.count,
      iconButton('search', s.findStrings.find, () => this.events.find()), menuButton({ class: 'icon', label: s.colors }, [icon('symbol-color')], () => this.events.colors()),
      iconButton('list-selection', s.columns, () => this.events.columns()), iconButton('layout', s.panes, () => this.events.panes()), this.track);
    this.show(this.query, 'h');
  }

  /** before puts buttons before the field that goes to an event. */
  before(...buttons: HTMLElement[]): void {
    this.input.parentElement?.before(...buttons);
  }

  calls(has: boolean): void {
    this.hasCalls = has;
    this.show(this.query, this.time.value as TimeFormat);
  }

  show(query: Query, time: TimeFormat): void {
    this.query = query;
    set(this.viewEvents, { 'aria-pressed': String(query.view === 'events') });
    set(this.viewCalls, {
      'aria-pressed': String(query.view === 'calls'), 'aria-disabled': this.hasCalls ? undefined : 'true',
      title: this.hasCalls ? this.strings.callsTip : this.strings.callsNone,
    });
    set(this.internal, { 'aria-pressed': String(query.internal) });
    this.internal.firstElementChild?.classList.toggle('codicon-eye-closed', !query.internal);
    this.internal.firstElementChild?.classList.toggle('codicon-eye', query.internal);
    this.time.value = time || 'h';
  }

  counts(total: number, progress: Progress | undefined): void {
    this.total = total;
    this.progress = progress;
    const n = (v: number): string => v.toLocaleString(this.locale), all = progress?.events ?? 0, s = this.strings;
    this.count.textContent = this.total === all ? (all === 1 ? s.countOne : format(s.count, n(all))) : format(s.countOf, n(this.total), n(all));
    const busy = this.progress !== undefined && !this.progress.done, part = this.progress?.fraction ?? 0;
    this.state.textContent = !busy ? '' : part > 0 ? format(s.indexingPercent, Math.floor(part * 100)) : s.indexing;
    this.track.hidden = !busy;
    this.track.classList.toggle('unknown', busy && part === 0);
    this.bar.style.width = `${part > 0 ? part * 100 : 100}%`;
    set(this.track, { 'aria-valuenow': part > 0 ? Math.floor(part * 100) : undefined });
  }

  /** add puts something behind the time format. */
  add(element: HTMLElement): void {
    this.time.after(element);
  }

  say(text: string): void {
    this.note.textContent = text;
    this.note.title = text;
  }

  private toggleCalls(): void {
    if (this.hasCalls) this.events.query({ ...this.query, view: 'calls' });
  }

  private async key(e: KeyboardEvent): Promise<void> {
    if (e.key !== 'Enter') return;
    e.preventDefault();
    const to = this.input.value.trim();
    if (to === '') return;
    try {
      this.say(await this.events.goto(to));
      set(this.input, { 'aria-invalid': undefined });
      this.input.select();
    } catch (error) {
      set(this.input, { 'aria-invalid': 'true' });
      this.say(error instanceof Error ? error.message : String(error));
    }
  }
}
