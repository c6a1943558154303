import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, afterEach, before, beforeEach, describe, it } from 'mocha';
import { type ApiClient, connect } from '../../../src/kube/client.js';
import { systemClock } from '../../../src/kube/clock.js';
import type { Log } from '../../../src/kube/log.js';
import { CONFIG_MAPS } from '../../../src/kube/objects.js';
import { Informer } from '../../../src/kube/watch.js';
import type { Fault } from '../../../src/playground/api/faults.js';
import type { JsonObject } from '../../../src/playground/api/object.js';
import type { ConfigMap } from '../../../src/values/objects.js';
import { until } from '../../support/api-server.js';
import { running } from './support/running.js';

const MAPS = '/api/v1/namespaces/default/configmaps';
const QUIET = { debug() {}, info() {}, warn() {}, error() {} } as unknown as Log;
/** As the system's, but a retry waits hardly at all. */
const HASTY = {
  ...systemClock,
  after: (delayMs: number, run: () => void) => systemClock.after(Math.min(delayMs, 5), run),
};

describe("Cairn's own client", () => {
  const api = running({ watchWindow: 64 });
  let folder: string;
  let client: ApiClient;
  let stop: AbortController;
  let informer: Informer<ConfigMap>;

  before(() => {
    folder = mkdtempSync(join(tmpdir(), 'cairn-api-'));
    client = connect({ kubeconfig: api.server.kubeconfig(join(folder, 'kubeconfig')), clock: systemClock });
  });
  after(() => {
    client.close();
    rmSync(folder, { recursive: true });
  });
  beforeEach(() => {
    stop = new AbortController();
    const clock = {
      ...HASTY,
      after: (delayMs: number, run: () => void) => (delayMs > 10_000 ? systemClock : HASTY).after(delayMs, run),
    };
    informer = new Informer({ client, resource: CONFIG_MAPS, clock, log: QUIET, namespace: 'default' });
    void informer.run(stop.signal);
  });
  afterEach(async () => {
    stop.abort();
    api.server.faults.clear();
    await api.delete(MAPS);
  });

  const create = (name: string) => client.request('POST', MAPS, { body: { metadata: { name }, data: { n: name } } });
  const holds = (names: readonly string[]) => () =>
    [...informer.values()]
      .map(({ meta }) => meta.name)
      .sort()
      .join() === names.join();

  it('reads, writes and is told of conflicts', async () => {
    const made = await client.request<JsonObject>('POST', MAPS, {
      body: { metadata: { name: 'rw' }, data: { a: '1' } },
    });
    await client.request('PATCH', `${MAPS}/rw`, {
      body: { data: { a: '2' } },
      contentType: 'application/merge-patch+json',
    });
    await assert.rejects(client.request('PUT', `${MAPS}/rw`, { body: made }), { status: 409, reason: 'Conflict' });
    await assert.rejects(client.request('GET', `${MAPS}/none`), { status: 404, reason: 'NotFound' });
  });

  it('comes back after 429 when it is told to', async () => {
    api.server.faults.add({ kind: 'refuse', code: 429, retryAfterSeconds: 0, verbs: ['create'], times: 2 });
    await create('patient');
    assert.equal(api.server.faults.list()[0]?.struck, 2);
  });

  const faults: readonly Fault[] = [
    { kind: 'cut', times: 3 },
    { kind: 'expired', verbs: ['watch'], times: 3 },
    { kind: 'expired', verbs: ['list'], times: 2 },
    { kind: 'refuse', code: 500, verbs: ['list', 'watch'], times: 3 },
    { kind: 'reset', when: 'before', verbs: ['list', 'watch'], times: 3 },
    { kind: 'reset', when: 'after', verbs: ['list', 'watch'], times: 3 },
    { kind: 'cut', probability: 0.3 },
    { kind: 'delay', delayMs: 20, verbs: ['list', 'watch'] },
  ];
  for (const fault of faults) {
    it(`holds what the server holds, whatever ${JSON.stringify(fault)} does`, async () => {
      await informer.synced;
      api.server.faults.add(fault);
      api.server.faults.add({ kind: 'disconnect' });
      const names = ['a', 'b', 'c', 'd', 'e', 'f'];
      for (const name of names) await create(name);
      await client.request('DELETE', `${MAPS}/b`);
      await until(holds(['a', 'c', 'd', 'e', 'f']), `the informer after ${fault.kind}`);
    });
  }

  it('lists again when the server has forgotten where it was', async () => {
    await informer.synced;
    api.server.faults.add({ kind: 'refuse', code: 503, verbs: ['watch'], times: 2 });
    api.server.faults.add({ kind: 'disconnect' });
    await create('x');
    api.server.store.compact();
    await create('y');
    await until(holds(['x', 'y']), 'the informer after 410');
  });

  it('is behind a stale server, and catches up with it', async () => {
    await informer.synced;
    const release = api.server.faults.add({ kind: 'stale' });
    await create('late');
    assert.ok(holds([])());
    release();
    await until(holds(['late']), 'the informer behind a stale server');
  });
});
