// The webview of a capture: builds the parts and passes what one says on to the others.
import type { Layout, Strings, ToView, ViewCommand } from '../shared/messages';
import { method, type Gap, type Progress, type Query, type TimeFormat } from '../shared/wire.gen';
import { Bytes } from './bytes';
import { Detail } from './detail';
import { format, frame, h } from './dom';
import { Grid } from './grid';
import { smallest } from './hex';
import { Cancelled, Host } from './host';
import { Notices } from './notices';
import { Split } from './split';
import { Toolbar } from './toolbar';
import './style.css';

const narrow = 620; // px: below, detail tree and bytes are one above the other
const settle = 40; // ms without another selection before details are asked for

class App {
  private readonly toolbar: Toolbar;
  private readonly notices: Notices;
  private readonly grid: Grid;
  private readonly detail: Detail;
  private readonly bytes: Bytes;
  private readonly outer: Split;
  private readonly inner: Split;
  private layout: Layout;
  private progress: Progress | undefined;
  private timer = 0;
  private details: AbortController | undefined;
  private readonly strings: Strings;
  private detailKey = '';
  /** event whose details were asked for and did not come */
  private pendingDetail = '';

  constructor(private readonly host: Host, init: Extract<ToView, { type: 'init' }>) {
    const s = init.strings, copy = (text: string): void => host.send({ type: 'copy', text });
    const error = (message: string): void => this.toolbar.say(message);
    this.strings = s;
    this.layout = init.layout ?? { side: 'below', list: 0.6, detail: 0.42, open: {} };
    this.toolbar = new Toolbar(s, init.locale, {
      query: q => void this.show(q, this.grid.time),
      time: t => void this.show(this.grid.query, t),
      goto: to => this.goto(to, s.gotoNot),
      columns: () => this.run('chooseColumns'),
      panes: () => this.run('togglePanes'),
    });
    this.notices = new Notices(s, command => host.send({ type: 'command', command }));
    this.grid = new Grid(host, s, {
      selected: num => this.select(num),
      total: total => {
        this.toolbar.counts(total, this.progress);
        host.send({ type: 'shown', total });
      },
      columns: state => host.send({ type: 'columns', state }),
      gap: gap => void this.gap(gap),
      error,
      moved: frame(() => this.keep()),
      enter: () => this.detail.focus(),
    });
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
    this.inner = new Split(this.detail.element, this.bytes.element, s.resizeDetail, detail => this.relayout({ detail }));
    this.outer = new Split(this.grid.element, this.inner.element, s.resizeList, list => this.relayout({ list }));
    this.outer.element.classList.add('outer');
    document.body.replaceChildren(h('main', {}, this.toolbar.element, this.notices.element, this.outer.element));
    this.detail.restore(this.layout.open);
    this.arrange();
    new ResizeObserver(() => this.arrange()).observe(this.outer.element);
    document.addEventListener('copy', e => this.copied(e));
    document.addEventListener('keydown', e => this.key(e));
  }

  async receive(m: ToView): Promise<void> {
    switch (m.type) {
      case 'opened': {
        this.notices.up();
        this.outer.element.hidden = this.toolbar.element.hidden = false;
        this.toolbar.calls(m.open.calls || m.open.progress.calls);
        this.progressed(m.open.progress);
        await this.grid.open(m.open.columns ?? [], m.columns, m.again);
        if (m.again && this.grid.total > 0) {
          this.toolbar.say('');
          this.detailKey = '';
          // Details that the server ended over are not asked for again before the user does.
          if (this.grid.num > 0 && this.pendingDetail === '') this.select(this.grid.num);
          else if (this.grid.num > 0) this.toolbar.say(format(this.strings.endedOver, this.grid.num));
          break;
        }
        const kept = this.host.kept, query = kept?.query ?? this.grid.query;
        await this.show({ ...query, view: this.toolbar.hasCalls ? query.view : 'events' }, kept?.time ?? this.grid.time, kept);
        this.grid.focus();
        break;
      }
      case 'failed':
        this.outer.element.hidden = this.toolbar.element.hidden = true;
        this.notices.failed(m.message, m.detail);
        break;
      case 'down':
        this.notices.down(m.message, m.restarting);
        break;
      case 'progress':
        this.progressed(m.progress);
        await this.grid.probe();
        break;
      case 'goto':
        await this.goto(m.to, '').then(() => this.grid.focus(), (e: unknown) => this.toolbar.say(e instanceof Error ? e.message : String(e)));
        break;
      case 'setColumns':
        this.grid.choose(m.visible);
        break;
      case 'command':
        this.run(m.command);
        break;
    }
  }

  private run(c: ViewCommand): void {
    const { query, time } = this.grid;
    const copy = (text: string | undefined): void => {
      if (text !== undefined) this.host.send({ type: 'copy', text });
    };
    switch (c) {
      case 'toggleView':
        if (this.toolbar.hasCalls || query.view === 'calls') void this.show({ ...query, view: query.view === 'events' ? 'calls' : 'events' }, time);
        break;
      case 'toggleInternal': void this.show({ ...query, internal: !query.internal }, time); break;
      case 'copyRow': copy(this.grid.rowText()); break;
      case 'copyCell': copy(this.grid.cellText()); break;
      case 'copyValue': copy(this.detail.text(false)); break;
      case 'copyNode': copy(this.detail.text(true)); break;
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
    }
  }

  private async show(query: Query, time: TimeFormat, at?: { top: number; row: number; num: number }): Promise<void> {
    this.toolbar.show(query, time);
    await this.grid.show(query, time, at);
    this.toolbar.show(this.grid.query, this.grid.time);
    this.toolbar.counts(this.grid.total, this.progress);
    this.keep();
  }

  /** goto selects an event and answers what to say about it. */
  private async goto(to: string, not: string): Promise<string> {
    const r = await this.grid.goto(to);
    return r.exact ? '' : format(not, to, r.num);
  }

  private async gap(gap: Gap): Promise<void> {
    await this.show({ ...this.grid.query, internal: true }, this.grid.time);
    await this.goto(String(gap.from), '');
    this.grid.focus();
  }

  private select(num: number): void {
    this.host.send({ type: 'selected', num });
    this.keep();
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
    void this.bytes.begin(num);
    try {
      const r = await this.host.request(method.detail, { num, view: this.grid.query.view }, signal);
      if (signal.aborted) return;
      this.pendingDetail = '';
      this.detail.show(r.nodes ?? []);
    } catch (e) {
      if (!(e instanceof Cancelled)) this.toolbar.say(e instanceof Error ? e.message : String(e));
    }
  }

  private progressed(p: Progress): void {
    this.progress = p;
    if (p.calls && !this.toolbar.hasCalls) this.toolbar.calls(true);
    this.toolbar.counts(this.grid.total, p);
    this.notices.show(p.diagnostics ?? []);
  }

  private keep(): void {
    const { query, time, top, row, num } = this.grid;
    this.host.kept = { query, time, top, row, num };
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

  /** key copies where the workbench does not ask for it. */
  private key(e: KeyboardEvent): void {
    if (!(e.ctrlKey || e.metaKey) || e.shiftKey || e.altKey || e.key.toLowerCase() !== 'c') return;
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

let app: App | undefined;
const host = new Host(m => {
  if (m.type === 'init') app = new App(host, m);
  else void app?.receive(m);
});
host.send({ type: 'ready' });
