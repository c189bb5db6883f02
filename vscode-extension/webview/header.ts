// The header of the list: titles that can be dragged to another place, and handles that make columns wider.
import type { Strings } from '../shared/messages';
import type { Column, Sort } from '../shared/wire.gen';
import { format, h, icon, set } from './dom';

export interface HeaderEvents {
  resize(id: string, width: number): void;
  fit(id: string): void;
  move(id: string, before: string | undefined): void;
  hide(id: string): void;
  context(id: string): void;
  /** the list is to be sorted by another column, in the other direction, or not any more */
  sort(id: string): void;
}

const dragStart = 5; // px

export class Header {
  readonly element = h('div', { class: 'head', role: 'rowgroup', 'data-vscode-context': JSON.stringify({ webviewSection: 'header' }) });
  private readonly row = h('div', { class: 'head-row', role: 'row', 'aria-rowindex': 1 });
  private readonly marker = h('div', { class: 'drop', hidden: true });
  private columns: Column[] = [];
  private widths: number[] = [];
  private current = '';
  private sort: Sort | undefined;

  constructor(private readonly strings: Strings, private readonly events: HeaderEvents) {
    this.element.append(this.row, this.marker);
    this.row.addEventListener('keydown', e => this.key(e));
  }

  show(columns: Column[], widths: number[]): void {
    const focused = this.row.contains(document.activeElement);
    this.widths = widths;
    const same = columns.length === this.columns.length && columns.every((c, i) => c.id === this.columns[i]?.id && c.title === this.columns[i]?.title && c.align === this.columns[i]?.align);
    this.columns = columns;
    if (same) return;
    if (!columns.some(c => c.id === this.current)) this.current = columns[0]?.id ?? '';
    this.row.replaceChildren(...columns.map((c, i) => this.cell(c, i)));
    this.sorted(this.sort);
    if (focused) this.focusCurrent();
  }

  /** sorted shows what the list is sorted by. */
  sorted(sort: Sort | undefined): void {
    this.sort = sort;
    for (const c of this.columns) {
      const el = this.find(c.id), by = sort?.column === c.id;
      if (!el) continue;
      set(el, { 'aria-sort': !by ? 'none' : sort.descending ? 'descending' : 'ascending' });
      el.querySelector('.arrow')?.remove();
      if (!by) continue;
      const arrow = icon(sort.descending ? 'arrow-down' : 'arrow-up');
      arrow.classList.add('arrow');
      el.querySelector('.title')?.after(arrow);
    }
  }

  /** titleWidth is how wide a title is, px. */
  titleWidth(id: string): number {
    const el = this.find(id)?.querySelector<HTMLElement>('.title');
    if (!el) return 0;
    const range = document.createRange();
    range.selectNodeContents(el);
    return range.getBoundingClientRect().width;
  }

  /** find is the title of a column. */
  find(id: string): HTMLElement | undefined {
    return this.row.children[this.columns.findIndex(c => c.id === id)] as HTMLElement | undefined;
  }

  private cell(c: Column, i: number): HTMLElement {
    const handle = h('div', { class: 'handle', title: format(this.strings.resizeColumn, c.title) });
    const el = h('div', {
      class: `head-cell ${c.align === 'left' ? '' : c.align}`, role: 'columnheader', 'data-id': c.id, 'aria-colindex': i + 1,
      tabindex: c.id === this.current ? 0 : -1, title: c.tip ? `${c.title} – ${c.tip}` : c.title,
    }, h('span', { class: 'title' }, c.title), handle);
    el.addEventListener('contextmenu', () => this.events.context(c.id));
    el.addEventListener('pointerdown', e => {
      if (e.button === 0 && e.target !== handle) this.drag(e, el, c.id);
    });
    handle.addEventListener('pointerdown', e => this.resize(e, handle, c.id));
    handle.addEventListener('dblclick', () => this.events.fit(c.id));
    return el;
  }

  private resize(e: PointerEvent, handle: HTMLElement, id: string): void {
    if (e.button !== 0) return;
    e.preventDefault();
    handle.setPointerCapture(e.pointerId);
    const start = e.clientX, width = this.widths[this.columns.findIndex(c => c.id === id)] ?? 0;
    const move = (m: PointerEvent): void => {
      if (m.clientX !== start) this.events.resize(id, width + m.clientX - start);
    };
    handle.addEventListener('pointermove', move);
    handle.addEventListener('lostpointercapture', () => handle.removeEventListener('pointermove', move), { once: true });
  }

  private drag(e: PointerEvent, el: HTMLElement, id: string): void {
    const start = e.clientX;
    let dragging = false, released = false, before: string | undefined;
    const up = (): void => {
      released = true;
    };
    el.setPointerCapture(e.pointerId);
    const move = (m: PointerEvent): void => {
      if (!dragging && Math.abs(m.clientX - start) < dragStart) return;
      dragging = true;
      el.classList.add('dragged');
      before = undefined;
      let left = this.row.getBoundingClientRect().left;
      const edges = this.columns.map((c, i) => ({ c, left, middle: (left += this.widths[i] ?? 0) - (this.widths[i] ?? 0) / 2 }));
      const at = edges.find(x => m.clientX < x.middle);
      before = at?.c.id;
      this.marker.hidden = false;
      this.marker.style.transform = `translateX(${(at?.left ?? left) - this.row.getBoundingClientRect().left - 1}px)`;
    };
    el.addEventListener('pointermove', move);
    el.addEventListener('lostpointercapture', () => {
      el.removeEventListener('pointermove', move);
      el.classList.remove('dragged');
      this.marker.hidden = true;
      el.removeEventListener('pointerup', up);
      if (dragging) this.events.move(id, before);
      else if (released) this.events.sort(id);
    }, { once: true });
    el.addEventListener('pointerup', up);
  }

  /** Left and right go from title to title; with Alt they move the column, with Shift its edge. Enter sorts. */
  private key(e: KeyboardEvent): void {
    const at = this.columns.findIndex(c => this.find(c.id) === document.activeElement), id = this.columns[at]?.id;
    if (id === undefined) return;
    const right = e.key === 'ArrowRight';
    if (e.key === 'ArrowLeft' || right) {
      const step = right ? 1 : -1;
      if (e.shiftKey) this.events.resize(id, (this.widths[at] ?? 0) + step * 8);
      else if (e.altKey) {
        if (at + step >= 0 && at + step < this.columns.length) this.events.move(id, this.columns[right ? at + 2 : at - 1]?.id);
      } else {
        this.current = this.columns[Math.min(Math.max(0, at + step), this.columns.length - 1)]?.id ?? id;
        this.focusCurrent();
      }
    } else if (e.key === 'Enter' && e.shiftKey) this.events.fit(id);
    else if (e.key === 'Enter' || e.key === ' ') this.events.sort(id);
    else if (e.key === 'Delete') this.events.hide(id);
    else return;
    e.preventDefault();
    e.stopPropagation();
  }

  private focusCurrent(): void {
    for (const c of this.columns) {
      const el = this.find(c.id);
      if (!el) continue;
      set(el, { tabindex: c.id === this.current ? 0 : -1 });
      if (c.id === this.current) el.focus();
    }
  }
}
