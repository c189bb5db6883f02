// The editor of colour rules: the list of them, what makes the one that is selected, and the rows of a capture in their colours while one edits.
import type { ColorsToHost, ColorsToView, ColorStrings, Preview } from '../../shared/colors';
import type { Strings } from '../../shared/messages';
import { method, type ColorRule, type ColorUse } from '../../shared/wire.gen';
import { format, h, icon, set } from '../dom';
import { FilterBox } from '../filter/box';
import { Grid } from '../grid';
import { Host } from '../host';
import { Latest } from '../latest';
import { Coloring } from './coloring';
import { RuleList } from './list';
import type { Palette } from './palette';
import { Swatches } from './swatches';
import './colors.css';

const countWait = 120, drawWait = 60; // ms without another change

class Editor {
  private rules: ColorRule[] = [];
  private kept = '';
  private defaults: ColorRule[] = [];
  private uses: (ColorUse | undefined)[] = [];
  private at = -1;
  private preview: Preview | undefined;
  private timer = 0;
  private readonly coloring: Coloring;
  private readonly palette: Palette;
  private readonly list: RuleList;
  private readonly name: HTMLInputElement;
  private readonly box: FilterBox;
  private readonly text: Swatches;
  private readonly paper: Swatches;
  private readonly form: HTMLElement;
  private readonly grid: Grid;
  private readonly shown: HTMLElement;
  private readonly previewTitle = h('h2', {});
  private readonly said = h('span', { class: 'said', role: 'status' });
  private readonly counts = new Latest();
  private readonly buttons: Record<'add' | 'duplicate' | 'remove' | 'up' | 'down' | 'save' | 'revert', HTMLButtonElement>;

  constructor(private readonly host: Host<ColorsToView, ColorsToHost>, private readonly s: ColorStrings, view: Strings, locale: string) {
    this.coloring = new Coloring(() => this.grid.recolor(), () => {
      this.grid.themed();
      this.show();
    });
    this.palette = this.coloring.palette;
    const button = (name: string, label: string, run: () => void, cls = 'secondary', tip = label): HTMLButtonElement => {
      const b = h('button', { type: 'button', class: cls, title: tip }, icon(name), h('span', {}, label));
      b.addEventListener('click', run);
      return b;
    };
    this.buttons = {
      add: button('add', s.add, () => this.add()), duplicate: button('copy', s.duplicate, () => this.duplicate()), remove: button('trash', s.remove, () => this.remove(this.at)),
      up: button('arrow-up', s.up, () => this.move(this.at, this.at - 1)), down: button('arrow-down', s.down, () => this.move(this.at, this.at + 1)),
      save: button('save', s.save, () => this.save(), 'primary', s.saveTip), revert: button('discard', s.revert, () => host.send({ type: 'revert' })),
    };
    this.list = new RuleList(s, locale, this.palette, {
      selected: at => this.select(at), enabled: (at, on) => this.change(at, { disabled: !on }), move: (from, to) => this.move(from, to), remove: at => this.remove(at),
      edit: () => this.name.focus(),
    });
    this.name = h('input', { type: 'text', id: 'name', placeholder: s.nameHint, spellcheck: 'false', autocomplete: 'off' });
    this.name.addEventListener('input', () => this.change(this.at, { name: this.name.value }));
    this.box = new FilterBox(host, view, locale, {
      apply: () => this.typed(), changed: () => this.typed(), find: () => undefined, leave: () => this.list.element.focus(), host: () => undefined,
      count: (f, signal) => this.preview ? host.request(method.filterCount, { query: { ...this.preview.query, filter: f.text, language: f.language } }, signal) : Promise.resolve(undefined),
    }, true);
    this.text = new Swatches('foreground', s.text, this.palette, s, foreground => this.change(this.at, { foreground }));
    this.paper = new Swatches('background', s.paper, this.palette, s, background => this.change(this.at, { background }));
    this.form = h('section', { class: 'form', 'aria-label': s.rule },
      h('div', { class: 'field name-field' }, h('label', { class: 'label', for: 'name' }, s.name), this.name),
      h('div', { class: 'field filter-field' }, h('span', { class: 'label', 'aria-hidden': 'true' }, s.filter), this.box.element), this.paper.element, this.text.element);
    this.grid = new Grid(host, view, this.coloring, {
      selected: () => undefined, ranged: () => undefined, total: () => undefined, columns: () => undefined, gap: () => undefined, error: text => this.say(text, true),
      moved: () => undefined, enter: () => undefined, explain: () => undefined, key: () => false, followed: () => undefined,
    });
    this.shown = h('section', { class: 'preview', 'aria-label': s.preview }, this.previewTitle, this.grid.element);
    const b = this.buttons;
    document.body.replaceChildren(h('main', {},
      h('header', {}, h('h1', {}, s.title), h('p', {}, s.intro), h('span', { class: 'grow' }), this.said, b.revert, b.save),
      h('div', { class: 'tools', role: 'toolbar', 'aria-label': s.rules }, b.add, b.duplicate, b.remove, b.up, b.down, h('span', { class: 'grow' }),
        button('cloud-download', s.imports, () => host.send({ type: 'import' })), button('cloud-upload', s.exports, () => host.send({ type: 'export', rules: this.rules })),
        button('refresh', s.reset, () => this.replace(this.defaults))),
      h('div', { class: 'list-of-rules' }, this.list.element), h('p', { class: 'hint' }, s.keys), this.form, this.shown));
    document.addEventListener('keydown', e => {
      if (!(e.ctrlKey || e.metaKey) || e.altKey || e.shiftKey || e.key.toLowerCase() !== 's') return;
      e.preventDefault();
      this.save();
    });
    this.show();
  }

  receive(m: ColorsToView): void {
    switch (m.type) {
      case 'rules':
        this.defaults = m.defaults;
        this.take(m.rules);
        if (m.more.length > 0) this.put(m.more);
        break;
      case 'add': this.put(m.rules); break;
      case 'imported': this.replace(m.rules); break;
      case 'saved': this.take(m.rules); break;
      case 'said': this.say(m.text, m.bad); break;
      case 'capture': void this.capture(m.preview); break;
      case 'grown':
        void this.grid.probe();
        this.count(false);
        break;
      case 'save': this.save(); break;
      case 'colored':
        this.grid.colored();
        this.count(false);
        break;
    }
  }

  /** take shows rules that are kept. */
  private take(rules: ColorRule[]): void {
    this.kept = JSON.stringify(rules);
    this.rules = rules;
    this.say('', false);
    this.select(Math.min(Math.max(0, this.at), rules.length - 1));
    this.changed();
  }

  private replace(rules: ColorRule[]): void {
    this.rules = rules.map(r => ({ ...r }));
    this.select(Math.min(0, rules.length - 1));
    this.changed();
  }

  /** put puts rules before all others. */
  private put(rules: ColorRule[]): void {
    this.rules = [...rules, ...this.rules];
    this.select(0);
    this.changed();
  }

  private get dirty(): boolean {
    return JSON.stringify(this.rules) !== this.kept;
  }

  private add(): void {
    const rule: ColorRule = { id: '', name: this.s.newRule, filter: '', language: '', foreground: '', background: 'green', disabled: false };
    this.insert(Math.max(0, this.at), rule);
    this.name.focus();
    this.name.select();
  }

  private duplicate(): void {
    const r = this.rules[this.at];
    if (r) this.insert(this.at + 1, { ...r, id: '', name: format(this.s.copyOf, r.name) });
  }

  private insert(at: number, rule: ColorRule): void {
    this.rules = [...this.rules.slice(0, at), rule, ...this.rules.slice(at)];
    this.select(at);
    this.changed();
  }

  private remove(at: number): void {
    if (!this.rules[at]) return;
    this.rules = this.rules.filter((_, i) => i !== at);
    this.select(Math.min(at, this.rules.length - 1));
    this.changed();
  }

  private move(from: number, to: number): void {
    const rules = [...this.rules], [one] = rules.splice(from, 1);
    if (!one || to < 0 || to > rules.length) return;
    rules.splice(to, 0, one);
    this.rules = rules;
    this.select(to);
    this.changed();
  }

  private change(at: number, part: Partial<ColorRule>): void {
    const now = this.rules[at];
    if (!now || Object.entries(part).every(([k, v]) => now[k as keyof ColorRule] === v)) return;
    this.rules = this.rules.map((r, i) => (i === at ? { ...r, ...part } : r));
    this.changed();
  }

  private typed(): void {
    const { text, language } = this.box.filter;
    this.change(this.at, { filter: text, language });
  }

  private save(): void {
    if (this.dirty) this.host.send({ type: 'save', rules: this.rules });
  }

  private select(at: number): void {
    this.at = at;
    const r = this.rules[at];
    if (r) {
      if (this.name.value !== r.name) this.name.value = r.name;
      this.box.restore({ text: r.filter, language: r.language, mode: 'filter' });
    }
    this.show();
  }

  /** changed tells everybody of other rules. */
  private changed(): void {
    const { dirty } = this;
    this.say(dirty ? this.s.unsaved : '', false);
    this.uses = [];
    this.show();
    clearTimeout(this.timer);
    this.timer = window.setTimeout(() => {
      this.host.send({ type: 'draft', rules: this.rules, dirty });
      this.coloring.set(this.rules, true);
      this.count(true);
    }, drawWait);
  }

  private show(): void {
    const r = this.rules[this.at], b = this.buttons, none = r === undefined;
    this.list.show(this.rules, this.uses, this.at);
    this.form.hidden = none;
    for (const x of [b.duplicate, b.remove]) x.disabled = none;
    b.up.disabled = this.at <= 0;
    b.down.disabled = none || this.at >= this.rules.length - 1;
    b.save.disabled = b.revert.disabled = !this.dirty;
    if (!r) return;
    this.text.show(r);
    this.paper.show(r);
    set(this.name, { class: this.palette.classOf(r) });
  }

  /** count asks how many events fall to each rule that is in use. */
  private count(fresh: boolean): void {
    if (!this.preview) return;
    const { query } = this.preview, asked = this.rules.flatMap((r, i) => (r.disabled || r.filter.trim() === '' ? [] : [i]));
    const colors = asked.map(i => ({ filter: this.rules[i]?.filter ?? '', language: this.rules[i]?.language ?? '' as const })), { rules } = this;
    this.counts.run(fresh ? countWait : 500, signal => this.host.request(method.colors, { query, colors, parts: 0 }, signal), r => {
      if (rules !== this.rules) return;
      this.uses = this.rules.map((_, i) => r.rules[asked.indexOf(i)]);
      this.list.show(this.rules, this.uses, this.at);
    }, () => undefined);
  }

  private async capture(preview: Preview | undefined): Promise<void> {
    this.preview = preview;
    this.previewTitle.textContent = preview ? format(this.s.previewOf, preview.name) : this.s.previewNone;
    this.grid.element.hidden = preview === undefined;
    if (!preview) return;
    await this.grid.open(preview.open.columns ?? [], undefined, false);
    await this.grid.show(preview.query, 'h', '', { top: 0, row: 0, num: preview.num, unselected: true });
    this.count(true);
  }

  private say(text: string, bad: boolean): void {
    this.said.textContent = text;
    this.said.classList.toggle('bad', bad);
  }
}

let editor: Editor | undefined;
const host = new Host<ColorsToView, ColorsToHost>(m => {
  if (m.type === 'init') editor = new Editor(host, m.strings, m.view, m.locale);
  else editor?.receive(m);
});
host.send({ type: 'ready' });
