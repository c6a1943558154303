/**
 * What the server says of itself: discovery, OpenAPI, versions, health. kubectl's explain and api-resources live on it.
 *
 * The real server has many more kinds; only those that the embedded one promises are asked for.
 * @module
 */
import assert from 'node:assert/strict';
import { describe } from 'mocha';
import type { Json } from './support/http.js';
import { configMap } from './support/objects.js';
import { cells } from './support/tables.js';
import { onEachServer, sameOnBoth, type World } from './support/world.js';

/** Every kind that both have, with its group and version. */
const KINDS: Readonly<Record<string, readonly string[]>> = {
  '/api/v1': ['configmaps', 'endpoints', 'events', 'namespaces', 'nodes', 'pods', 'secrets', 'services'],
  '/apis/apps/v1': ['deployments', 'replicasets'],
  '/apis/coordination.k8s.io/v1': ['leases'],
  '/apis/discovery.k8s.io/v1': ['endpointslices'],
  '/apis/events.k8s.io/v1': ['events'],
  '/apis/networking.k8s.io/v1': ['ingresses'],
};

/** The discovery entries of the promised kinds. Their `storageVersionHash` is the server's own affair. */
async function entries(world: World, path: string): Promise<readonly Json[]> {
  const { kind, groupVersion, resources } = await world.ok(world.http.get(path));
  assert.deepEqual([kind, groupVersion], ['APIResourceList', path.replace(/^\/apis?\//, '')]);
  return resources
    .filter(({ name }: Json) => KINDS[path]?.includes(name) || KINDS[path]?.some((each) => name === `${each}/status`))
    .map(({ storageVersionHash, ...entry }: Json) => ({ ...entry, verbs: [...entry.verbs].sort() }));
}

/** What stands before the last dot is the server's own affair. */
function schemaNamed(schemas: Json, name: string): Json {
  const found = Object.keys(schemas).find((each) => each.endsWith(`.${name}`));
  assert.ok(found !== undefined, `no ${name} among ${Object.keys(schemas).length} schemas`);
  return schemas[found];
}

describe('discovery', () => {
  for (const path of Object.keys(KINDS)) {
    sameOnBoth(
      `of ${path} names each kind with its verbs, short names and categories`,
      async (world) => entries(world, path),
      (seen) => {
        const names = seen.map(({ name }) => name as string).filter((name) => !name.includes('/'));
        assert.deepEqual(names.sort(), KINDS[path]);
      },
    );
  }

  onEachServer('lists the groups with their preferred version', async (world) => {
    const { kind, groups } = await world.ok(world.http.get('/apis'));
    assert.equal(kind, 'APIGroupList');
    const preferred = new Map(groups.map((group: Json) => [group.name, group.preferredVersion.groupVersion]));
    for (const path of Object.keys(KINDS)) {
      const [, group, version] = /^\/apis\/(.*)\/(.*)$/.exec(path) ?? [];
      if (group !== undefined) assert.equal(preferred.get(group), `${group}/${version}`);
    }
    assert.deepEqual((await world.ok(world.http.get('/api'))).versions, ['v1']);
  });

  onEachServer('comes in one piece when asked for so', async (world) => {
    const accept = 'application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList';
    const answer = await world.http.send('GET', '/api', { accept });
    assert.equal(answer.body.kind, 'APIGroupDiscoveryList', answer.text.slice(0, 200));
    const services = answer.body.items[0].versions[0].resources.find((each: Json) => each.resource === 'services');
    assert.deepEqual(
      [services.responseKind, services.scope, services.singularResource, services.shortNames],
      [{ group: '', version: '', kind: 'Service' }, 'Namespaced', 'service', ['svc']],
    );
    assert.deepEqual(
      services.subresources
        .map((each: Json) => each.subresource)
        .sort()
        .at(-1),
      'status',
    );
  });

  onEachServer('says which version it is', async (world) => {
    const version = await world.ok(world.http.get('/version'));
    assert.deepEqual([version.major, version.minor], ['1', '36']);
    assert.match(version.gitVersion, /^v1\.36\.\d+/);
  });

  for (const path of ['/healthz', '/livez', '/readyz']) {
    onEachServer(`answers ok at ${path}`, async (world) => {
      const { code, text } = await world.http.get(path);
      assert.deepEqual([code, text], [200, 'ok']);
    });
  }

  onEachServer('describes fields in OpenAPI v3, by group', async (world) => {
    const { paths } = await world.ok(world.http.get('/openapi/v3'));
    const { serverRelativeURL } = paths['api/v1'];
    const { openapi, components } = await world.ok(world.http.get(serverRelativeURL));
    assert.match(openapi, /^3\.0/);
    const spec = schemaNamed(components.schemas, 'ServiceSpec').properties;
    assert.equal(spec.loadBalancerClass.type, 'string');
    assert.equal(spec.ports['x-kubernetes-patch-merge-key'], 'port');
    assert.ok(paths['apis/discovery.k8s.io/v1']);
  });
});

describe('kubectl', () => {
  onEachServer('api-resources names the kinds', async (world) => {
    const lines = cells(await world.kubectl('api-resources', '--namespaced=true', '--sort-by=name'));
    const find = (name: string) => lines.find(([first]) => first === name);
    assert.deepEqual(lines[0], ['NAME', 'SHORTNAMES', 'APIVERSION', 'NAMESPACED', 'KIND']);
    assert.deepEqual(find('services'), ['services', 'svc', 'v1', 'true', 'Service']);
    assert.deepEqual(find('deployments'), ['deployments', 'deploy', 'apps/v1', 'true', 'Deployment']);
    assert.deepEqual(find('endpointslices'), ['endpointslices', 'discovery.k8s.io/v1', 'true', 'EndpointSlice']);
    assert.deepEqual(find('ingresses'), ['ingresses', 'ing', 'networking.k8s.io/v1', 'true', 'Ingress']);
  });

  onEachServer('api-versions names the groups', async (world) => {
    const versions = (await world.kubectl('api-versions')).split('\n');
    for (const path of Object.keys(KINDS)) assert.ok(versions.includes(path.replace(/^\/apis?\//, '')), path);
  });

  onEachServer('version names both ends', async (world) => {
    const said = await world.kubectl('version');
    assert.match(said, /^Client Version: v1\.36\.\d+\nKustomize Version: .*\nServer Version: v1\.36\.\d+/);
  });

  onEachServer('explain tells what a field is', async (world) => {
    const [field, kind] = await Promise.all([
      world.kubectl('explain', 'service.spec.externalTrafficPolicy'),
      world.kubectl('explain', 'deployments'),
    ]);
    assert.match(field, /^KIND: {7}Service\nVERSION: {4}v1\n\nFIELD: externalTrafficPolicy <string>\n/);
    assert.match(kind, /^GROUP: {6}apps\nKIND: {7}Deployment\nVERSION: {4}v1\n/);
    assert.match(kind, /^ {2}spec\t<DeploymentSpec>$/m);
  });

  onEachServer('explain refuses a field that is not there', async (world) => {
    assert.equal(await world.kubectlFails(['explain', 'service.spec.banana']), 'error: field "banana" does not exist');
  });

  onEachServer('get --raw passes bare requests through', async (world) => {
    await world.create('configmaps', configMap('one'));
    const raw = JSON.parse(await world.kubectl('get', '--raw', world.path('configmaps', 'one')));
    assert.equal(raw.metadata.name, 'one');
    assert.equal(await world.kubectl('get', '--raw', '/readyz'), 'ok');
  });

  onEachServer('auth can-i may do everything', async (world) => {
    assert.equal(await world.kubectl('auth', 'can-i', 'patch', 'services/status'), 'yes\n');
  });
});
