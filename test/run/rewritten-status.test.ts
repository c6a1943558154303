/**
 * Another program writes the status of a Service while a controller leads: the address is put back, and people hear of it, however
 * much else was written over; nobody is blamed for what the API server did, or for what only looks like it.
 */
import assert from 'node:assert/strict';
import { describe, it } from 'mocha';
import { EmptiedStatuses } from '../../src/run/emptied-statuses.js';
import { service } from '../support/objects.js';
import type { FakeControllerApi } from './fake-controller-api.js';
import { cluster, ipsOf, Term } from './leader-term.js';

const THEIRS = { type: 'example.com/Foreign', status: 'True', reason: 'Theirs', message: '' };
const RIVAL = { ingress: [{ ip: '192.0.2.205' }] };
const MARK = { 'cairn.dev/served-by': 'cairn-system 192.0.2.1', 'cairn.dev/allocated-from-pool': 'p' };

/** As `kubectl patch --subresource=status`; what is absent stays. */
const patch = (api: FakeControllerApi, status: object) =>
  api.editService('web', (before) => ({ ...before, status: { ...(before['status'] as object), ...status } }));
/** As the API server does it: a new generation, and addresses go with the type. */
const setType = (api: FakeControllerApi, type: string, status: object = {}) =>
  api.editService('web', (before) => ({
    ...before,
    metadata: { ...before.metadata, generation: Number(before.metadata['generation']) + 1 },
    spec: { ...(before['spec'] as object), type },
    status: { ...(before['status'] as object), loadBalancer: {}, ...status },
  }));

const WROTE =
  'StatusRepaired somebody else wrote 192.0.2.205 into status.loadBalancer.ingress; put back what is assigned';
const EMPTIED = 'StatusRepaired somebody else emptied status.loadBalancer.ingress; put back what is assigned';
const TOOK =
  'StatusRepaired somebody else emptied status.loadBalancer.ingress, and took the conditions away; put back what is assigned';

// biome-ignore format: table
const CASES: readonly { name: string; write: (api: FakeControllerApi) => void; told: readonly string[] }[] = [
  { name: 'writes another address',                                  write: (api) => patch(api, { loadBalancer: RIVAL }),                            told: [WROTE] },
  { name: 'writes another address, and no conditions',               write: (api) => patch(api, { loadBalancer: RIVAL, conditions: [] }),            told: [WROTE] },
  { name: 'writes another address, and a condition of its own',      write: (api) => patch(api, { loadBalancer: RIVAL, conditions: [THEIRS] }),      told: [WROTE] },
  { name: 'writes an address beside it, and no conditions',          write: (api) => patch(api, { loadBalancer: { ingress: [{ ip: '192.0.2.1' }, { ip: '192.0.2.205' }] }, conditions: [] }), told: [WROTE.replace('192', '192.0.2.1, 192')] },
  { name: 'takes the address away',                                  write: (api) => patch(api, { loadBalancer: {} }),                               told: [EMPTIED] },
  { name: 'takes everything away',                                   write: (api) => patch(api, { loadBalancer: null, conditions: null }),           told: [TOOK] },
  { name: 'takes the address away, and leaves a condition of its own', write: (api) => patch(api, { loadBalancer: {}, conditions: [THEIRS] }),       told: [TOOK] },
  { name: 'takes the conditions away and then the address',          write: (api) => { patch(api, { conditions: [] }); patch(api, { loadBalancer: {} }); }, told: [TOOK] },
  { name: 'takes the address away and then the conditions',          write: (api) => { patch(api, { loadBalancer: {} }); patch(api, { conditions: [] }); }, told: [TOOK] },
  { name: 'takes the conditions alone away',                         write: (api) => patch(api, { conditions: [] }),                                 told: [] },
  { name: 'changes the type and changes it back',                    write: (api) => { setType(api, 'ClusterIP'); setType(api, 'LoadBalancer'); },   told: [] },
  { name: 'does so, and takes the conditions away',                  write: (api) => { setType(api, 'ClusterIP'); setType(api, 'LoadBalancer', { conditions: [] }); }, told: [] },
];

describe('a Leader of a Service whose status another program writes', () => {
  for (const { name, write, told } of CASES) {
    it(`puts back what is assigned and ${told.length === 0 ? 'blames nobody' : 'says so'} where it ${name}`, async () => {
      const api = cluster();
      api.addService('web', { metadata: { generation: 1 } });
      const term = await Term.begin(api);
      await term.settle(10_000);
      api.events.length = 0;
      write(api);
      await term.settle(10_000);
      assert.equal(ipsOf(api, 'web'), '192.0.2.1');
      const isOurs = (type: string) => type.startsWith('cairn.dev/');
      assert.equal(api.service('shop/web')?.conditions.filter(({ type }) => isOurs(type)).length, 2);
      assert.deepEqual(
        api.events.filter((event) => event.startsWith('StatusRepaired')),
        told,
      );
      const putBack = term.logged.filter(({ msg }) => msg === 'put back');
      assert.deepEqual(
        putBack.map(({ level, service, addresses, because }) => [
          level,
          service,
          addresses,
          `StatusRepaired ${because}`,
        ]),
        told.map((message) => [40, 'shop/web', ['192.0.2.1'], message]),
      );
      await term.end();
    });
  }

  it('blames nobody where a Service comes with the mark of another one', async () => {
    const api = cluster();
    const term = await Term.begin(api);
    api.addService('copy', { metadata: { generation: 1, annotations: MARK } });
    await term.settle(10_000);
    assert.equal(ipsOf(api, 'copy'), '192.0.2.1');
    assert.ok(!api.events.some((event) => event.startsWith('StatusRepaired')));
    assert.deepEqual(term.assignments(), ['assigned shop/copy 192.0.2.1 p']);
    await term.end();
  });
});

describe('EmptiedStatuses', () => {
  const whole = service('web', { ips: ['192.0.2.1'], meta: { annotations: MARK } });
  const empty = { ...whole, ingress: [] };

  it('remembers a Service until its status shows something, or it is gone', () => {
    const emptied = new EmptiedStatuses();
    emptied.observe(whole, empty);
    emptied.observe(empty, empty);
    assert.equal(emptied.has(empty), true);
    emptied.observe(empty, whole);
    assert.equal(emptied.has(whole), false);
    emptied.observe(whole, empty);
    emptied.gone(empty);
    assert.equal(emptied.has(empty), false);
  });

  it('knows nothing of one that had no address, nor of one that is none of ours any more', () => {
    const emptied = new EmptiedStatuses();
    emptied.observe(empty, empty);
    emptied.observe(whole, service('web'));
    assert.equal(emptied.has(empty), false);
  });
});
