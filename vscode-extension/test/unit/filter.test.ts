import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { FilterDiagnostic, FilterToken } from '../../shared/wire.gen';
import { Recall } from '../../webview/filter/recall';
import { around } from '../../webview/filter/signature';
import { at, between, change, pieces, same, shift } from '../../webview/filter/text';

test('a change takes the place of a range, and one beyond the text ends with it', () => {
  assert.equal(change('proc.nme=curl', { start: 5, end: 8, text: 'name' }), 'proc.name=curl');
  assert.equal(change('abc', { start: 2, end: 99, text: 'X' }), 'abX');
  assert.equal(change('abc', { start: 9, end: 9, text: 'X' }), 'abcX');
});

test('the smallest change between two texts is found', () => {
  assert.deepEqual(between('a=1', 'a=12'), { start: 3, end: 3, text: '2' });
  assert.deepEqual(between('aaa', 'aa'), { start: 2, end: 3, text: '' });
  assert.deepEqual(between('same', 'same'), { start: 4, end: 4, text: '' });
  assert.deepEqual(between('x and y', 'x or y'), { start: 2, end: 5, text: 'or' });
});

const token = (start: number, end: number, kind: FilterToken['kind'] = 'field'): FilterToken => ({ start, end, kind });

test('colours move with the text that is typed before them and grow with what is typed into them', () => {
  const before = 'a=1 and b=2', tokens = [token(0, 1), token(4, 7, 'keyword'), token(8, 9)];
  assert.deepEqual(shift(tokens, before, 'abc=1 and b=2'), [token(0, 3), token(6, 9, 'keyword'), token(10, 11)]);
  assert.deepEqual(shift(tokens, before, 'a=1 and bc=2')[2], token(8, 10));
  assert.deepEqual(shift(tokens, before, 'b=2').map(t => t.kind), ['field'], 'what is deleted has no colour');
  for (const t of shift(tokens, before, '')) assert.fail(`a token of an empty text: ${JSON.stringify(t)}`);
});

const diagnostic = (start: number, end: number, severity: FilterDiagnostic['severity']): FilterDiagnostic => ({ start, end, severity, message: severity, fixes: [] });

test('pieces have one colour and one underline, and make the whole text', () => {
  const text = 'foo=1 and bar', p = pieces(text, [token(0, 3), token(4, 5, 'number'), token(6, 9, 'keyword')], [diagnostic(10, 13, 'error'), diagnostic(0, 3, 'warning')]);
  assert.equal(p.map(x => x.text).join(''), text);
  assert.deepEqual(p.map(x => [x.text, x.kind, x.severity]), [
    ['foo', 'field', 'warning'], ['=', undefined, undefined], ['1', 'number', undefined], [' ', undefined, undefined], ['and', 'keyword', undefined], [' ', undefined, undefined],
    ['bar', undefined, 'error'],
  ]);
});

test('what is said of the end of the text is shown at its last character', () => {
  assert.deepEqual(pieces('a=', [], [diagnostic(2, 2, 'error')]).map(x => [x.text, x.severity]), [['a', undefined], ['=', 'error']]);
  assert.deepEqual(pieces('', [], [diagnostic(0, 0, 'error')]), []);
});

test('of several things said of a place the gravest comes first', () => {
  const said = [diagnostic(0, 5, 'info'), diagnostic(2, 3, 'error'), diagnostic(9, 9, 'warning')];
  assert.deepEqual(at(said, 2).map(d => d.severity), ['error', 'info']);
  assert.deepEqual(at(said, 9).map(d => d.severity), ['warning']);
  assert.deepEqual(at(said, 7), []);
});

test('blanks around a filter do not make it another one', () => {
  assert.ok(same(' a=1', 'a=1 '));
  assert.ok(!same('a =1', 'a=1'));
});

test('history goes back and comes forth to the text it began with', () => {
  const r = new Recall(['third', 'second', 'first']);
  assert.ok(r.can('', 'applied') && r.can('applied', 'applied') && !r.can('typed', 'applied'));
  assert.equal(r.older('applied'), 'third');
  assert.equal(r.older('third'), 'second');
  assert.ok(r.can('second', 'applied'), 'a text from the history can be left again');
  assert.equal(r.older('second'), 'first');
  assert.equal(r.older('first'), undefined);
  assert.equal(r.newer('first'), 'second');
  assert.equal(r.newer('second'), 'third');
  assert.equal(r.newer('third'), 'applied');
  assert.equal(r.newer('applied'), undefined);
});

test('the filter that is shown already is passed over', () => {
  const r = new Recall(['applied', 'older']);
  assert.equal(r.older('applied'), 'older');
  assert.equal(r.newer('older'), 'applied');
});

test('a history that is changed meanwhile goes on from the same filter', () => {
  const r = new Recall(['b', 'a']);
  assert.equal(r.older(''), 'b');
  r.set(['c', 'b', 'a']);
  assert.equal(r.older('b'), 'a');
  assert.equal(r.newer('a'), 'b');
});

test('a signature is cut around its argument', () => {
  assert.deepEqual(around({ label: 'proc.aname[level]', start: 10, end: 17 }), ['proc.aname', '[level]', '']);
  assert.deepEqual(around({ label: 'tolower(FIELD)', start: 8, end: 13 }), ['tolower(', 'FIELD', ')']);
});
