import assert from 'node:assert/strict';
import { describe, it } from 'mocha';
import { parseConfig } from '../../src/config/parse.js';
import type { ApiObject } from '../../src/playground/cluster/api.js';
import { renderClusterIps } from '../../src/playground/stage/cluster-ips.js';
import { configuration, forExamples } from '../../src/playground/stage/objects.js';
import { FORWARDING_MODES } from '../../src/playground/stage/options.js';

const service = (spec: ApiObject): ApiObject => ({ metadata: { namespace: 'shop', name: 'web' }, spec });
const slice = (change: ApiObject = {}): ApiObject => ({
  metadata: { namespace: 'shop', name: 'web-1', labels: { 'kubernetes.io/service-name': 'web' } },
  addressType: 'IPv4',
  ports: [{ name: 'http', port: 8080, protocol: 'TCP' }],
  endpoints: [
    { addresses: ['10.244.1.2'], conditions: { ready: true } },
    { addresses: ['10.244.0.2'], conditions: {} },
    { addresses: ['10.244.2.2'], conditions: { ready: false } },
  ],
  ...change,
});
const HTTP = { name: 'http', port: 80, protocol: 'TCP' };
const TARGETS = 'dnat to numgen random mod 2 map { 0 : 10.244.0.2 . 8080, 1 : 10.244.1.2 . 8080 }';

/** The lines of one chain. */
function chain(name: string, services: readonly ApiObject[], slices: readonly ApiObject[]): readonly string[] {
  const [, body = ''] =
    new RegExp(`chain ${name} \\{\\n([^}]*(?:\\{[^}]*\\}[^}]*)*?)\\n  \\}`).exec(renderClusterIps(services, slices)) ??
    [];
  return body
    .split('\n')
    .map((line) => line.trim())
    .filter(Boolean);
}

describe('renderClusterIps', () => {
  // biome-ignore format: table
  const cases = [
    { name: 'leads a cluster IP to the ready endpoints',       in: 'cluster-ips', spec: { clusterIP: '10.0.0.9', ports: [HTTP] },                     slices: [slice()], want: [`ip daddr 10.0.0.9 tcp dport 80 ${TARGETS}`] },
    { name: 'leads a node port there too, marked',             in: 'node-ports',  spec: { clusterIP: '10.0.0.9', ports: [{ ...HTTP, nodePort: 30001 }] }, slices: [slice()], want: [`tcp dport 30001 meta mark set 0x43 ${TARGETS}`] },
    { name: 'keeps protocols apart',                           in: 'cluster-ips', spec: { clusterIP: '10.0.0.9', ports: [{ ...HTTP, protocol: 'UDP' }] }, slices: [slice()], want: [`ip daddr 10.0.0.9 udp dport 80 ${TARGETS}`] },
    { name: 'says nothing of a port without endpoints',        in: 'cluster-ips', spec: { clusterIP: '10.0.0.9', ports: [{ ...HTTP, name: 'other' }] }, slices: [slice()], want: [] },
    { name: 'says nothing of a headless Service',              in: 'cluster-ips', spec: { clusterIP: 'None', ports: [HTTP] },                         slices: [slice()], want: [] },
    { name: 'says nothing of an ExternalName',                 in: 'cluster-ips', spec: { externalName: 'example.com' },                              slices: [], want: [] },
    { name: 'passes over endpoints of the other family',       in: 'cluster-ips', spec: { clusterIP: '10.0.0.9', ports: [HTTP] },                     slices: [slice({ addressType: 'IPv6' })], want: [] },
    { name: "passes over another Service's endpoints",         in: 'cluster-ips', spec: { clusterIP: '10.0.0.9', ports: [HTTP] },                     slices: [slice({ metadata: { namespace: 'other', name: 'web-1', labels: { 'kubernetes.io/service-name': 'web' } } })], want: [] },
    { name: 'draws no endpoint twice that two slices have',    in: 'cluster-ips', spec: { clusterIP: '10.0.0.9', ports: [HTTP] },                     slices: [slice(), slice()], want: [`ip daddr 10.0.0.9 tcp dport 80 ${TARGETS}`] },
  ];
  for (const { name, in: where, spec, slices, want } of cases) {
    it(name, () => assert.deepEqual(chain(where, [service(spec)], slices), want));
  }
});

describe('what a playground begins with', () => {
  for (const forwarding of FORWARDING_MODES) {
    it(`has a configuration without a problem for ${forwarding}`, () => {
      const config = parseConfig(configuration(forwarding).object.data.config);
      assert.ok(config.ok);
      assert.equal(config.value.forwarding.mode, forwarding);
      assert.deepEqual(
        config.value.pools.map(({ name, autoAssign }) => [name, autoAssign]),
        [
          ['default', true],
          ['on-request', false],
        ],
      );
    });
  }

  it('has a namespace for every object that is made in one', () => {
    const made = forExamples();
    const namespaces = new Set(
      made.filter(({ object }) => object.kind === 'Namespace').map(({ object }) => object.metadata.name),
    );
    for (const { object } of made)
      if (object.kind !== 'Namespace') assert.ok(namespaces.has(object.metadata.namespace), object.metadata.namespace);
  });
});
