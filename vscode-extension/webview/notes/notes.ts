// Marks and notes in the list: what commands and the menu about them do, and how far times are shifted.
import { stepped, type NoteAction, type NoteCommand, type NotesState, type NoteTexts, type TimeStyle } from '../../shared/notes';
import { method, type NoteKind, type NotesSetParams, type Precision, type Query, type RowRange, type TimeFormat } from '../../shared/wire.gen';
import { format, h, icon, set } from '../dom';
import { Cancelled, type Host } from '../host';
import { ofShown } from '../latest';
import { menuButton, type MenuEntry } from '../menu';
import { NoteDialog } from './dialog';
import './notes.css';

/** The list as notes see it. */
export interface NoteList {
  readonly query: Query;
  readonly time: TimeFormat;
  readonly style: TimeStyle;
  /** the selected rows; none are selected: empty */
  readonly rows: RowRange[];
  settled(): Promise<number>;
  found(row: number): void;
  focus(): void;
  say(text: string): void;
  restyle(time: TimeFormat, style: TimeStyle): void;
  only(kind: NoteKind, without: boolean): void;
  /** asks for rows and details again, since what is noted about them has changed */
  refresh(): void;
}

const sinceReference: TimeFormat = 'R', sinceStart: TimeFormat = 'r';

export class Notes {
  /** what stands in the toolbar */
  readonly element: HTMLElement;
  private state: NotesState | undefined;
  private readonly shift: HTMLButtonElement;
  private readonly menu: HTMLButtonElement;
  private readonly dialog: NoteDialog;

  constructor(private readonly host: Host, private readonly texts: NoteTexts, private readonly locale: string, private readonly list: NoteList) {
    const t = texts;
    this.menu = menuButton({ class: 'icon notes-button', label: t.menu }, [icon('bookmark')], () => this.entries());
    const time = menuButton({ class: 'icon time-options', label: t.timeOptions }, [icon('watch')], () => this.timeEntries());
    this.shift = h('button', { type: 'button', class: 'toggle shifted', hidden: true }, icon('history'), h('span', {}));
    this.shift.addEventListener('click', () => this.ask('shift'));
    this.element = h('span', { class: 'note-tools' }, time, this.shift, this.menu);
    this.dialog = new NoteDialog(host, t, {
      say: text => this.list.say(text),
      closed: () => this.list.focus(),
    });
  }

  /** show takes what there is noted; changed tells that it was something else before. */
  show(state: NotesState, changed: boolean): void {
    this.state = state;
    this.shift.hidden = state.shiftText === '';
    this.shift.lastElementChild!.textContent = format(this.texts.shifted, state.shiftText);
    set(this.shift, { title: format(this.texts.shiftedTip, state.shiftText) });
    this.menu.classList.toggle('has', state.total > 0);
    if (changed) this.list.refresh();
  }

  /** key does what browsers keep from the workbench: they take every C with Ctrl for copying. */
  key(e: KeyboardEvent): boolean {
    if (e.code !== 'KeyC' || !e.altKey || e.shiftKey || !(e.ctrlKey || e.metaKey)) return false;
    e.preventDefault();
    void this.run('comment');
    return true;
  }

  async run(c: NoteCommand, num = 0): Promise<void> {
    try {
      await this.carry(c, num);
    } catch (e) {
      if (!(e instanceof Cancelled)) this.list.say(e instanceof Error ? e.message : String(e));
    }
  }

  private async carry(c: NoteCommand, num: number): Promise<void> {
    const step = stepped[c];
    if (step) {
      await this.step(step.kind, step.backwards);
      return;
    }
    switch (c) {
      case 'mark': await this.toggle('mark'); break;
      case 'ignore': await this.toggle('ignore'); break;
      case 'reference': await this.reference(); break;
      case 'comment': await this.comment(num); break;
      case 'markAll': await this.change({ kind: 'mark', action: 'set', list: true }); break;
      case 'unmarkAll': await this.change({ kind: 'mark', action: 'clear' }); break;
      case 'ignoreAll': await this.change({ kind: 'ignore', action: 'set', list: true }); break;
      case 'unignoreAll': await this.change({ kind: 'ignore', action: 'clear' }); break;
      case 'unreferenceAll': await this.change({ kind: 'reference', action: 'clear' }); break;
      case 'showMarked': this.list.only('mark', false); break;
      case 'showNoted': this.list.only('comment', false); break;
      case 'hideIgnored': this.list.only('ignore', true); break;
      case 'utc': this.list.restyle(this.list.time, { ...this.list.style, utc: !this.list.style.utc }); break;
    }
  }

  private async change(what: Pick<NotesSetParams, 'kind' | 'action'> & Partial<NotesSetParams>): Promise<void> {
    const r = await this.host.request(method.notesSet, { nums: [], list: false, query: this.list.query, rows: [], ...what });
    if (r.changed !== 1) this.list.say(format(this.texts.changed, r.changed.toLocaleString(this.locale)));
  }

  /** toggle is about the selected rows: they lose what all of them have, else all get it. */
  private async toggle(kind: NoteKind): Promise<boolean> {
    const { rows } = this.list;
    if (rows.length === 0) {
      this.list.say(this.texts.selectFirst);
      return false;
    }
    await this.change({ kind, action: 'toggle', list: true, rows });
    return true;
  }

  private async reference(): Promise<void> {
    const before = this.state?.references ?? 0;
    if (!(await this.toggle('reference'))) return;
    const { time, style } = this.list;
    if (time === sinceStart) this.list.restyle(sinceReference, style);
    else if (time !== sinceReference && before === 0) this.list.say(format(this.texts.referenceHint, this.texts.timeRef));
  }

  private async comment(num: number): Promise<void> {
    const on = num > 0 ? num : await this.list.settled();
    if (on > 0) await this.dialog.open(on);
    else this.list.say(this.texts.selectFirst);
  }

  private async step(kind: NoteKind, backwards: boolean): Promise<void> {
    const r = await ofShown(this.list, async query => this.host.request(method.notesFind, { query, kind, from: await this.list.settled(), backwards }));
    if (r.found) this.list.found(r.row);
    this.list.say(!r.found ? this.texts.none : r.wrapped ? this.texts.wrapped : '');
  }

  private ask(action: NoteAction): void {
    this.host.send({ type: 'notes', action });
  }

  private entries(): MenuEntry[] {
    const t = this.texts, s = this.state, n = (v: number | undefined): string => (v ? v.toLocaleString(this.locale) : '');
    const item = (label: string, command: NoteCommand, detail = '', name = '', disabled = false): MenuEntry => ({
      label, detail, ...(name && { icon: name }), disabled, run: () => void this.run(command),
    });
    const none = this.list.rows.length === 0;
    return [
      item(t.mark, 'mark', 'Ctrl+M', 'bookmark', none), item(t.comment, 'comment', 'Ctrl+Alt+C', 'comment', none), item(t.ignore, 'ignore', 'Ctrl+D', 'eye-closed', none),
      item(t.reference, 'reference', 'Ctrl+T', 'watch', none), 'separator', { heading: t.move },
      item(t.nextMark, 'nextMark', 'Ctrl+Shift+N', '', !s?.marked), item(t.previousMark, 'previousMark', 'Ctrl+Shift+B', '', !s?.marked),
      item(t.nextNote, 'nextNote', '', '', !s?.comments), item(t.previousNote, 'previousNote', '', '', !s?.comments),
      item(t.nextReference, 'nextReference', 'Ctrl+Alt+N', '', !s?.references), item(t.previousReference, 'previousReference', 'Ctrl+Alt+B', '', !s?.references),
      'separator', { heading: t.only },
      item(t.showMarked, 'showMarked', n(s?.marked), '', !s?.marked), item(t.showNoted, 'showNoted', n(s?.comments), '', !s?.comments),
      item(t.hideIgnored, 'hideIgnored', n(s?.ignored), '', !s?.ignored), 'separator', { heading: t.all },
      item(t.markAll, 'markAll', 'Ctrl+Shift+M'), item(t.unmarkAll, 'unmarkAll', 'Ctrl+Alt+M', '', !s?.marked), item(t.ignoreAll, 'ignoreAll'),
      item(t.unignoreAll, 'unignoreAll', '', '', !s?.ignored), item(t.unreferenceAll, 'unreferenceAll', 'Ctrl+Alt+T', '', !s?.references), 'separator',
      { label: t.view, icon: 'list-tree', run: () => this.ask('view') }, { label: t.saveCopy, icon: 'save-as', run: () => this.ask('saveCopy') },
    ];
  }

  private timeEntries(): MenuEntry[] {
    const t = this.texts, { time, style } = this.list, restyle = (part: Partial<TimeStyle>) => () => this.list.restyle(time, { ...style, ...part });
    const precisions: [Precision, string][] = [['', t.ns], ['us', t.us], ['ms', t.ms], ['s', t.s]];
    return [
      { heading: t.zone }, { label: t.local, checked: !style.utc, run: restyle({ utc: false }) }, { label: t.utc, checked: style.utc, run: restyle({ utc: true }) },
      { heading: t.precision }, ...precisions.map(([precision, label]): MenuEntry => ({ label, checked: style.precision === precision, run: restyle({ precision }) })),
      'separator', { label: t.reference, detail: 'Ctrl+T', disabled: this.list.rows.length === 0, run: () => void this.run('reference') },
      { label: t.shift, detail: this.state?.shiftText ?? '', run: () => this.ask('shift') },
    ];
  }
}
