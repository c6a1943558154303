/**
 * A leader whose term ends while a write is under way that takes an address away.
 */
import assert from 'node:assert/strict';
import { beforeEach, describe, it } from 'mocha';
import { sleep } from '../../src/kube/clock.js';
import type { FakeControllerApi } from './fake-controller-api.js';
import { cluster, ipsOf, reasonOf, Term } from './leader-term.js';

const RESTING = 'address-pools: [{name: p, protocol: layer2, addresses: [192.0.2.1-192.0.2.2], reuse-delay: 5m}]';

describe('a leader whose term ends while a write is under way', () => {
  let api: FakeControllerApi;
  let first: Term;

  beforeEach(async () => {
    api = cluster(RESTING);
    first = await Term.begin(api);
    api.addService('web', { spec: { loadBalancerIP: '192.0.2.1' } });
    await first.settle(5_000);
  });

  /** `web` asks for another address, and the API server takes so long for each status, or for as long as it is waited for. */
  const move = async (answersAfterMs: number) => {
    const request = api.request.bind(api);
    api.request = async (method, path, options) => {
      if (path.endsWith('/status')) {
        await sleep(first.clock, answersAfterMs, options?.signal ?? new AbortController().signal);
      }
      return request(method, path, options);
    };
    api.editService('web', (before) => ({
      ...before,
      spec: { ...(before['spec'] as object), loadBalancerIP: '192.0.2.2' },
    }));
    await first.settle();
  };

  it('lets the address rest that it gave back', async () => {
    await move(300);
    await first.end(300);
    assert.equal(ipsOf(api, 'web'), '192.0.2.2');
    assert.match(api.events.at(-1) ?? '', /^Assigned 192\.0\.2\.2 /);
    const second = await Term.begin(api, first.clock);
    api.addService('db');
    await second.settle(1_000);
    assert.deepEqual([ipsOf(api, 'db'), reasonOf(api, 'db')], ['', 'AddressResting']);
    await second.end();
  });

  it('waits for no longer than an answer is likely', async () => {
    await move(60_000);
    await first.end(400);
    assert.equal(ipsOf(api, 'web'), '192.0.2.1');
  });

  it('waits for nothing where the lease is lost', async () => {
    await move(300);
    first.leads = false;
    await first.end();
    assert.equal(ipsOf(api, 'web'), '192.0.2.1');
  });

  it('begins no other write', async () => {
    await move(300);
    for (let n = 0; n < 30; n++) api.addService(`waits-${n}`);
    await first.settle();
    const { length } = api.writes;
    await first.end(750);
    const kinds = api.writes.slice(length).map((what) => what.replace(/\d+$/, 'n'));
    assert.deepEqual(kinds, ['PATCH shop/web', ...Array(15).fill('PATCH shop/waits-n'), 'PATCH cairn-state']);
  });

  it('is over within a second where the API server answers nothing', async () => {
    await move(100);
    const request = api.request.bind(api);
    api.request = async (method, path, options) => {
      if (path.includes('cairn-state')) {
        await sleep(first.clock, 60_000, options?.signal ?? new AbortController().signal);
        options?.signal?.throwIfAborted();
      }
      return request(method, path, options);
    };
    await first.end(750);
    assert.ok(first.logged.some(({ msg }) => msg === 'the state could not be written before leading ended'));
  });
});
