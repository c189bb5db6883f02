// A slim bar beside the list that says where in the capture one is: the rows in view and the selected one, over the colours of the whole list.
import type { ColorMap } from './colors/map';
import { h } from './dom';
import type { Extent } from './scroll';

const minThumb = 6;

export class Ruler {
  readonly element: HTMLElement;
  private readonly view = h('div', { class: 'ruler-view' });
  private readonly mark = h('div', { class: 'ruler-mark' });

  /** jump is called with the part of the list, 0 to 1, that is to be seen. */
  constructor(label: string, private readonly map: ColorMap, jump: (part: number) => void) {
    this.element = h('div', { class: 'ruler', title: label, 'aria-hidden': 'true' }, map.canvas, this.view, this.mark);
    const at = (e: PointerEvent): { y: number; height: number } => {
      const r = this.element.getBoundingClientRect();
      return { y: e.clientY - r.top, height: Math.max(1, r.height) };
    };
    const move = (e: PointerEvent): void => {
      const { y, height } = at(e);
      jump(Math.min(1, Math.max(0, y / height)));
    };
    this.element.addEventListener('pointerdown', e => {
      this.element.setPointerCapture(e.pointerId);
      move(e);
    });
    this.element.addEventListener('pointermove', e => {
      if (this.element.hasPointerCapture(e.pointerId)) move(e);
      else this.element.title = [label, map.says(at(e).y)].filter(Boolean).join('\n');
    });
  }

  draw(e: Extent, top: number, row: number): void {
    const { clientWidth: width, clientHeight: height } = this.element, all = e.total * e.rowHeight;
    this.map.resize(width, height);
    const thumb = all > 0 ? Math.min(height, Math.max(minThumb, (e.height / all) * height)) : 0;
    this.view.style.height = `${thumb}px`;
    this.view.style.transform = `translateY(${all > 0 ? Math.min((top / all) * height, height - thumb) : 0}px)`;
    this.mark.hidden = row < 0;
    this.mark.style.transform = `translateY(${e.total > 1 ? (row / (e.total - 1)) * (height - 2) : 0}px)`;
  }
}
