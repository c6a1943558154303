/**
 * A request to its answer: which rule answers which route.
 * @module
 */

import { toTime } from '../../kube/clock.js';
import { answerDelete } from './delete-requests.js';
import { aggregatedDiscovery, apiGroup, apiGroupList, apiResourceList, apiVersions } from './discovery.js';
import { type Answer, type ApiRequest, type ResourceRequest, refused, type WholeAnswer } from './exchange.js';
import type { JsonObject } from './object.js';
import { answerPatch } from './patch-requests.js';
import { OPENAPI_V2_ACCEPT, OPENAPI_V2_TYPE, openApiV2Protobuf } from './protobuf/openapi-v2.js';
import { answerGet, answerList, answerWatch, type Reader } from './read-requests.js';
import { answerReview } from './reviews.js';
import type { Route } from './routes.js';
import { methodNotAllowed, notAcceptable, pathNotFound } from './status.js';
import { VERSION } from './version.js';
import { answerCreate, answerUpdate } from './write-requests.js';

export interface Server extends Reader {
  /** `127.0.0.1:40123`, as clients reach it. */
  readonly address: string;
}

const AGGREGATED = 'application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList';

/** For a resource, an object or a subresource. */
export async function answerResource(server: Server, request: ResourceRequest): Promise<Answer> {
  switch (request.verb) {
    case 'get':
      return answerGet(server, request);
    case 'list':
      return answerList(server, request);
    case 'watch':
      return answerWatch(server, request);
    case 'create':
      return answerCreate(server, request);
    case 'update':
      return answerUpdate(server, request);
    case 'patch':
      return answerPatch(server, request);
    case 'delete':
      return answerDelete(server, request);
  }
}

/** For everything else. */
export async function answerFixed(server: Server, route: Route, request: ApiRequest): Promise<WholeAnswer> {
  if (route.kind === 'faults') return answerFaultDoor(server, route.id, request);
  if (route.kind === 'nothing')
    return route.plain ? { kind: 'text', code: 404, text: '404 page not found\n' } : refused(pathNotFound());
  if (route.kind === 'review') {
    if (request.method !== 'POST') return refused(methodNotAllowed());
    // Whatever is asked, also in protobuf, whose types of reviews are not known here: the answer is yes.
    return json(answerReview(route.plural, parsed(request.body) ?? {}, toTime(server.store.clock.wallMs())), 201);
  }
  if (request.method !== 'GET' && request.method !== 'HEAD') return refused(methodNotAllowed());
  return answerDocument(server, route, request);
}

async function answerDocument(server: Server, route: Route, request: ApiRequest): Promise<WholeAnswer> {
  const { resources } = server.store;
  const isAggregated = request.wanted.as === 'APIGroupDiscoveryList';
  switch (route.kind) {
    case 'root':
      return json({
        paths: ['/api', '/api/v1', '/apis', '/healthz', '/livez', '/openapi/v2', '/openapi/v3', '/readyz', '/version'],
      });
    case 'legacy-groups':
      return isAggregated ? aggregated(aggregatedDiscovery(resources, true)) : json(apiVersions(server.address));
    case 'groups':
      return isAggregated ? aggregated(aggregatedDiscovery(resources, false)) : json(apiGroupList(resources));
    case 'group':
      return json(apiGroup(route.group));
    case 'group-version':
      return json(apiResourceList(resources, route.group, route.version));
    case 'version':
      return json(VERSION);
    case 'health':
      return { kind: 'text', code: 200, text: 'ok' };
    case 'openapi-v2':
    case 'openapi-v3-root':
    case 'openapi-v3':
      if (route.kind === 'openapi-v2' && request.accept?.includes(OPENAPI_V2_ACCEPT))
        return { kind: 'bytes', bytes: openApiV2Protobuf(resources), contentType: OPENAPI_V2_TYPE };
      return request.acceptable
        ? answerOpenApi(server, route)
        : refused(notAcceptable('only application/json is served'));
    default:
      return refused(pathNotFound());
  }
}

/** The types of all fields are large, and loaded when the first client asks for them. */
async function answerOpenApi(
  { store: { resources } }: Server,
  route: Extract<Route, { kind: 'openapi-v2' | 'openapi-v3-root' | 'openapi-v3' }>,
): Promise<WholeAnswer> {
  const { openApiV2, openApiV3, openApiV3Root } = await import('./schema/openapi.js');
  switch (route.kind) {
    case 'openapi-v2':
      return json(openApiV2(resources));
    case 'openapi-v3-root':
      return json(openApiV3Root(resources));
    case 'openapi-v3': {
      const isServed = resources.some(({ group, version }) => group === route.group && version === route.version);
      return isServed ? json(openApiV3(resources, route.group, route.version)) : refused(pathNotFound());
    }
  }
}

/** Loaded when the first fault comes. */
async function answerFaultDoor({ faults }: Server, id: string | undefined, request: ApiRequest): Promise<WholeAnswer> {
  const { answerFaults } = await import('./fault-door.js');
  const answered = answerFaults(faults, request.method, id, parsed(request.body));
  return answered.ok ? json(answered.value) : refused(answered.error);
}

function parsed(body: string): JsonObject | undefined {
  try {
    const value: unknown = JSON.parse(body);
    return typeof value === 'object' && value !== null ? value : undefined;
  } catch {
    return undefined;
  }
}

const json = (body: JsonObject, code = 200): WholeAnswer => ({ kind: 'json', code, body });
const aggregated = (body: JsonObject): WholeAnswer => ({ kind: 'json', code: 200, body, contentType: AGGREGATED });
