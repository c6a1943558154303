import assert from 'node:assert/strict';
import { afterEach, beforeEach, describe, it } from 'mocha';
import { ApiError } from '../../src/kube/api-error.js';
import { Health } from '../../src/run/health.js';
import { FakeClock } from '../support/clock.js';
import { GuardedApi } from '../support/guarded-api.js';
import { CONFIG_MAPS, type FakeControllerApi, NAMESPACES, NODES, SERVICES } from './fake-controller-api.js';
import { cluster, ipsOf } from './leader-term.js';
import { runAlone } from './lone-controller.js';

const PODS = '/api/v1/namespaces/cairn-system/pods';
const UNAUTHORIZED = new ApiError(401, 'Unauthorized', 'Unauthorized');
const forbidden = (plural: string) =>
  new ApiError(403, 'Forbidden', `${plural} is forbidden: User "u" cannot list resource "${plural}"`);
/** Until the denial of a running watch counts: 30 s and a pause. */
const LONG_MS = 46_000;
/** Until it is tried again at last. */
const PAUSE_MS = 15_000;

describe('a controller that the API server denies', () => {
  let clock: FakeClock;
  let behind: FakeControllerApi;
  let api: GuardedApi;
  let health: Health;
  let stop: AbortController;
  let ended: Promise<void>;
  beforeEach(() => {
    clock = new FakeClock();
    behind = cluster();
    api = new GuardedApi(behind);
    health = new Health();
    stop = new AbortController();
  });
  afterEach(async () => {
    stop.abort();
    await ended;
    assert.equal(clock.pending, 0, 'a timer is left over');
  });
  const start = async () => {
    ended = runAlone(api, { clock, health, signal: stop.signal });
    await clock.step(3_000);
  };

  it('the Services is not ready after 30 s, and says what is refused and why', async () => {
    await start();
    assert.deepEqual(health.readyProblems(), []);
    api.deny(forbidden('services'), SERVICES);
    api.endWatches();
    await clock.step(29_000);
    assert.deepEqual(health.readyProblems(), []);
    await clock.step(LONG_MS);
    assert.deepEqual(health.readyProblems(), [
      'controller: the API server refuses to list or watch services: ' +
        '403 Forbidden: services is forbidden: User "u" cannot list resource "services"',
    ]);
    assert.deepEqual(health.liveProblems(), []);
    api.allow();
    await clock.step(PAUSE_MS);
    assert.deepEqual(health.readyProblems(), []);
    behind.addService('web');
    await clock.step(1_000);
    assert.equal(ipsOf(behind, 'web'), '192.0.2.1');
  });

  it('everything names all that it cannot do without', async () => {
    await start();
    api.deny(UNAUTHORIZED, SERVICES, NAMESPACES, CONFIG_MAPS, NODES, PODS);
    api.endWatches();
    await clock.step(LONG_MS);
    assert.deepEqual(health.readyProblems(), [
      'controller: the API server refuses to list or watch services, namespaces, configmaps: 401 Unauthorized',
    ]);
  });

  it('from the start says why nothing is listed', async () => {
    api.deny(forbidden('namespaces'), NAMESPACES);
    await start();
    assert.match(health.readyProblems().join(), /^controller: the API server has not listed namespaces yet$/);
    await clock.step(LONG_MS);
    assert.match(health.readyProblems().join(), /refuses to list or watch namespaces: 403 Forbidden: namespaces is/);
  });

  it('the Nodes and Pods is ready all the same', async () => {
    api.deny(forbidden('nodes'), NODES);
    api.deny(forbidden('pods'), PODS);
    await start();
    await clock.step(600_000);
    assert.deepEqual(health.readyProblems(), []);
  });

  it('nothing, as nobody is there, is ready all the same', async () => {
    await start();
    behind.away = true;
    api.deny(new ApiError(0, 'Unreachable', 'nobody listens'), SERVICES, NAMESPACES, CONFIG_MAPS);
    api.endWatches();
    await clock.step(600_000);
    assert.deepEqual(health.readyProblems(), []);
  });
});
