import assert from 'node:assert/strict';
import { getEventListeners } from 'node:events';
import { writeFileSync } from 'node:fs';
import type { ServerResponse } from 'node:http';
import { afterEach, beforeEach, describe, it } from 'mocha';
import {
  type ApiClient,
  ApiError,
  connect,
  isExpired,
  type RequestOptions,
  type WatchEvent,
} from '../../src/kube/client.js';
import { type Answer, ApiServer, json, refuse, until } from '../support/api-server.js';
import { FakeClock } from '../support/clock.js';

const hang: Answer = () => {};
const PATH = '/api/v1/services';

/** What a refused request throws, in the parts that matter. */
const refusal = (parts: Partial<ApiError>) => (error: unknown) => {
  assert.ok(error instanceof ApiError, String(error));
  for (const [field, want] of Object.entries(parts)) assert.equal(error[field as keyof ApiError], want, field);
  return true;
};

let api: ApiServer;
let clock: FakeClock;
let client: ApiClient;

beforeEach(async () => {
  api = await ApiServer.start();
  clock = new FakeClock();
  client = connect({ kubeconfig: api.kubeconfig, clock, userAgent: 'cairn/test' });
});
afterEach(() => {
  client.close();
  api.close();
  assert.equal(clock.pending, 0, 'no timer is left behind');
});

describe('request', () => {
  it('sends method, path, query, body and who we are', async () => {
    api.answer = (response) => json(response, 201, { created: true });
    const answer = await client.request('POST', '/api/v1/namespaces/shop/events', {
      query: { fieldSelector: 'a=b&c', limit: 5, absent: undefined },
      body: { text: 'ä' },
      contentType: 'application/json',
    });
    assert.deepEqual(answer, { created: true });
    const [heard] = api.heard;
    assert.equal(heard?.method, 'POST');
    assert.equal(heard?.path, '/api/v1/namespaces/shop/events');
    assert.deepEqual(heard?.query, { fieldSelector: 'a=b&c', limit: '5' });
    assert.deepEqual(heard?.body, { text: 'ä' });
    assert.equal(heard?.headers.authorization, 'Bearer first-token');
    assert.equal(heard?.headers['user-agent'], 'cairn/test');
    assert.equal(heard?.headers['content-type'], 'application/json');
  });

  it('keeps to the path under which a proxy serves the API', async () => {
    api.login('first-token', '/k8s/clusters/one/');
    client.close();
    client = connect({ kubeconfig: api.kubeconfig, clock });
    await client.request('GET', PATH);
    assert.equal(api.heard[0]?.path, `/k8s/clusters/one${PATH}`);
  });

  it('uses a connection again', async () => {
    for (let n = 0; n < 3; n++) await client.request('GET', PATH);
    assert.equal(new Set(api.heard.map(({ port }) => port)).size, 1);
  });

  it('opens 16 connections at most', async () => {
    let underWay = 0;
    let most = 0;
    api.answer = (response) => {
      most = Math.max(most, ++underWay);
      setImmediate(() => {
        underWay--;
        json(response, 200, {});
      });
    };
    await Promise.all(Array.from({ length: 60 }, () => client.request('GET', PATH)));
    assert.equal(new Set(api.heard.map(({ port }) => port)).size, 16);
    assert.ok(most <= 16);
  });

  describe('that may not be sent any more', () => {
    const late = (options: RequestOptions = {}) => client.request('PATCH', PATH, { body: {}, ...options });
    const withheld = refusal({ status: 0, reason: 'Withheld' });

    it('is not sent', async () => {
      await assert.rejects(late({ mayBeSent: () => false }), withheld);
      assert.equal(api.heard.length, 0);
    });

    it('is not sent again after a refusal that says when to come back', async () => {
      api.answer = refuse(429, 'TooManyRequests', 'busy', { 'Retry-After': '5' });
      let isLeader = true;
      const answer = assert.rejects(late({ mayBeSent: () => isLeader }), withheld);
      await until(() => api.heard.length === 1 && clock.pending === 2);
      isLeader = false;
      await clock.step(6_000);
      await answer;
      assert.equal(api.heard.length, 1);
    });

    it('is not sent after the wait for a connection', async () => {
      let isLeader = true;
      const hanging: ServerResponse[] = [];
      api.answer = (response) => hanging.push(response);
      const before = Array.from({ length: 16 }, () => client.request('GET', PATH));
      await until(() => hanging.length === 16);
      const answer = assert.rejects(late({ mayBeSent: () => isLeader }), withheld);
      isLeader = false;
      for (const response of hanging) json(response, 200, {});
      await Promise.all([...before, answer]);
      assert.equal(api.heard.length, 16);
    });

    it('leaves others their connections', async () => {
      await assert.rejects(late({ mayBeSent: () => false }), withheld);
      assert.deepEqual(await late({ mayBeSent: () => true }), {});
    });
  });

  const refusals = [
    {
      name: 'a conflict',
      answer: refuse(409, 'Conflict', 'modified'),
      want: { status: 409, reason: 'Conflict', message: 'modified' },
    },
    {
      name: 'an error of the server, without a second try',
      answer: refuse(500, 'InternalError', 'etcd'),
      want: { status: 500 },
    },
    {
      name: 'a 503 that does not say when to come back',
      answer: refuse(503, 'ServiceUnavailable', 'no'),
      want: { status: 503, retryAfterMs: undefined },
    },
    {
      name: 'a page of a proxy',
      answer: ((response) => response.writeHead(502).end('<h1>Bad gateway</h1>')) as Answer,
      want: { status: 502, reason: 'Unknown', message: '<h1>Bad gateway</h1>' },
    },
    {
      name: 'a success that is not JSON',
      answer: ((response) => response.end('hello')) as Answer,
      want: { status: 0, reason: 'BadAnswer' },
    },
    {
      name: 'an answer cut in the middle',
      answer: ((response) => {
        response.write('{"items":[');
        setImmediate(() => response.destroy());
      }) as Answer,
      want: { status: 0, reason: 'Unreachable' },
    },
    {
      name: 'a connection closed unanswered',
      answer: ((response) => response.destroy()) as Answer,
      want: { status: 0, reason: 'Unreachable' },
    },
  ];
  for (const { name, answer, want } of refusals) {
    it(`says what came of ${name}`, async () => {
      api.answer = answer;
      await assert.rejects(client.request('GET', PATH), refusal(want));
      assert.equal(api.heard.length, 1);
    });
  }

  it('reads a letter whose bytes come apart', async () => {
    api.answer = async (response) => {
      for (const byte of Buffer.from('{"message":"für"}')) {
        response.write(Uint8Array.of(byte));
        await new Promise(setImmediate);
      }
      response.end();
    };
    assert.deepEqual(await client.request('GET', PATH), { message: 'für' });
  });

  it('comes back after a 429 when it was asked to', async () => {
    api.answers(refuse(429, 'TooManyRequests', 'later', { 'Retry-After': '2' }), (response) =>
      json(response, 200, { ok: 1 }),
    );
    const answer = client.request('GET', PATH);
    await until(() => api.heard.length === 1 && clock.pending === 2);
    await clock.step(1_999);
    assert.equal(api.heard.length, 1);
    await clock.step(1);
    assert.deepEqual(await answer, { ok: 1 });
  });

  it('does not wait for a 429 that asks for more time than there is', async () => {
    api.answer = refuse(429, 'TooManyRequests', 'later', { 'Retry-After': '60' });
    const answer = client.request('GET', PATH, { timeoutMs: 30_000 });
    await assert.rejects(answer, refusal({ status: 429, retryAfterMs: 60_000 }));
  });

  it('goes by the first of two times to come back', async () => {
    api.answer = (response) => {
      response.setHeader('Retry-After', ['60', '2']);
      refuse(429, 'TooManyRequests', 'later')(response, api.heard[0] as never);
    };
    await assert.rejects(client.request('GET', PATH), refusal({ status: 429, retryAfterMs: 60_000 }));
  });

  it('gives up on a server that does not answer in time', async () => {
    api.answer = hang;
    const answer = assert.rejects(
      client.request('GET', PATH, { timeoutMs: 5_000 }),
      refusal({ status: 0, reason: 'Timeout' }),
    );
    await until(() => api.heard.length === 1);
    await clock.step(5_000);
    await answer;
  });

  it('gives up when it is told to, at once when it already was', async () => {
    api.answer = hang;
    const stop = new AbortController();
    const answer = assert.rejects(client.request('GET', PATH, { signal: stop.signal }), refusal({ reason: 'Aborted' }));
    await until(() => api.heard.length === 1);
    stop.abort();
    await answer;
    await assert.rejects(client.request('GET', PATH, { signal: stop.signal }), refusal({ reason: 'Aborted' }));
    assert.equal(api.heard.length, 1);
  });

  it('leaves no listener on the signal of a daemon', async () => {
    const stop = new AbortController();
    for (let n = 0; n < 20; n++) await client.request('GET', PATH, { signal: stop.signal });
    assert.equal(getEventListeners(stop.signal, 'abort').length, 0);
  });

  it('reads its credentials again after a 401', async () => {
    api.answer = (response, { headers }) =>
      headers.authorization === 'Bearer second-token'
        ? json(response, 200, {})
        : refuse(401, 'Unauthorized', 'who?')(response, api.heard[0] as never);
    api.login('second-token');
    await client.request('GET', PATH);
    assert.equal(api.heard.length, 2);
  });

  it('takes a second 401 for an answer', async () => {
    api.answer = refuse(401, 'Unauthorized', 'who?');
    await assert.rejects(client.request('GET', PATH), refusal({ status: 401 }));
    assert.equal(api.heard.length, 2);
  });

  const closesItsSecondRequest: Answer = (response) => {
    if (api.heard.length === 2) response.socket?.resetAndDestroy();
    else json(response, 200, { count: api.heard.length });
  };

  it('asks once more when a kept connection turns out to be closed', async () => {
    api.answer = closesItsSecondRequest;
    await client.request('GET', PATH);
    assert.deepEqual(await client.request('GET', PATH), { count: 3 });
  });

  it('does not send a POST twice', async () => {
    api.answer = closesItsSecondRequest;
    await client.request('GET', PATH);
    await assert.rejects(client.request('POST', PATH, { body: {} }), refusal({ reason: 'Unreachable' }));
    assert.equal(api.heard.length, 2);
  });
});

describe('watch', () => {
  const watch = (signal = new AbortController().signal) =>
    client.watch(PATH, { query: { resourceVersion: '7' }, signal, idleMs: 60_000 });
  const all = async (events: AsyncIterable<WatchEvent>) => {
    const seen: WatchEvent[] = [];
    for await (const event of events) seen.push(event);
    return seen;
  };
  const event = (name: string): WatchEvent => ({ type: 'ADDED', object: { metadata: { name } } });
  const line = (name: string) => `${JSON.stringify(event(name))}\n`;

  it('gives each event, however the bytes come', async () => {
    const bytes = Buffer.from(line('ä') + line('b'));
    api.answer = async (response) => {
      for (const byte of bytes) {
        response.write(Uint8Array.of(byte));
        await new Promise(setImmediate);
      }
      response.end();
    };
    assert.deepEqual(await all(watch()), [event('ä'), event('b')]);
    assert.deepEqual(api.heard[0]?.query, { watch: 'true', resourceVersion: '7' });
  });

  it('never gives half an event: the one before it, then an error', async () => {
    const seen: WatchEvent[] = [];
    api.answer = (response) => {
      response.write(line('a') + line('b').slice(0, 20));
      setImmediate(() => response.destroy());
    };
    const read = async () => {
      for await (const event of watch()) seen.push(event);
    };
    await assert.rejects(read, refusal({ status: 0, reason: 'Unreachable' }));
    assert.deepEqual(seen, [event('a')]);
  });

  it('refuses an end in the middle of a line', async () => {
    api.answer = (response) => response.end(line('a').slice(0, 20));
    await assert.rejects(all(watch()), refusal({ reason: 'Unreachable' }));
  });

  it('takes a connection for dead that is silent for too long, counted from the last byte', async () => {
    let send = (_text: string) => {};
    api.answer = (response) => {
      send = (text) => response.write(text);
      send(line('a'));
    };
    const events = watch()[Symbol.asyncIterator]();
    assert.deepEqual((await events.next()).value, event('a'));
    await clock.step(40_000);
    send(line('b'));
    assert.deepEqual((await events.next()).value, event('b'));
    const third = assert.rejects(events.next(), refusal({ reason: 'Timeout' }));
    await clock.step(59_999);
    assert.equal(clock.pending, 1);
    await clock.step(1);
    await third;
  });

  it('takes a server for dead that accepts and says nothing at all, much sooner', async () => {
    api.answer = hang;
    const events = assert.rejects(all(watch()), refusal({ reason: 'Timeout' }));
    await until(() => api.heard.length === 1);
    await clock.step(15_000);
    await events;
  });

  it('takes no more from the server than is read', async () => {
    const text = `${JSON.stringify({ type: 'ADDED', object: 'x'.repeat(100_000) })}\n`;
    const enough = 1_000;
    let written = 0;
    let isHeldUp = false;
    api.answer = (response) => {
      const go = () => {
        while (written < enough) {
          written++;
          isHeldUp = !response.write(text);
          if (isHeldUp) return void response.once('drain', go);
        }
        response.end();
      };
      go();
    };
    const events = watch()[Symbol.asyncIterator]();
    await events.next();
    const quiet = async () => {
      const before = written;
      for (let turns = 0; turns < 200; turns++) await new Promise(setImmediate);
      return before === written;
    };
    while (!(await quiet()));
    assert.ok(isHeldUp && written < enough, `${written} of ${enough} lines of 100 kB`);
    let read = 1;
    while (!(await events.next()).done) read++;
    assert.equal(read, enough);
  });

  it('says that its version is too old', async () => {
    api.answer = refuse(410, 'Expired', 'too old resource version: 7 (9)');
    await assert.rejects(all(watch()), isExpired);
  });

  it('closes its connection when told to, and when nobody reads on', async () => {
    let closed = 0;
    api.answer = (response) => {
      response.on('close', () => closed++);
      response.write(line('a'));
    };
    const stop = new AbortController();
    const events = assert.rejects(all(watch(stop.signal)), refusal({ reason: 'Aborted' }));
    await until(() => api.heard.length === 1);
    stop.abort();
    await events;
    await until(() => closed === 1);
    for await (const _ of watch()) break;
    await until(() => closed === 2);
  });
});

describe('connect', () => {
  it('names a kubeconfig that is not there', () => {
    assert.throws(() => connect({ kubeconfig: '/nowhere/kubeconfig' }), {
      code: 'KUBECONFIG',
      message: /\/nowhere\/kubeconfig/,
    });
  });

  it('names a kubeconfig that leads nowhere', () => {
    writeFileSync(api.kubeconfig, '{}');
    assert.throws(() => connect({ kubeconfig: api.kubeconfig }), { code: 'KUBECONFIG', message: /current-context/ });
  });
});
