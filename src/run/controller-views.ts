/**
 * What the controller watches at the API server, and how each change reaches whoever leads.
 *
 * One object for each time of leading: what it lists first is the API server's newest state, whatever others wrote before.
 * @module
 */
import type { ApiClient } from '../kube/client.js';
import { type Clock, sleep } from '../kube/clock.js';
import type { Log } from '../kube/log.js';
import { NAMESPACES, SERVICES } from '../kube/objects.js';
import { Informer } from '../kube/watch.js';
import { isReportName, reportName, type SpeakerReport } from '../speaker/report.js';
import { both, type Concerned, NONE } from '../speaker/report-changes.js';
import { SpeakerReports } from '../speaker/reports.js';
import type { Address } from '../values/address.js';
import type { Labels } from '../values/labels.js';
import type { NodeName, ServiceKey } from '../values/names.js';
import type { ConfigMap, Namespace, Service } from '../values/objects.js';
import { denied, unlisted } from './api-views.js';
import { type KeptConfigMap, keptConfigMaps, reportIn } from './kept-config-maps.js';
import { SpeakerPresence } from './speaker-presence.js';
import { STATE_CONFIG_MAP } from './state-config-map.js';

export interface ControllerViewsOptions {
  readonly client: ApiClient;
  readonly clock: Clock;
  readonly log: Log;
  /** The namespace Cairn is installed in. */
  readonly namespace: string;
  /** Name of the ConfigMap with the configuration. */
  readonly configMap: string;
  /** Called for each version of a Service, whoever follows. */
  readonly onService?: () => void;
  /** Called when Services are listed as they were before, and before they are taken in so: the API server was set back. */
  readonly onSetBack?: () => void;
}

/** What the leader is told, after the copies have changed. */
export interface Follower {
  service(key: ServiceKey, service: Service | undefined, before: Service | undefined): void;
  namespace(name: string, labels: Labels | undefined): void;
  config(): void;
  state(): void;
  /** The announcement of these addresses may have changed. */
  reports(concerned: Concerned): void;
}

/** Which addresses are nodes' own has to be known first; who may not look at nodes waits this long, once for each time of leading. */
const PRESENCE_WITHIN_MS = 2_000;

export class ControllerViews {
  /** What all speakers report. */
  readonly reports = new SpeakerReports();
  readonly #options: ControllerViewsOptions;
  readonly #services: Informer<Service>;
  readonly #namespaces: Informer<Namespace>;
  readonly #configMaps: Informer<KeptConfigMap>;
  readonly #presence: SpeakerPresence;
  #follower: Follower | undefined;

  constructor(options: ControllerViewsOptions) {
    const { namespace, onSetBack = () => {}, ...common } = options;
    this.#options = options;
    this.#services = new Informer({ ...common, resource: SERVICES, onSetBack });
    this.#namespaces = new Informer({ ...common, resource: NAMESPACES });
    this.#configMaps = new Informer({ ...common, resource: keptConfigMaps(options.configMap), namespace });
    this.#presence = new SpeakerPresence({
      client: common.client,
      clock: common.clock,
      log: common.log,
      namespace,
      onChange: (node) => this.#judge(node),
      onAddresses: (node, addresses) => {
        this.#believe(this.#reportOf(node));
        this.#follower?.reports({ addresses, ranges: [] });
      },
    });
    // Nobody tells of nodes that went while nobody looked.
    void this.#presence.nodesListed.then(() => this.#judgeAll());
    this.#services.onChange((_, after, before) => {
      options.onService?.();
      const key = (after ?? before)?.key;
      if (key !== undefined) this.#follower?.service(key, after, before);
    });
    this.#namespaces.onChange((name, after) => this.#follower?.namespace(name, after?.meta.labels));
    this.#configMaps.onChange((_, after, before) => this.#configMapChanged(after, before));
  }

  /** Lists and watches until `signal` aborts. Never rejects. */
  async run(signal: AbortSignal): Promise<void> {
    const watched = [this.#services, this.#namespaces, this.#configMaps, this.#presence];
    await Promise.all(watched.map((each) => each.run(signal)));
  }

  /** Resolves once all of them are listed; which speakers run is waited for only a little, and not after `signal` aborts. */
  async synced(signal: AbortSignal): Promise<void> {
    await Promise.all([this.#services, this.#namespaces, this.#configMaps].map(({ synced }) => synced));
    const listed = new AbortController();
    const waited = sleep(this.#options.clock, PRESENCE_WITHIN_MS, AbortSignal.any([signal, listed.signal]));
    await Promise.race([this.#presence.synced(), waited]);
    listed.abort();
  }

  /** What has not been listed yet, or may no longer be seen; undefined when nothing, without the right to look at nodes too. */
  complaint(): string | undefined {
    const views = { services: this.#services, namespaces: this.#namespaces, configmaps: this.#configMaps };
    return denied(views) ?? unlisted(views);
  }

  service(key: ServiceKey): Service | undefined {
    return this.#services.get(key);
  }

  /** What a write of ours, planned on `before`, made of it. Told as a change, without waiting for the watch. */
  learn(before: Service, after: Service): void {
    this.#services.learn(before, after);
  }

  /** Some node's own; undefined while Nodes are not known. */
  isNodeAddress(address: Address): boolean | undefined {
    return this.#presence.isNodeAddress(address);
  }

  services(): Iterable<Service> {
    return this.#services.values();
  }

  namespaces(): Iterable<Namespace> {
    return this.#namespaces.values();
  }

  config(): ConfigMap | undefined {
    return this.#configMap(this.#options.configMap);
  }

  state(): ConfigMap | undefined {
    return this.#configMap(STATE_CONFIG_MAP);
  }

  /** At most one at a time is told. Returns what ends it. */
  follow(follower: Follower): () => void {
    this.#follower = follower;
    return () => {
      if (this.#follower === follower) this.#follower = undefined;
    };
  }

  #configMap(name: string): KeptConfigMap | undefined {
    return this.#configMaps.get(`${this.#options.namespace}/${name}`);
  }

  #configMapChanged(after: KeptConfigMap | undefined, before: KeptConfigMap | undefined): void {
    const name = (after ?? before)?.meta.name ?? '';
    if (name === this.#options.configMap) this.#follower?.config();
    else if (name === STATE_CONFIG_MAP) this.#follower?.state();
    else if (isReportName(name)) this.#reportChanged(name, after, before);
  }

  #reportChanged(name: string, after: KeptConfigMap | undefined, before: KeptConfigMap | undefined): void {
    if (after?.report?.ok === false)
      this.#options.log.warn({ configMap: name, defect: after.report.error }, "a speaker's report is of no use");
    const report = reportIn(after);
    const node = (report ?? reportIn(before))?.node;
    if (node === undefined) return;
    // Of nodes that report nothing, nothing is kept.
    const silence = this.reports.setSilence(node, report && this.#presence.whyNot(node));
    this.#tell(both(silence, this.reports.set(node, report && this.#believed(report))));
  }

  #reportOf(node: NodeName): SpeakerReport | undefined {
    return reportIn(this.#configMap(reportName(node)));
  }

  /** Without the addresses that its Node does not have: a speaker speaks for no other node, nor for what its own had once. */
  #believed(report: SpeakerReport): SpeakerReport {
    const isOwn = (address: Address) => this.#presence.isAddressOf(report.node, address) ?? true;
    return report.ownAddresses.every(isOwn) ? report : { ...report, ownAddresses: report.ownAddresses.filter(isOwn) };
  }

  /** Its Node may have other addresses than when it was told. */
  #believe(report: SpeakerReport | undefined): void {
    if (report === undefined || report.ownAddresses.length === 0) return;
    this.#tell(this.reports.set(report.node, this.#believed(report)));
  }

  #judge(node: NodeName): void {
    if (this.reports.has(node)) this.#tell(this.reports.setSilence(node, this.#presence.whyNot(node)));
  }

  #judgeAll(): void {
    for (const configMap of this.#configMaps.values()) {
      const report = reportIn(configMap);
      if (report === undefined) continue;
      this.#believe(report);
      this.#judge(report.node);
    }
  }

  #tell(concerned: Concerned): void {
    if (concerned !== NONE) this.#follower?.reports(concerned);
  }
}
