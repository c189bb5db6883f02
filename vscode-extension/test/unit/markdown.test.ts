import assert from 'node:assert/strict';
import { test } from 'node:test';
import { blocks, inline } from '../../webview/markdown';

test('spans are told apart', () => {
  assert.deepEqual(inline('a `code` and **bold**, *slanted*'), [
    { kind: 'text', text: 'a ' }, { kind: 'code', text: 'code' }, { kind: 'text', text: ' and ' }, { kind: 'strong', text: 'bold' }, { kind: 'text', text: ', ' }, { kind: 'em', text: 'slanted' },
  ]);
});

test('only web links are links', () => {
  assert.deepEqual(inline('[man](https://man7.org/x)'), [{ kind: 'link', text: 'man', href: 'https://man7.org/x' }]);
  assert.deepEqual(inline('[x](command:evil)'), [{ kind: 'text', text: '[x](command:evil)' }]);
  assert.deepEqual(inline('<b>no tag</b>'), [{ kind: 'text', text: '<b>no tag</b>' }]);
});

test('names with underscores and escaped signs stay as they are', () => {
  assert.deepEqual(inline('epoll_wait and rt_sigaction'), [{ kind: 'text', text: 'epoll_wait and rt_sigaction' }]);
  assert.deepEqual(inline('\\*not slanted\\*'), [{ kind: 'text', text: '*not slanted*' }]);
});

test('blocks are paragraphs, lists, headings, code and tables', () => {
  const b = blocks('# Title\n\none\ntwo\n\n- a\n- b\n\n```\nx = 1\n  y\n```\n| k | v |\n|---|---|\n| 1 | 2 |');
  assert.deepEqual(b.map(x => x.kind), ['h', 'p', 'ul', 'pre', 'table']);
  assert.deepEqual(b[1], { kind: 'p', inline: [{ kind: 'text', text: 'one two' }] });
  assert.equal(b[3]?.kind === 'pre' && b[3].text, 'x = 1\n  y');
  assert.equal(b[4]?.kind === 'table' && b[4].rows.length, 2);
});
