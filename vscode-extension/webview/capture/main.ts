// The form that starts a capture.
import { defaultOptions, problems, type CaptureOptions, type FormStrings, type FormToHost, type FormToView, type KeptOptions, type OptionProblem } from '../../shared/capture';
import { h, icon, set } from '../dom';
import './capture.css';

const api = acquireVsCodeApi<CaptureOptions>();
const send = (m: FormToHost): void => api.postMessage(m);
const checkWait = 120; // ms without typing before a filter is checked

class FormView {
  private readonly kept: HTMLSelectElement;
  private readonly forget: HTMLButtonElement;
  private readonly hosts = h('datalist', { id: 'hosts' });
  private readonly filterNote = h('div', { class: 'hint', id: 'filter-note', role: 'status' });
  private readonly start: HTMLButtonElement;
  private readonly inputs: Partial<Record<string, HTMLInputElement | HTMLSelectElement>> = {};
  private readonly form: HTMLFormElement;
  private list: KeptOptions[] = [];
  private timer = 0;
  private filterBad = false;

  constructor(private readonly s: FormStrings, private readonly local: boolean) {
    this.kept = h('select', { id: 'kept' });
    this.kept.addEventListener('change', () => this.use());
    this.forget = h('button', { type: 'button', class: 'icon', title: s.forget, 'aria-label': s.forget }, icon('trash'));
    this.forget.addEventListener('click', () => send({ type: 'forget', id: this.kept.value }));
    this.start = h('button', { type: 'submit', class: 'primary' }, s.start);
    const cancel = h('button', { type: 'button', class: 'secondary' }, s.cancel), browse = h('button', { type: 'button', class: 'secondary' }, s.browse);
    cancel.addEventListener('click', () => send({ type: 'cancel' }));
    browse.addEventListener('click', () => send({ type: 'browse', file: this.options().file }));
    this.form = h('form', { novalidate: true },
      h('h1', {}, s.title),
      h('div', { class: 'field' }, h('label', { for: 'kept' }, s.kept), h('div', { class: 'line' }, this.kept, this.forget)),
      h('fieldset', {}, h('legend', {}, s.where), ...(local ? [this.choice('where', 'here', s.here)] : [h('p', { class: 'hint' }, s.linuxOnly)]), this.choice('where', 'remote', s.remote),
        h('div', { class: 'only-remote sub' }, this.text('target', s.host, s.hostHint, 'hosts'), this.hosts)),
      h('fieldset', {}, h('legend', {}, s.what), this.choice('what', 'all', s.all), this.choice('what', 'command', s.command), this.choice('what', 'pid', s.pid),
        h('div', { class: 'only-command sub' }, this.text('command', s.command, s.commandHint)), h('div', { class: 'only-pid sub' }, this.text('pid', s.pid, s.pidHint))),
      this.text('filter', s.filter, s.filterHint), this.filterNote,
      h('div', { class: 'columns' }, this.number('snaplen', s.snaplen, s.snaplenHint), this.number('duration', s.duration, s.durationHint), this.number('count', s.count, ''),
        this.number('ring', s.ring, s.ringHint)),
      this.check('exitOnly', s.exitOnly, s.exitOnlyHint),
      h('fieldset', { class: 'only-remote' }, h('legend', {}, s.more), h('div', { class: 'columns' },
        this.select('link', s.link, [['zstd', 'zstd'], ['gzip', 'gzip'], ['none', '–']]),
        this.select('use', s.use, [['auto', s.useAuto], ['there', s.useThere], ['upload', s.useUpload], ['sysdig', s.useSysdig]])),
        this.check('stay', s.stay, ''), this.check('includeOwn', s.includeOwn, '')),
      h('div', { class: 'line' }, this.text('file', s.file, s.temporary), browse),
      this.text('keepAs', s.keepAs, s.keepAsHint),
      h('div', { class: 'buttons' }, this.start, cancel));
    this.form.addEventListener('input', () => this.changed());
    this.form.addEventListener('submit', e => {
      e.preventDefault();
      this.submit();
    });
    document.body.replaceChildren(h('main', {}, this.form));
  }

  fill(o: CaptureOptions, remote: boolean): void {
    for (const [k, v] of Object.entries(o)) {
      const input = this.inputs[k];
      if (!input) continue;
      if (input instanceof HTMLInputElement && input.type === 'checkbox') input.checked = v === true;
      else input.value = v === 0 ? '' : String(v);
    }
    this.pick('where', remote || o.target !== '' ? 'remote' : 'here');
    this.pick('what', o.what);
    this.changed();
    (remote && o.target === '' ? this.inputs.target : this.inputs.filter)?.focus();
  }

  setKept(list: KeptOptions[]): void {
    const before = this.kept.value;
    this.list = list;
    this.kept.replaceChildren(h('option', { value: '' }, this.s.keptNone), ...list.map(k => h('option', { value: k.id }, k.label)));
    this.kept.value = list.some(k => k.id === before) ? before : '';
    this.forget.disabled = this.kept.value === '';
  }

  setHosts(hosts: Extract<FormToView, { type: 'hosts' }>['hosts']): void {
    this.hosts.replaceChildren(...hosts.map(x => h('option', { value: x.alias }, [x.user, x.hostname].filter(Boolean).join('@'))));
  }

  setFile(file: string): void {
    if (this.inputs.file) this.inputs.file.value = file;
    this.changed();
  }

  checked(m: Extract<FormToView, { type: 'checked' }>): void {
    if (m.text !== this.inputs.filter?.value) return; // an answer to what stands there no more
    this.filterBad = m.state === 'error';
    this.filterNote.className = `hint ${m.state}`;
    this.filterNote.textContent = m.message || (m.state === 'accepted' ? this.s.filterOk : '');
    if (this.inputs.filter) set(this.inputs.filter, { 'aria-invalid': this.filterBad ? 'true' : undefined });
    this.start.disabled = this.filterBad;
  }

  private use(): void {
    const k = this.list.find(x => x.id === this.kept.value);
    this.forget.disabled = k === undefined;
    this.fill(k?.options ?? defaultOptions, (k?.options.target ?? '') !== '' || !this.local);
  }

  private options(): CaptureOptions {
    const text = (k: string): string => this.inputs[k]?.value.trim() ?? '', num = (k: string): number => (text(k) === '' ? 0 : Number(text(k)));
    const on = (k: string): boolean => (this.inputs[k] as HTMLInputElement | undefined)?.checked === true;
    const here = this.picked('where') === 'here';
    return {
      target: here ? '' : text('target'), what: this.picked('what') as CaptureOptions['what'], command: this.inputs.command?.value ?? '', pid: text('pid'), filter: this.inputs.filter?.value ?? '',
      snaplen: num('snaplen'), duration: num('duration'), count: num('count'), ring: num('ring'), exitOnly: on('exitOnly'), file: text('file'),
      link: text('link') as CaptureOptions['link'], use: text('use') as CaptureOptions['use'], stay: on('stay'), includeOwn: on('includeOwn'),
    };
  }

  /** wrong is what must be put right; a machine that is not named is none, although "" is this one. */
  private wrong(o: CaptureOptions): OptionProblem[] {
    const out = problems(o, this.local);
    return this.picked('where') === 'remote' && o.target === '' && !out.includes('target') ? ['target', ...out] : out;
  }

  private changed(): void {
    this.form.dataset.where = this.picked('where');
    this.form.dataset.what = this.picked('what');
    for (const k of ['target', 'command', 'pid', 'snaplen', 'duration', 'count', 'ring']) if (this.inputs[k]) set(this.inputs[k], { 'aria-invalid': undefined });
    clearTimeout(this.timer);
    const text = this.inputs.filter?.value ?? '';
    if (text.trim() === '') this.checked({ type: 'checked', text, state: 'empty', message: '' });
    else this.timer = window.setTimeout(() => send({ type: 'check', text }), checkWait);
  }

  private submit(): void {
    const o = this.options(), wrong = this.wrong(o);
    for (const k of wrong) if (this.inputs[k]) set(this.inputs[k], { 'aria-invalid': 'true', title: this.s.wrong });
    if (wrong[0]) return this.inputs[wrong[0]]?.focus();
    if (this.filterBad) return this.inputs.filter?.focus();
    this.start.disabled = true;
    send({ type: 'start', options: o, keepAs: this.inputs.keepAs?.value ?? '' });
  }

  private picked(name: string): string {
    return this.form.querySelector<HTMLInputElement>(`input[name="${name}"]:checked`)?.value ?? (name === 'where' ? 'remote' : 'all');
  }

  private pick(name: string, value: string): void {
    const input = this.form.querySelector<HTMLInputElement>(`input[name="${name}"][value="${value}"]`);
    if (input) input.checked = true;
  }

  private choice(name: string, value: string, label: string): HTMLElement {
    return h('label', { class: 'choice' }, h('input', { type: 'radio', name, value }), label);
  }

  private text(id: string, label: string, hint: string, list?: string): HTMLElement {
    const input = (this.inputs[id] = h('input', { type: 'text', id, placeholder: hint, title: hint, spellcheck: 'false', autocomplete: 'off', list, 'aria-describedby': id === 'filter' ? 'filter-note' : undefined }));
    return h('div', { class: 'field' }, h('label', { for: id }, label), input);
  }

  private number(id: string, label: string, hint: string): HTMLElement {
    const input = (this.inputs[id] = h('input', { type: 'number', id, min: 0, step: id === 'duration' ? 'any' : 1, placeholder: hint }));
    return h('div', { class: 'field' }, h('label', { for: id }, label), input);
  }

  private check(id: string, label: string, hint: string): HTMLElement {
    const input = (this.inputs[id] = h('input', { type: 'checkbox', id }));
    return h('label', { class: 'choice', title: hint }, input, label);
  }

  private select(id: string, label: string, list: [string, string][]): HTMLElement {
    const select = (this.inputs[id] = h('select', { id }, ...list.map(([value, text]) => h('option', { value }, text))));
    return h('div', { class: 'field' }, h('label', { for: id }, label), select);
  }
}

let view: FormView | undefined;
window.addEventListener('message', (e: MessageEvent<FormToView>) => {
  const m = e.data;
  switch (m.type) {
    case 'init':
      view = new FormView(m.strings, m.local);
      view.fill(m.options, m.remote);
      break;
    case 'kept': view?.setKept(m.kept); break;
    case 'hosts': view?.setHosts(m.hosts); break;
    case 'fill': view?.fill(m.options, m.options.target !== ''); break;
    case 'file': view?.setFile(m.file); break;
    case 'checked': view?.checked(m); break;
  }
});
send({ type: 'ready' });
