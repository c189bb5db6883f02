// The part of a capture's time that graphs show, shared by all of them, and what is dragged over them.
export interface Zoom { from: number; to: number }

/** zoom is in ns since the first event; to 0 is the end. */
export const zoom: Zoom = { from: 0, to: 0 };
const watchers: (() => void)[] = [];

export function setZoom(from: number, to: number): void {
  zoom.from = Math.max(0, Math.round(from));
  zoom.to = Math.max(0, Math.round(to));
  for (const w of watchers) w();
}

export function onZoom(run: () => void): void {
  watchers.push(run);
}

/** Area is what was dragged over, in pixels of the element. */
export interface Area { x0: number; x1: number; y0: number; y1: number }

export interface Drag {
  /** where the content begins */
  left: () => number;
  /** a range across was dragged over */
  done: (x0: number, x1: number) => void;
  click: (x: number, y: number) => void;
  /** an area was dragged over, with Shift or where across() says no */
  area?: (a: Area) => void;
  across?: () => boolean;
}

/** dragging lets the user drag over an element; a marker shows what it is dragged over. */
export function dragging(el: HTMLElement, marker: HTMLElement, { left, done, click, area, across }: Drag): void {
  el.addEventListener('pointerdown', e => {
    if (e.button !== 0) return;
    const box = el.getBoundingClientRect(), start = e.clientX - box.left, y = e.clientY - box.top, both = area !== undefined && (e.shiftKey || across?.() === false);
    el.setPointerCapture(e.pointerId);
    let end = start, low = y;
    const few = (): boolean => Math.abs(end - start) < 4 && (!both || Math.abs(low - y) < 4);
    const move = (m: PointerEvent): void => {
      end = Math.min(Math.max(m.clientX - box.left, left()), box.width);
      low = Math.min(Math.max(m.clientY - box.top, 0), box.height);
      marker.hidden = few();
      marker.style.left = `${Math.min(start, end)}px`;
      marker.style.width = `${Math.abs(end - start)}px`;
      marker.style.top = both ? `${Math.min(y, low)}px` : '';
      marker.style.height = both ? `${Math.abs(low - y)}px` : '';
    };
    el.addEventListener('pointermove', move);
    el.addEventListener('lostpointercapture', () => {
      el.removeEventListener('pointermove', move);
      marker.hidden = true;
      if (few()) click(start, y);
      else if (both) area({ x0: Math.min(start, end), x1: Math.max(start, end), y0: Math.min(y, low), y1: Math.max(y, low) });
      else done(Math.min(start, end), Math.max(start, end));
    }, { once: true });
  });
}
