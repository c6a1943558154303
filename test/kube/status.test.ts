import assert from 'node:assert/strict';
import { describe, it } from 'mocha';
import { isAsWritten, patchService, type ServiceWrite } from '../../src/kube/status.js';
import { serviceKey } from '../../src/values/names.js';
import type { Condition, Ingress } from '../../src/values/objects.js';
import { type ServiceParts as Parts, service } from '../support/objects.js';

type ServiceParts = Parts & { readonly ingress?: readonly Ingress[] };

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

describe('the patch of a Service', () => {
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
    it(name, async () => {
      let body: unknown;
      const client = {
        request: async <T>(_method: unknown, _path: unknown, options: { readonly body?: unknown } = {}) => {
          body = options.body;
          return {} as T;
        },
        watch: () => assert.fail(),
        close() {},
      };
      await patchService(client, serviceKey('shop', 'web'), write);
      assert.deepEqual(body, want);
    });
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

describe('isAsWritten', () => {
  const vip = { ip: '192.0.2.240', hostname: '', ipMode: 'VIP' };
  const write: ServiceWrite = {
    resourceVersion: '7',
    ingress: [vip],
    conditions: [assigned],
    dropConditions: ['cairn.dev/Announced'],
    annotations: { 'cairn.dev/announced-by': null, 'cairn.dev/allocated-from-pool': 'default' },
  };
  const other = { ...assigned, type: 'example.com/Ready' };
  const annotations = { 'cairn.dev/allocated-from-pool': 'default', 'example.com/note': 'x' };
  const whole: ServiceParts = { ingress: [vip], conditions: [other, assigned], meta: { annotations } };
  // biome-ignore format: table
  const cases: readonly { name: string; parts: ServiceParts; want: boolean }[] = [
    { name: 'is so beside what others wrote',          parts: whole,                                                              want: true },
    { name: 'is not so without the address',           parts: { ...whole, ingress: [] },                                          want: false },
    { name: 'is not so beside another address',        parts: { ...whole, ingress: [vip, { ...vip, ip: '192.0.2.241' }] },        want: false },
    { name: 'is not so where the mode was dropped',    parts: { ...whole, ingress: [{ ...vip, ipMode: '' }] },                    want: false },
    { name: 'is not so without the condition',         parts: { ...whole, conditions: [other] },                                  want: false },
    { name: 'is not so with another message',          parts: { ...whole, conditions: [{ ...assigned, message: 'else' }] },       want: false },
    { name: 'is not so with the condition to drop',    parts: { ...whole, conditions: [assigned, { ...other, type: 'cairn.dev/Announced' }] }, want: false },
    { name: 'is not so without the annotation',        parts: { ...whole, meta: { annotations: {} } },                            want: false },
    { name: 'is not so with the annotation to drop',   parts: { ...whole, meta: { annotations: { ...annotations, 'cairn.dev/announced-by': 'x' } } }, want: false },
  ];
  for (const { name, parts, want } of cases) {
    it(name, () => {
      const { ingress = [], ...rest } = parts;
      assert.equal(isAsWritten({ ...service('web', rest), ingress }, write), want);
    });
  }
});
