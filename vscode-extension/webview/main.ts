// The webview of a capture: builds the parts and passes what one says on to the others.
import type { LiveState } from '../shared/capture';
import type { Look } from '../shared/look';
import type { ColumnAction, Layout, Strings, ToView, ViewCommand } from '../shared/messages';
import { method, type FindResult, type Gap, type Progress, type ProfileSpec, type Query, type Sort, type ViewState } from '../shared/wire.gen';
import { Bytes } from './bytes';
import { ignoreCancelled } from './cancelled';
import { Coloring } from './colors/coloring';
import { Temporary } from './colors/temporary';
import { Detail } from './detail';
import { format, frame, h } from './dom';
import { sameList, type Mode } from './filter/query';
import { Filtering } from './filtering';
import { ListFind } from './find/list';
import type { PaneFind } from './find/pane';
import { findInBytes, findInDetails } from './find/panes';
import { Going } from './go';
import { Grid, type Place } from './grid';
import { smallest } from './hex';
import { Card } from './explain/card';
import { Cancelled, Host, type Kept } from './host';
import { LiveBar } from './live';
import { Members } from './members';
import { Notes } from './notes/notes';
import { Notices } from './notices';
import { Sorting } from './sorting';
import { Split } from './split';
import { looked } from './looked';
import { Told } from './told';
import { Toolbar } from './toolbar';
import './style.css';

const narrow = 620; // px: below, detail tree and bytes are one above the other
const settle = 40; // ms without another selection before details are asked for
const staleWait = 1000; // ms between two looks at rows that may have moved
const keepWait = 1000; // ms before where one is is kept for the next time

class App {
  private readonly toolbar: Toolbar;
  private readonly filtering: Filtering;
  private readonly find: ListFind;
  private readonly finds: { detail: PaneFind; bytes: PaneFind };
  private readonly going: Going;
  /** where in an event a match is, until its details are there */
  private match: FindResult | undefined;
  private readonly notices: Notices;
  private readonly live: LiveBar;
  private readonly told: Told;
  private readonly card: Card;
  private spec: ProfileSpec = { name: '' };
  private readonly members: Members;
  /** several captures are open together */
  private several = false;
  private readonly sorting: Sorting;
  private readonly notes: Notes;
  /** when rows were asked for again that may have moved */
  private staled = 0;
  /** how many events there were when the list was told to stand still */
  private pausedAt = 0;
  private readonly coloring: Coloring;
  private readonly temporary: Temporary;
  private readonly grid: Grid;
  private readonly detail: Detail;
  private readonly bytes: Bytes;
  private readonly outer: Split;
  private readonly inner: Split;
  private layout: Layout;
  private progress: Progress | undefined;
  private timer = 0;
  private keepTimer = 0;
  /** of this webview, the same after a reload */
  private readonly id: string;
  private open: () => void = () => undefined;
  /** resolves when the list is shown for the first time: what is asked before waits */
  private readonly shown = new Promise<void>(resolve => (this.open = resolve));
  /** the list was shown as it was kept, and not as its profile says */
  private kept = false;
  /** nothing is kept before what was kept is shown */
  private opened = false;
  /** where the user is: a menu is about a cell or about a node */
  private at: 'list' | 'detail' = 'list';
  private details: AbortController | undefined;
  private readonly strings: Strings;
  private readonly head: HTMLElement;
  private detailKey = '';
  /** event whose details were asked for and did not come */
  private pendingDetail = '';

  constructor(private readonly host: Host, init: Extract<ToView, { type: 'init' }>) {
    const s = init.strings, copy = (text: string): void => host.send({ type: 'copy', text });
    const error = (message: string): void => this.toolbar.say(message);
    this.strings = s;
    this.id = host.kept?.id ?? crypto.randomUUID();
    this.layout = init.layout ?? { side: 'below', list: 0.6, detail: 0.42, open: {} };
    this.coloring = new Coloring(() => {
      this.grid.recolor();
      this.keep();
    }, () => this.grid.themed());
    this.temporary = new Temporary(host, this.coloring, {
      num: () => this.grid.cell.num, view: () => this.grid.query.view, say: text => this.toolbar.say(text),
    });
    this.toolbar = new Toolbar(s, init.locale, {
      query: q => void this.show(q),
      time: t => void this.show(this.grid.asked.query, t),
      goto: to => this.goto(to, s.gotoNot),
      columns: () => this.run('chooseColumns'),
      panes: () => this.run('togglePanes'),
      find: () => this.find.bar.show(),
      colors: () => this.temporary.menu(s),
    });
    this.notices = new Notices(s, command => host.send({ type: 'command', command }));
    this.filtering = new Filtering(host, s, init.locale, this.filtered());
    this.grid = new Grid(host, s, this.coloring, {
      selected: (num, row) => this.select(num, row),
      ranged: () => {
        const { rows } = this.grid.selection;
        this.toolbar.say(rows > 1 ? format(s.selectedRows, rows.toLocaleString(init.locale)) : '');
        this.filtering.tell();
      },
      total: (total, done) => {
        this.toolbar.counts(total, this.progress);
        this.filtering.total(total, done);
        host.send({ type: 'shown', total });
      },
      columns: state => {
        host.send({ type: 'columns', state });
        this.filtering.tell();
        this.find.shown();
        this.keep();
      },
      sort: sort => void this.show(sorted(this.grid.asked.query, sort)),
      sorting: (query, signal) => this.sorting.run(query, signal, false),
      newer: events => this.sorting.tell(events),
      copy: ask => host.send({ type: 'copyRows', ask }),
      gap: gap => void this.gap(gap),
      error,
      moved: frame(() => {
        this.find.marks();
        this.keep();
      }),
      enter: () => this.detail.focus(),
      explain: () => this.card.ask(),
      key: e => this.temporary.key(e),
      followed: on => {
        this.live.followed(on);
        this.keep();
      },
    });
    this.sorting = new Sorting(host, s, init.locale, {
      title: id => this.grid.title(id), again: () => void this.sortAgain(), none: () => void this.show(sorted(this.grid.asked.query, undefined)),
    });
    this.live = new LiveBar(s, init.locale, {
      follow: on => void this.follow(on),
      pause: on => this.pause(on),
      act: action => host.send({ type: 'live', action }),
    });
    this.told = new Told(s.look, () => host.send({ type: 'undoProfile' }));
    this.card = new Card(s.look, {
      list: this.grid.element, num: row => this.grid.numOf(row), selected: () => this.grid.current,
      explain: (num, signal) => host.request(method.explain, { num, view: 'calls' }, signal),
      open: link => host.send({ type: 'open', link }), back: () => this.grid.focus(),
    });
    this.members = new Members(s, init.locale, () => host.send({ type: 'command', command: 'scapls.together.clocks' }));
    this.notes = new Notes(host, s.notes, init.locale, this.noteList());
    this.toolbar.add(this.notes.element);
    this.detail = new Detail(s, {
      selected: node => this.bytes.highlight(node?.start ?? 0, node?.len ?? 0, true),
      goto: num => void this.goto(`#${num}`, s.gotoNot).then(note => this.toolbar.say(note), (e: unknown) => error(String(e))),
      open: open => this.relayout({ open }),
    });
    this.bytes = new Bytes(host, s, {
      byte: i => {
        const path = smallest(this.detail.shown, i), node = path && this.detail.reveal(path);
        this.bytes.highlight(node?.start ?? i, node?.len ?? 0, false);
      },
      copy, error,
    });
    this.find = new ListFind(host, s, init.locale, this.searched());
    this.finds = { detail: findInDetails(s, init.locale, this.detail), bytes: findInBytes(s, init.locale, this.bytes) };
    this.going = new Going(host, s, this.grid, text => this.toolbar.say(text));
    this.toolbar.before(...this.going.buttons);
    this.inner = new Split(this.detail.element, this.bytes.element, s.resizeDetail, detail => this.relayout({ detail }));
    this.outer = new Split(this.grid.element, this.inner.element, s.resizeList, list => this.relayout({ list }));
    this.outer.element.classList.add('outer');
    this.grid.element.append(this.filtering.why.element);
    this.head = h('div', { class: 'top' }, this.toolbar.element, this.filtering.box.element, this.filtering.buttons.element, this.find.bar.element);
    this.head.classList.toggle('no-buttons', this.layout.buttons === false);
    document.body.replaceChildren(h('main', {}, this.head, this.members.element, this.live.element, this.told.element, this.notices.element, this.sorting.element, this.outer.element), this.card.element, this.card.said);
    this.detail.restore(this.layout.open);
    this.coloring.restore(host.kept?.colors ?? []);
    this.temporary.tell();
    this.arrange();
    new ResizeObserver(() => this.arrange()).observe(this.outer.element);
    for (const event of ['focusin', 'contextmenu'] as const) {
      this.grid.element.addEventListener(event, () => (this.at = 'list'));
      this.detail.element.addEventListener(event, () => (this.at = 'detail'));
    }
    document.addEventListener('focusin', () => host.send({ type: 'focus', in: this.focused() }));
    document.addEventListener('copy', e => this.copied(e));
    document.addEventListener('keydown', e => this.key(e));
  }

  async receive(m: ToView): Promise<void> {
    switch (m.type) {
      case 'opened': {
        this.notices.up();
        this.outer.element.hidden = this.head.hidden = false;
        this.toolbar.calls(m.open.calls || m.open.progress.calls);
        this.progressed(m.open.progress);
        this.several = (m.open.members ?? []).length > 0;
        this.detail.numbers = !this.several;
        this.members.show(m.open.members ?? []);
        this.spec = m.look.spec;
        this.filtering.buttons.profile = this.spec.buttons;
        await this.grid.open(m.look.columns, m.look.state ?? (m.view?.profile === this.spec.name ? this.grid.stateOf(m.view.columns ?? []) : undefined), m.again);
        if (m.again && this.grid.total > 0) {
          this.toolbar.say('');
          this.detailKey = '';
          // Details that the server ended over are not asked for again before the user does.
          if (this.grid.num > 0 && this.pendingDetail === '') this.select(this.grid.num);
          else if (this.grid.num > 0) this.toolbar.say(format(this.strings.endedOver, this.grid.event || this.grid.num));
          break;
        }
        const left = this.host.kept?.follow === false; // by the user, before the webview was made anew
        await this.restore(newest(this.host.kept, m.view && keptOf(m.view)));
        if (this.grid.live && !left && !this.grid.query.sort) this.grid.follow(true);
        this.grid.focus();
        this.open();
        break;
      }
      case 'failed':
        this.outer.element.hidden = this.head.hidden = true;
        this.notices.failed(m.message, m.detail);
        break;
      case 'down':
        this.notices.down(m.message, m.restarting);
        break;
      case 'progress':
        this.progressed(m.progress);
        await this.grown();
        break;
      case 'live':
        this.lived(m.live);
        break;
      case 'members': // everything is in another order
        this.members.show(m.members);
        await this.show(this.grid.asked.query);
        break;
      case 'filtered':
        this.filtering.filtered(m.filtered);
        break;
      case 'colors':
        this.coloring.set(m.rules, m.on);
        break;
      case 'colored':
        this.grid.colored();
        break;
      case 'colorize':
        await this.shown;
        await this.temporary.paint(m.source, m.color);
        break;
      case 'store':
        this.filtering.stored = m.store;
        break;
      case 'setFilter':
        await this.shown;
        await this.filtering.box.put(m.text, m.language, m.apply);
        break;
      case 'filterFrom':
        await this.shown;
        await this.filtering.from(m.source, m.mode, m.apply);
        break;
      case 'goto':
        await this.shown;
        await this.goto(m.to, '').then(() => this.grid.focus(), (e: unknown) => this.toolbar.say(e instanceof Error ? e.message : String(e)));
        break;
      case 'look':
        await this.shown;
        await this.look(m.look);
        break;
      case 'told':
        this.told.show(m.text);
        break;
      case 'explainHover':
        this.card.hover = m.on;
        this.grid.tips = !m.on; // a card tells the whole text of a cell, too
        break;
      case 'notes':
        await this.shown;
        this.notes.show(m.notes, m.changed);
        break;
      case 'note':
        await this.shown;
        await this.notes.run(m.command, m.num);
        break;
      case 'setColumns':
        this.grid.choose(m.visible);
        break;
      case 'sorting':
        this.sorting.progressed(m.sorting);
        break;
      case 'addColumn':
        await this.addColumn(m.field, m.beside);
        break;
      case 'renameColumn':
        this.grid.renameColumn(m.id, m.title);
        break;
      case 'useColumns':
        await this.grid.use(m.columns);
        break;
      case 'command':
        await this.shown;
        this.run(m.command);
        break;
    }
  }

  private run(c: ViewCommand): void {
    const { query } = this.grid.asked, { box } = this.filtering;
    const copy = (text: string | undefined): void => {
      if (text !== undefined) this.host.send({ type: 'copy', text });
    };
    if (this.going.run(c)) return;
    switch (c) {
      case 'find': this.findHere(); break;
      case 'findNext': this.findStep(false); break;
      case 'findPrevious': this.findStep(true); break;
      case 'toggleView':
        if (this.toolbar.hasCalls || query.view === 'calls') void this.show({ ...query, view: query.view === 'events' ? 'calls' : 'events' });
        break;
      case 'toggleInternal': void this.show({ ...query, internal: !query.internal }); break;
      case 'copyRow': copy(this.grid.rowText()); break;
      case 'copyCell': copy(this.grid.cellText()); break;
      case 'copyValue': copy(this.detail.text(false)); break;
      case 'copyNode': copy(this.detail.text(true)); break;
      case 'copyCsv': this.grid.copy('csv'); break;
      case 'copyJson': this.grid.copy('json'); break;
      case 'copyMarkdown': this.grid.copy('markdown'); break;
      case 'selectAll': this.grid.selectAll(); break;
      case 'sortAscending': this.grid.sortColumn(false); break;
      case 'sortDescending': this.grid.sortColumn(true); break;
      case 'sortNone': void this.show(sorted(query, undefined)); break;
      case 'alignLeft': this.grid.alignColumn('left'); break;
      case 'alignCenter': this.grid.alignColumn('center'); break;
      case 'alignRight': this.grid.alignColumn('right'); break;
      case 'applyAsColumn': void this.addColumn(this.detail.selectedNode?.field ?? '', ''); break;
      case 'addColumn': this.columnAction('add'); break;
      case 'renameColumn': this.columnAction('rename'); break;
      case 'saveColumnSet': this.columnAction('saveSet'); break;
      case 'useColumnSet': this.columnAction('useSet'); break;
      case 'fitColumn': this.grid.contextColumn('fit'); break;
      case 'hideColumn': this.grid.contextColumn('hide'); break;
      case 'chooseColumns': this.host.send({ type: 'chooseColumns', visible: this.grid.visibleColumns }); break;
      case 'resetColumns': this.grid.resetColumns(); break;
      case 'togglePanes':
        this.relayout({ side: this.layout.side === 'below' ? 'right' : 'below' });
        this.arrange();
        break;
      case 'expandAll': this.detail.all(true); break;
      case 'collapseAll': this.detail.all(false); break;
      case 'filterFocus': box.focus(); break;
      case 'filterClear': box.clear(); break;
      case 'filterApply': void box.apply(); break;
      case 'filterNext': void box.find(false); break;
      case 'filterPrevious': void box.find(true); break;
      case 'filterMode': box.setMode(box.filter.mode === 'filter' ? 'mark' : 'filter'); break;
      case 'filterExplain': box.explain(); break;
      case 'filterComplete': box.suggestions(); break;
      case 'toggleButtons': this.showButtons(this.layout.buttons === false); break;
      case 'explainRow': this.card.ask(); break;
      case 'clearColors': this.temporary.clear(); break;
    }
  }

  private showButtons(on: boolean): void {
    this.relayout({ buttons: on });
    this.head.classList.toggle('no-buttons', !on);
  }

  /** look shows the list as another profile says: the filter, the selection and the place stay. */
  private async look(look: Look): Promise<void> {
    const { spec } = look, { views } = spec;
    this.spec = spec;
    this.told.hide();
    this.card.close();
    this.filtering.buttons.profile = spec.buttons;
    await this.grid.look(look.columns, look.state);
    if (views?.buttons !== undefined) this.showButtons(views.buttons);
    if (views?.panes === 'below' || views?.panes === 'right') {
      this.relayout({ side: views.panes });
      this.arrange();
    }
    const { query, time } = this.grid.asked, next = looked(spec, query, this.toolbar.hasCalls), nextTime = spec.time ?? time;
    if (JSON.stringify(next) === JSON.stringify(query) && nextTime === time) this.keep();
    else await this.show(next, nextTime);
  }

  /** columnAction asks the host for what asks the user something. */
  private columnAction(action: ColumnAction): void {
    const { cell, num, query, settings } = this.grid;
    this.host.send({ type: 'column', ask: { action, column: cell.column, title: this.grid.title(cell.column), num, view: query.view, columns: settings } });
  }

  private async addColumn(field: string, beside: string): Promise<void> {
    this.toolbar.say(field === '' ? this.strings.noField : '');
    if (field !== '') await this.grid.addColumn(field, beside).catch((e: unknown) => this.toolbar.say(e instanceof Error ? e.message : String(e)));
  }

  /** follow shows the newest rows as they come, for which the list must be in the order of the file. */
  private async follow(on: boolean): Promise<void> {
    if (on) this.live.setPaused(false);
    if (on && this.grid.asked.query.sort && !(await this.show(sorted(this.grid.asked.query, undefined)))) return;
    this.grid.follow(on);
  }

  /** sortAgain sorts the list with what came since. */
  private async sortAgain(): Promise<void> {
    const { query } = this.grid.asked;
    try {
      await this.sorting.run(query, new AbortController().signal, true);
      if (query === this.grid.asked.query) await this.show({ ...query });
    } catch (e) {
      if (!(e instanceof Cancelled)) this.toolbar.say(e instanceof Error ? e.message : String(e));
    }
  }

  private async show(query: Query, time = this.grid.asked.time, mark = this.grid.asked.mark, at?: Place): Promise<boolean> {
    const before = this.grid.query;
    this.toolbar.show(query, time);
    const shown = await this.grid.show(query, time, mark, at);
    this.toolbar.show(this.grid.asked.query, this.grid.asked.time);
    this.toolbar.counts(this.grid.total, this.progress);
    if (shown) this.sorting.tell(query.sort ? this.sorting.behind : 0);
    if (shown && this.opened && !sameList(before, query)) this.filtering.shown();
    else this.filtering.tell(); // of the form of times
    if (shown) this.find.shown();
    this.keep();
    return shown;
  }

  /** restore shows the list as it was; a filter that cannot be used any more stays in the box for the user to look at. */
  private async restore(kept: Kept | undefined): Promise<void> {
    const query = kept?.query ?? looked(this.spec, this.grid.query, true), now: Query = { ...query, view: this.toolbar.hasCalls ? query.view : 'events' }, time = kept?.time ?? this.spec.time ?? this.grid.time;
    const text = query.filter ?? kept?.mark ?? '', mode: Mode = kept?.mark ? 'mark' : 'filter', typed = kept?.text ?? '', language = kept?.language ?? '';
    this.kept = kept !== undefined;
    if (kept?.style) this.grid.style = kept.style;
    const shown = await this.show(now, time, kept?.mark ?? '', kept);
    if (!shown && (text !== '' || now.sort)) await this.show({ view: now.view, internal: now.internal }, time, '', kept);
    this.opened = true;
    this.filtering.restore({ text: shown ? text : '', language, mode }, typed || text);
  }

  /** filtered is the list as filters see it. */
  private filtered(): ConstructorParameters<typeof Filtering>[3] {
    // eslint-disable-next-line @typescript-eslint/no-this-alias
    const app = this;
    return {
      get query() { return app.grid.query; },
      get asked() { return app.grid.asked.query; },
      get time() { return app.grid.time; },
      get style() { return app.grid.style; },
      get total() { return app.grid.total; },
      get num() { return app.grid.num; },
      settled: () => app.grid.settled(),
      get columns() { return app.grid.visibleColumns; },
      get settings() { return app.grid.settings; },
      get selection() { return app.grid.selection; },
      get context() { return app.at === 'detail' ? { node: app.detail.selectedNode, num: app.grid.num } : { cell: app.grid.cell }; },
      show: (query, mark) => app.show(query, app.grid.asked.time, mark),
      found: row => app.grid.found(row),
      filtered: (matched, done) => app.grid.filtered(matched, done),
      focus: () => app.grid.focus(),
      keep: () => app.keep(),
    };
  }

  /** searched is the list as the find bar sees it. */
  private searched(): ConstructorParameters<typeof ListFind>[3] {
    const { grid } = this;
    return {
      element: grid.element,
      get query() { return grid.query; },
      get time() { return grid.time; },
      get style() { return grid.style; },
      get columns() { return grid.visibleColumns; },
      get num() { return grid.num; },
      settled: () => grid.settled(),
      focus: () => grid.focus(),
      go: r => void this.goMatch(r),
    };
  }

  /** goMatch selects a row that was found, and shows where in it the match is. */
  private async goMatch(r: FindResult): Promise<void> {
    this.match = r;
    this.going.jump();
    const before = this.detailKey;
    this.grid.found(r.row);
    await this.grid.settled();
    if (r.column !== '') requestAnimationFrame(() => this.grid.showColumn(r.column));
    if (this.detailKey === before) this.showMatch(r.num); // its details are there already
  }

  /** showMatch shows in the details and bytes of an event where the match is, if one was found in it. */
  private showMatch(num: number): void {
    const r = this.match;
    if (r?.num !== num) return;
    this.match = undefined;
    if (r.path.length > 0) {
      const node = this.detail.reveal(r.path);
      this.bytes.highlight(node?.start ?? 0, node?.len ?? 0, true);
    } else if (r.len > 0) this.bytes.goto(r.start, r.len);
  }

  private focused(): 'list' | 'detail' | 'bytes' | '' {
    const at = document.activeElement;
    if (at?.classList.contains('grid')) return 'list'; // not its header, which has keys of its own
    if (at && this.detail.element.contains(at)) return 'detail';
    return at && this.bytes.element.contains(at) ? 'bytes' : '';
  }

  /** finder is the find bar of the part that has the focus. */
  private get finder(): ListFind | PaneFind {
    const at = this.focused();
    return at === 'detail' || at === 'bytes' ? this.finds[at] : this.find;
  }

  private findHere(): void {
    this.finder.bar.show();
  }

  /** findStep goes to the next match, of the filter box where nothing is searched for. */
  private findStep(backwards: boolean): void {
    const { finder } = this, { box } = this.filtering;
    if (finder === this.find && !this.find.ready && !this.find.bar.open && box.filter.text !== '') void box.find(backwards);
    else finder.step(backwards);
  }

  /** noteList is the list as notes see it. */
  private noteList(): ConstructorParameters<typeof Notes>[3] {
    // eslint-disable-next-line @typescript-eslint/no-this-alias
    const app = this;
    return {
      get query() { return app.grid.query; },
      get time() { return app.grid.asked.time; },
      get style() { return app.grid.style; },
      get rows() { return app.grid.selectedRows; },
      settled: () => app.grid.settled(),
      found: row => app.grid.found(row),
      focus: () => app.grid.focus(),
      say: text => app.toolbar.say(text),
      restyle: (time, style) => {
        app.grid.style = style;
        void app.show(app.grid.asked.query, time);
      },
      only: (kind, without) => void app.filtering.from({ kind: 'noted', id: kind }, without ? 'andNot' : 'replace', true),
      refresh: () => {
        app.detailKey = '';
        if (app.grid.num > 0) app.select(app.grid.num);
        // What a filter leaves may be others now; without one rows stay where they are.
        if (app.grid.query.filter || app.grid.mark) void app.show(app.grid.asked.query);
        else app.grid.stale();
      },
    };
  }

  /** goto selects an event and answers what to say about it: nothing when the user went elsewhere meanwhile. */
  private async goto(to: string, not: string): Promise<string> {
    this.going.jump();
    const r = await this.grid.goto(to).catch(ignoreCancelled);
    return !r || r.exact ? '' : format(not, to, r.event ?? r.num);
  }

  private async gap(gap: Gap): Promise<void> {
    await this.show({ ...this.grid.asked.query, internal: true });
    await this.goto(String(gap.from), '');
    this.grid.focus();
  }

  private select(num: number, row = this.grid.row): void {
    this.host.send({ type: 'selected', num, event: this.grid.event });
    this.card.selected();
    this.going.selected(num, row);
    this.find.selected();
    this.keep();
    this.filtering.tell();
    const key = `${this.grid.query.view} ${num}`;
    if (key === this.detailKey) return;
    this.detailKey = key;
    clearTimeout(this.timer);
    this.toolbar.say('');
    this.timer = window.setTimeout(() => void this.loadDetail(num, key), settle);
  }

  private async loadDetail(num: number, key: string): Promise<void> {
    this.details?.abort();
    this.pendingDetail = key;
    const { signal } = (this.details = new AbortController());
    const begun = this.bytes.begin(num);
    try {
      const r = await this.host.request(method.detail, { num, view: this.grid.query.view }, signal);
      if (signal.aborted) return;
      this.pendingDetail = '';
      this.detail.show(r.nodes ?? []);
      await begun;
      if (!signal.aborted) this.showMatch(num);
    } catch (e) {
      if (!(e instanceof Cancelled)) this.toolbar.say(e instanceof Error ? e.message : String(e));
    }
  }

  /** grown shows what was written since, unless the list is to stand still. */
  private async grown(): Promise<void> {
    this.live.counted((this.progress?.events ?? 0) - this.pausedAt);
    if (this.grid.paused) return;
    await this.grid.probe();
    this.filtering.grown();
    // A call that returns stands where it returned, and no more where it was seen to wait.
    // Nor does an event of a capture that is behind the others come at the end.
    if (!this.grid.live || (this.grid.query.view !== 'calls' && !this.several) || Date.now() - this.staled < staleWait) return;
    this.staled = Date.now();
    if (this.several && this.grid.num > 0) {
      if (!this.grid.changing) await this.show(this.grid.query); // the selected event has moved, too
    } else this.grid.stale();
  }

  private lived(live: LiveState | undefined): void {
    const before = this.live.goesOn;
    this.live.show(live);
    this.grid.live = this.live.goesOn;
    if (!this.opened || before === this.live.goesOn) return;
    if (before) void this.grown(); // the last rows
    else if (live?.state !== 'grows' && !this.grid.query.sort) this.grid.follow(true);
  }

  private pause(on: boolean): void {
    this.pausedAt = this.progress?.events ?? 0;
    this.grid.paused = on;
    if (!on) void this.grown();
  }

  private progressed(p: Progress): void {
    this.progress = p;
    if (p.calls && !this.toolbar.hasCalls) {
      this.toolbar.calls(true);
      // That there are calls was not known when the capture was opened.
      if (this.opened && !this.kept && this.spec.view === 'calls') void this.show({ ...this.grid.asked.query, view: 'calls' });
    }
    this.toolbar.counts(this.grid.total, p);
    this.notices.show(p.diagnostics ?? []);
  }

  private keep(): void {
    if (!this.opened) return;
    const { query, time, style, top, row, num, mark } = this.grid, { text, language } = this.filtering.box.filter;
    this.host.kept = { query, time, style, top, row, num, mark, text, language, follow: this.grid.following, colors: [...this.coloring.forAWhile], id: this.id, when: Date.now() };
    clearTimeout(this.keepTimer);
    this.keepTimer = window.setTimeout(() => this.host.send({ type: 'keep', state: this.viewState() }), keepWait);
  }

  /** viewState is what the server keeps for the next time the capture is opened. */
  private viewState(): ViewState {
    const { query, time, style, top, row, num, mark, firstNum } = this.grid, { text, language } = this.filtering.box.filter;
    const extra: Extra = { below: num > 0 ? row - top : 0, text, language, id: this.id, when: Date.now() };
    return { query, mark, time, ...style, num, top: firstNum, columns: this.grid.settings, profile: '', chosen: false, extra: JSON.stringify(extra) };
  }

  private relayout(part: Partial<Layout>): void {
    this.layout = { ...this.layout, ...part };
    this.host.send({ type: 'layout', layout: this.layout });
  }

  private arrange(): void {
    const below = this.layout.side === 'below';
    this.outer.set(below, this.layout.list);
    this.inner.set(!below || this.outer.element.clientWidth < narrow, this.layout.detail);
  }

  /** key does at once what would take a way by the workbench, and copies where the workbench does not ask for it. */
  private key(e: KeyboardEvent): void {
    if (this.focused() === 'list' && this.notes.key(e)) return;
    if (!(e.ctrlKey || e.metaKey) || e.shiftKey || e.altKey) return;
    if (e.key.toLowerCase() === 'f') {
      this.findHere();
      e.preventDefault();
    }
    if (e.key === '/') {
      this.filtering.box.focus();
      e.preventDefault();
    }
    if (e.key.toLowerCase() !== 'c') return;
    const text = this.copyText();
    if (text !== undefined) this.host.send({ type: 'copy', text });
  }

  private copied(e: ClipboardEvent): void {
    const text = this.copyText();
    if (text === undefined) return;
    e.clipboardData?.setData('text/plain', text);
    e.preventDefault();
  }

  private copyText(): string | undefined {
    const at = document.activeElement;
    if (at?.classList.contains('grid')) return this.grid.rowText();
    if (at?.classList.contains('tree')) return this.detail.text(false);
    return undefined;
  }
}

/** sorted is a query with another order. */
function sorted(q: Query, sort: Sort | undefined): Query {
  const { sort: _, ...rest } = q;
  return sort ? { ...rest, sort } : rest;
}

/** What only this client knows of a kept view. */
interface Extra {
  /** rows between the top and the selected one */
  below: number;
  text: string;
  language: Kept['language'];
  id: string;
  when: number;
}

/**
 * newest is how the list was last: what this window kept, unless the server has got something newer from it. VS Code writes what a webview keeps only now
 * and then, and a window that is reloaded may be given an older state.
 */
function newest(window: Kept | undefined, server: Kept | undefined): Kept | undefined {
  return window && !(server && server.id === window.id && server.when > window.when) ? window : server;
}

/** keptOf is what a window keeps, from what the server has kept. */
function keptOf(v: ViewState): Kept {
  let extra: Partial<Extra> = {};
  try {
    extra = JSON.parse(v.extra || '{}') as Partial<Extra>;
  } catch { /* another client's */ }
  const place: Place = v.num > 0 ? { num: v.num, row: Math.max(0, extra.below ?? 0), top: 0 } : { num: v.top, row: 0, top: 0, unselected: true };
  return {
    query: v.query, time: v.time, style: { utc: v.utc ?? false, precision: v.precision ?? '' }, mark: v.mark, text: extra.text ?? '', language: extra.language ?? v.query.language ?? '', id: extra.id ?? '', when: extra.when ?? 0, ...place,
  };
}

let app: App | undefined;
const host = new Host(m => {
  if (m.type === 'init') app = new App(host, m);
  else void app?.receive(m);
});
host.send({ type: 'ready' });
