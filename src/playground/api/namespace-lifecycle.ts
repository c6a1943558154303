/**
 * Nothing is created in a namespace that does not exist or is being deleted.
 *
 * Source: `k8s.io/apiserver` pkg/admission/plugin/namespace/lifecycle.
 * @module
 */
import type { ApiObject } from './object.js';
import { type Registry, subjectOf } from './registry.js';
import type { Resource } from './resource.js';
import { forbidden, notFound, type Status } from './status.js';

/** Why `object` cannot be made in its namespace. */
export function refusalIn(registry: Registry, resource: Resource, object: ApiObject): Status | undefined {
  const { name, namespace } = object.metadata;
  const namespaces = registry.find('namespaces');
  if (!resource.namespaced || namespace === undefined || namespaces === undefined) return undefined;
  const home = registry.read(namespaces, { name: namespace });
  if (home === undefined) return notFound(subjectOf(namespaces, namespace));
  if (home['status']?.phase !== 'Terminating') return undefined;
  return forbidden(
    subjectOf(resource, name),
    `unable to create new content in namespace ${namespace} because it is being terminated`,
    [
      {
        reason: 'NamespaceTerminating',
        message: `namespace ${namespace} is being terminated`,
        field: 'metadata.namespace',
      },
    ],
  );
}
