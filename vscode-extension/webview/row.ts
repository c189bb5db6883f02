// How a row of the list is drawn.
import type { Strings } from '../shared/messages';
import type { Column, Gap } from '../shared/wire.gen';
import type { Tinted } from './colors/coloring';
import { format, h, icon, set } from './dom';

/** Gaps that make no line of their own: in the calls view there is one before nearly every row. */
const quietGap = 'enter halves';
/** Gaps of fewer events are shown small. */
const smallGap = 10;

/** What a row shows; cells are in the order of the columns they came with. */
export interface RowState {
  i: number;
  row: Tinted | undefined;
  columns: readonly string[];
  selected: boolean;
  /** one of several selected rows */
  ranged: boolean;
  /** index of the cell that keys and menus are about; -1: none */
  cell: number;
}

/** same tells that nothing need be drawn. */
export const same = (a: RowState | undefined, b: RowState): boolean =>
  a !== undefined && a.i === b.i && a.row === b.row && a.selected === b.selected && a.ranged === b.ranged && a.cell === b.cell;

/** draw fills an element with a row. */
export function draw(el: HTMLElement, shown: readonly Column[], s: RowState, strings: Strings): void {
  const { row } = s;
  const cls = [
    'row', row ? `kind-${row.kind}` : 'loading', row?.failed && 'failed', row?.tint && `tinted ${row.tint}`, row?.marked && 'marked', s.ranged && 'ranged', s.selected && 'selected', row?.gap && 'gap',
    row?.note?.marked && 'flagged', row?.note?.ignored && 'ignored', row?.note?.reference && 'reference', row?.note?.comment && 'commented',
  ].filter(Boolean).join(' ');
  if (el.className !== cls) el.className = cls;
  set(el, {
    id: `row-${s.i}`, role: 'row', 'data-row': s.i, 'aria-rowindex': s.i + 2, 'aria-selected': s.selected || s.ranged ? 'true' : 'false',
    'aria-description': [row?.failed && strings.rowFailed, row?.rule, row?.marked && strings.rowMarked, ...noted(row, strings)].filter(Boolean).join(', ') || undefined, 'data-note': row?.note?.comment, 'aria-busy': row ? undefined : 'true',
  });
  while (el.children.length > shown.length) el.lastChild?.remove();
  shown.forEach((c, n) => {
    const cell = (el.children[n] as HTMLElement | undefined) ?? el.appendChild(h('div', { role: 'gridcell' }));
    const value = row?.cells[s.columns.indexOf(c.id)];
    const name = `cell ${c.align === 'left' ? '' : c.align} ${value === undefined ? 'skeleton' : ''} ${n === s.cell ? 'current' : ''}`;
    if (cell.className !== name) cell.className = name;
    if (n === s.cell) cell.id = 'cell-current';
    else cell.removeAttribute('id');
    if (cell.textContent !== (value ?? '')) {
      cell.textContent = value ?? '';
      cell.removeAttribute('title');
    }
  });
}

/** noted is what is noted about a row, in words. */
function noted(row: Tinted | undefined, { notes: t }: Strings): (string | false | undefined)[] {
  const n = row?.note;
  return [n?.marked && t.flagged, n?.ignored && t.ignored, n?.reference && t.isReference, n?.comment && format(t.noted, n.comment)];
}

/** drawGap shows before a row which numbers are missing; show, where given, is what its button does. */
export function drawGap(el: HTMLElement, gap: Gap, strings: Strings, show: (() => void) | undefined): void {
  if (gap.reason === quietGap) {
    el.classList.remove('gap');
    return;
  }
  const note = h('div', { class: `gap-note ${gap.to - gap.from < smallGap ? 'small' : ''}`, role: 'gridcell', title: gap.text }, icon('fold'), h('span', {}, gap.text));
  if (show) {
    const button = h('button', { type: 'button', tabindex: -1, title: strings.showInternal }, strings.show);
    button.addEventListener('click', show);
    note.append(button);
  }
  el.append(note);
}

/** tip shows the whole text of a cell that is cut off, and at the first one what is noted about the event. */
export function tip(e: MouseEvent, on: boolean): void {
  const cell = (e.target as HTMLElement).closest<HTMLElement>('.cell'), note = cell?.parentElement?.dataset.note;
  if (cell && note && !cell.previousElementSibling) set(cell, { title: note });
  else if (cell) set(cell, { title: on && cell.scrollWidth > cell.clientWidth ? (cell.textContent ?? '') : undefined });
}
