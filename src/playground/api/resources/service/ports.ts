/**
 * What is wrong with the ports of a Service, one by one.
 *
 * Source: `k8s.io/kubernetes` pkg/apis/core/validation, validateServicePort.
 * @module
 */
import type { JsonObject } from '../../object.js';
import type { Cause } from '../../status.js';
import { duplicate, invalidEach, notSupported, required } from '../causes.js';
import { dnsLabel, portNumber, portNumberOrName, qualifiedName } from '../formats.js';

export const PROTOCOLS = ['SCTP', 'TCP', 'UDP'];

export function validateServicePorts(ports: readonly JsonObject[]): readonly Cause[] {
  const names = ports.map((port): string => port['name'] ?? '');
  return ports.flatMap((port, at) => {
    const field = `spec.ports[${at}]`;
    const name = names[at] ?? '';
    return [
      ...(name === '' && ports.length > 1 ? [required(`${field}.name`)] : []),
      ...(name === '' ? [] : invalidEach(`${field}.name`, name, dnsLabel(name))),
      ...(name !== '' && names.indexOf(name) < at ? [duplicate(`${field}.name`, name)] : []),
      ...invalidEach(`${field}.port`, port['port'] ?? 0, portNumber(port['port'] ?? 0)),
      ...(PROTOCOLS.includes(port['protocol']) ? [] : [notSupported(`${field}.protocol`, port['protocol'], PROTOCOLS)]),
      ...invalidEach(`${field}.targetPort`, port['targetPort'] ?? 0, portNumberOrName(port['targetPort'])),
      ...(port['appProtocol'] == null
        ? []
        : invalidEach(`${field}.appProtocol`, port['appProtocol'], qualifiedName(port['appProtocol']))),
    ];
  });
}
