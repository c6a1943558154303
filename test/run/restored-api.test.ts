/**
 * An API server that is restored from a backup under a controller that goes on, and that no Lease tells of it.
 */
import assert from 'node:assert/strict';
import { afterEach, beforeEach, describe, it } from 'mocha';
import { ApiError } from '../../src/kube/api-error.js';
import { FakeClock } from '../support/clock.js';
import { GuardedApi } from '../support/guarded-api.js';
import { CONFIG_MAPS, type FakeControllerApi, NAMESPACES, SERVICES } from './fake-controller-api.js';
import { cluster, ipsOf, reasonOf } from './leader-term.js';
import { runAlone } from './lone-controller.js';

const AHEAD = new ApiError(504, 'Timeout', 'Too large resource version: 99, current: 20');

describe('a controller whose API server is restored from a backup', () => {
  let clock: FakeClock;
  let behind: FakeControllerApi;
  let api: GuardedApi;
  let stop: AbortController;
  let ended: Promise<void>;
  beforeEach(async () => {
    clock = new FakeClock();
    behind = cluster();
    api = new GuardedApi(behind);
    stop = new AbortController();
    ended = runAlone(api, { clock, signal: stop.signal });
    await clock.step(3_000);
  });
  afterEach(async () => {
    stop.abort();
    await ended;
    assert.equal(clock.pending, 0, 'a timer is left over');
  });
  const ask = (name: string, loadBalancerIP: string) =>
    behind.editService(name, (before) => ({ ...before, spec: { ...(before['spec'] as object), loadBalancerIP } }));
  /** Watches end as the server ends; who asks for what came after the backup is refused that. */
  const apply = async (restore: () => void) => {
    api.deny(AHEAD, SERVICES, NAMESPACES, CONFIG_MAPS);
    api.endWatches();
    await clock.step(1_000);
    restore();
    api.allow();
  };

  it('leaves each address where the backup has it, and gives it to nobody else', async () => {
    behind.addService('web');
    await clock.step(5_000);
    behind.addService('db', { spec: { loadBalancerIP: '192.0.2.1' } });
    await clock.step(5_000);
    const restore = behind.backup();
    ask('web', '192.0.2.2');
    await clock.step(60_000);
    assert.deepEqual([ipsOf(behind, 'web'), ipsOf(behind, 'db')], ['192.0.2.2', '192.0.2.1']);
    await apply(restore);
    const { length } = behind.writes;
    await clock.step(60_000);
    assert.deepEqual([ipsOf(behind, 'web'), ipsOf(behind, 'db')], ['192.0.2.1', '']);
    assert.equal(reasonOf(behind, 'db'), 'AddressTaken');
    const written = behind.writes.slice(length).filter((what) => what.startsWith('PATCH shop/'));
    assert.deepEqual(written, [], 'both say what is true already');
  });

  it('returns an address to who had it in the backup, though it was deleted and another one had it since', async () => {
    behind.addService('web');
    await clock.step(5_000);
    const restore = behind.backup();
    behind.remove(SERVICES, 'web', 'shop');
    behind.addService('db', { spec: { loadBalancerIP: '192.0.2.1' } });
    await clock.step(60_000);
    assert.equal(ipsOf(behind, 'db'), '192.0.2.1');
    await apply(restore);
    await clock.step(60_000);
    assert.deepEqual([ipsOf(behind, 'web'), ipsOf(behind, 'db')], ['192.0.2.1', undefined]);
  });

  it('follows the edits of a Service that was written since the backup', async () => {
    behind.addService('web');
    await clock.step(5_000);
    const restore = behind.backup();
    for (let n = 0; n < 20; n++) ask('web', n % 2 === 0 ? '192.0.2.2' : '192.0.2.1');
    await clock.step(60_000);
    await apply(restore);
    await clock.step(60_000);
    ask('web', '192.0.2.3');
    await clock.step(60_000);
    assert.equal(ipsOf(behind, 'web'), '192.0.2.3');
  });
});
