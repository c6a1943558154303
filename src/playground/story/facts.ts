/**
 * What the API says about a Service and its announcers, in the words of the story.
 *
 * Pure.
 * @module
 */
import { REPORT_KEY, type SpeakerReport } from '../../speaker/report.js';
import { decodeReport } from '../../speaker/report-decode.js';
import type { ApiObject } from '../cluster/api.js';

/** The first address of its status. */
export const externalIpOf = (service: ApiObject): string | undefined => service.status?.loadBalancer?.ingress?.[0]?.ip;

/** The node that the controller has written down for the address. */
export function announcerOf(service: ApiObject, address: string): string | undefined {
  const list: string = service.metadata.annotations?.['cairn.dev/announced-by'] ?? '';
  for (const entry of list.split(',')) {
    const [ip, node] = entry.trim().split('=');
    if (ip === address) return node;
  }
  return undefined;
}

export interface Answer {
  readonly pod: string;
  /** Undefined: the pod did not say. */
  readonly node: string | undefined;
}

/** Who answered: as the image `whoami` says it in JSON, or the last word of the first line. */
export function answererOf(body: string): Answer | undefined {
  try {
    const { pod, node } = JSON.parse(body);
    if (typeof pod === 'string') return { pod, node: typeof node === 'string' ? node : undefined };
  } catch {
    // some other server
  }
  const pod = body.split('\n')[0]?.trim().split(/\s+/).at(-1);
  return pod ? { pod, node: undefined } : undefined;
}

/** What a speaker's own ConfigMap says; undefined where it says nothing that can be read. */
export function reportIn(configMap: ApiObject | undefined): SpeakerReport | undefined {
  const text = configMap?.data?.[REPORT_KEY];
  const report = typeof text === 'string' ? decodeReport(text) : undefined;
  return report?.ok ? report.value : undefined;
}
