import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Language } from '../../shared/wire.gen';
import { joined } from '../../src/joined';

const asked: string[] = [];

/** translate writes no filter that holds "only" in another language. */
const translate = async (text: string, language: Language, to: Language) => {
  asked.push(`${language}>${to}`);
  const at = text.indexOf('only');
  if (at < 0) return { ok: true, text: `${to}:${text}`, problems: [] };
  return { ok: false, text: '', problems: [{ start: at, end: at + 4, severity: 'error' as const, message: 'not there', fixes: [] }] };
};

test('a filter is joined with the list\'s in the language of the list', async () => {
  assert.deepEqual(await joined({ text: '', language: 'wireshark' }, 'evt.type=close', translate), { text: 'evt.type=close', language: 'sysdig' });
  assert.deepEqual(await joined({ text: 'proc.pid=1', language: 'sysdig' }, 'evt.type=close', translate), { text: '(proc.pid=1) and evt.type=close', language: 'sysdig' });
  assert.deepEqual(asked, []);
  assert.deepEqual(await joined({ text: 'proc.pid == 1', language: 'wireshark' }, 'evt.type=close', translate), { text: '(proc.pid == 1) and wireshark:evt.type=close', language: 'wireshark' });
});

test('what Wireshark has not is joined in the language of sysdig', async () => {
  assert.deepEqual(await joined({ text: 'proc.pid == 1', language: 'wireshark' }, 'only=1', translate), { text: '(sysdig:proc.pid == 1) and only=1', language: 'sysdig' });
  assert.deepEqual(await joined({ text: 'proc.pid == 1', language: '' }, 'a=1', translate), { text: '(sysdig:proc.pid == 1) and a=1', language: 'sysdig' }, 'nobody has said which language it is in');
});

test('what cannot be joined is said, with the place', async () => {
  assert.deepEqual(await joined({ text: 'a only', language: 'wireshark' }, 'only=1', translate), { problems: ['only: not there'] });
});

test('what is added stays together', async () => {
  assert.deepEqual(await joined({ text: 'a=1', language: 'sysdig' }, 'b=1 or b=2', translate), { text: '(a=1) and (b=1 or b=2)', language: 'sysdig' });
});
