// Filters, find, export and the store of test/fake-server.mjs: a language of conditions "field=value" joined by "and", where "nope" is no field,
// "warn" one to say something about, "both" one that reads otherwise in the other language, and "slow" takes a while.
import { writeFileSync } from 'node:fs';

const split = text => {
  const out = [], re = /\s+and\s+|\(|\)/g;
  let from = 0;
  for (const m of [...text.matchAll(re), { index: text.length, 0: '' }]) {
    const raw = text.slice(from, m.index), trimmed = raw.trim();
    if (trimmed) out.push({ start: from + raw.indexOf(trimmed), text: trimmed });
    from = m.index + m[0].length;
  }
  return out.map(p => {
    const m = /^(not\s+)?([\w.]+)\s*(=|!=|contains)\s*(.*)$/.exec(p.text);
    return { ...p, end: p.start + p.text.length, not: Boolean(m?.[1]), field: m?.[2] ?? '', op: m?.[3] ?? '', value: (m?.[4] ?? '').replace(/^"(.*)"$/, '$1') };
  });
};

export function filters({ columns, cell, session, list, fail, notify }) {
  const known = new Set([...columns.map(c => c.id), 'warn', 'both', 'slow']);
  const matches = (p, n) => {
    if (!known.has(p.field)) fail(-32013, `There is no field ${p.field}.`, { kind: 'badRequest' });
    if (['warn', 'both', 'slow'].includes(p.field)) return true;
    const v = cell(p.field, n), is = p.op === 'contains' ? v.includes(p.value) : v === p.value;
    return (p.op === '!=' ? !is : is) !== p.not;
  };
  /** matched is the numbers that a filter leaves, of a list of at most 200,000. */
  const matched = (s, q, text = q.filter ?? '') => {
    const key = `${q.view} ${q.internal} ${s.events} ${text}`;
    if (s.matched?.key === key) return s.matched.nums;
    const l = list(s, q), parts = split(text), nums = [];
    for (let r = 0; r < Math.min(l.total, 200_000); r++) if (parts.every(p => matches(p, l.num(r)))) nums.push(l.num(r));
    s.matched = { key, nums };
    return nums;
  };
  const filtered = (s, q) => {
    if (!q.filter) return undefined;
    const all = matched(s, q);
    if (!q.filter.includes('slow')) return { nums: all, done: s.done, scanned: s.events };
    s.slow ??= {};
    const state = (s.slow[q.filter] ??= { part: 0 });
    state.timer ??= setInterval(() => {
      state.part = Math.min(1, state.part + 0.25);
      if (state.part === 1) clearInterval(state.timer);
      notify('scapls/filtered', { session: s.id, query: q, matched: Math.floor(all.length * state.part), scanned: Math.floor(s.events * state.part), of: s.events, done: state.part === 1, took: 400 });
    }, 200);
    return { nums: all.slice(0, Math.floor(all.length * state.part)), done: state.part === 1 && s.done, scanned: Math.floor(s.events * state.part) };
  };

  const said = text => split(text).flatMap(p => {
    const place = { start: p.start, end: p.start + (p.field.length || p.text.length) };
    if (p.field === '') return [{ ...place, severity: 'error', message: `“${p.text}” is no condition: a comparison is missing.`, fixes: [] }];
    if (p.field === 'warn') return [{ ...place, severity: 'warning', message: 'This is always true.', fixes: [] }];
    if (!known.has(p.field)) return [{ ...place, severity: 'error', message: `There is no field ${p.field}.`, fixes: [{ title: 'Write proc.name', start: p.start, end: p.start + p.field.length, text: 'proc.name' }] }];
    return [];
  });
  const tokens = text => [...text.matchAll(/"[^"]*"|[\w.]+|[=!]+/g)].map(m => ({
    start: m.index, end: m.index + m[0].length,
    kind: known.has(m[0]) ? 'field' : /^(and|not)$/.test(m[0]) ? 'keyword' : /^(contains|[=!]+)$/.test(m[0]) ? 'operator' : /^\d+$/.test(m[0]) ? 'number' : m[0].startsWith('"') ? 'string' : 'invalid',
  })).filter(t => t.kind !== 'invalid' || /=\s*$/.test(text.slice(0, t.start)) === false).map(t => (t.kind === 'invalid' && said(text).length === 0 ? { ...t, kind: 'string' } : t));

  const values = { 'proc.name': [['curl', 1234], ['nginx', 1102], ['bash', 12], ['containerd', 7]], 'evt.type': [['openat', 800], ['read', 640], ['close', 600]], 'thread.tid': [['4242', 31]] };
  const asked = new Map(); // how often values of a field were asked for: those of thread.tid are counted the third time
  const complete = ({ text, caret }) => {
    const before = text.slice(0, caret), value = /([\w.]+)\s*=\s*([\w.]*)$/.exec(before);
    if (value?.[1] === 'thread.tid') {
      const n = (asked.get(value[1]) ?? 0) + 1;
      asked.set(value[1], n);
      if (n < 3) return { incomplete: true, pending: true, items: [] };
    }
    if (value) {
      return { incomplete: false, pending: false, items: (values[value[1]] ?? []).filter(v => v[0].startsWith(value[2])).map(([v, n]) => ({
        label: v, kind: 'value', detail: `${n.toLocaleString('en')} events`, doc: `Events where \`${value[1]}\` is **${v}**.`, start: caret - value[2].length, end: caret, insert: v, caret: v.length, again: false,
      })) };
    }
    const word = /[\w.]*$/.exec(before)[0];
    return { incomplete: false, pending: false, items: columns.filter(c => c.id.includes(word)).map(c => ({
      label: c.id, kind: 'field', detail: 'text', doc: `${c.tip}.\n\nAn example: \`${c.id}=curl\`\n\n- one\n- two`, start: caret - word.length, end: caret, insert: `${c.id}=`, caret: c.id.length + 1, again: true,
    })) };
  };
  const joined = (base, mode, condition) => {
    switch (mode) {
      case 'replace': return condition;
      case 'not': return `not ${condition}`;
      default: return base.trim() === '' ? condition : `${base} and ${mode.endsWith('Not') ? 'not ' : ''}${condition}`;
    }
  };

  const store = { history: [], saved: [], buttons: [
    { id: 'b1', group: 'Programs', label: 'curl', text: 'proc.name=curl', tip: 'What curl does' }, { id: 'b2', group: 'Programs', label: 'nginx', text: 'proc.name=nginx', tip: '' },
    { id: 'b3', group: 'Calls', label: 'openat', text: 'evt.type=openat', tip: '' }, { id: 'b4', group: 'slow', label: 'slow', text: 'slow=1', tip: '' },
  ].map(b => ({ language: '', shipped: true, edited: false, hidden: false, ...b })), view: new Map(), last: 0 };
  const changed = (...kinds) => notify('scapls/store/changed', { kinds, own: true });
  const put = (kind, p) => {
    const one = { ...p, id: p.id || `n${++store.last}` }, at = store[kind].findIndex(x => x.id === one.id);
    if (at < 0) store[kind].push(one);
    else store[kind][at] = one;
    changed(kind);
    return one;
  };
  const remove = (kind, id) => {
    store[kind] = store[kind].filter(x => x.id !== id);
    changed(kind);
    return {};
  };

  const handlers = {
    'scapls/filter/check': ({ text, language }) => {
      const diagnostics = said(text), both = text.includes('both');
      return {
        state: text.trim() === '' ? 'empty' : diagnostics.some(d => d.severity === 'error') ? 'error' : diagnostics.length > 0 ? 'warning' : 'accepted', language: language || 'sysdig',
        other: both && !language ? 'wireshark' : '', otherNote: both ? 'There, both means something else.' : '', diagnostics, tokens: tokens(text), pending: false,
      };
    },
    'scapls/filter/complete': complete,
    'scapls/filter/hover': ({ text, caret }) => {
      const t = tokens(text).find(x => caret >= x.start && caret < x.end);
      return { start: t?.start ?? caret, end: t?.end ?? caret, markdown: t ? `**${text.slice(t.start, t.end)}** is a ${t.kind}.` : '' };
    },
    'scapls/filter/signature': ({ text, caret }) => {
      const name = /([\w.]+)[[(][^\])]*$/.exec(text.slice(0, caret))?.[1];
      return name ? { label: `${name}[level]`, start: name.length, end: name.length + 7, markdown: `Which **ancestor**: \`${name}[1]\` is the parent.` } : { label: '', start: 0, end: 0, markdown: '' };
    },
    'scapls/filter/format': ({ text, language }) => ({ text: text.trim().replace(/\s+/g, ' '), language }),
    'scapls/filter/translate': ({ text, to }) => (text.includes('both') ? { ok: false, text: '', problems: [{ start: text.indexOf('both'), end: text.indexOf('both') + 4, severity: 'error', message: 'has no counterpart', fixes: [] }] }
      : { ok: true, text: to === 'wireshark' ? text.replace(/=/g, ' == ').replace(/ and /g, ' && ') : text.replace(/ == /g, '=').replace(/ && /g, ' and '), problems: [] }),
    'scapls/filter/count': p => {
      const s = session(p.session), f = p.query.filter ?? '';
      return { matched: f ? matched(s, p.query).length : list(s, p.query).total, of: list(s, p.query).total, done: s.done, took: 1.5 };
    },
    'scapls/filter/why': p => {
      const s = session(p.session), parts = split(p.query.filter).map(c => ({ start: c.start, end: c.end, matched: matched(s, p.query, c.text).length, message: '' }));
      const dead = parts.find(c => c.matched === 0), text = dead ? p.query.filter.slice(dead.start, dead.end) : '';
      return { message: dead ? `${text}: no event has that value.` : 'No event matches all parts at once.', parts, fixes: dead ? [{ title: 'Use curl instead', start: dead.start, end: dead.end, text: 'proc.name=curl' }] : [] };
    },
    'scapls/filter/from': p => {
      const of = { cell: () => [p.column, cell(p.column, p.num)], node: () => ['evt.args', p.value], thread: () => ['thread.tid', p.tid || cell('thread.tid', p.num)], process: () => ['proc.name', cell('proc.name', p.num)],
        item: () => ['proc.name', { 2: 'bash', 3: 'curl', 4: 'nginx' }[p.id] ?? 'curl'] }[p.kind];
      if (!of || (p.kind === 'cell' && p.column === '') || (p.kind === 'node' && p.field === '')) fail(-32013, 'No filter can be made of this.', { kind: 'badRequest' });
      const [field, value] = of();
      return { text: joined(p.base, p.mode, `${field}=${/^[\w.]+$/.test(value) ? value : `"${value}"`}`), language: 'sysdig' };
    },
    'scapls/filter/fields': () => ({ fields: [] }),
    'scapls/find/count': () => ({ matched: 0, at: 0, done: true, part: 1 }),
    'scapls/find': async p => {
      if (session(p.session).name.includes('latefind')) await new Promise(r => setTimeout(r, 1000));
      const nowhere = { done: true, part: 1, column: '', start: 0, len: 0, path: [] };
      const s = session(p.session), all = matched(s, p.query, p.search.text), l = filtered(s, p.query)?.nums, rows = all.filter(n => !l || l.includes(n));
      const next = p.backwards ? rows.findLast(n => n < p.from) : rows.find(n => n > p.from), num = next ?? (p.wrap ? (p.backwards ? rows.at(-1) : rows[0]) : undefined);
      if (num === undefined) return { ...nowhere, found: false, wrapped: false, row: 0, num: 0 };
      return { ...nowhere, found: true, wrapped: next === undefined, row: l ? l.indexOf(num) : list(s, p.query).row(num), num };
    },
    'scapls/export': p => {
      const s = session(p.session), nums = filtered(s, p.query)?.nums ?? matched(s, p.query, '');
      const kept = p.rows ? p.rows.flatMap(r => nums.slice(r.start, r.start + r.count)) : nums.filter(n => n >= p.from && (p.to === 0 || n <= p.to));
      const text = kept.map(n => `${n}\n`).join('');
      writeFileSync(p.path, text);
      return { events: kept.length, bytes: String(text.length), state: 0 };
    },
    'scapls/store/history/list': () => ({ entries: store.history }),
    'scapls/store/history/put': p => {
      store.history = [{ ...p, used: '1', count: 1 }, ...store.history.filter(e => e.text !== p.text)];
      changed('history');
      return {};
    },
    'scapls/store/history/delete': p => {
      store.history = p.text === '' ? [] : store.history.filter(e => e.text !== p.text);
      changed('history');
      return {};
    },
    'scapls/store/saved/list': () => ({ filters: store.saved }),
    'scapls/store/saved/put': p => put('saved', p),
    'scapls/store/saved/delete': p => remove('saved', p.id),
    'scapls/store/buttons/list': () => {
      const names = [...new Set(store.buttons.map(b => b.group))];
      return { groups: names.map(name => ({ name, buttons: store.buttons.filter(b => b.group === name) })) };
    },
    'scapls/store/buttons/put': p => put('buttons', p),
    'scapls/store/buttons/delete': p => remove('buttons', p.id),
    'scapls/store/buttons/reset': () => ({}),
    'scapls/store/buttons/order': ({ group, order }) => {
      const rank = b => (order.indexOf(group === '' ? b.group : b.id) + 1 || 1000);
      store.buttons = group === '' ? [...store.buttons].sort((a, b) => rank(a) - rank(b))
        : [...store.buttons.filter(b => b.group !== group), ...store.buttons.filter(b => b.group === group).sort((a, b) => rank(a) - rank(b))];
      changed('buttons');
      return {};
    },
    'scapls/store/view/get': p => {
      const state = store.view.get(session(p.session).name);
      return { found: state !== undefined, used: '0', state: state ?? { query: { view: 'events', internal: false }, mark: '', time: '', num: 0, top: 0, columns: [], extra: '' } };
    },
    'scapls/store/view/put': p => {
      store.view.set(session(p.session).name, p.state);
      return {};
    },
    'scapls/store/colors/list': () => ({ rules: [{ id: 'c1', name: 'Failed', filter: 'evt.res=EAGAIN', language: '', foreground: '', background: '#903030', disabled: false }], shipped: true, revision: '1' }),
    'scapls/store/settings/list': () => ({ settings: [] }),
  };
  const marks = (mark, n) => mark !== '' && split(mark).every(p => matches(p, n));
  return { handlers, filtered, marks };
}
