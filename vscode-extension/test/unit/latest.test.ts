import assert from 'node:assert/strict';
import { test, type TestContext } from 'node:test';
import { Latest } from '../../webview/latest';

const settle = async (): Promise<void> => { for (let i = 0; i < 10; i++) await Promise.resolve(); };

/** harness is a Latest under a clock of its own; go lets time pass, ms by ms. */
function harness(t: TestContext) {
  t.mock.timers.enable({ apis: ['setTimeout', 'Date'], now: 1000 });
  const latest = new Latest(), drawn: string[] = [], asked: { what: string; signal: AbortSignal; answer: () => void }[] = [];
  const ask = (what: string) => (signal: AbortSignal) => new Promise<string>(resolve => asked.push({ what, signal, answer: () => resolve(what) }));
  const failed = (e: unknown): void => assert.fail(String(e));
  return {
    latest, drawn, asked,
    run: (what: string) => latest.run(0, ask(what), r => drawn.push(r), failed),
    again: (what: string) => latest.again(1000, ask(what), r => drawn.push(r), failed),
    go: async (ms: number) => {
      for (let i = 0; i < ms; i += 10) {
        t.mock.timers.tick(10);
        await settle();
      }
    },
  };
}

test('what is asked anew cancels what was asked', async t => {
  const { run, asked, drawn } = harness(t);
  run('a');
  run('b');
  assert.deepEqual(asked.map(a => [a.what, a.signal.aborted]), [['a', true], ['b', false]]);
  for (const a of asked) a.answer();
  await settle();
  assert.deepEqual(drawn, ['b']);
});

test('growth that comes faster than answers does not keep them from being drawn', async t => {
  const { run, again, asked, drawn, go } = harness(t);
  run('first');
  for (let i = 1; i <= 60; i++) { // a notification every 100 ms, an answer after 400
    await go(100);
    again(`grown ${i}`);
    if (i % 4 === 0) asked.at(-1)?.answer();
    await settle();
  }
  assert.ok(asked.every(a => !a.signal.aborted), 'none is cancelled');
  assert.ok(drawn.length >= 4 && drawn.length <= 7, `about one a second is drawn: ${drawn.join(', ')}`);
  asked.at(-1)?.answer();
  await go(2000);
  asked.at(-1)?.answer();
  await settle();
  assert.equal(drawn.at(-1), 'grown 60', 'the last growth is seen');
  await go(5000);
  assert.equal(asked.filter(a => a.what === 'grown 60').length, 1, 'and asked for once');
});

test('what is slow waits as long as it took', async t => {
  const { run, again, asked, go } = harness(t);
  run('slow');
  again('grown');
  await go(3000);
  asked[0]?.answer();
  await go(2900);
  assert.equal(asked.length, 1);
  await go(200);
  assert.equal(asked.length, 2);
});

test('growth is not forgotten when something else is asked in between', async t => {
  const { run, again, asked, drawn, go } = harness(t);
  run('first');
  again('grown');
  run('more');
  asked[1]?.answer();
  await go(1100);
  asked[2]?.answer();
  await settle();
  assert.deepEqual(drawn, ['more', 'grown']);
});

test('nothing comes after it was cancelled', async t => {
  const { run, again, latest, asked, drawn, go } = harness(t);
  run('first');
  again('grown');
  latest.cancel();
  await go(3000);
  assert.equal(asked.length, 1);
  assert.deepEqual(drawn, []);
});

/** counting is a server that counts values: its answers are unfinished for a while. */
const counting = (unfinished: number) => {
  const asked: number[] = [];
  return { asked, ask: async () => ({ pending: asked.push(Date.now()) <= unfinished, items: asked.length > unfinished ? ['443', '8080'] : [] }) };
};

test('what is unfinished is asked again until it is complete', async t => {
  const { latest, go } = harness(t), server = counting(3), shown: [number, string[]][] = [];
  latest.until(0, server.ask, (r, before) => shown.push([before, r.items]), e => assert.fail(String(e)));
  await go(100);
  assert.equal(server.asked.length, 1);
  await go(5000);
  assert.deepEqual(shown, [[0, []], [1, []], [2, []], [3, ['443', '8080']]]);
  const gaps = server.asked.slice(1).map((x, i) => x - (server.asked[i] ?? 0));
  assert.ok((gaps[0] ?? 0) >= 140 && (gaps[0] ?? 0) <= 170 && gaps.every((g, i) => i === 0 || g > (gaps[i - 1] ?? 0)), `soon, then ever later: ${gaps.join(', ')}`);
});

test('what stays unfinished is asked a bounded number of times', async t => {
  const { latest, go } = harness(t), server = counting(Infinity);
  latest.until(0, server.ask, () => undefined, e => assert.fail(String(e)));
  await go(120_000);
  assert.equal(server.asked.length, 21);
});

test('another question, or none, ends asking again', async t => {
  const { latest, go, run, asked } = harness(t), server = counting(Infinity), shown: unknown[] = [];
  latest.until(0, server.ask, r => shown.push(r), e => assert.fail(String(e)));
  await go(100);
  run('typed on');
  await go(5000);
  assert.deepEqual([server.asked.length, shown.length, asked.length], [1, 1, 1]);
  latest.until(0, server.ask, () => latest.cancel(), e => assert.fail(String(e)));
  await go(5000);
  assert.equal(server.asked.length, 2);
});
