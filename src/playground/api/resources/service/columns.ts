/**
 * Services as `kubectl get` shows them.
 *
 * Source: `k8s.io/kubernetes` pkg/printers/internalversion, printService.
 * @module
 */
import { compareText } from '../../../../values/text.js';
import type { ApiObject, JsonObject } from '../../object.js';
import type { Column } from '../../resource.js';
import { AGE, formatLabels, NAME, text } from '../columns.js';
import { clusterIpsOf, portsOf } from './type.js';

export const serviceColumns: readonly Column[] = [
  NAME,
  text('Type', 'How the Service can be reached.', ({ spec }) => spec.type),
  text('Cluster-IP', 'Its first address inside the cluster.', (service) => clusterIpsOf(service)[0] ?? '<none>'),
  text('External-IP', 'Its addresses outside the cluster.', externalIpOf),
  text('Port(s)', 'Its ports, with the port of every node behind the colon.', portTextOf),
  AGE,
  text('Selector', 'Labels of the pods behind it.', ({ spec }) => formatLabels(spec.selector), 1),
];

function externalIpOf({ spec, status }: ApiObject): string {
  const named: readonly string[] = spec.externalIPs ?? [];
  switch (spec.type) {
    case 'ClusterIP':
    case 'NodePort':
      return named.join(',') || '<none>';
    case 'LoadBalancer':
      return [...ingressTexts(status?.loadBalancer?.ingress), ...named].join(',') || '<pending>';
    case 'ExternalName':
      return spec.externalName ?? '';
    default:
      return '<unknown>';
  }
}

/** Of a Service or an Ingress: sorted as text, each once. */
export const ingressTexts = (ingress: readonly JsonObject[] = []): readonly string[] =>
  [...new Set(ingress.map(({ ip, hostname }): string => ip || hostname || ''))]
    .filter((each) => each !== '')
    .sort(compareText);

function portTextOf(service: ApiObject): string {
  const texts = portsOf(service).map(({ port, nodePort, protocol }) =>
    nodePort > 0 ? `${port}:${nodePort}/${protocol}` : `${port}/${protocol}`,
  );
  return texts.join(',') || '<none>';
}
