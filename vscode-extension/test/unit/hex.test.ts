import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Node } from '../../shared/wire.gen';
import * as hex from '../../webview/hex';

const node = (start: number, len: number, children: Node[] = []): Node => ({ label: '', value: '', start, len, goto: 0, children });

test('offsets are those of the file, also past 2^53', () => {
  assert.equal(hex.offset(0x1234n, 2, 8), '00001254');
  assert.equal(hex.offset(2n ** 60n, 1, 16), '1000000000000010');
  assert.equal(hex.offsetDigits(0n, 100), 8);
  assert.equal(hex.offsetDigits(0xffffffffn, 2), 9);
  assert.equal(hex.offsetDigits(0n, 0), 8);
});

test('bytes read as two digits and as text', () => {
  assert.equal(hex.hex2(10), '0a');
  assert.deepEqual([0x41, 0x20, 0x7e, 0x7f, 0, 0xc3].map(hex.text), ['A', ' ', '~', '.', '.', '.']);
  assert.equal(hex.rowCount(0), 0);
  assert.equal(hex.rowCount(16), 1);
  assert.equal(hex.rowCount(17), 2);
});

test('base64 decodes to bytes', () => assert.deepEqual([...hex.decode('AP9/')], [0, 255, 127]));

test('a byte belongs to the smallest node that holds it', () => {
  const tree = [node(0, 100, [node(0, 8), node(8, 20, [node(8, 4), node(12, 16)])]), node(0, 0, [node(40, 1)])];
  assert.deepEqual(hex.smallest(tree, 3), [0, 0]);
  assert.deepEqual(hex.smallest(tree, 9), [0, 1, 0]);
  assert.deepEqual(hex.smallest(tree, 27), [0, 1, 1]);
  assert.deepEqual(hex.smallest(tree, 28), [0]);
  assert.deepEqual(hex.smallest(tree, 40), [1, 0], 'also below a node that has no bytes');
  assert.equal(hex.smallest(tree, 100), undefined);
});

test('of nodes with the same bytes the deeper one is taken', () => {
  assert.deepEqual(hex.smallest([node(0, 4, [node(0, 4)])], 1), [0, 0]);
});
