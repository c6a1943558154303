/**
 * A leader’s write whose answer is lost: what arrived is told and remembered as any other, and what did not is not.
 */
import assert from 'node:assert/strict';
import { describe, it } from 'mocha';
import { ApiError } from '../../src/kube/api-error.js';
import { address, mac } from '../support/values.js';
import { type FakeControllerApi, SERVICES } from './fake-controller-api.js';
import { setReport } from './leader-report.js';
import { cluster, ipsOf, reasonOf, Term } from './leader-term.js';

const LOST = new ApiError(0, 'Unreachable', 'read ECONNRESET');
/** A write that is sent again over another connection finds what it wrote itself. */
const REPEATED = new ApiError(409, 'Conflict', 'the object has been modified');

/** The next write of a Service arrives, and this is what the leader hears of it; `meanwhile` happens before. */
function answerNext(api: FakeControllerApi, error: ApiError, meanwhile: () => Promise<void> | void = () => {}): void {
  const request = api.request.bind(api);
  api.request = async (method, path, options) => {
    const answer = await request(method, path, options);
    if (!path.endsWith('/status')) return answer as never;
    api.request = request;
    await meanwhile();
    throw error;
  };
}
const told = (api: FakeControllerApi) => api.events.map((event) => event.split(' ')[0]).slice(1);
const label = (api: FakeControllerApi) =>
  api.editService('web', (before) => ({ ...before, metadata: { ...before.metadata, labels: { edited: 'yes' } } }));

describe('Leader whose write was not answered', () => {
  // biome-ignore format: table
  const cases: readonly { name: string; error: ApiError; meanwhile?: (api: FakeControllerApi, term: Term) => Promise<void> | void }[] = [
    { name: 'its answer was lost',                  error: LOST },
    { name: 'it was sent again by itself',          error: REPEATED },
    { name: 'its answer did not come for 30 s',     error: LOST, meanwhile: (_, term) => new Promise((resolve) => term.clock.after(30_000, resolve)) },
    { name: 'a user edited the Service since',      error: LOST, meanwhile: label },
    { name: 'a user did, and it was sent again',    error: REPEATED, meanwhile: label },
  ];
  for (const { name, error, meanwhile } of cases) {
    it(`tells of the address that it gave, and gives another where a device answers for it: ${name}`, async () => {
      const api = cluster();
      const term = await Term.begin(api);
      answerNext(api, error, () => meanwhile?.(api, term));
      api.addService('web');
      await term.settle(40_000);
      assert.deepEqual(term.assignments(), ['assigned shop/web 192.0.2.1 p']);
      assert.deepEqual(told(api), ['Assigned', 'NoSpeakerReady']);
      const conflict = { address: address('192.0.2.1'), link: 'eth0', mac: mac('00:00:5e:00:53:66') };
      setReport(api, { conflicts: [conflict] });
      await term.settle(6_000);
      assert.equal(ipsOf(api, 'web'), '192.0.2.2');
      assert.ok(told(api).includes('ConflictAvoided'));
      await term.end();
    });
  }

  it('tells nothing of one that did not arrive, until one does', async () => {
    const api = cluster();
    const term = await Term.begin(api);
    api.beforeWrite = (what) => {
      if (what === 'PATCH shop/web') throw LOST;
    };
    api.addService('web');
    await term.settle(10_000);
    label(api);
    await term.settle(10_000);
    assert.deepEqual([term.assignments(), told(api)], [[], []]);
    api.beforeWrite = () => {};
    await term.settle(60_000);
    assert.deepEqual(
      [term.assignments(), told(api)],
      [['assigned shop/web 192.0.2.1 p'], ['Assigned', 'NoSpeakerReady']],
    );
    await term.end();
  });

  it('tells of it also where something else was decided meanwhile', async () => {
    const api = cluster();
    const term = await Term.begin(api);
    answerNext(api, LOST, () =>
      api.editService('web', (before) => ({ ...before, spec: { type: 'LoadBalancer', loadBalancerIP: '192.0.2.3' } })),
    );
    api.addService('web');
    await term.settle(60_000);
    assert.deepEqual([ipsOf(api, 'web'), reasonOf(api, 'web')], ['192.0.2.3', 'Assigned']);
    const lines = ['assigned shop/web 192.0.2.1 p', 'assigned shop/web 192.0.2.3 p', 'released shop/web 192.0.2.1 p'];
    assert.deepEqual(term.assignments(), lines);
    await term.end();
  });

  it('tells nothing of it where somebody else overwrote it before it was seen', async () => {
    const api = cluster();
    const term = await Term.begin(api);
    const bare = { metadata: { name: 'web', namespace: 'shop' }, spec: { type: 'ClusterIP' }, status: {} };
    answerNext(api, LOST, () => api.put(SERVICES, bare));
    api.addService('web');
    await term.settle(60_000);
    assert.deepEqual([term.assignments(), told(api)], [[], []]);
    await term.end();
  });

  it('tells nothing of it where the Service was deleted and created again before it was seen', async () => {
    const api = cluster('address-pools: [{name: p, protocol: layer2, addresses: [192.0.2.0/24]}]');
    const term = await Term.begin(api);
    answerNext(api, LOST, () => {
      api.remove(SERVICES, 'web', 'shop');
      api.addService('web', { metadata: { uid: 'another' }, spec: { type: 'ClusterIP' } });
    });
    api.addService('web');
    await term.settle(60_000);
    assert.deepEqual(told(api), []);
    assert.ok(!term.assignments().some((line) => line.startsWith('assigned')));
    await term.end();
  });
});
