import assert from 'node:assert/strict';
import { test } from 'node:test';
import { queryOf, sameList } from '../../webview/filter/query';

test('a filter that hides is part of the query, one that marks is not', () => {
  const bare = { view: 'calls', internal: true } as const, old = { ...bare, filter: 'old', language: 'sysdig' } as const;
  assert.deepEqual(queryOf(old, { text: 'a=1', language: '', mode: 'filter' }), { ...bare, filter: 'a=1' });
  assert.deepEqual(queryOf(old, { text: 'a=1', language: 'wireshark', mode: 'filter' }), { ...bare, filter: 'a=1', language: 'wireshark' });
  assert.deepEqual(queryOf(old, { text: 'a=1', language: 'sysdig', mode: 'mark' }), bare);
  assert.deepEqual(queryOf(old, { text: '', language: 'sysdig', mode: 'filter' }), bare);
});

test('lists are the same when their rows are', () => {
  const a = { view: 'events', internal: false } as const;
  assert.ok(sameList(a, { ...a, filter: '', language: '' }));
  assert.ok(!sameList(a, { ...a, filter: 'a=1' }));
  assert.ok(!sameList(a, { ...a, view: 'calls' }));
  assert.ok(!sameList({ ...a, filter: 'a' }, { ...a, filter: 'a', language: 'wireshark' }));
});
