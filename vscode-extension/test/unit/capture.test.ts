import assert from 'node:assert/strict';
import { test } from 'node:test';
import { defaultOptions, problems, type CaptureOptions } from '../../shared/capture';
import { args, bytes, fileName, Lines, parse, password, stop, sshHosts } from '../../src/captureLine';
import { Growth } from '../../src/growth';

const ssh = { program: '', options: [] };
const o = (part: Partial<CaptureOptions>): CaptureOptions => ({ ...defaultOptions, ...part });

test('a line of status is read, whatever is in it', () => {
  const s = parse('{"state":"running","events":370,"events_per_s":369.5,"bytes":33088,"drops":7,"drop_reasons":{"ring full":7,"odd":"x"},"time_ns":"1"}');
  assert.equal(s?.state, 'running');
  assert.deepEqual([s?.events, s?.rate, s?.bytes, s?.drops, s?.reasons], [370, 369.5, 33088, 7, { 'ring full': 7 }]);
  const e = parse('{"state":"error","kind":"no-rights","error":"needs","fix":"As root:\\n  sudo x","sudo":"sudo x","setcap":"sudo setcap y"}');
  assert.deepEqual([e?.kind, e?.sudo, e?.setcap], ['no-rights', 'sudo x', 'sudo setcap y']);
  assert.equal(parse('{"state":"ended","reason":"command","command":0}')?.command, 0);
  assert.equal(parse('{"state":"ended","reason":"interrupted"}')?.command, undefined);
  for (const line of ['', 'sudo: a password is required', '[]', 'null', '42', '"x"', '{}', '{"state":1}', '{"state":"running"', '{"state":']) assert.equal(parse(line), undefined, line);
  const odd = parse('{"state":"running","events":"many","drops":null,"drop_reasons":null,"error":5}');
  assert.deepEqual([odd?.events, odd?.drops, odd?.reasons, odd?.error], [0, undefined, {}, '']);
  assert.equal(parse('{"state":"running","events":5}')?.drops, undefined, 'nobody counts them');
  assert.equal(parse('{"state":"ended","events":5,"drops":0}')?.drops, 0);
  assert.equal(parse('{"state":"error"}')?.drops, 0);
});

test('lines come whole, however they are cut', () => {
  const text = 'one\ntwo\r\n\nthree';
  for (let cut = 0; cut <= text.length; cut++) {
    const got: string[] = [], lines = new Lines(l => got.push(l));
    lines.push(text.slice(0, cut));
    lines.push(text.slice(cut));
    assert.deepEqual(got, ['one', 'two', '']);
    lines.end();
    assert.deepEqual(got, ['one', 'two', '', 'three']);
  }
  const got: string[] = [], lines = new Lines(l => got.push(l), 4);
  lines.push('abcdefgh');
  assert.deepEqual(got, ['abcdefgh'], 'a line without an end does not grow for ever');
});

test('the command line of a capture', () => {
  const begin = ['capture', '-w', '/t/x.scap', '--status', 'json', '--control'];
  assert.deepEqual(args(o({}), '/t/x.scap', ssh), begin);
  assert.deepEqual(args(o({ filter: ' proc.name=nginx ', snaplen: 256, duration: 1.5, count: 10, ring: 64, exitOnly: true }), '/t/x.scap', ssh),
    [...begin, '-s', '256', '-d', '1.5s', '-n', '10', '--ring', '64M', '--exit-only', 'proc.name=nginx']);
  assert.deepEqual(args(o({ what: 'command', command: 'ls -l; rm "x y"', pid: '4' }), '/t/x.scap', ssh), [...begin, '--', '/bin/sh', '-c', 'ls -l; rm "x y"'],
    'a command is one word for the shell');
  assert.deepEqual(args(o({ what: 'pid', pid: '1, 22', command: 'ls' }), '/t/x.scap', ssh), [...begin, '--pid', '1,22']);
  assert.deepEqual(args(o({ filter: '--remote=evil' }), '/t/x.scap', ssh), [...begin, ' --remote=evil'], 'a filter is never a flag');
  assert.deepEqual(
    args(o({ target: 'me@web1:2222', what: 'command', command: 'ls', link: 'none', use: 'upload', stay: true, includeOwn: true, filter: 'evt.type=open' }), '/t/x.scap',
      { program: '/opt/ssh', options: ['-F', '/t/config'] }),
    [...begin, '--remote', 'me@web1:2222', '--ssh', '/opt/ssh', '--ssh-option', '-F', '--ssh-option', '/t/config', '--link', 'none', '--use', 'upload', '--stay', '--include-own',
      'evt.type=open', '--', '/bin/sh', '-c', 'ls']);
});

test('what a capture is told is one line of JSON, whatever the password is', () => {
  assert.equal(stop, '{"stop":true}\n');
  assert.equal(password('a"b\n\\ü'), '{"password":"a\\"b\\n\\\\ü"}\n');
});

test('options that cannot be are told of', () => {
  assert.deepEqual(problems(o({}), true), []);
  assert.deepEqual(problems(o({}), false), ['target'], 'this machine is no Linux');
  assert.deepEqual(problems(o({ target: 'web1' }), false), []);
  for (const target of ['-oProxyCommand=x', 'a b', ' x']) assert.deepEqual(problems(o({ target }), true), ['target'], target);
  assert.deepEqual(problems(o({ what: 'command' }), true), ['command']);
  assert.deepEqual(problems(o({ what: 'pid', pid: '12, 13' }), true), []);
  for (const pid of ['', '0', '-1', 'x', '1,', '1;2']) assert.deepEqual(problems(o({ what: 'pid', pid }), true), ['pid'], pid);
  assert.deepEqual(problems(o({ snaplen: 65_001, duration: -1, count: 1.5, ring: NaN }), true), ['snaplen', 'duration', 'count', 'ring']);
});

test('names and sizes', () => {
  const when = new Date(2026, 10, 30, 9, 5, 7);
  assert.equal(fileName('', when), 'capture-20261130-090507.scap');
  assert.equal(fileName('root@web1:22', when), 'web1-22-20261130-090507.scap');
  assert.equal(fileName('../../x', when), 'x-20261130-090507.scap');
  assert.deepEqual([bytes(999, 'en'), bytes(1234, 'en'), bytes(3_460_000, 'en'), bytes(123_456_789, 'en')], ['999 B', '1.2 kB', '3.5 MB', '123 MB']);
});

test('the rate of a file that grows', () => {
  const g = new Growth(2000);
  assert.equal(g.rate(0), 0);
  g.note(100, 0);
  assert.equal(g.rate(0), 0, 'one count is no rate');
  g.note(600, 500);
  assert.equal(g.rate(500), 1000);
  for (let t = 1000; t <= 60_000; t += 500) g.note(600 + (t - 500) / 5, t);
  assert.ok(Math.abs(g.rate(60_000) - 200) < 30, String(g.rate(60_000)));
  assert.equal(g.rate(63_000), 0, 'it stands still');
});

test('the machines that VS Code was on are offered', () => {
  const hex = Buffer.from(JSON.stringify({ hostName: 'web2', user: 'me', port: 2222 })).toString('hex');
  assert.deepEqual(sshHosts({
    workspaces: [
      { folderUri: { scheme: 'vscode-remote', authority: 'ssh-remote+web1' } }, { folderUri: { scheme: 'file', authority: '' } }, { remoteAuthority: `ssh-remote+${hex}` },
      { workspace: { configPath: { scheme: 'vscode-remote', authority: 'ssh-remote%2Bweb1' } } }, { folderUri: { scheme: 'vscode-remote', authority: 'wsl+Debian' } }, {},
    ],
    files: [{ fileUri: { scheme: 'vscode-remote', authority: 'ssh-remote+cafe' } }, { remoteAuthority: 'ssh-remote+-oProxyCommand=x' }],
  }), ['web1', 'me@web2:2222', 'cafe']);
  for (const odd of [undefined, {}, { workspaces: [] }]) assert.deepEqual(sshHosts(odd), []);
});
