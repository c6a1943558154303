/**
 * Services on a cluster that knows IPv4 alone, as most do: what becomes of wishes for both families.
 * @module
 */
import assert from 'node:assert/strict';
import { after, describe } from 'mocha';
import { type Json, MERGE_PATCH } from './support/http.js';
import { loadBalancer, service } from './support/objects.js';
import { stopServers } from './support/servers.js';
import { onEachServer, type World } from './support/world.js';

const ALONE = { families: 'IPv4 alone' } as const;
const NOT_DUAL =
  'spec.ipFamilyPolicy: Invalid value: "RequireDualStack": this cluster is not configured for dual-stack services';
const causes = ({ details }: Json) => details?.causes?.map(({ field, message }: Json) => `${field}: ${message}`);
const families = ({ clusterIPs, ipFamilies, ipFamilyPolicy }: Json) => [clusterIPs.length, ipFamilies, ipFamilyPolicy];
const post = (world: World, spec: Json) => world.http.post(world.path('services'), service('web', spec));

describe('on a cluster with IPv4 alone', () => {
  after('stops the servers', () => stopServers('IPv4 alone'));

  onEachServer(
    'PreferDualStack is content with IPv4',
    async (world) => {
      const { spec } = await world.create('services', loadBalancer('web', { ipFamilyPolicy: 'PreferDualStack' }));
      assert.deepEqual(families(spec), [1, ['IPv4'], 'PreferDualStack']);
    },
    ALONE,
  );

  const rows: readonly { readonly name: string; readonly spec: Json; readonly want: readonly string[] }[] = [
    { name: 'RequireDualStack', spec: { ipFamilyPolicy: 'RequireDualStack' }, want: [NOT_DUAL] },
    {
      name: 'IPv6',
      spec: { ipFamilies: ['IPv6'] },
      want: ['spec.ipFamilies[0]: Invalid value: "IPv6": not configured on this cluster'],
    },
    {
      name: 'both by name',
      spec: { ipFamilyPolicy: 'PreferDualStack', ipFamilies: ['IPv4', 'IPv6'] },
      want: ['spec.ipFamilies[1]: Invalid value: "IPv6": not configured on this cluster'],
    },
    {
      name: 'an IPv6 address',
      spec: { clusterIP: 'fd00:10::9' },
      want: ['spec.clusterIPs[0]: Invalid value: ["fd00:10::9"]: IPv6 is not configured on this cluster'],
    },
  ];
  for (const { name, spec, want } of rows) {
    onEachServer(
      `${name} is refused`,
      async (world) => {
        const { code, body } = await post(world, spec);
        assert.deepEqual([code, causes(body)], [422, want]);
      },
      ALONE,
    );
  }

  onEachServer(
    'a headless Service without selector is RequireDualStack all the same',
    async (world) => {
      const { spec } = await world.create('services', service('web', { clusterIP: 'None' }));
      assert.deepEqual([spec.ipFamilies, spec.ipFamilyPolicy], [['IPv4', 'IPv6'], 'RequireDualStack']);
    },
    ALONE,
  );

  onEachServer(
    'a live Service cannot be made to require both',
    async (world) => {
      await world.create('services', service('web'));
      const patch = { spec: { ipFamilyPolicy: 'RequireDualStack' } };
      const { code, body } = await world.http.patch(world.path('services', 'web'), patch, MERGE_PATCH);
      assert.deepEqual([code, causes(body)], [422, [NOT_DUAL]]);
    },
    ALONE,
  );
});
