import assert from 'node:assert/strict';
import { afterEach, describe, it } from 'mocha';
import { Chance } from '../../../src/playground/api/chance.js';
import { type Asked, type Fault, Faults } from '../../../src/playground/api/faults.js';
import { type Reply, running, type Watching } from './support/running.js';

const MAPS = '/api/v1/namespaces/default/configmaps';
const map = (name: string, data: Record<string, string> = {}) => ({ metadata: { name }, data });
const ASKED: Asked = { verb: 'get', resource: 'services', subresource: '', namespace: 'shop', name: 'web' };

describe('a fault', () => {
  const targets: readonly [target: Partial<Fault>, strikes: boolean][] = [
    [{}, true],
    [{ verbs: ['get', 'list'] }, true],
    [{ verbs: ['list'] }, false],
    [{ resource: 'services' }, true],
    [{ resource: 'pods' }, false],
    [{ subresource: '' }, true],
    [{ subresource: 'status' }, false],
    [{ namespace: 'shop' }, true],
    [{ namespace: 'other' }, false],
    [{ name: 'web' }, true],
    [{ name: 'db' }, false],
    [{ verbs: ['get'], resource: 'services', namespace: 'shop', name: 'web' }, true],
  ];
  for (const [target, strikes] of targets) {
    it(`of ${JSON.stringify(target)} ${strikes ? 'strikes' : 'spares'} a get of a Service`, () => {
      const faults = new Faults(new Chance(1), () => 1);
      faults.add({ kind: 'refuse', code: 500, ...target } as Fault);
      assert.equal(faults.strike(ASKED).does !== undefined, strikes);
    });
  }

  it('strikes as often as it is told, and not after it is taken back', () => {
    const faults = new Faults(new Chance(1), () => 1);
    const strikes = () => [1, 2, 3].map(() => faults.strike(ASKED).does !== undefined);
    const release = faults.add({ kind: 'refuse', code: 500, times: 2 });
    assert.deepEqual(strikes(), [true, true, false]);
    release();
    release();
    faults.add({ kind: 'refuse', code: 500 })();
    assert.deepEqual(strikes(), [false, false, false]);
  });

  it('strikes the same of the same requests for the same seed', () => {
    const strikes = (seed: number) => {
      const faults = new Faults(new Chance(seed), () => 1);
      faults.add({ kind: 'refuse', code: 500, probability: 0.5 });
      return Array.from({ length: 64 }, () => (faults.strike(ASKED).does === undefined ? '.' : 'x')).join('');
    };
    assert.equal(strikes(3), strikes(3));
    assert.notEqual(strikes(3), strikes(4));
    const share = [...strikes(3)].filter((letter) => letter === 'x').length / 64;
    assert.ok(share > 0.25 && share < 0.75, strikes(3));
  });

  it('delays and another together both take effect', () => {
    const faults = new Faults(new Chance(1), () => 1);
    faults.add({ kind: 'delay', delayMs: 5 });
    faults.add({ kind: 'delay', delayMs: 7 });
    faults.add({ kind: 'reset', when: 'after' });
    assert.deepEqual(faults.strike(ASKED), { delayMs: 12, does: { kind: 'reset', when: 'after' } });
  });
});

describe('over HTTP', () => {
  const api = running();
  afterEach(() => api.server.faults.clear());
  const add = (fault: Fault) => api.server.faults.add(fault);
  const version = async () => (await api.get(MAPS)).body['metadata'].resourceVersion as string;
  const told = ({ code, body }: Reply) => [code, body['reason']];

  it('delay: the answer comes late', async () => {
    add({ kind: 'delay', delayMs: 120, verbs: ['list'], resource: 'configmaps' });
    const startMs = performance.now();
    assert.equal((await api.get(MAPS)).code, 200);
    assert.ok(performance.now() - startMs >= 119);
  });

  const refusals: readonly [fault: Fault, want: readonly [number, string], retryAfter?: string][] = [
    [{ kind: 'refuse', code: 500 }, [500, 'InternalError']],
    [{ kind: 'refuse', code: 503 }, [503, 'ServiceUnavailable']],
    [{ kind: 'refuse', code: 504 }, [504, 'Timeout']],
    [{ kind: 'refuse', code: 409 }, [409, 'Conflict']],
    [{ kind: 'refuse', code: 429, retryAfterSeconds: 2 }, [429, 'TooManyRequests'], '2'],
    [{ kind: 'refuse', code: 409, reason: 'AlreadyExists' }, [409, 'AlreadyExists']],
  ];
  for (const [fault, want, retryAfter] of refusals) {
    it(`refuse: ${want.join(' ')}, and nothing takes effect`, async () => {
      add({ ...fault, verbs: ['create'], times: 1 } as Fault);
      const reply = await api.post(MAPS, map('refused'));
      assert.deepEqual(told(reply), want);
      assert.equal(reply.headers['retry-after'], retryAfter);
      assert.equal((await api.get(`${MAPS}/refused`)).code, 404);
    });
  }

  it('expired: a list, and its further pages', async () => {
    await api.post(MAPS, map('one'));
    await api.post(MAPS, map('two'));
    const { body: first } = await api.get(`${MAPS}?limit=1`);
    add({ kind: 'expired', verbs: ['list'], times: 2 });
    assert.deepEqual(told(await api.get(MAPS)), [410, 'Expired']);
    const late = await api.get(`${MAPS}?limit=1&continue=${first['metadata'].continue}`);
    assert.deepEqual(told(late), [410, 'Expired']);
    assert.equal((await api.get(`${MAPS}?continue=${late.body['metadata'].continue}`)).body['items'].length, 1);
  });

  it('expired: nothing but lists and watches', async () => {
    add({ kind: 'expired', times: 1 });
    assert.equal((await api.post(MAPS, map('fresh'))).code, 201);
    assert.equal((await api.get(`${MAPS}/fresh`)).code, 200);
    assert.equal((await api.get(MAPS)).code, 410);
  });

  it('expired: a new watch, in its stream', async () => {
    add({ kind: 'expired', verbs: ['watch'], times: 1 });
    const watch = api.watch(`${MAPS}?watch=1&resourceVersion=${await version()}`);
    const { type, object } = await watch.next();
    assert.deepEqual([type, object['code']], ['ERROR', 410]);
    assert.equal(await watch.ended(), 'ended');
  });

  it('expired: a running watch, in place of its next event', async () => {
    const watch = api.watch(`${MAPS}?watch=1&resourceVersion=${await version()}`);
    await api.post(MAPS, map('before'));
    assert.deepEqual(await watch.told(1), ['ADDED before']);
    add({ kind: 'expired', verbs: ['watch'], times: 1 });
    await api.post(MAPS, map('after'));
    assert.equal((await watch.next()).object['code'], 410);
    assert.equal(await watch.ended(), 'ended');
  });

  it('cut: a watch breaks in the middle of an event', async () => {
    const watch = api.watch(`${MAPS}?watch=1&resourceVersion=${await version()}`);
    await api.post(MAPS, map('whole'));
    assert.deepEqual(await watch.told(1), ['ADDED whole']);
    add({ kind: 'cut', times: 1 });
    await api.post(MAPS, map('half'));
    assert.equal(await watch.ended(), 'reset');
    assert.match(watch.rest, /^\{"type":"ADDED","object":\{/);
    assert.throws(() => JSON.parse(watch.rest));
  });

  it('disconnect: running watches end at once', async () => {
    const watch = api.watch(`${MAPS}?watch=1&fieldSelector=metadata.name%3Dwhole`);
    await watch.told(1);
    add({ kind: 'disconnect', resource: 'configmaps' });
    assert.equal(await watch.ended(), 'reset');
    assert.deepEqual(api.server.faults.list(), []);
  });

  it('stale: lists of any version and watches stay where they were, until it is taken back', async () => {
    await api.post(MAPS, map('stale', { x: '1' }));
    const before = await version();
    const release = add({ kind: 'stale', resource: 'configmaps' });
    await api.merge(`${MAPS}/stale`, { data: { x: '2' } });
    await api.post(MAPS, map('unseen'));
    const old = (await api.get(`${MAPS}?resourceVersion=0`)).body;
    assert.equal(old['metadata'].resourceVersion, before);
    assert.ok(!JSON.stringify(old).includes('unseen'));
    assert.equal((await api.get(`${MAPS}/stale?resourceVersion=0`)).body['data'].x, '1');
    assert.equal((await api.get(`${MAPS}/stale`)).body['data'].x, '2');
    assert.ok((await api.get(MAPS)).text.includes('unseen'));
    assert.deepEqual(told(await api.get(`${MAPS}?resourceVersion=${Number(before) + 1}`)), [504, 'Timeout']);
    const watch = api.watch(`${MAPS}?watch=1&resourceVersion=${before}`);
    await version();
    assert.equal(watch.unread, 0);
    release();
    assert.deepEqual(await watch.told(2), ['MODIFIED stale', 'ADDED unseen']);
  });

  it('stale: lists and watches are some versions behind', async () => {
    const watch = api.watch(`${MAPS}?watch=1&resourceVersion=${await version()}`);
    add({ kind: 'stale', versions: 2, verbs: ['list', 'watch'] });
    for (const name of ['v1', 'v2', 'v3']) await api.post(MAPS, map(name));
    assert.deepEqual(await watch.told(1), ['ADDED v1']);
    const { text } = await api.get(`${MAPS}?resourceVersion=0`);
    assert.deepEqual(
      ['v1', 'v2', 'v3'].map((name) => text.includes(`"name":"${name}"`)),
      [true, false, false],
    );
    assert.equal(watch.unread, 0);
  });

  it('bookmarks-only: bookmarks in place of events, and the events afterwards', async () => {
    const before = await version();
    const watch = api.watch(`${MAPS}?watch=1&allowWatchBookmarks=1&resourceVersion=${before}`);
    const release = add({ kind: 'bookmarks-only', resource: 'configmaps' });
    await api.post(MAPS, map('held-1'));
    await api.post(MAPS, map('held-2'));
    const { type, object } = await watch.next();
    assert.deepEqual([type, object['metadata'].resourceVersion], ['BOOKMARK', before]);
    release();
    assert.deepEqual(await afterBookmarks(watch, 2), ['ADDED held-1', 'ADDED held-2']);
  });

  it('reset before: nothing takes effect', async () => {
    add({ kind: 'reset', when: 'before', verbs: ['create'], times: 1 });
    await assert.rejects(api.post(MAPS, map('lost')), { code: 'ECONNRESET' });
    assert.equal((await api.get(`${MAPS}/lost`)).code, 404);
  });

  it('reset after: the write took effect, and nobody was told', async () => {
    add({ kind: 'reset', when: 'after', verbs: ['create'], times: 1 });
    await assert.rejects(api.post(MAPS, map('done')), { code: 'ECONNRESET' });
    assert.equal((await api.get(`${MAPS}/done`)).code, 200);
    assert.equal((await api.post(MAPS, map('done'))).code, 409);
  });

  it('strikes the subresource that it names, and not the object', async () => {
    const services = '/api/v1/namespaces/default/services';
    await api.post(services, { metadata: { name: 'web' }, spec: { ports: [{ port: 80 }] } });
    add({ kind: 'refuse', code: 503, verbs: ['patch'], resource: 'services', subresource: 'status' });
    assert.equal((await api.merge(`${services}/web`, { metadata: { labels: { a: 'b' } } })).code, 200);
    assert.equal((await api.merge(`${services}/web/status`, { status: {} })).code, 503);
  });

  it('can be told over HTTP', async () => {
    const door = '/playground/faults';
    const { body: added } = await api.post(door, { kind: 'refuse', code: 503, verbs: ['list'], times: 5 });
    assert.equal((await api.get(MAPS)).code, 503);
    const { body } = await api.get(door);
    assert.deepEqual(body['faults'], [
      { id: added['id'], fault: { kind: 'refuse', code: 503, verbs: ['list'], times: 5 }, struck: 1 },
    ]);
    assert.equal((await api.delete(`${door}/${added['id']}`)).code, 200);
    assert.equal((await api.delete(`${door}/${added['id']}`)).code, 404);
    assert.equal((await api.get(MAPS)).code, 200);
    await api.post(door, { kind: 'delay', delayMs: 1 });
    await api.delete(door);
    assert.deepEqual((await api.get(door)).body['faults'], []);
  });

  for (const wrong of [
    {},
    { kind: 'explode' },
    { kind: 'refuse' },
    { kind: 'refuse', code: 200 },
    { kind: 'delay', delayMs: -1 },
    { kind: 'stale', times: 1 },
    { kind: 'cut', verb: 'watch' },
    { kind: 'reset', when: 'never' },
    [],
    'x',
  ]) {
    it(`${JSON.stringify(wrong)} is no fault`, async () => {
      const { code, body } = await api.post('/playground/faults', wrong);
      assert.deepEqual([code, body['reason']], [400, 'BadRequest']);
    });
  }
});

async function afterBookmarks(watch: Watching, count: number): Promise<string[]> {
  const told: string[] = [];
  while (told.length < count) {
    const { type, object } = await watch.next();
    if (type !== 'BOOKMARK') told.push(`${type} ${object['metadata'].name}`);
  }
  return told;
}
