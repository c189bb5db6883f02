// The analysis of a capture: tabs, and what they are about.
import '../style.css';
import './analysis.css';
import { tabs, type AnalysisToView, type Subject, type Tab } from '../../shared/analysis';
import { format, h, set } from '../dom';
import { Explain } from './explain';
import { Graph } from './graph';
import { Heat } from './heat';
import { Host, type Frame, type View } from './host';
import { Scatter } from './scatter';
import { Stats } from './stats';
import { Stream } from './stream';
import { Timeline } from './timeline';

class App {
  private readonly buttons = new Map<Tab, HTMLButtonElement>();
  private readonly views = new Map<Tab, View>();
  private readonly about = h('span', { class: 'about' });
  private readonly said = h('span', { class: 'said', role: 'status' });
  private readonly tools = h('div', { class: 'tools' });
  private readonly body = h('div', { class: 'body', role: 'tabpanel' });
  private tab: Tab = 'stats';

  constructor(private readonly frame: Frame, first: Tab, private subject: Subject) {
    const bar = h('div', { class: 'tabs', role: 'tablist' });
    for (const tab of tabs) {
      const b = h('button', { type: 'button', role: 'tab', 'data-tab': tab, 'aria-selected': 'false', tabindex: -1 }, frame.strings.tabs[tab]);
      b.addEventListener('click', () => this.show(tab));
      this.buttons.set(tab, b);
      bar.append(b);
    }
    bar.addEventListener('keydown', e => this.key(e));
    document.body.append(h('main', { class: 'analysis' }, h('div', { class: 'top' }, bar, this.about, this.said), this.tools, this.body));
    frame.say = (text, bad = false) => {
      this.said.textContent = text;
      this.said.classList.toggle('bad', bad);
    };
    document.addEventListener('keydown', e => this.keys(e));
    new ResizeObserver(() => this.views.get(this.tab)?.resize()).observe(this.body);
    this.show(first);
  }

  receive(m: AnalysisToView): void {
    if (m.type === 'tab') this.show(m.tab);
    if (m.type === 'subject') {
      this.subject = m.subject;
      this.update();
    }
  }

  private show(tab: Tab): void {
    this.tab = tab;
    for (const [t, b] of this.buttons) set(b, { 'aria-selected': String(t === tab), tabindex: t === tab ? 0 : -1 });
    let view = this.views.get(tab);
    if (!view) this.views.set(tab, (view = this.make(tab)));
    this.frame.say('');
    this.tools.replaceChildren(view.tools);
    this.body.replaceChildren(view.element);
    this.update();
    view.resize();
  }

  private make(tab: Tab): View {
    switch (tab) {
      case 'stats': return new Stats(this.frame);
      case 'graph': return new Graph(this.frame);
      case 'latency': return new Heat(this.frame);
      case 'scatter': return new Scatter(this.frame);
      case 'timeline': return new Timeline(this.frame);
      case 'stream': return new Stream(this.frame);
      case 'explain': return new Explain(this.frame);
    }
  }

  private update(): void {
    const { strings } = this.frame, text = this.subject.query.filter?.trim() ?? '';
    const ofEvent = this.tab === 'stream' || this.tab === 'explain';
    this.about.textContent = ofEvent ? '' : text === '' ? strings.ofAll : format(strings.ofFilter, text);
    this.about.title = this.about.textContent;
    this.views.get(this.tab)?.update(this.subject);
  }

  /** keys finds in the view that is shown. */
  private keys(e: KeyboardEvent): void {
    const view = this.views.get(this.tab);
    if ((e.ctrlKey || e.metaKey) && !e.shiftKey && !e.altKey && e.key.toLowerCase() === 'f' && view?.find) view.find();
    else if (e.key === 'F3' && view?.next) view.next(e.shiftKey);
    else return;
    e.preventDefault();
  }

  private key(e: KeyboardEvent): void {
    const step = e.key === 'ArrowRight' ? 1 : e.key === 'ArrowLeft' ? -1 : 0;
    if (step === 0) return;
    e.preventDefault();
    const to = tabs[(tabs.indexOf(this.tab) + step + tabs.length) % tabs.length] ?? 'stats';
    this.show(to);
    this.buttons.get(to)?.focus();
  }
}

let app: App | undefined;
const host = new Host(m => {
  if (m.type === 'init') app = new App({ host, strings: m.strings, locale: m.locale, say: () => undefined }, m.tab, m.subject);
  else app?.receive(m);
});
host.send({ type: 'ready' });
