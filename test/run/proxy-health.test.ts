import assert from 'node:assert/strict';
import { createServer } from 'node:http';
import { describe, it } from 'mocha';
import { checkProxyOverHttp, ProxyJudge, pollProxy } from '../../src/run/proxy-health.js';
import { FakeClock } from '../support/clock.js';

describe('ProxyJudge', () => {
  /** Each character is a check, a second after the one before: `.` well, `x` 503, `-` nobody answers, `~` a stall of a minute. */
  // biome-ignore format: table
  const cases = [
    { name: 'knows nothing of a proxy that never answered',            checks: '----------',   want: 'absent' },
    { name: 'believes the first good answer',                          checks: '--.',          want: 'healthy' },
    { name: 'bears 5 s of silence',                                    checks: '.-----',       want: 'healthy' },
    { name: 'condemns after more than that',                           checks: '.------',      want: 'unhealthy' },
    { name: 'condemns for refusals as for silence',                    checks: '.x-x-x-',      want: 'unhealthy' },
    { name: 'condemns one that was never well but answers',            checks: 'x-----',       want: 'unhealthy' },
    { name: 'begins anew after each good answer',                      checks: '.-----.-----', want: 'healthy' },
    { name: 'takes it back at once',                                   checks: '.-------.',    want: 'healthy' },
    { name: 'does not condemn on a single check after a stall',        checks: '.-~-',         want: 'healthy' },
  ];
  for (const { name, checks, want } of cases) {
    it(name, () => {
      const judge = new ProxyJudge();
      let nowMs = 0;
      let health = 'absent';
      for (const check of checks) {
        nowMs += check === '~' ? 60_000 : 1_000;
        if (check !== '~') health = judge.judge({ '.': 200, x: 503 }[check], nowMs);
      }
      assert.equal(health, want);
    });
  }
});

describe('pollProxy', () => {
  it('asks loopback and the Node’s addresses, tells changes alone, and ends when it is told to', async () => {
    const clock = new FakeClock();
    const stop = new AbortController();
    const told: string[] = [];
    const asked: (readonly string[])[] = [];
    const polling = pollProxy(
      {
        clock,
        check: async (hosts) => {
          asked.push(hosts);
          return 200;
        },
        nodeAddresses: () => ['192.0.2.2'],
        onChange: (health) => told.push(health),
      },
      stop.signal,
    );
    await clock.step(5_000);
    stop.abort();
    await polling;
    assert.deepEqual(told, ['healthy']);
    assert.deepEqual(asked[0], ['127.0.0.1', '192.0.2.2']);
    assert.equal(clock.pending, 0);
  });
});

describe('checkProxyOverHttp', () => {
  it('takes the first host that answers, with whatever status', async function () {
    const server = createServer((request, response) => {
      response.statusCode = request.url === '/healthz' ? 503 : 404;
      response.end();
    });
    const listening = await new Promise<boolean>((resolve) => {
      server.once('error', () => resolve(false));
      server.listen(10_256, '127.0.0.2', () => resolve(true));
    });
    // Port 10256 is kube-proxy's own: where one runs, it is taken.
    if (!listening) return this.skip();
    try {
      assert.equal(await checkProxyOverHttp(['127.0.0.3', '127.0.0.2'], new AbortController().signal), 503);
      assert.equal(await checkProxyOverHttp(['127.0.0.3'], new AbortController().signal), undefined);
    } finally {
      server.close();
    }
  });
});
