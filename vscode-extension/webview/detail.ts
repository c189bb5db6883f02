// The detail tree of the selected event.
import type { Strings } from '../shared/messages';
import type { Node as TreeNode } from '../shared/wire.gen';
import { format, h, icon, iconButton, set } from './dom';

/** A line of the tree as shown. */
interface Line {
  node: TreeNode;
  /** child indexes from the root */
  path: number[];
  /** labels from the root: the same line of another event has the same key */
  key: string;
  level: number;
}

export interface DetailEvents {
  /** The user (not a click on a byte) selected a node, or undefined. */
  selected(node: TreeNode | undefined): void;
  goto(num: number): void;
  open(open: Record<string, boolean>): void;
}

export class Detail {
  /** events are called by their numbers; not where several captures are open together */
  numbers = true;
  readonly element: HTMLElement;
  private nodes: TreeNode[] = [];
  private lines: Line[] = [];
  private selectedKey = '';
  private open: Record<string, boolean> = {};
  private readonly tree: HTMLElement;
  private readonly none: HTMLElement;
  /** the line above the tree */
  readonly head: HTMLElement;
  /** called when the lines were drawn, and when the tree is another event's */
  onDrawn: () => void = () => undefined;
  onShown: () => void = () => undefined;

  constructor(private readonly strings: Strings, private readonly events: DetailEvents) {
    this.tree = h('div', {
      class: 'tree', role: 'tree', tabindex: 0, 'aria-label': strings.detail, 'data-vscode-context': JSON.stringify({ webviewSection: 'detail' }),
    });
    this.none = h('div', { class: 'none' }, strings.detailNone);
    this.head = h('header', {}, h('h2', {}, strings.detail), h('span', { class: 'grow' }),
      iconButton('expand-all', strings.expandAll, () => this.all(true)), iconButton('collapse-all', strings.collapseAll, () => this.all(false)));
    this.element = h('section', { class: 'pane detail' }, this.head, this.none, this.tree);
    this.tree.addEventListener('mousedown', e => this.mouse(e));
    this.tree.addEventListener('keydown', e => this.key(e));
  }

  /** restore sets which nodes are open. */
  restore(open: Record<string, boolean>): void {
    this.open = open;
    this.render();
  }

  /** show shows the tree of an event; the same line as before stays selected. */
  show(nodes: TreeNode[]): void {
    this.nodes = nodes;
    this.none.hidden = nodes.length > 0;
    this.tree.hidden = nodes.length === 0;
    this.render();
    this.events.selected(this.selected?.node);
    this.onShown();
  }

  /** texts are the lines of the whole tree, as "label: value", closed ones too. */
  get texts(): string[] {
    return this.everyLine().map(l => (l.node.value === '' ? l.node.label : `${l.node.label}: ${l.node.value}`));
  }

  /** place is the selected line among those; −1: none. */
  get place(): number {
    return this.selectedKey === '' ? -1 : this.everyLine().findIndex(l => l.key === this.selectedKey);
  }

  /** goPlace selects a line among those, and opens the way to it. */
  goPlace(place: number): void {
    const l = this.everyLine()[place], node = l && this.reveal(l.path);
    if (node) this.events.selected(node);
  }

  private everyLine(): Line[] {
    const out: Line[] = [];
    const walk = (list: TreeNode[], path: number[], parent: string): void => list.forEach((node, i) => {
      const line: Line = { node, path: [...path, i], key: keyOf(list, i, parent), level: path.length + 1 };
      out.push(line);
      walk(node.children ?? [], line.path, line.key);
    });
    walk(this.nodes, [], '');
    return out;
  }

  /** shown is the whole tree. */
  get shown(): readonly TreeNode[] {
    return this.nodes;
  }

  /** reveal opens the way to a node, by child indexes, and selects it. */
  reveal(path: readonly number[]): TreeNode | undefined {
    let list = this.nodes, key = '', node: TreeNode | undefined;
    for (const [depth, i] of path.entries()) {
      node = list[i];
      if (!node) return undefined;
      key = keyOf(list, i, key);
      if (depth < path.length - 1) this.open[key] = true;
      list = node.children ?? [];
    }
    this.selectedKey = key;
    this.render();
    this.scrollToSelected();
    return node;
  }

  focus(): void {
    if (!this.selected && this.lines[0]) this.choose(this.lines[0]);
    this.tree.focus();
  }

  /** text is the value of the selected node, or its label and value. */
  text(withLabel: boolean): string | undefined {
    const n = this.selected?.node;
    return n && (withLabel ? [n.label, n.value].filter(Boolean).join(': ') : n.value || n.label);
  }

  all(open: boolean): void {
    const walk = (list: TreeNode[], parent: string): void => list.forEach((n, i) => {
      if (!n.children?.length) return;
      const key = keyOf(list, i, parent);
      this.open[key] = open;
      walk(n.children, key);
    });
    walk(this.nodes, '');
    this.events.open(this.open);
    this.render();
  }

  /** selectedNode is the line that keys and menus are about. */
  get selectedNode(): TreeNode | undefined {
    return this.selected?.node;
  }

  private get selected(): Line | undefined {
    return this.lines.find(l => l.key === this.selectedKey);
  }

  /** isOpen tells whether children are shown; the headers are until the user closes them. */
  private isOpen(l: Line): boolean {
    return this.open[l.key] ?? l.level === 1;
  }

  private render(): void {
    this.lines = [];
    const walk = (list: TreeNode[], path: number[], parent: string): void => list.forEach((node, i) => {
      const line: Line = { node, path: [...path, i], key: keyOf(list, i, parent), level: path.length + 1 };
      this.lines.push(line);
      if (node.children?.length && this.isOpen(line)) walk(node.children, line.path, line.key);
    });
    walk(this.nodes, [], '');
    const { scrollTop } = this.tree;
    this.tree.replaceChildren(...this.lines.map((l, i) => this.line(l, i)));
    this.tree.scrollTop = scrollTop;
    this.active();
    this.onDrawn();
  }

  private line(l: Line, i: number): HTMLElement {
    const { node } = l, parent = (node.children?.length ?? 0) > 0, open = parent && this.isOpen(l);
    const el = h('div', {
      class: `node ${l.level === 1 ? 'top' : ''} ${l.key === this.selectedKey ? 'selected' : ''}`, id: `node-${i}`, role: 'treeitem', 'data-i': i,
      'aria-level': l.level, 'aria-expanded': parent ? String(open) : undefined, 'aria-selected': String(l.key === this.selectedKey),
      'aria-setsize': undefined,
    }, h('span', { class: 'twist' }, ...(parent ? [icon(open ? 'chevron-down' : 'chevron-right')] : [])), h('span', { class: 'label' }, node.label));
    el.style.setProperty('--level', String(l.level - 1));
    if (node.value !== '') el.append(h('span', { class: 'value' }, node.value));
    if (node.goto > 0) el.append(h('span', { class: 'link', role: 'link', title: format(this.strings.leadsTo, this.numbers ? node.goto : '').trim() }, icon('arrow-right'), this.numbers ? String(node.goto) : ''));
    return el;
  }

  private active(): void {
    const i = this.lines.findIndex(l => l.key === this.selectedKey);
    set(this.tree, { 'aria-activedescendant': i >= 0 ? `node-${i}` : undefined });
  }

  private scrollToSelected(): void {
    const el = this.tree.querySelector<HTMLElement>('.node.selected');
    if (!el) return;
    const top = el.offsetTop, end = top + el.offsetHeight;
    if (top < this.tree.scrollTop) this.tree.scrollTop = top;
    else if (end > this.tree.scrollTop + this.tree.clientHeight) this.tree.scrollTop = end - this.tree.clientHeight;
  }

  private choose(l: Line | undefined): void {
    if (!l) return;
    this.selectedKey = l.key;
    this.tree.querySelectorAll('.node').forEach((el, i) => {
      el.classList.toggle('selected', this.lines[i] === l);
      set(el, { 'aria-selected': String(this.lines[i] === l) });
    });
    this.active();
    this.scrollToSelected();
    this.events.selected(l.node);
  }

  private toggle(l: Line, open = !this.isOpen(l)): void {
    this.open[l.key] = open;
    this.events.open(this.open);
    this.render();
  }

  private mouse(e: MouseEvent): void {
    const target = e.target as HTMLElement, l = this.lines[Number(target.closest<HTMLElement>('.node')?.dataset.i ?? -1)];
    if (!l) return;
    this.choose(l);
    if (e.button !== 0) return;
    if (target.closest('.link')) this.events.goto(l.node.goto);
    else if (l.node.children?.length && (target.closest('.twist') || l.level === 1 || e.detail === 2)) this.toggle(l);
  }

  private key(e: KeyboardEvent): void {
    const at = this.lines.findIndex(l => l.key === this.selectedKey), l = this.lines[at], page = Math.max(1, Math.floor(this.tree.clientHeight / 22) - 1);
    if (e.altKey || e.ctrlKey || e.metaKey) return;
    if (e.key === 'ContextMenu' || (e.key === 'F10' && e.shiftKey)) {
      const el = this.tree.querySelector<HTMLElement>('.node.selected'), r = el?.getBoundingClientRect();
      if (el && r) el.dispatchEvent(new MouseEvent('contextmenu', { bubbles: true, cancelable: true, clientX: r.left + 40, clientY: r.bottom - 4, button: 2 }));
      e.preventDefault();
      return;
    }
    const parent = (l?.node.children?.length ?? 0) > 0;
    switch (e.key) {
      case 'ArrowDown': this.choose(this.lines[Math.min(at + 1, this.lines.length - 1)]); break;
      case 'ArrowUp': this.choose(this.lines[Math.max(at - 1, 0)]); break;
      case 'PageDown': this.choose(this.lines[Math.min(at + page, this.lines.length - 1)]); break;
      case 'PageUp': this.choose(this.lines[Math.max(at - page, 0)]); break;
      case 'Home': this.choose(this.lines[0]); break;
      case 'End': this.choose(this.lines[this.lines.length - 1]); break;
      case 'ArrowRight':
        if (l && parent && !this.isOpen(l)) this.toggle(l, true);
        else if (parent) this.choose(this.lines[at + 1]);
        break;
      case 'ArrowLeft':
        if (l && parent && this.isOpen(l)) this.toggle(l, false);
        else if (l) this.choose(this.lines.slice(0, at).reverse().find(p => p.level < l.level));
        break;
      case 'Enter':
      case ' ':
        if (l && l.node.goto > 0) this.events.goto(l.node.goto);
        else if (l && parent) this.toggle(l);
        break;
      case '*': this.all(true); break;
      default: return;
    }
    e.preventDefault();
  }
}

/** keyOf is a line's key: its label below that of its parent, numbers left out, since headers tell those of the event. */
function keyOf(list: readonly TreeNode[], i: number, parent: string): string {
  const label = (list[i]?.label ?? '').replace(/\d+/g, '#');
  let same = 0;
  for (let k = 0; k < i; k++) if ((list[k]?.label ?? '').replace(/\d+/g, '#') === label) same++;
  return `${parent}/${label}${same > 0 ? `~${same}` : ''}`;
}
