// The part of a capture's time that graphs show, shared by all of them, and its drag.
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

/** dragging lets the user drag a range over an element: done is told of it, or of a click. left is where its content begins. */
export function dragging(el: HTMLElement, marker: HTMLElement, left: () => number, done: (x0: number, x1: number) => void, click: (x: number, y: number) => void): void {
  el.addEventListener('pointerdown', e => {
    if (e.button !== 0) return;
    const box = el.getBoundingClientRect(), start = e.clientX - box.left, y = e.clientY - box.top;
    el.setPointerCapture(e.pointerId);
    let end = start;
    const move = (m: PointerEvent): void => {
      end = Math.min(Math.max(m.clientX - box.left, left()), box.width);
      marker.hidden = Math.abs(end - start) < 4;
      marker.style.left = `${Math.min(start, end)}px`;
      marker.style.width = `${Math.abs(end - start)}px`;
    };
    el.addEventListener('pointermove', move);
    el.addEventListener('lostpointercapture', () => {
      el.removeEventListener('pointermove', move);
      marker.hidden = true;
      if (Math.abs(end - start) < 4) click(start, y);
      else done(Math.min(start, end), Math.max(start, end));
    }, { once: true });
  });
}
