/**
 * An Informer and a client on a real connection, which is cut and refused.
 */
import assert from 'node:assert/strict';
import { afterEach, beforeEach, describe, it } from 'mocha';
import { type ApiClient, connect } from '../../src/kube/client.js';
import { systemClock } from '../../src/kube/clock.js';
import type { Log } from '../../src/kube/log.js';
import { CONFIG_MAPS } from '../../src/kube/objects.js';
import { Informer } from '../../src/kube/watch.js';
import type { ConfigMap } from '../../src/values/objects.js';
import { ApiServer, json, refuse, until } from '../support/api-server.js';
import { event, map, page } from './list-and-watch.js';

const log: Log = { debug() {}, info() {}, warn() {}, error() {} };

describe('Informer over HTTP', () => {
  let server: ApiServer;
  let client: ApiClient;
  let informer: Informer<ConfigMap>;
  let stop: AbortController;
  let ended: Promise<void>;

  beforeEach(async () => {
    server = await ApiServer.start();
    client = connect({ kubeconfig: server.kubeconfig });
    informer = new Informer({ client, resource: CONFIG_MAPS, clock: systemClock, log, namespace: 'shop' });
    stop = new AbortController();
  });
  afterEach(async () => {
    stop.abort();
    await ended;
    client.close();
    server.close();
  });

  const start = () => {
    ended = informer.run(stop.signal);
  };
  const line = (name: string, version: number) => `${JSON.stringify(event('ADDED', map(name, version)))}\n`;

  it('loses nothing and repeats nothing when its watch is cut in the middle of an event', async () => {
    server.answer = (response, { query }) => {
      if (query['watch'] === undefined) return json(response, 200, page(10, [map('a', 1)]));
      if (query['resourceVersion'] === '10') {
        response.write(line('b', 11) + line('c', 12).slice(0, 30));
        setImmediate(() => response.destroy());
      } else response.write(line('c', 12));
    };
    const heard: string[] = [];
    informer.onChange((key) => heard.push(key));
    start();
    await until(() => informer.size === 3);
    assert.deepEqual(heard, ['shop/a', 'shop/b', 'shop/c']);
    assert.deepEqual(
      server.heard.map(({ query }) => query['resourceVersion']),
      [undefined, '10', '11'],
    );
  });

  it('goes on watching when its token was exchanged for another one', async () => {
    let taken = 'first-token';
    let endWatch = () => {};
    server.answer = (response, heard) => {
      if (heard.headers.authorization !== `Bearer ${taken}`) refuse(401, 'Unauthorized', 'who?')(response, heard);
      else if (heard.query['watch'] === undefined) json(response, 200, page(10, []));
      else {
        response.write(line(taken, 11));
        endWatch = () => response.end();
      }
    };
    start();
    await until(() => informer.get('shop/first-token') !== undefined);
    taken = 'second-token';
    server.login(taken);
    endWatch();
    await until(() => informer.get('shop/second-token') !== undefined);
  });
});
