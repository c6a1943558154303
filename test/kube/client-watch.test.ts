import assert from 'node:assert/strict';
import { describe, it } from 'mocha';
import { isExpired, type WatchEvent } from '../../src/kube/client.js';
import { type Answer, refuse, until } from '../support/api-server.js';
import { PATH, refusal, withApi } from './with-api.js';

const hang: Answer = () => {};

describe('watch', () => {
  const on = withApi();
  const watch = (signal = new AbortController().signal) =>
    on.client.watch(PATH, { query: { resourceVersion: '7' }, signal, idleMs: 60_000 });
  const all = async (events: AsyncIterable<WatchEvent>) => {
    const seen: WatchEvent[] = [];
    for await (const event of events) seen.push(event);
    return seen;
  };
  const event = (name: string): WatchEvent => ({ type: 'ADDED', object: { metadata: { name } } });
  const line = (name: string) => `${JSON.stringify(event(name))}\n`;

  it('gives each event, however the bytes come', async () => {
    const bytes = Buffer.from(line('ä') + line('b'));
    on.api.answer = async (response) => {
      for (const byte of bytes) {
        response.write(Uint8Array.of(byte));
        await new Promise(setImmediate);
      }
      response.end();
    };
    assert.deepEqual(await all(watch()), [event('ä'), event('b')]);
    assert.deepEqual(on.api.heard[0]?.query, { watch: 'true', resourceVersion: '7' });
  });

  it('says that it may watch before there is an event, and not when it may not', async () => {
    let opened = 0;
    const stop = new AbortController();
    const options = { signal: stop.signal, idleMs: 60_000, onOpen: () => opened++ };
    on.api.answer = refuse(403, 'Forbidden', 'no');
    await assert.rejects(all(on.client.watch(PATH, options)), refusal({ status: 403 }));
    assert.equal(opened, 0);
    on.api.answer = (response) => response.flushHeaders();
    const events = assert.rejects(all(on.client.watch(PATH, options)), refusal({ reason: 'Aborted' }));
    await until(() => opened === 1);
    stop.abort();
    await events;
  });

  it('never gives half an event: the one before it, then an error', async () => {
    const seen: WatchEvent[] = [];
    on.api.answer = (response) => {
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
    on.api.answer = (response) => response.end(line('a').slice(0, 20));
    await assert.rejects(all(watch()), refusal({ reason: 'Unreachable' }));
  });

  it('takes a connection for dead that is silent for too long, counted from the last byte', async () => {
    let send = (_text: string) => {};
    on.api.answer = (response) => {
      send = (text) => response.write(text);
      send(line('a'));
    };
    const events = watch()[Symbol.asyncIterator]();
    assert.deepEqual((await events.next()).value, event('a'));
    await on.clock.step(40_000);
    send(line('b'));
    assert.deepEqual((await events.next()).value, event('b'));
    const third = assert.rejects(events.next(), refusal({ reason: 'Timeout' }));
    await on.clock.step(59_999);
    assert.equal(on.clock.pending, 1);
    await on.clock.step(1);
    await third;
  });

  it('takes a server for dead that accepts and says nothing at all, much sooner', async () => {
    on.api.answer = hang;
    const events = assert.rejects(all(watch()), refusal({ reason: 'Timeout' }));
    await until(() => on.api.heard.length === 1);
    await on.clock.step(15_000);
    await events;
  });

  it('takes no more from the server than is read', async () => {
    const text = `${JSON.stringify({ type: 'ADDED', object: 'x'.repeat(100_000) })}\n`;
    const enough = 1_000;
    let written = 0;
    let isHeldUp = false;
    on.api.answer = (response) => {
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
    on.api.answer = refuse(410, 'Expired', 'too old resource version: 7 (9)');
    await assert.rejects(all(watch()), isExpired);
  });

  it('reads its credentials again after a 401', async () => {
    on.api.answer = (response, heard) =>
      heard.headers.authorization === 'Bearer second-token'
        ? response.end(line('a'))
        : refuse(401, 'Unauthorized', 'who?')(response, heard);
    on.api.login('second-token');
    assert.deepEqual(await all(watch()), [event('a')]);
    assert.deepEqual(
      on.api.heard.map(({ query }) => query),
      Array(2).fill({ watch: 'true', resourceVersion: '7' }),
    );
  });

  it('takes a second 401 for an answer', async () => {
    on.api.answer = refuse(401, 'Unauthorized', 'who?');
    await assert.rejects(all(watch()), refusal({ status: 401, message: 'who?' }));
    assert.equal(on.api.heard.length, 2);
  });

  it('closes its connection when told to, and when nobody reads on', async () => {
    let closed = 0;
    on.api.answer = (response) => {
      response.on('close', () => closed++);
      response.write(line('a'));
    };
    const stop = new AbortController();
    const events = assert.rejects(all(watch(stop.signal)), refusal({ reason: 'Aborted' }));
    await until(() => on.api.heard.length === 1);
    stop.abort();
    await events;
    await until(() => closed === 1);
    for await (const _ of watch()) break;
    await until(() => closed === 2);
  });
});
