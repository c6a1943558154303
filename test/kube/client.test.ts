import assert from 'node:assert/strict';
import { getEventListeners } from 'node:events';
import { writeFileSync } from 'node:fs';
import type { ServerResponse } from 'node:http';
import { describe, it } from 'mocha';
import { connect, type RequestOptions } from '../../src/kube/client.js';
import { type Answer, json, refuse, until } from '../support/api-server.js';
import { PATH, refusal, withApi } from './with-api.js';

const hang: Answer = () => {};

describe('request', () => {
  const on = withApi();

  it('sends method, path, query, body and who we are', async () => {
    on.api.answer = (response) => json(response, 201, { created: true });
    const answer = await on.client.request('POST', '/api/v1/namespaces/shop/events', {
      query: { fieldSelector: 'a=b&c', limit: 5, absent: undefined },
      body: { text: 'ä' },
      contentType: 'application/json',
    });
    assert.deepEqual(answer, { created: true });
    const [heard] = on.api.heard;
    assert.equal(heard?.method, 'POST');
    assert.equal(heard?.path, '/api/v1/namespaces/shop/events');
    assert.deepEqual(heard?.query, { fieldSelector: 'a=b&c', limit: '5' });
    assert.deepEqual(heard?.body, { text: 'ä' });
    assert.equal(heard?.headers.authorization, 'Bearer first-token');
    assert.equal(heard?.headers['user-agent'], 'cairn/test');
    assert.equal(heard?.headers['content-type'], 'application/json');
  });

  it('keeps to the path under which a proxy serves the API', async () => {
    on.api.login('first-token', '/k8s/clusters/one/');
    on.client.close();
    on.client = connect({ kubeconfig: on.api.kubeconfig, clock: on.clock });
    await on.client.request('GET', PATH);
    assert.equal(on.api.heard[0]?.path, `/k8s/clusters/one${PATH}`);
  });

  it('uses a connection again', async () => {
    for (let n = 0; n < 3; n++) await on.client.request('GET', PATH);
    assert.equal(new Set(on.api.heard.map(({ port }) => port)).size, 1);
  });

  it('opens 16 connections at most', async () => {
    let underWay = 0;
    let most = 0;
    on.api.answer = (response) => {
      most = Math.max(most, ++underWay);
      setImmediate(() => {
        underWay--;
        json(response, 200, {});
      });
    };
    await Promise.all(Array.from({ length: 60 }, () => on.client.request('GET', PATH)));
    assert.equal(new Set(on.api.heard.map(({ port }) => port)).size, 16);
    assert.ok(most <= 16);
  });

  describe('that may not be sent any more', () => {
    const late = (options: RequestOptions = {}) => on.client.request('PATCH', PATH, { body: {}, ...options });
    const withheld = refusal({ status: 0, reason: 'Withheld' });

    it('is not sent', async () => {
      await assert.rejects(late({ mayBeSent: () => false }), withheld);
      assert.equal(on.api.heard.length, 0);
    });

    it('is not sent again after a refusal that says when to come back', async () => {
      on.api.answer = refuse(429, 'TooManyRequests', 'busy', { 'Retry-After': '5' });
      let isLeader = true;
      const answer = assert.rejects(late({ mayBeSent: () => isLeader }), withheld);
      await until(() => on.api.heard.length === 1 && on.clock.pending === 2);
      isLeader = false;
      await on.clock.step(6_000);
      await answer;
      assert.equal(on.api.heard.length, 1);
    });

    it('is not sent after the wait for a connection', async () => {
      let isLeader = true;
      const hanging: ServerResponse[] = [];
      on.api.answer = (response) => hanging.push(response);
      const before = Array.from({ length: 16 }, () => on.client.request('GET', PATH));
      await until(() => hanging.length === 16);
      const answer = assert.rejects(late({ mayBeSent: () => isLeader }), withheld);
      isLeader = false;
      for (const response of hanging) json(response, 200, {});
      await Promise.all([...before, answer]);
      assert.equal(on.api.heard.length, 16);
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
      on.api.answer = answer;
      await assert.rejects(on.client.request('GET', PATH), refusal(want));
      assert.equal(on.api.heard.length, 1);
    });
  }

  it('reads a letter whose bytes come apart', async () => {
    on.api.answer = async (response) => {
      for (const byte of Buffer.from('{"message":"für"}')) {
        response.write(Uint8Array.of(byte));
        await new Promise(setImmediate);
      }
      response.end();
    };
    assert.deepEqual(await on.client.request('GET', PATH), { message: 'für' });
  });

  it('comes back after a 429 when it was asked to', async () => {
    on.api.answers(refuse(429, 'TooManyRequests', 'later', { 'Retry-After': '2' }), (response) =>
      json(response, 200, { ok: 1 }),
    );
    const answer = on.client.request('GET', PATH);
    await until(() => on.api.heard.length === 1 && on.clock.pending === 2);
    await on.clock.step(1_999);
    assert.equal(on.api.heard.length, 1);
    await on.clock.step(1);
    assert.deepEqual(await answer, { ok: 1 });
  });

  it('comes back no sooner than after a pause where a 429 asks for none', async () => {
    on.api.answer = refuse(429, 'TooManyRequests', 'later', { 'Retry-After': '0' });
    const answer = assert.rejects(on.client.request('GET', PATH, { timeoutMs: 3_000 }), refusal({ status: 429 }));
    for (let count = 1; count < 6; count++) {
      await until(() => on.api.heard.length === count && on.clock.pending === 2);
      await on.clock.step(499);
      assert.equal(on.api.heard.length, count);
      await on.clock.step(1);
    }
    await answer;
    assert.equal(on.api.heard.length, 6);
  });

  it('does not wait for a 429 that asks for more time than there is', async () => {
    on.api.answer = refuse(429, 'TooManyRequests', 'later', { 'Retry-After': '60' });
    const answer = on.client.request('GET', PATH, { timeoutMs: 30_000 });
    await assert.rejects(answer, refusal({ status: 429, retryAfterMs: 60_000 }));
  });

  it('goes by the first of two times to come back', async () => {
    on.api.answer = (response) => {
      response.setHeader('Retry-After', ['60', '2']);
      refuse(429, 'TooManyRequests', 'later')(response, on.api.heard[0] as never);
    };
    await assert.rejects(on.client.request('GET', PATH), refusal({ status: 429, retryAfterMs: 60_000 }));
  });

  it('gives up on a server that does not answer in time', async () => {
    on.api.answer = hang;
    const answer = assert.rejects(
      on.client.request('GET', PATH, { timeoutMs: 5_000 }),
      refusal({ status: 0, reason: 'Timeout' }),
    );
    await until(() => on.api.heard.length === 1);
    await on.clock.step(5_000);
    await answer;
  });

  it('gives up when it is told to, at once when it already was', async () => {
    on.api.answer = hang;
    const stop = new AbortController();
    const answer = assert.rejects(
      on.client.request('GET', PATH, { signal: stop.signal }),
      refusal({ reason: 'Aborted' }),
    );
    await until(() => on.api.heard.length === 1);
    stop.abort();
    await answer;
    await assert.rejects(on.client.request('GET', PATH, { signal: stop.signal }), refusal({ reason: 'Aborted' }));
    assert.equal(on.api.heard.length, 1);
  });

  it('leaves no listener on the signal of a daemon', async () => {
    const stop = new AbortController();
    for (let n = 0; n < 20; n++) await on.client.request('GET', PATH, { signal: stop.signal });
    assert.equal(getEventListeners(stop.signal, 'abort').length, 0);
  });

  it('reads its credentials again after a 401', async () => {
    on.api.answer = (response, { headers }) =>
      headers.authorization === 'Bearer second-token'
        ? json(response, 200, {})
        : refuse(401, 'Unauthorized', 'who?')(response, on.api.heard[0] as never);
    on.api.login('second-token');
    await on.client.request('GET', PATH);
    assert.equal(on.api.heard.length, 2);
  });

  it('takes a second 401 for an answer', async () => {
    on.api.answer = refuse(401, 'Unauthorized', 'who?');
    await assert.rejects(on.client.request('GET', PATH), refusal({ status: 401 }));
    assert.equal(on.api.heard.length, 2);
  });

  it('reads its credentials again after a 401 that comes behind a 429', async () => {
    on.api.answers(
      refuse(429, 'TooManyRequests', 'later', { 'Retry-After': '2' }),
      refuse(401, 'Unauthorized', 'who?'),
      (response) => json(response, 200, { ok: 1 }),
    );
    const answer = on.client.request('GET', PATH);
    await until(() => on.api.heard.length === 1 && on.clock.pending === 2);
    await on.clock.step(2_000);
    assert.deepEqual(await answer, { ok: 1 });
  });

  it('says after a 401 that the credentials cannot be read, and looks again after the next one', async () => {
    on.api.answer = (response, heard) =>
      heard.headers.authorization === 'Bearer second-token'
        ? json(response, 200, {})
        : refuse(401, 'Unauthorized', 'who?')(response, heard);
    writeFileSync(on.api.kubeconfig, '{');
    const answer = on.client.request('GET', PATH);
    await assert.rejects(answer, (error: Error) => {
      assert.match(error.message, /^who\?: cannot read .*kubeconfig/);
      return refusal({ status: 401, reason: 'Unauthorized' })(error);
    });
    on.api.login('second-token');
    await on.client.request('GET', PATH);
  });

  const closesItsSecondRequest: Answer = (response) => {
    if (on.api.heard.length === 2) response.socket?.resetAndDestroy();
    else json(response, 200, { count: on.api.heard.length });
  };

  it('asks once more when a kept connection turns out to be closed', async () => {
    on.api.answer = closesItsSecondRequest;
    await on.client.request('GET', PATH);
    assert.deepEqual(await on.client.request('GET', PATH), { count: 3 });
  });

  it('does not send a POST twice', async () => {
    on.api.answer = closesItsSecondRequest;
    await on.client.request('GET', PATH);
    await assert.rejects(on.client.request('POST', PATH, { body: {} }), refusal({ reason: 'Unreachable' }));
    assert.equal(on.api.heard.length, 2);
  });
});

describe('connect', () => {
  const on = withApi();

  it('names a kubeconfig that is not there', () => {
    assert.throws(() => connect({ kubeconfig: '/nowhere/kubeconfig' }), {
      code: 'KUBECONFIG',
      message: /\/nowhere\/kubeconfig/,
    });
  });

  it('names a kubeconfig that leads nowhere', () => {
    writeFileSync(on.api.kubeconfig, '{}');
    assert.throws(() => connect({ kubeconfig: on.api.kubeconfig }), { code: 'KUBECONFIG', message: /current-context/ });
  });
});
