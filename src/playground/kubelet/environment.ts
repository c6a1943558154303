/**
 * The environment of a container: its own `env`, over the variables that tell it where the namespace's Services are.
 *
 * Pure. Source: https://kubernetes.io/docs/concepts/services-networking/service/#environment-variables
 * @module
 */
import type { ApiObject } from '../cluster/api.js';

export function containerEnvironment(
  pod: ApiObject,
  container: ApiObject,
  facts: { readonly podIp: string; readonly hostIp: string; readonly services: Iterable<ApiObject> },
): Record<string, string> {
  const env: Record<string, string> = { PATH: '/usr/local/bin:/usr/bin:/bin', HOSTNAME: pod.metadata.name };
  if (pod.spec.enableServiceLinks !== false) Object.assign(env, serviceLinks(pod.metadata.namespace, facts.services));
  for (const { name, value, valueFrom } of container.env ?? []) {
    env[name] = valueFrom?.fieldRef ? fieldOf(pod, valueFrom.fieldRef.fieldPath, facts) : (value ?? '');
  }
  return env;
}

function serviceLinks(namespace: string, services: Iterable<ApiObject>): Record<string, string> {
  const env: Record<string, string> = {};
  for (const { metadata, spec } of services) {
    const api = metadata.namespace === 'default' && metadata.name === 'kubernetes';
    if (metadata.namespace !== namespace && !api) continue;
    if (!spec.clusterIP || spec.clusterIP === 'None' || !spec.ports?.length) continue;
    const name = metadata.name.toUpperCase().replaceAll('-', '_');
    const [first] = spec.ports;
    env[`${name}_SERVICE_HOST`] = spec.clusterIP;
    env[`${name}_SERVICE_PORT`] = String(first.port);
    env[`${name}_PORT`] = `${first.protocol.toLowerCase()}://${spec.clusterIP}:${first.port}`;
    for (const port of spec.ports) {
      if (port.name) env[`${name}_SERVICE_PORT_${port.name.toUpperCase().replaceAll('-', '_')}`] = String(port.port);
    }
  }
  return env;
}

function fieldOf(pod: ApiObject, path: string, facts: { readonly podIp: string; readonly hostIp: string }): string {
  switch (path) {
    case 'metadata.name':
      return pod.metadata.name;
    case 'metadata.namespace':
      return pod.metadata.namespace;
    case 'spec.nodeName':
      return pod.spec.nodeName;
    case 'status.podIP':
      return facts.podIp;
    case 'status.hostIP':
      return facts.hostIp;
    default:
      throw new Error(`fieldRef ${path} is not known to the lab's kubelet`);
  }
}
