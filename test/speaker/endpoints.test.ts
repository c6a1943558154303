import assert from 'node:assert/strict';
import { describe, it } from 'mocha';
import { type Backends, Endpoints } from '../../src/speaker/endpoints.js';
import { serviceKey } from '../../src/values/names.js';
import type { EndpointSlice } from '../../src/values/objects.js';
import { endpoint, slice } from '../support/objects.js';
import { ip, node } from '../support/values.js';

const HERE = 'node-a';
const HTTP = { name: 'http', protocol: 'TCP', port: 8080 } as const;
const WEB = serviceKey('shop', 'web');
const [A, B, C] = ['10.244.0.2', '10.244.0.3', '10.244.1.2'] as const;
const backend = (address: string, local: boolean, port = 8080) => ({ address: ip(address), port, local });

function backends(...slices: readonly EndpointSlice[]): Backends {
  const endpoints = new Endpoints(node(HERE));
  for (const [at, each] of slices.entries()) endpoints.set(`shop/${each.meta.name}-${at}`, each);
  return endpoints.backendsOf(WEB, { name: 'http', protocol: 'TCP' });
}
const web = (...endpoints: EndpointSlice['endpoints']) => slice('web', 'web', endpoints, [HTTP]);

describe('Endpoints', () => {
  // biome-ignore format: table
  const cases = [
    { name: 'every ready endpoint, by address',              slices: [web(endpoint('node-b', 'ready', C), endpoint(HERE, 'ready', A))],       want: { everywhere: [backend(A, true), backend(C, false)], local: [backend(A, true)], serving: [backend(A, true), backend(C, false)] } },
    { name: 'no terminating one while another is ready',     slices: [web(endpoint(HERE, 'serving', A), endpoint('node-b', 'ready', C))],      want: { everywhere: [backend(C, false)], local: [backend(A, true)], serving: [backend(A, true), backend(C, false)] } },
    { name: 'terminating ones that serve when none is ready', slices: [web(endpoint(HERE, 'serving', A), endpoint('node-b', 'gone', C))],      want: { everywhere: [backend(A, true)], local: [backend(A, true)], serving: [backend(A, true)] } },
    { name: 'none that is not ready',                        slices: [web(endpoint(HERE, 'unready', A))],                                     want: { everywhere: [], local: [], serving: [] } },
    { name: 'endpoints of several slices',                   slices: [web(endpoint(HERE, 'ready', A)), web(endpoint(HERE, 'ready', B))],       want: { everywhere: [backend(A, true), backend(B, true)], local: [backend(A, true), backend(B, true)], serving: [backend(A, true), backend(B, true)] } },
    { name: 'one that two slices have once, ready if one says so', slices: [web(endpoint(HERE, 'serving', A)), web(endpoint(HERE, 'ready', A))], want: { everywhere: [backend(A, true)], local: [backend(A, true)], serving: [backend(A, true)] } },
    { name: 'no endpoint of another port',                   slices: [slice('web', 'web', [endpoint(HERE, 'ready', A)], [{ ...HTTP, name: 'admin' }])],  want: { everywhere: [], local: [], serving: [] } },
    { name: 'no endpoint of another protocol',               slices: [slice('web', 'web', [endpoint(HERE, 'ready', A)], [{ ...HTTP, protocol: 'UDP' }])], want: { everywhere: [], local: [], serving: [] } },
    { name: 'no endpoint whose port is left open',           slices: [slice('web', 'web', [endpoint(HERE, 'ready', A)], [{ ...HTTP, port: 0 }])],        want: { everywhere: [], local: [], serving: [] } },
    { name: 'no endpoint of another Service',                slices: [slice('api', 'api', [endpoint(HERE, 'ready', A)], [HTTP])],                        want: { everywhere: [], local: [], serving: [] } },
    { name: 'no IPv6 endpoint',                              slices: [{ ...web(endpoint(HERE, 'ready', '2001:db8::1')), addressType: 'IPv6' }],          want: { everywhere: [], local: [], serving: [] } },
    { name: 'no endpoint without an address',                slices: [web(endpoint(HERE, 'ready'))],                                                      want: { everywhere: [], local: [], serving: [] } },
  ] as const;
  for (const { name, slices, want } of cases) it(`gives ${name}`, () => assert.deepEqual(backends(...slices), want));

  it('forgets a slice that is gone, and follows one to another Service', () => {
    const endpoints = new Endpoints(node(HERE));
    const count = (name: string) =>
      endpoints.backendsOf(serviceKey('shop', name), { name: 'http', protocol: 'TCP' }).everywhere.length;
    endpoints.set('s', web(endpoint(HERE, 'ready', A)));
    endpoints.set('s', slice('web', 'api', [endpoint(HERE, 'ready', A)], [HTTP]));
    assert.deepEqual([count('web'), count('api')], [0, 1]);
    endpoints.set('s', undefined);
    assert.deepEqual([count('web'), count('api')], [0, 0]);
  });
});
