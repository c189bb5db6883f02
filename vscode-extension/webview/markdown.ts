// The part of Markdown that help texts of the server use: paragraphs, lists, headings, code, emphasis, links, simple tables. Elements are made one by
// one, so that no text can become a tag.
import { h } from './dom';

export type Inline =
  | { kind: 'text' | 'code' | 'strong' | 'em'; text: string }
  | { kind: 'link'; text: string; href: string };

export type Block =
  | { kind: 'p' | 'h'; inline: Inline[] }
  | { kind: 'ul'; items: Inline[][]; /** items that belong to the one before */ sub?: number[] }
  | { kind: 'pre'; text: string }
  | { kind: 'table'; rows: Inline[][][] };

const spans = /`([^`]+)`|\*\*([^*]+)\*\*|\*([^*\s][^*]*)\*|_([^_\s][^_]*)_(?![A-Za-z0-9])|\[([^\]]+)\]\((https?:\/\/[^)\s]+)\)|\\([\\`*_[\]()#|.\-])/g;

/** inline cuts a line into its spans. */
export function inline(line: string): Inline[] {
  const out: Inline[] = [];
  let from = 0;
  const plain = (text: string): void => {
    const last = out.at(-1);
    if (text === '') return;
    if (last?.kind === 'text') last.text += text;
    else out.push({ kind: 'text', text });
  };
  for (const m of line.matchAll(spans)) {
    const [whole, code, strong, em, em2, label, href, escaped] = m;
    if (em2 !== undefined && /[A-Za-z0-9]$/.test(line.slice(0, m.index))) continue; // an underscore within a word
    plain(line.slice(from, m.index));
    from = m.index + whole.length;
    if (code !== undefined) out.push({ kind: 'code', text: code });
    else if (strong !== undefined) out.push({ kind: 'strong', text: strong });
    else if (em !== undefined || em2 !== undefined) out.push({ kind: 'em', text: em ?? em2 ?? '' });
    else if (label !== undefined && href !== undefined) out.push({ kind: 'link', text: label, href });
    else plain(escaped ?? '');
  }
  plain(line.slice(from));
  return out;
}

/** blocks cuts a text into its blocks. */
export function blocks(text: string): Block[] {
  const out: Block[] = [], lines = text.split(/\r?\n/);
  let paragraph: string[] = [];
  const flush = (): void => {
    if (paragraph.length > 0) out.push({ kind: 'p', inline: inline(paragraph.join(' ')) });
    paragraph = [];
  };
  for (let i = 0; i < lines.length; i++) {
    const line = lines[i] ?? '';
    if (/^\s*```/.test(line)) {
      flush();
      const code: string[] = [];
      while (++i < lines.length && !/^\s*```/.test(lines[i] ?? '')) code.push(lines[i] ?? '');
      out.push({ kind: 'pre', text: code.join('\n') });
    } else if (/^\s*[-*+] /.test(line)) {
      flush();
      const item = inline(line.replace(/^\s*[-*+] /, '')), last = out.at(-1);
      if (last?.kind === 'ul' && /^\s/.test(line)) (last.sub ??= []).push(last.items.length);
      if (last?.kind === 'ul') last.items.push(item);
      else out.push({ kind: 'ul', items: [item] });
    } else if (/^\s*\|.*\|\s*$/.test(line)) {
      flush();
      if (/^[\s|:-]+$/.test(line)) continue;
      const row = line.trim().slice(1, -1).split('|').map(c => inline(c.trim())), last = out.at(-1);
      if (last?.kind === 'table') last.rows.push(row);
      else out.push({ kind: 'table', rows: [row] });
    } else if (/^#+ /.test(line)) {
      flush();
      out.push({ kind: 'h', inline: inline(line.replace(/^#+ /, '')) });
    } else if (/^\s*(?:---+|\*\*\*+)?\s*$/.test(line)) flush();
    else paragraph.push(line.trim());
  }
  flush();
  return out;
}

function spansOf(list: readonly Inline[]): (Node | string)[] {
  return list.map(s => {
    switch (s.kind) {
      case 'text': return s.text;
      case 'link': return h('a', { href: s.href, title: s.href }, s.text);
      default: return h(s.kind, {}, s.text);
    }
  });
}

/** phrase is a line of plain text whose parts in backquotes are code. */
export const phrase = (text: string): (Node | string)[] => text.split(/`([^`]+)`/).map((part, i) => (i % 2 === 1 ? h('code', {}, part) : part));

/** markdown is a text as elements. */
export function markdown(text: string): HTMLElement[] {
  return blocks(text).map(b => {
    switch (b.kind) {
      case 'p': return h('p', {}, ...spansOf(b.inline));
      case 'h': return h('p', { class: 'heading' }, ...spansOf(b.inline));
      case 'ul': return h('ul', {}, ...b.items.map((i, n) => h('li', { class: b.sub?.includes(n) && 'sub' }, ...spansOf(i))));
      case 'pre': return h('pre', {}, b.text);
      case 'table': return h('table', {}, ...b.rows.map(r => h('tr', {}, ...r.map(c => h('td', {}, ...spansOf(c))))));
    }
  });
}
