/**
 * Writes as the embedded server makes them, on one resource and without a server: the rules in their order, and what comes of them.
 * @module
 */
import type { ApiObject, JsonObject } from '../../../../src/playground/api/object.js';
import type { Resource } from '../../../../src/playground/api/resource.js';
import { createResources, type ResourceOptions } from '../../../../src/playground/api/resources/index.js';
import { validateMetadata } from '../../../../src/playground/api/resources/metadata.js';
import { invalid, type Status } from '../../../../src/playground/api/status.js';

/** The first resource of this plural; `group` tells the two kinds of Events apart. */
export function resourceOf(plural: string, options: ResourceOptions & { readonly group?: string } = {}): Resource {
  const { group, ...rest } = options;
  const found = createResources(rest).find((each) => each.plural === plural && (group ?? each.group) === each.group);
  if (found === undefined) throw new Error(`no resource ${plural}`);
  return found;
}

/** A whole object of what a test says of it. */
export function objectOf(resource: Resource, said: JsonObject = {}): ApiObject {
  const { metadata, ...rest } = structuredClone(said);
  return {
    apiVersion: resource.group === '' ? resource.version : `${resource.group}/${resource.version}`,
    kind: resource.kind,
    metadata: {
      name: 'x',
      ...(resource.namespaced ? { namespace: 'default' } : {}),
      uid: '00000000-0000-0000-0000-000000000001',
      resourceVersion: '1',
      creationTimestamp: '2026-01-01T00:00:00Z',
      ...metadata,
    },
    ...rest,
  };
}

export type Outcome = { readonly object: ApiObject } | { readonly refused: Status };

export function create(resource: Resource, said: JsonObject = {}): Outcome {
  return write(resource, objectOf(resource, said), undefined);
}

/** The object with `change` merged into it, as a merge patch does. */
export function change(resource: Resource, old: ApiObject, patch: JsonObject): Outcome {
  return write(resource, merged(old, patch) as ApiObject, old);
}

export function changeStatus(resource: Resource, old: ApiObject, status: JsonObject): Outcome {
  const { strategy } = resource;
  const object = { ...structuredClone(old), status: structuredClone(status) };
  strategy.setDefaults?.(object);
  strategy.prepareStatus?.(object, old);
  const causes = [...validateMetadata(object, old, resource), ...(strategy.validateStatus?.(object, old) ?? [])];
  return causes.length > 0 ? { refused: invalid(subjectOf(resource, object), causes) } : { object };
}

function write(resource: Resource, object: ApiObject, old: ApiObject | undefined): Outcome {
  const { strategy } = resource;
  strategy.setDefaults?.(object);
  const unplanned = strategy.plan?.(object, old);
  if (unplanned !== undefined) return { refused: unplanned };
  strategy.prepare?.(object, old);
  const causes = [...validateMetadata(object, old, resource), ...(strategy.validate?.(object, old) ?? [])];
  if (causes.length > 0) return { refused: invalid(subjectOf(resource, object), causes) };
  strategy.allocate?.(object, old);
  return { object };
}

const subjectOf = (resource: Resource, { metadata: { name } }: ApiObject) => ({ ...resource, name });

/** The object; throws with the refusal where there is one. */
export function made(outcome: Outcome): ApiObject {
  if ('refused' in outcome) throw new Error(outcome.refused.message);
  return outcome.object;
}

/** `field: what is wrong`, each; empty when it was not refused. A refusal without causes is its message. */
export function refusals(outcome: Outcome): readonly string[] {
  if ('object' in outcome) return [];
  const { details, message = '' } = outcome.refused;
  const fields = (details?.causes ?? []).filter((cause) => 'field' in cause && cause.field !== undefined);
  return fields.length === 0 ? [message] : [...new Set(fields.map((cause) => `${cause.field}: ${cause.message}`))];
}

function merged(target: unknown, patch: unknown): unknown {
  if (typeof patch !== 'object' || patch === null || Array.isArray(patch)) return structuredClone(patch);
  const isObject = typeof target === 'object' && target !== null && !Array.isArray(target);
  const result: JsonObject = isObject ? structuredClone(target) : {};
  for (const [key, value] of Object.entries(patch)) {
    if (value === null) delete result[key];
    else result[key] = merged(result[key], value);
  }
  return result;
}
