import assert from 'node:assert/strict';
import { afterEach, beforeEach, describe, it } from 'mocha';
import { ApiError } from '../../src/kube/api-error.js';
import { Denial, denialIn } from '../../src/kube/denial.js';
import { NAMESPACES } from '../../src/kube/objects.js';
import { Informer } from '../../src/kube/watch.js';
import type { Namespace } from '../../src/values/objects.js';
import { FakeClock } from '../support/clock.js';
import { FakeCluster } from '../support/fake-cluster.js';
import { GuardedApi } from '../support/guarded-api.js';
import { silent } from './lease-replica.js';

const FORBIDDEN = new ApiError(
  403,
  'Forbidden',
  'namespaces is forbidden: User "u" cannot watch resource "namespaces"',
);
const UNAUTHORIZED = new ApiError(401, 'Unauthorized', 'Unauthorized');
const AWAY = new ApiError(0, 'Unreachable', 'nobody listens');
const BUSY = new ApiError(503, 'ServiceUnavailable', 'busy');

describe('denialIn', () => {
  const page = new ApiError(403, 'Unknown', '<html>\n  <h1>Blocked</h1>\r\n</html>');
  // biome-ignore format: table
  const cases: readonly { name: string; error: unknown; want: string | undefined }[] = [
    { name: 'says what RBAC says',           error: FORBIDDEN,          want: `403 Forbidden: ${FORBIDDEN.message}` },
    { name: 'says once what is said twice',  error: UNAUTHORIZED,       want: '401 Unauthorized' },
    { name: 'has a proxy’s page on a line',  error: page,               want: '403 Forbidden: <html> <h1>Blocked</h1> </html>' },
    { name: 'is nothing where nobody is',    error: AWAY,               want: undefined },
    { name: 'is nothing of a busy server',   error: BUSY,               want: undefined },
    { name: 'is nothing of other surprises', error: new Error('stray'), want: undefined },
    { name: 'is nothing of nothing',         error: undefined,          want: undefined },
  ];
  for (const { name, error, want } of cases) it(name, () => assert.equal(denialIn(error), want));
});

describe('a denial', () => {
  type Try = readonly [atS: number, what: ApiError | 'let through'];
  // biome-ignore format: table
  const cases: readonly { name: string; tries: readonly Try[]; lasting: string | undefined }[] = [
    { name: 'lasts after 30 s',                                tries: [[0, UNAUTHORIZED], [15, UNAUTHORIZED], [30, UNAUTHORIZED]],                      lasting: '401 Unauthorized' },
    { name: 'does not before',                                 tries: [[0, UNAUTHORIZED], [15, UNAUTHORIZED], [29.9, UNAUTHORIZED]],                    lasting: undefined },
    { name: 'is told as it was said last',                     tries: [[0, FORBIDDEN], [40, UNAUTHORIZED]],                                             lasting: '401 Unauthorized' },
    { name: 'ends when a try is let through',                  tries: [[0, UNAUTHORIZED], [40, UNAUTHORIZED], [41, 'let through']],                     lasting: undefined },
    { name: 'begins anew after that',                          tries: [[0, UNAUTHORIZED], [40, UNAUTHORIZED], [41, 'let through'], [42, UNAUTHORIZED]], lasting: undefined },
    { name: 'does not last beyond a try that was let through', tries: [[0, UNAUTHORIZED], [1, 'let through'], [40, UNAUTHORIZED]],                      lasting: undefined },
    { name: 'does not last for a server that was away',        tries: [[0, UNAUTHORIZED], [2, AWAY], [600, AWAY], [601, UNAUTHORIZED]],                 lasting: undefined },
    { name: 'does not last for one that was busy',             tries: [[0, UNAUTHORIZED], [2, BUSY], [600, BUSY], [601, UNAUTHORIZED]],                 lasting: undefined },
    { name: 'adds up beside a server that is away',            tries: [[0, FORBIDDEN], [15, FORBIDDEN], [20, AWAY], [30, FORBIDDEN], [45, FORBIDDEN]],  lasting: `403 Forbidden: ${FORBIDDEN.message}` },
    { name: 'stands while a server is away',                   tries: [[0, UNAUTHORIZED], [30, UNAUTHORIZED], [600, AWAY]],                             lasting: '401 Unauthorized' },
    { name: 'is none where the server is only away',           tries: [[0, AWAY], [600, AWAY]],                                                         lasting: undefined },
  ];
  for (const { name, tries, lasting } of cases) {
    it(name, () => {
      const denial = new Denial();
      for (const [atS, what] of tries) {
        if (what === 'let through') denial.letThrough();
        else denial.failed(what, atS * 1_000);
      }
      assert.equal(denial.lasting, lasting);
    });
  }
});

describe('an informer that is denied', () => {
  const PATH = '/api/v1/namespaces';
  const LASTING = /^403 Forbidden: namespaces is forbidden/;
  let clock: FakeClock;
  let cluster: FakeCluster;
  let api: GuardedApi;
  let informer: Informer<Namespace>;
  let stop: AbortController;
  let ended: Promise<void>;
  beforeEach(() => {
    clock = new FakeClock();
    cluster = new FakeCluster();
    cluster.put(PATH, { metadata: { name: 'shop' } });
    api = new GuardedApi(cluster);
    informer = new Informer({ client: api, resource: NAMESPACES, clock, log: silent });
    stop = new AbortController();
  });
  afterEach(async () => {
    stop.abort();
    await ended;
    assert.equal(clock.pending, 0, 'no timer is left behind');
  });
  const start = async () => {
    ended = informer.run(stop.signal);
    await clock.settle();
  };

  it('from the start says so after 30 s, and no more once it has listed', async () => {
    api.deny(FORBIDDEN, PATH);
    await start();
    await clock.step(29_000);
    assert.equal(informer.denial, undefined);
    await clock.step(17_000);
    assert.match(informer.denial ?? '', LASTING);
    assert.equal(informer.isSynced, false);
    api.allow();
    await clock.step(15_000);
    assert.equal(informer.denial, undefined);
    assert.equal(informer.isSynced, true);
  });

  it('while it watches notices when the watch ends, keeps what it holds, and is well once it watches again', async () => {
    await start();
    api.deny(FORBIDDEN, PATH);
    await clock.step(600_000);
    assert.equal(informer.denial, undefined);
    api.endWatches();
    await clock.step(46_000);
    assert.match(informer.denial ?? '', LASTING);
    assert.equal(informer.size, 1);
    api.allow();
    await clock.step(15_000);
    assert.equal(informer.denial, undefined);
  });
});
