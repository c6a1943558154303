/**
 * What the tests of `forwarding.mode: nftables` have packets sent on to: pods that answer over HTTP and echo over UDP.
 * @module
 */
import type { ApiObject } from '../../../src/playground/cluster/api.js';

const WEB_PORT = 80;
export const ECHO_PORT = 7;
/** Of a Service in front of such pods. */
export const PORTS = [
  { name: 'http', port: WEB_PORT, targetPort: 8080, protocol: 'TCP' },
  { name: 'echo', port: ECHO_PORT, targetPort: 7007, protocol: 'UDP' },
];

/** One pod that says who asks it, over HTTP, and sends back what it gets, over UDP; on the node that is named. */
export function deployment(name: string, labels: Readonly<Record<string, string>>, node: string): ApiObject {
  const all = { ...labels, deployment: name };
  const container = (image: string, port: number) => ({
    name: image,
    image: `cairn.dev/lab/${image}`,
    env: [{ name: 'PORT', value: String(port) }],
  });
  return {
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    metadata: { name, namespace: 'default' },
    spec: {
      selector: { matchLabels: all },
      template: {
        metadata: { labels: all },
        spec: {
          nodeSelector: { 'kubernetes.io/hostname': node },
          containers: [container('whoami', 8080), container('echo', 7007)],
        },
      },
    },
  };
}
