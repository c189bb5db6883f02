// An event in plain words.
import type { Subject } from '../../shared/analysis';
import { method } from '../../shared/wire.gen';
import { h } from '../dom';
import { explained } from '../explain/text';
import { Newest, type Frame, type View } from './host';

export class Explain implements View {
  readonly element = h('div', { class: 'explain' });
  readonly tools = h('div', {});
  private readonly latest: Newest;
  private num = -1;

  constructor(private readonly frame: Frame) {
    this.latest = new Newest(frame);
    this.element.addEventListener('click', e => {
      const link = (e.target as HTMLElement).closest('a');
      if (!link) return;
      e.preventDefault();
      frame.host.send({ type: 'open', link: link.href });
    });
  }

  resize(): void { /* the browser does */ }

  update(subject: Subject): void {
    if (subject.num === this.num) return;
    this.num = subject.num;
    if (this.num === 0) {
      this.element.replaceChildren(h('p', { class: 'muted' }, this.frame.strings.explainHint));
      return;
    }
    this.latest.run(async signal => {
      const r = await this.frame.host.request(method.explain, { num: subject.num, view: 'calls' }, signal);
      this.element.replaceChildren(...explained(r));
    });
  }
}
