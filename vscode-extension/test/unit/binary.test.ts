import assert from 'node:assert/strict';
import { test } from 'node:test';
import { fits, name, target } from '../../src/binary';

function head(...parts: [offset: number, ...bytes: number[]][]): Uint8Array {
  const b = new Uint8Array(512);
  for (const [offset, ...bytes] of parts) b.set(bytes, offset);
  return b;
}

const elf = (machine: number): Uint8Array => head([0, 0x7f, 0x45, 0x4c, 0x46, 2, 1], [18, machine & 255, machine >> 8]);
const macho = (cpu: number): Uint8Array => head([0, 0xcf, 0xfa, 0xed, 0xfe, cpu, 0, 0, 1]);
const pe = (machine: number): Uint8Array => head([0, 0x4d, 0x5a], [0x3c, 0x80], [0x80, 0x50, 0x45, 0, 0, machine & 255, machine >> 8]);

test('programs tell their platform', () => {
  assert.deepEqual(target(elf(0x3e)), { os: 'linux', arch: 'x64' });
  assert.deepEqual(target(elf(0xb7)), { os: 'linux', arch: 'arm64' });
  assert.deepEqual(target(macho(7)), { os: 'darwin', arch: 'x64' });
  assert.deepEqual(target(macho(12)), { os: 'darwin', arch: 'arm64' });
  assert.deepEqual(target(pe(0x8664)), { os: 'win32', arch: 'x64' });
  assert.deepEqual(target(pe(0xaa64)), { os: 'win32', arch: 'arm64' });
});

test('scripts and universal programs run anywhere they can', () => {
  assert.ok(fits(target(new TextEncoder().encode('#!/bin/sh\n'))!, 'linux', 'arm64'));
  assert.ok(fits(target(head([0, 0xca, 0xfe, 0xba, 0xbe]))!, 'darwin', 'arm64'));
});

test('a program for another platform is told', () => {
  const t = target(elf(0xb7))!;
  assert.equal(fits(t, 'linux', 'x64'), false);
  assert.equal(fits(t, 'darwin', 'arm64'), false);
  assert.equal(fits(t, 'linux', 'arm64'), true);
  assert.equal(name(t), 'linux-arm64');
});

test('what is no program is told', () => {
  assert.equal(target(new Uint8Array(0)), undefined);
  assert.equal(target(new TextEncoder().encode('hello, this is a text of some length')), undefined);
});
