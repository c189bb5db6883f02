#!/usr/bin/env node
// Speaks the protocol of `scapls serve` with made-up events, for work on the user interface alone. The name of the
// opened file says how many: rows-1000000.scap, rows-2000-slow.scap (grows), -damaged, -nocalls, -latecalls (halves of
// calls are seen at the end only), -latefind (what is found comes a second late), -latepages (a page without its colours, or of a filter that is still
// being asked, comes after it was told that there is more), -held (does not grow before a file of its
// name and .go is there), -grows (goes on growing after it was read to its end), -crash (dies when the details of event 63 are asked for).
import { existsSync } from 'node:fs';
import path from 'node:path';
import { createMessageConnection, ResponseError, StreamMessageReader, StreamMessageWriter } from 'vscode-jsonrpc/node';
import { filters } from './fake-filters.mjs';

const connection = createMessageConnection(new StreamMessageReader(process.stdin), new StreamMessageWriter(process.stdout));
const sessions = new Map();
let last = 0;

const columns = [
  ['evt.num', 'No.', 9, 'right'], ['evt.time', 'Time', 18, 'left'], ['evt.cpu', 'CPU', 4, 'right'], ['proc.name', 'Process', 14, 'left'],
  ['thread.tid', 'TID', 8, 'right'], ['evt.dir', 'Dir', 3, 'left'], ['evt.type', 'Type', 12, 'left'], ['fd.name', 'FD Name', 24, 'left'],
  ['evt.res', 'Result', 8, 'right'], ['evt.args', 'Arguments', 60, 'left'],
].map(([id, title, width, align]) => ({ id, title, tip: `What ${title} means`, width, align, default: true }));
for (const id of ['user.name', 'container.id', 'proc.cmdline', 'evt.category']) columns.push({ id, title: id, tip: `The field ${id}`, width: 16, align: 'left', default: false });

const internalUpTo = 50; // events 1 … 50 are internal
const types = ['openat', 'read', 'close', 'futex', 'epoll_wait', 'sendto', 'mmap'];
const procs = ['curl', 'nginx', 'bash', 'containerd'];
const session = id => sessions.get(id) ?? fail(-32011, 'This capture is not open any more.', { kind: 'unknownSession' });
const fail = (code, message, data) => { throw new ResponseError(code, message, data); };

/** The list of a query: the number of the event at a position, and back. */
function list(s, q) {
  const from = q.internal ? 0 : internalUpTo, step = q.view === 'calls' ? 2 : 1; // odd events are enter halves
  const first = step === 2 ? from + 2 : from + 1;
  return {
    total: Math.max(0, Math.floor((s.events - first) / step) + 1), num: row => first + row * step,
    row: num => Math.max(0, Math.ceil((num - first) / step)),
  };
}
const clock = n => { const ns = BigInt(n) * 12_345n, sec = Number(ns / 1_000_000_000n); return new Date((29406 + sec) * 1000).toISOString().slice(11, 19) + '.' + String(ns % 1_000_000_000n).padStart(9, '0'); };
function cell(id, n, time) {
  switch (id) {
    case 'evt.num': return String(n);
    case 'evt.time': return time === 'a' ? `2026-01-02 ${clock(n)}` : time === 'r' ? (n * 12345e-9).toFixed(9) : time === 'd' || time === 'D' ? '0.000012345' : clock(n);
    case 'evt.cpu': return String(n % 8);
    case 'proc.name': return procs[n % procs.length];
    case 'thread.tid': return String(1000 + n % 97);
    case 'evt.dir': return n % 2 ? '>' : '<';
    case 'evt.type': return types[(n >> 1) % types.length];
    case 'fd.name': return n % 3 ? `/usr/lib/x86_64-linux-gnu/lib${n % 50}.so` : '10.0.0.1:4242->93.184.216.34:443';
    case 'evt.res': return n % 2 ? '' : failed(n) ? 'EAGAIN' : String(n % 4096);
    case 'evt.args': return `fd=${n % 30}(<f>/usr/lib/lib${n % 50}.so) name=row-${n} flags=4097(O_RDONLY|O_CLOEXEC) mode=0 size=${n % 4096} data=GET / HTTP/1.1..Host: example.org..`;
    default: return id === 'user.name' ? 'root' : `${id} ${n}`;
  }
}
const failed = n => n % 2 === 0 && n % 17 === 0;

const made = filters({ columns, cell, session, list, fail, notify: (name, p) => void connection.sendNotification(name, p) });

/** late is what a filter leaves, as far as pages know: the first two of a filter know the half, and the second comes after the end was told. */
function late(s, query, f) {
  if (!f || !s.name.includes('latepages')) return f;
  const n = ((s.late ??= {})[query.filter] = (s.late[query.filter] ?? 0) + 1);
  if (n > 2) return f;
  if (n === 2) void connection.sendNotification('scapls/filtered', { session: s.id, query, matched: f.nums.length, scanned: s.events, of: s.events, done: true, took: 1 });
  return { nums: f.nums.slice(0, f.nums.length / 2), done: false, scanned: s.events / 2 };
}

/** pale: the rows of a page have no colours yet; that they have has just been told. */
function pale(s, p) {
  if (!s.name.includes('latepages') || s.painted || !p.colors) return false;
  s.painted = true;
  void connection.sendNotification('scapls/colored', { session: s.id, view: p.query.view, internal: p.query.internal, done: true });
  return true;
}

function page(p) {
  const s = session(p.session), rows = [], f = late(s, p.query, made.filtered(s, p.query)), without = pale(s, p), { sort } = p.query, newer = sort ? s.events - (s.sorted ??= s.events) : 0;
  const l = list(sort ? { ...s, events: s.sorted } : s, p.query), total = f?.nums.length ?? l.total;
  const num = r => (f ? f.nums[r] : l.num(sort?.descending ? total - 1 - r : r)); // all columns rise with the number
  for (let r = p.start; r < Math.min(p.start + Math.min(p.count, 500), total); r++) {
    const n = num(r), before = f ? n - 1 : r > 0 ? l.num(r - 1) : 0;
    rows.push({
      ...(made.marks(p.mark ?? '', n) && { marked: true }),
      num: n, cells: p.columns.map(c => cell(c, n, p.time)), kind: n <= internalUpTo ? 'internal' : n % 101 === 0 ? 'packet' : 'syscall', failed: failed(n),
      ...(p.colors && failed(n) && !without && { color: 1 }), // the one rule is of failed calls
      ...(n > before + 1 && { gap: n > internalUpTo && before < internalUpTo
        ? { from: before + 1, to: n - 1, reason: 'internal', text: `events ${before + 1}–${n - 1}: internal` }
        : { from: before + 1, to: n - 1, reason: 'enter halves', text: `event ${n - 1}: enter half of this call` } }),
    });
  }
  return { start: p.start, total, rows, colored: !without, ...(newer > 0 && { newer }), done: f?.done ?? s.done, scanned: f?.scanned ?? s.events };
}

const bytesOf = n => Uint8Array.from({ length: n % 1000 === 0 ? 200_000 : 60 + n % 200 }, (_, i) => (i < 26 ? (n >> (i % 4) * 8) & 255 : i % 3 ? 32 + (i * 7 + n) % 95 : 0));
const node = (label, value = '', start = 0, len = 0, children = [], to = 0) => ({ label, value, field: `fake.${label}`, start, len, goto: to, children });

function detail({ num }) {
  const total = bytesOf(num).length;
  return { num, nodes: [
    node(`Event ${num}`, `${total} bytes`, 0, total, [
      node('Time', clock(num), 0, 8), node('Thread ID', String(1000 + num % 97), 8, 8), node('Length', String(total), 16, 4), node('Type', types[(num >> 1) % types.length], 20, 2),
      node('Number of parameters', '4', 22, 4), ...(num > 1 ? [node('Other half', '', 0, 0, [], num % 2 ? num + 1 : num - 1)] : []),
    ]),
    node('Arguments', '', 26, total - 26, [
      node('fd', `${num % 30} (<f>/usr/lib/lib${num % 50}.so)`, 26, 8, [node('number', String(num % 30), 26, 4), node('name', '/usr/lib/lib.so', 30, 4)]),
      node('flags', '4097 (O_RDONLY|O_CLOEXEC)', 34, 4), node('data', 'GET / HTTP/1.1..Host: example.org..', 38, total - 38),
    ]),
    node('Process', procs[num % procs.length], 0, 0, [
      node('Command line', 'curl -s https://example.org/some/long/path?with=a&query=string'), node('User', 'root (0)'), node('Parent', 'bash (1000)', 0, 0, [node('Born', '', 0, 0, [], 51)]),
    ]),
  ] };
}

function bytes({ num, start, count }) {
  const all = bytesOf(num);
  return { num, offset: String(num * 128), total: all.length, start, data: Buffer.from(all.subarray(start, start + (count || 65536))).toString('base64') };
}

function items(kind, num) {
  const item = (id, label, detail, icon, more = {}) => ({ id, parent: '', label, detail, tip: `${label} ${detail}`, icon, born: 0, tid: '', mark: false, ...more });
  switch (kind) {
    case 'processes': return { num, title: 'Processes', items: [
      item('1', 'systemd', '1', 'process', { tid: '1' }), item('2', 'bash', '1000', 'process', { parent: '1', tid: '1000', mark: num % 4 === 2 }),
      item('3', 'curl', '1001', 'process', { parent: '2', tid: '1001', born: 60, mark: num % 4 === 0 }), item('3t', 'curl', 'thread 1002', 'thread', { parent: '3', tid: '1002', born: 70 }),
      item('4', 'nginx', '1003', 'process', { parent: '1', tid: '1003', mark: num % 4 === 1 }), item('5', 'containerd', '1004', 'process', { parent: '1', tid: '1004', mark: num % 4 === 3 }),
    ] };
    case 'fds': return { num, title: 'Open files of curl (1001)', items: [
      item('0', '0', '/dev/pts/0', 'file'), item('3', '3', '10.0.0.1:4242->93.184.216.34:443', 'socket', { born: 80, mark: true }), item('4', '4', 'pipe:[4711]', 'pipe', { born: 90 }), item('5', '5', '/etc', 'directory', { born: 91 }),
    ] };
    case 'users': return { num, title: 'Users', items: [item('0', 'root', '0', 'user'), item('1000', 'alice', '1000', 'user')] };
    case 'groups': return { num, title: 'Groups', items: [item('0', 'root', '0', 'group')] };
    case 'containers': return { num, title: 'Containers', items: [] };
    default: return { num, title: 'Interfaces', items: [item('lo', 'lo', '127.0.0.1', 'interface'), item('eth0', 'eth0', '10.0.0.1', 'interface')] };
  }
}

const handlers = {
  'scapls/open': p => {
    const name = path.basename(p.path), wanted = Number(/rows-(\d+)/.exec(name)?.[1] ?? 3557), slow = name.includes('slow');
    if (name.includes('bad')) fail(-32010, `${name} is not a capture.`, { kind: 'cannotOpen', cause: 'read block at 0: bad magic 0x73636170', path: p.path });
    const diagnostics = name.includes('damaged') ? [{ severity: 'error', offset: '815504', message: 'The block is cut off: 3,281 of 9,120 bytes. Everything before it is shown.' },
      { severity: 'warning', offset: '4096', message: 'An unknown block type 0x2ff was left out.' }] : [];
    const s = { id: `s${++last}`, name, events: slow ? Math.min(1000, wanted) : wanted, wanted, done: !slow, crash: name.includes('crash') };
    sessions.set(s.id, s);
    const calls = () => !name.includes('nocalls') && (s.done || !name.includes('latecalls'));
    const progress = () => ({ events: s.events, fraction: s.events / s.wanted, done: s.done, calls: calls(), diagnostics });
    if (name.includes('grows')) s.timer = setInterval(() => {
      s.events += 100;
      void connection.sendNotification('scapls/grown', { session: s.id, progress: { ...progress(), fraction: 1, done: true } });
    }, 300);
    else if (slow) s.timer = setInterval(() => {
      if (name.includes('held') && !existsSync(`${p.path}.go`)) return;
      s.events = Math.min(s.wanted, s.events + Math.ceil(s.wanted / 20));
      s.done = s.events === s.wanted;
      if (s.done) clearInterval(s.timer);
      void connection.sendNotification('scapls/grown', { session: s.id, progress: progress() });
    }, 300);
    return { session: s.id, name, progress: progress(), columns, calls: calls() };
  },
  'scapls/close': p => { clearInterval(session(p.session).timer); sessions.delete(p.session); return {}; },
  'scapls/page': page,
  'scapls/detail': p => { if (session(p.session).crash && p.num === 63) process.exit(3); return detail(p); },
  'scapls/bytes': bytes,
  'scapls/info': p => ({ sections: [{ title: 'File', rows: [{ name: 'Events', value: String(session(p.session).events), note: 'Numbered from 1.' }, { name: 'Compression', value: 'none', note: '' }] },
    { title: 'Machine', rows: [{ name: 'Host name', value: 'example', note: '' }, { name: 'CPUs', value: '8', note: '' }] }], diagnostics: [] }),
  'scapls/goto': p => {
    const s = session(p.session), l = list(s, p.query), num = /^\+/.test(p.to) ? Math.round(Number(p.to) / 12345e-9) : Number(p.to.replace("#", ""));
    if (!(num > 0)) fail(-32013, `“${p.to}” is neither an event number nor a time.`, { kind: 'badRequest' });
    const f = made.filtered(s, p.query);
    if (f) {
      const at = f.nums.findIndex(n => n >= num), r = at < 0 ? f.nums.length - 1 : at;
      if (r < 0) fail(-32012, 'The list is empty.', { kind: 'noEvent' });
      return { row: r, num: f.nums[r], exact: f.nums[r] === num };
    }
    const row = Math.min(l.total - 1, l.row(num));
    return { row, num: l.num(row), exact: l.num(row) === num };
  },
};
// A sort by the arguments takes until it is cancelled.
handlers['scapls/sort'] = async (p, token) => {
  const s = session(p.session);
  for (let i = 0; p.query.sort.column === 'evt.args'; i++) {
    if (token.isCancellationRequested) throw new ResponseError(-32800, 'cancelled');
    void connection.sendNotification('scapls/sorting', { session: p.session, query: p.query, fraction: Math.min(0.42, i / 50) });
    await new Promise(r => setTimeout(r, 20));
  }
  if (p.again || s.sorted === undefined) s.sorted = s.events;
  return { rows: s.sorted, valued: s.sorted, events: s.sorted, newer: s.events - s.sorted, took: 1 };
};
handlers['scapls/columns'] = p => ({ columns: p.ids.map(id => ({ column: { id, title: id, tip: `The field ${id}`, width: 16, align: 'left', default: false }, message: '' })) });
Object.assign(handlers, made.handlers);
for (const kind of ['processes', 'fds', 'users', 'groups', 'containers', 'interfaces']) handlers[`scapls/${kind}`] = p => { session(p.session); return items(kind, p.num); };

connection.onRequest('initialize', () => ({ capabilities: { experimental: { scapls: { protocol: Number(process.env.FAKE_PROTOCOL ?? 1) } } } }));
connection.onRequest('shutdown', () => null);
connection.onNotification('exit', () => process.exit(0));
for (const [name, run] of Object.entries(handlers)) {
  connection.onRequest(name, async (p, token) => {
    await new Promise(r => setTimeout(r, Number(process.env.FAKE_DELAY ?? 5)));
    if (token.isCancellationRequested) throw new ResponseError(-32800, 'cancelled');
    return run(p, token);
  });
}
connection.onError(() => undefined);
connection.onClose(() => process.exit(0));
connection.listen();
