import assert from 'node:assert/strict';
import { afterEach, beforeEach, describe, it } from 'mocha';
import { EmbeddedApiServer } from '../../../src/playground/api/server.js';
import { Api } from '../../../src/playground/cluster/api.js';
import { Mirror } from '../../../src/playground/kubelet/mirror.js';
import { waitFor } from '../../../src/playground/network/wait.js';

const MAPS = '/api/v1/namespaces/default/configmaps';

describe('a mirror', () => {
  let server: EmbeddedApiServer;
  let api: Api;
  let stopping: AbortController;
  let troubles: string[];
  beforeEach(async () => {
    server = await EmbeddedApiServer.start({ controllers: false, seed: 1 });
    api = new Api({ host: '127.0.0.1', port: server.port });
    stopping = new AbortController();
    troubles = [];
  });
  afterEach(async () => {
    stopping.abort();
    await server.stop();
  });

  const mirrored = () =>
    new Mirror(
      api,
      MAPS,
      {},
      () => {},
      (trouble) => troubles.push(trouble),
    );
  const create = (name: string) => api.create(MAPS, { metadata: { name } });
  const namesIn = (mirror: Mirror) => [...mirror.values()].map(({ metadata }) => metadata.name).sort();
  const holds = (mirror: Mirror, ...names: readonly string[]) =>
    waitFor(`it holds ${names}`, () => namesIn(mirror).join() === names.join(), { timeoutMs: 10_000 });

  it('holds what there is, and follows', async () => {
    await create('one');
    const mirror = mirrored();
    await mirror.start(stopping.signal);
    assert.deepEqual(namesIn(mirror), ['one']);
    await create('two');
    await api.delete(`${MAPS}/one`);
    await holds(mirror, 'two');
    assert.deepEqual(troubles, []);
  });

  it('knows what happened while its watch was broken', async () => {
    await create('one');
    const mirror = mirrored();
    await mirror.start(stopping.signal);
    const release = server.faults.add({ kind: 'refuse', code: 503, verbs: ['list', 'watch'] });
    server.faults.add({ kind: 'disconnect', verbs: ['watch'] });
    await api.delete(`${MAPS}/one`);
    await create('two');
    await waitFor('it is in trouble', () => troubles.length > 1);
    assert.deepEqual(namesIn(mirror), ['one']);
    release();
    await holds(mirror, 'two');
  });

  it('does not hurry where lists are answered and watches are not', async () => {
    server.faults.add({ kind: 'refuse', code: 503, verbs: ['watch'] });
    const mirror = mirrored();
    await mirror.start(stopping.signal);
    await waitFor('it has tried again', () => troubles.length > 1);
    const [fault] = server.faults.list();
    assert.ok((fault?.struck ?? 0) <= 3, `${fault?.struck} watches`);
  });

  it('ends in silence, whatever it is at', async () => {
    const release = server.faults.add({ kind: 'refuse', code: 503, verbs: ['list'] });
    const starting = mirrored().start(stopping.signal);
    await waitFor('it is in trouble', () => troubles.length > 0);
    stopping.abort();
    await starting;
    release();
  });
});
