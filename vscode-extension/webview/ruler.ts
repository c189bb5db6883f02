// A slim bar beside the list that says where in the capture one is: the rows in view and the selected one.
import { h } from './dom';
import { maxTop, type Extent } from './scroll';

const minThumb = 6;

export class Ruler {
  readonly element: HTMLElement;
  private readonly view = h('div', { class: 'ruler-view' });
  private readonly mark = h('div', { class: 'ruler-mark' });

  constructor(label: string, jump: (part: number) => void) {
    this.element = h('div', { class: 'ruler', title: label, 'aria-hidden': 'true' }, this.view, this.mark);
    const move = (e: PointerEvent): void => {
      const r = this.element.getBoundingClientRect();
      jump(Math.min(1, Math.max(0, (e.clientY - r.top) / Math.max(1, r.height))));
    };
    this.element.addEventListener('pointerdown', e => {
      this.element.setPointerCapture(e.pointerId);
      move(e);
    });
    this.element.addEventListener('pointermove', e => {
      if (this.element.hasPointerCapture(e.pointerId)) move(e);
    });
  }

  draw(e: Extent, top: number, row: number): void {
    const height = this.element.clientHeight, all = e.total * e.rowHeight;
    const thumb = all > 0 ? Math.min(height, Math.max(minThumb, (e.height / all) * height)) : 0, max = maxTop(e);
    this.view.style.height = `${thumb}px`;
    this.view.style.transform = `translateY(${max > 0 ? (top / max) * (height - thumb) : 0}px)`;
    this.mark.hidden = row < 0;
    this.mark.style.transform = `translateY(${e.total > 1 ? (row / (e.total - 1)) * (height - 2) : 0}px)`;
  }
}
