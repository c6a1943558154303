import assert from 'node:assert/strict';
import { describe, it } from 'mocha';
import { patchService, type ServiceWrite, servicePatch } from '../../src/kube/status.js';
import { serviceKey } from '../../src/values/names.js';
import type { Condition } from '../../src/values/objects.js';

const assigned: Condition = {
  type: 'cairn.dev/AddressAssigned',
  status: 'True',
  reason: 'Assigned',
  message: '192.0.2.240 from pool "default"',
  observedGeneration: 0,
  lastTransitionTime: '2026-07-01T12:00:00Z',
};
const { observedGeneration: _, ...assignedUnobserved } = assigned;
const { lastTransitionTime: __, ...assignedUntimed } = assignedUnobserved;

describe('servicePatch', () => {
  const rv = { resourceVersion: '7' };
  const vip = { ip: '192.0.2.240', hostname: '', ipMode: 'VIP' };
  // biome-ignore format: table
  const cases: readonly { name: string; write: ServiceWrite; want: object }[] = [
    { name: 'says the version and nothing else',     write: rv,                                          want: { metadata: rv, status: {} } },
    { name: 'replaces the addresses',                write: { ...rv, ingress: [vip] },                   want: { metadata: rv, status: { loadBalancer: { ingress: [{ ip: '192.0.2.240', ipMode: 'VIP' }] } } } },
    { name: 'leaves out a mode that is not said',    write: { ...rv, ingress: [{ ...vip, ipMode: '' }] }, want: { metadata: rv, status: { loadBalancer: { ingress: [{ ip: '192.0.2.240' }] } } } },
    { name: 'takes the addresses away',              write: { ...rv, ingress: [] },                      want: { metadata: rv, status: { loadBalancer: { ingress: null } } } },
    { name: 'sets a condition',                      write: { ...rv, conditions: [assigned] },           want: { metadata: rv, status: { conditions: [assignedUnobserved] } } },
    { name: 'says which generation was observed',    write: { ...rv, conditions: [{ ...assigned, observedGeneration: 3 }] }, want: { metadata: rv, status: { conditions: [{ ...assigned, observedGeneration: 3 }] } } },
    { name: 'leaves out a time that is not known',   write: { ...rv, conditions: [{ ...assigned, lastTransitionTime: '' }] }, want: { metadata: rv, status: { conditions: [assignedUntimed] } } },
    { name: 'drops a condition by its type',         write: { ...rv, dropConditions: ['cairn.dev/Announced'] }, want: { metadata: rv, status: { conditions: [{ type: 'cairn.dev/Announced', $patch: 'delete' }] } } },
    { name: 'sets and removes annotations',          write: { ...rv, annotations: { 'cairn.dev/announced-by': null } }, want: { metadata: { ...rv, annotations: { 'cairn.dev/announced-by': null } }, status: {} } },
  ];
  for (const { name, write, want } of cases) {
    it(name, () => assert.deepEqual(servicePatch(write), want));
  }
});

describe('patchService', () => {
  it('patches the status subresource, strategically, and reads the Service that comes back', async () => {
    const sent: unknown[] = [];
    const client = {
      request: async <T>(...request: readonly unknown[]) => {
        sent.push(...request);
        return { metadata: { namespace: 'shop', name: 'web', resourceVersion: '8' } } as T;
      },
      watch: () => assert.fail(),
      close() {},
    };
    const service = await patchService(client, serviceKey('shop', 'web'), { resourceVersion: '7', ingress: [] });
    assert.equal(service.meta.resourceVersion, '8');
    assert.deepEqual(sent, [
      'PATCH',
      '/api/v1/namespaces/shop/services/web/status',
      {
        body: { metadata: { resourceVersion: '7' }, status: { loadBalancer: { ingress: null } } },
        contentType: 'application/strategic-merge-patch+json',
        query: { fieldManager: 'cairn-controller' },
      },
    ]);
  });
});
