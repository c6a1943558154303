import assert from 'node:assert/strict';
import { describe, it } from 'mocha';
import { createResources } from '../../../src/playground/api/resources/index.js';
import { type ResourceRoute, type Route, routeOf, verbOf } from '../../../src/playground/api/routes.js';

const resources = createResources();

/** `services in shop web /status`, or the kind of the route. */
function told(route: Route): string {
  if (route.kind !== 'resource')
    return route.kind === 'nothing' ? `nothing ${route.plain ? 'plain' : 'api'}` : route.kind;
  const { resource, namespace, name, subresource, watch } = route;
  return [
    watch ? 'watch' : undefined,
    resource.plural,
    namespace === undefined ? undefined : `in ${namespace}`,
    name,
    subresource === undefined ? undefined : `/${subresource}`,
  ]
    .filter((part) => part !== undefined)
    .join(' ');
}

describe('a path', () => {
  const cases: readonly [path: string, route: string][] = [
    ['/', 'root'],
    ['/api', 'legacy-groups'],
    ['/api/', 'legacy-groups'],
    ['/api/v1', 'group-version'],
    ['/api/v2', 'nothing api'],
    ['/apis', 'groups'],
    ['/apis/apps', 'group'],
    ['/apis/nope', 'nothing plain'],
    ['/apis/apps/v9', 'nothing api'],
    ['/apis/apps/v1', 'group-version'],
    ['/api/v1/services', 'services'],
    ['/api/v1/services/web', 'nothing api'],
    ['/api/v1/namespaces/shop/services', 'services in shop'],
    ['/api/v1/namespaces/shop/services/web', 'services in shop web'],
    ['/api/v1/namespaces/shop/services/web/status', 'services in shop web /status'],
    ['/api/v1/namespaces/shop/services/web/scale', 'nothing api'],
    ['/api/v1/namespaces/shop/services/web/status/x', 'nothing api'],
    ['/api/v1/namespaces', 'namespaces'],
    ['/api/v1/namespaces/shop', 'namespaces shop'],
    ['/api/v1/namespaces/shop/status', 'namespaces shop /status'],
    ['/api/v1/namespaces/shop/finalize', 'namespaces shop /finalize'],
    ['/api/v1/namespaces/shop/nodes', 'nothing api'],
    ['/api/v1/nodes/one', 'nodes one'],
    ['/api/v1/watch/services', 'watch services'],
    ['/api/v1/watch/namespaces/shop/services/web', 'watch services in shop web'],
    ['/apis/apps/v1/namespaces/shop/deployments/web/scale', 'deployments in shop web /scale'],
    ['/api/v1/namespaces/shop/pods/web/binding', 'pods in shop web /binding'],
    ['/apis/authentication.k8s.io/v1/selfsubjectreviews', 'review'],
    ['/api/v1/namespaces/shop/services/a%2Fb', 'services in shop a/b'],
    ['/api/v1/namespaces/shop/services/%', 'nothing plain'],
    ['/version', 'version'],
    ['/healthz', 'health'],
    ['/readyz/ping', 'health'],
    ['/openapi/v2', 'openapi-v2'],
    ['/openapi/v3', 'openapi-v3-root'],
    ['/openapi/v3/api/v1', 'openapi-v3'],
    ['/openapi/v3/apis/apps/v1', 'openapi-v3'],
    ['/playground/faults', 'faults'],
    ['/playground/faults/1', 'faults'],
    ['/nothing', 'nothing plain'],
  ];
  for (const [path, want] of cases) it(`${path} is ${want}`, () => assert.equal(told(routeOf(path, resources)), want));
});

describe('a method', () => {
  const cases: readonly [method: string, path: string, verb: string | undefined][] = [
    ['GET', '/api/v1/services', 'list'],
    ['GET', '/api/v1/services?watch=1', 'watch'],
    ['GET', '/api/v1/watch/services', 'watch'],
    ['GET', '/api/v1/namespaces/a/services/b', 'get'],
    ['GET', '/api/v1/namespaces/a/services/b?watch=1', 'get'],
    ['POST', '/api/v1/services', undefined],
    ['POST', '/api/v1/namespaces/a/services', 'create'],
    ['POST', '/api/v1/namespaces/a/services/b', undefined],
    ['POST', '/api/v1/namespaces/a/pods/b/binding', 'create'],
    ['GET', '/api/v1/namespaces/a/pods/b/binding', undefined],
    ['POST', '/api/v1/nodes', 'create'],
    ['PUT', '/api/v1/namespaces/a/services', undefined],
    ['PUT', '/api/v1/namespaces/a/finalize', 'update'],
    ['PATCH', '/api/v1/namespaces/a/services/b/status', 'patch'],
    ['DELETE', '/api/v1/services', undefined],
    ['DELETE', '/api/v1/namespaces/a/services', 'delete'],
    ['DELETE', '/api/v1/namespaces', undefined],
    ['DELETE', '/api/v1/nodes', 'delete'],
    ['DELETE', '/api/v1/namespaces/a/services/b/status', undefined],
    ['HEAD', '/api/v1/services', undefined],
    ['OPTIONS', '/api/v1/services', undefined],
  ];
  for (const [method, url, want] of cases) {
    it(`${method} ${url} is ${want ?? 'refused'}`, () => {
      const [path = '', query] = url.split('?');
      assert.equal(verbOf(method, routeOf(path, resources) as ResourceRoute, query === 'watch=1'), want);
    });
  }
});
