// What went wrong: damage in the capture, a server that ended, a capture that cannot be opened. Notices take room
// of their own and never cover rows.
import type { Strings } from '../shared/messages';
import type { Diagnostic, Severity } from '../shared/wire.gen';
import { format, h, icon, iconButton } from './dom';

const icons: Record<Severity, string> = { error: 'error', warning: 'warning', info: 'info' };

export class Notices {
  readonly element = h('div', { class: 'notices' });
  private readonly server = h('div', { class: 'notice warning', role: 'alert', hidden: true });
  private readonly damage = h('div', { class: 'notice', role: 'status', hidden: true });
  private readonly page = h('div', { class: 'page', role: 'alert', hidden: true });
  private diagnostics: Diagnostic[] = [];
  private dismissed = 0;
  private all = false;

  constructor(private readonly strings: Strings, private readonly command: (c: 'scapls.restart' | 'scapls.showOutput') => void) {
    this.element.append(this.server, this.damage, this.page);
  }

  /** up says that all is well with the server. */
  up(): void {
    this.server.hidden = this.page.hidden = true;
  }

  down(message: string, restarting: boolean): void {
    this.server.hidden = false;
    this.server.replaceChildren(icon(restarting ? 'sync' : 'warning'), h('span', { class: 'text' }, message), ...(restarting ? [] : this.buttons()));
  }

  /** failed shows a page in place of the list. */
  failed(message: string, detail: string): void {
    this.server.hidden = true;
    this.page.hidden = false;
    this.page.replaceChildren(
      h('h1', {}, icon('error'), this.strings.failed), h('p', {}, message), ...(detail && detail !== message ? [h('pre', {}, detail)] : []),
      h('div', { class: 'buttons' }, ...this.buttons()));
  }

  show(diagnostics: Diagnostic[]): void {
    this.diagnostics = diagnostics;
    this.render();
  }

  private buttons(): HTMLElement[] {
    const button = (text: string, c: 'scapls.restart' | 'scapls.showOutput'): HTMLElement => {
      const b = h('button', { type: 'button', class: c === 'scapls.restart' ? 'primary' : 'secondary' }, text);
      b.addEventListener('click', () => this.command(c));
      return b;
    };
    return [button(this.strings.restart, 'scapls.restart'), button(this.strings.output, 'scapls.showOutput')];
  }

  private render(): void {
    const list = this.diagnostics;
    this.damage.hidden = list.length <= this.dismissed;
    if (this.damage.hidden) return;
    const worst: Severity = list.some(d => d.severity === 'error') ? 'error' : list.some(d => d.severity === 'warning') ? 'warning' : 'info';
    this.damage.className = `notice ${worst}`;
    const lines = (this.all ? list : list.slice(0, 1)).map(d => h('div', { class: 'text' }, icon(icons[d.severity] ?? 'info'), d.message,
      ...(d.offset === '' || d.message.includes(d.offset) ? [] : [' ', h('span', { class: 'offset' }, format(this.strings.atOffset, d.offset))])));
    const out: HTMLElement[] = [h('div', { class: 'lines' }, ...lines)];
    if (list.length > 1) {
      const more = h('button', { type: 'button', class: 'textual' }, this.all ? this.strings.less : format(this.strings.more, list.length - 1));
      more.addEventListener('click', () => {
        this.all = !this.all;
        this.render();
      });
      out.push(more);
    }
    out.push(iconButton('close', this.strings.dismiss, () => {
      this.dismissed = this.diagnostics.length;
      this.render();
    }));
    this.damage.replaceChildren(...out);
  }
}
