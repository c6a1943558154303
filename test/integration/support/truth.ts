/**
 * What must be true once nothing goes on any more: what is written is what a controller would decide that begins now from the
 * API alone, and each reason that it gives holds address by address.
 * @module
 */
import assert from 'node:assert/strict';
import { Allocator } from '../../../src/allocator/allocator.js';
import type { Config } from '../../../src/config/config.js';
import { toTime } from '../../../src/kube/clock.js';
import { readConfigMap, readNamespace, readNode, readService } from '../../../src/kube/objects.js';
import type { Store } from '../../../src/playground/api/store.js';
import { readFreed } from '../../../src/run/freed-state.js';
import { isLeftToNode } from '../../../src/run/node-address.js';
import { inTellingOrder } from '../../../src/run/passing-announcements.js';
import { planService } from '../../../src/run/service-plan.js';
import { announcementOf } from '../../../src/speaker/announced.js';
import { isReportName, REPORT_KEY } from '../../../src/speaker/report.js';
import { decodeReport } from '../../../src/speaker/report-decode.js';
import { SpeakerReports } from '../../../src/speaker/reports.js';
import { type Address, formatAddress } from '../../../src/values/address.js';
import type { ServiceKey } from '../../../src/values/names.js';
import type { Node, Service } from '../../../src/values/objects.js';
import { isOurs, type ServiceClass } from '../../../src/values/service-class.js';
import { assertTrue } from '../../allocator/invariants.js';
import { config as configOf } from '../../support/config.js';

export interface Truth {
  readonly api: Map<ServiceKey, Service>;
  readonly config: Config;
  readonly allocator: Allocator;
  readonly isOurs: (key: ServiceKey) => boolean;
  readonly reports: SpeakerReports;
  readonly nodes: readonly Node[];
  readonly nowMs: number;
}

/** Where Cairn is installed. */
export const NAMESPACE = 'cairn-system';

let last: { readonly text: string; readonly config: Config } | undefined;

/** Asked for after each write. */
function parsed(text: string): Config {
  if (last?.text !== text) last = { text, config: configOf(text) };
  return last.config;
}

/** What a controller would know that begins now. Undefined while no configuration is accepted. */
export function truthOf(store: Store, serviceClass: ServiceClass, nowMs: number): Truth | undefined {
  const state = store.get(store.resource('configmaps'), { namespace: NAMESPACE, name: 'cairn-state' });
  const text: unknown = state?.['data']?.['accepted-config'];
  if (typeof text !== 'string') return undefined;
  const config = parsed(text);
  const services = store.list(store.resource('services')).map(readService);
  const allocator = new Allocator({ serviceClass, freed: readFreed(state?.['data']?.freed) });
  for (const { meta } of store.list(store.resource('namespaces')).map(readNamespace)) {
    allocator.setNamespace(meta.name, meta.labels, nowMs);
  }
  allocator.configure(config, '', nowMs);
  allocator.begin(services, nowMs);
  const api = new Map(services.map((service) => [service.key, service]));
  return {
    api,
    config,
    allocator,
    isOurs(key) {
      const service = api.get(key);
      return service !== undefined && isOurs(service, serviceClass);
    },
    reports: reportsIn(store),
    nodes: nodesIn(store),
    nowMs,
  };
}

/** The first Service that does not say what is true of it; undefined when all do. */
export function untrueIn({ api, config, allocator, reports, nodes, nowMs }: Truth): string | undefined {
  for (const [key, service] of api) {
    const standing = allocator.standing(key);
    const plan = planService(service, standing, {
      installation: NAMESPACE,
      announcement:
        standing.state === 'holds' ? announcementOf(reports, inTellingOrder(standing.held), service.ports) : undefined,
      now: toTime(nowMs),
      forwarding: config.forwarding.mode,
      leftToNode:
        standing.state !== 'holds'
          ? []
          : standing.held
              .map(({ address }) => address)
              .filter((address) =>
                isLeftToNode(service, address, { reports, isNodeAddress: (each) => hasAny(nodes, each) }),
              ),
    });
    if (plan !== undefined) return `${key} should be given ${JSON.stringify(plan.write)}`;
  }
  return undefined;
}

/** Each reason asked of every pool and address, one by one. */
export function assertReasons(truth: Truth): void {
  for (const [key, service] of truth.api) assertTrue(truth, service, truth.allocator.standing(key));
  assert.equal(untrueIn(truth), undefined);
}

function reportsIn(store: Store): SpeakerReports {
  const reports = new SpeakerReports();
  for (const { meta, data } of store.list(store.resource('configmaps'), NAMESPACE).map(readConfigMap)) {
    const report = isReportName(meta.name) ? decodeReport(data[REPORT_KEY] ?? '') : undefined;
    if (!report?.ok) continue;
    // A speaker speaks for no other node.
    const its = nodesIn(store).filter(({ meta: { name } }) => name === report.value.node);
    const ownAddresses = report.value.ownAddresses.filter((address) => hasAny(its, address));
    reports.set(report.value.node, { ...report.value, ownAddresses });
  }
  return reports;
}

const nodesIn = (store: Store): readonly Node[] => store.list(store.resource('nodes')).map(readNode);
const hasAny = (nodes: readonly Node[], address: Address): boolean =>
  nodes.some(({ addresses }) => addresses.includes(formatAddress(address)));
