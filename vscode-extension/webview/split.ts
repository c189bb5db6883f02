// Two panes and the bar between them, which mouse and arrow keys move.
import { h, set } from './dom';

const least = 0.08;

export class Split {
  readonly element: HTMLElement;
  private readonly bar: HTMLElement;
  private part = 0.5;
  private column = true;

  constructor(private readonly first: HTMLElement, private readonly second: HTMLElement, label: string, private readonly changed: (part: number) => void) {
    this.bar = h('div', { class: 'splitter', role: 'separator', tabindex: 0, 'aria-label': label, 'aria-valuemin': 0, 'aria-valuemax': 100 });
    this.element = h('div', { class: 'split' }, first, this.bar, second);
    this.bar.addEventListener('pointerdown', e => this.drag(e));
    this.bar.addEventListener('keydown', e => this.key(e));
    this.bar.addEventListener('dblclick', () => this.move(0.5));
  }

  /** set places the panes one below the other (column) or side by side, and says what part the first one takes. */
  set(column: boolean, part: number): void {
    this.column = column;
    this.part = Math.min(1 - least, Math.max(least, part));
    this.element.classList.toggle('column', column);
    set(this.bar, { 'aria-orientation': column ? 'horizontal' : 'vertical', 'aria-valuenow': Math.round(this.part * 100) });
    this.first.style.flex = `${this.part} 1 0`;
    this.second.style.flex = `${1 - this.part} 1 0`;
  }

  private move(part: number): void {
    this.set(this.column, part);
    this.changed(this.part);
  }

  private drag(e: PointerEvent): void {
    e.preventDefault();
    this.bar.setPointerCapture(e.pointerId);
    this.bar.classList.add('dragged');
    const move = (m: PointerEvent): void => {
      const r = this.element.getBoundingClientRect();
      this.move(this.column ? (m.clientY - r.top) / r.height : (m.clientX - r.left) / r.width);
    };
    this.bar.addEventListener('pointermove', move);
    this.bar.addEventListener('lostpointercapture', () => {
      this.bar.removeEventListener('pointermove', move);
      this.bar.classList.remove('dragged');
    }, { once: true });
  }

  private key(e: KeyboardEvent): void {
    const back = this.column ? 'ArrowUp' : 'ArrowLeft', forth = this.column ? 'ArrowDown' : 'ArrowRight';
    if (e.key !== back && e.key !== forth) return;
    e.preventDefault();
    this.move(this.part + (e.key === forth ? 0.03 : -0.03));
  }
}
