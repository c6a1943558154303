/**
 * What a speaker watches at the API server, and how each change reaches the judgement of its candidacy.
 *
 * Nothing here falls back to nothing: while the API server is away the copies stay as they were, and so does what is
 * announced.
 * @module
 */
import type { Forwarding } from '../config/config.js';
import { parseConfig } from '../config/parse.js';
import { renderProblems } from '../config/problem.js';
import type { ApiClient } from '../kube/client.js';
import type { Clock } from '../kube/clock.js';
import type { Log } from '../kube/log.js';
import { CONFIG_MAPS, ENDPOINT_SLICES, NODES, type Resource, SERVICES } from '../kube/objects.js';
import { Informer } from '../kube/watch.js';
import { Candidates } from '../speaker/candidates.js';
import { type ForwardingPlan, planForwarding } from '../speaker/forwarding.js';
import { REPORT_KEY, reportName } from '../speaker/report.js';
import { formatAddress } from '../values/address.js';
import type { NodeName } from '../values/names.js';
import type { ConfigMap, EndpointSlice, Node, Service } from '../values/objects.js';
import { unlisted } from './api-views.js';
import { ClusterEndpoints } from './cluster-endpoints.js';
import type { SpeakerFlags } from './flags.js';
import { ACCEPTED_CONFIG_KEY, STATE_CONFIG_MAP } from './state-config-map.js';

export interface SpeakerViewsOptions {
  readonly client: ApiClient;
  readonly clock: Clock;
  readonly log: Log;
  readonly flags: SpeakerFlags;
  /** Anything changed that orders or the report are made from. */
  readonly onChange: () => void;
}

export class SpeakerViews {
  readonly candidates: Candidates;
  readonly #options: SpeakerViewsOptions;
  readonly #services: Informer<Service>;
  readonly #slices: Informer<EndpointSlice>;
  readonly #nodes: Informer<Node>;
  /** The ConfigMap with the accepted config; nobody else's, as every speaker of the cluster has one in this namespace. */
  readonly #state: Informer<ConfigMap>;
  readonly #report: Informer<ConfigMap>;
  /** The text that was read last, so that other keys of the ConfigMap change nothing. */
  #configText: string | undefined;
  #forwardingMode: Forwarding['mode'] | undefined;
  /** Undefined while kube-proxy forwards. */
  #allEndpoints: ClusterEndpoints | undefined;
  #signal: AbortSignal | undefined;

  constructor(options: SpeakerViewsOptions) {
    const { client, clock, log, flags, onChange } = options;
    this.#options = options;
    this.candidates = new Candidates({
      node: flags.nodeName,
      serviceClass: { installation: flags.namespace, name: flags.loadBalancerClass, isDefault: flags.defaultClass },
      ignoreExcludeLabel: flags.ignoreExcludeLabel,
    });
    const common = { client, clock, log };
    const own = (name: string) => ({
      ...common,
      resource: CONFIG_MAPS,
      namespace: flags.namespace,
      fieldSelector: `metadata.name=${name}`,
    });
    this.#services = new Informer({ ...common, resource: SERVICES });
    this.#slices = new Informer({ ...common, resource: slicesAt(flags.nodeName) });
    this.#nodes = new Informer({ ...common, resource: NODES });
    this.#state = new Informer(own(STATE_CONFIG_MAP));
    this.#report = new Informer(own(reportName(flags.nodeName)));

    this.#services.onChange((_, after, before) => {
      const key = (after ?? before)?.key;
      if (key !== undefined) this.candidates.setService(key, after);
      onChange();
    });
    this.#slices.onChange((key, after) => {
      this.candidates.setSlice(key, after);
      onChange();
    });
    this.#nodes.onChange((name, after) => {
      this.candidates.setNode(name, after);
      onChange();
    });
    this.#state.onChange((_, after) => this.#readConfig(after?.data[ACCEPTED_CONFIG_KEY]));
    this.#report.onChange(() => onChange());
  }

  /** Lists and watches until `signal` aborts. Never rejects. */
  async run(signal: AbortSignal): Promise<void> {
    this.#signal = signal;
    const informers = [this.#services, this.#slices, this.#nodes, this.#state, this.#report];
    await Promise.all(informers.map((informer) => informer.run(signal)));
  }

  /** What is missing before anything may be announced; undefined when nothing is, and whatever is denied after that. */
  missing(): string | undefined {
    const { namespace, configMap } = this.#options.flags;
    const views = {
      services: this.#services,
      endpointslices: this.#slices,
      nodes: this.#nodes,
      configmaps: this.#state,
    };
    const missing = unlisted(views);
    if (missing !== undefined) return missing;
    if (this.clusterId() === undefined) return 'there is no Service default/kubernetes, whose uid names the cluster';
    if (this.#forwardingMode === undefined) {
      return (
        `ConfigMap ${namespace}/${STATE_CONFIG_MAP} holds no accepted config yet: the controller writes it ` +
        `once it runs and ConfigMap ${namespace}/${configMap} is without a problem`
      );
    }
    return undefined;
  }

  /**
   * Keeps the speakers of two clusters, or of two installations in one, apart on a segment that they share. The API server
   * makes the Service `default/kubernetes` when a cluster begins and nobody replaces it.
   */
  clusterId(): string | undefined {
    const uid = this.#services.get('default/kubernetes')?.meta.uid;
    return uid && `${uid}/${this.#options.flags.namespace}`;
  }

  /** Of the accepted config; undefined before there is one. */
  forwardingMode(): Forwarding['mode'] | undefined {
    return this.#forwardingMode;
  }

  /** Begins to watch all endpoints of the cluster, or ends it; needs {@link run} to be under way. */
  watchEndpoints(needed: boolean): void {
    const { client, clock, log, flags, onChange } = this.#options;
    if (!needed) {
      this.#allEndpoints?.stop();
      this.#allEndpoints = undefined;
    } else if (this.#allEndpoints === undefined && this.#signal !== undefined) {
      this.#allEndpoints = new ClusterEndpoints({ client, clock, log, node: flags.nodeName, onChange });
      void this.#allEndpoints.run(this.#signal);
    }
  }

  /** Undefined while something that it is made from is not listed, or {@link watchEndpoints} was not called. */
  forwardingPlan(): ForwardingPlan | undefined {
    if (this.missing() !== undefined || !this.#allEndpoints?.isSynced) return undefined;
    return planForwarding({
      served: this.candidates.served(),
      endpoints: this.#allEndpoints.endpoints,
      podCIDRs: this.ownNode()?.podCIDRs ?? [],
    });
  }

  /** Some Service of ours still tells kube-proxy to leave its address alone. */
  isForwardingLeftToUs(): boolean {
    for (const { address, services } of this.candidates.served()) {
      const ip = formatAddress(address);
      if (services.some(({ ingress }) => ingress.some((entry) => entry.ip === ip && entry.ipMode === 'Proxy')))
        return true;
    }
    return false;
  }

  ownNode(): Node | undefined {
    return this.#nodes.get(this.#options.flags.nodeName);
  }

  /** This speaker's report as the API server has it. */
  heldReport(): string | undefined {
    const { namespace, nodeName } = this.#options.flags;
    return this.#report.get(`${namespace}/${reportName(nodeName)}`)?.data[REPORT_KEY];
  }

  #readConfig(text: string | undefined): void {
    const { log, onChange, flags } = this.#options;
    // Whoever deleted it did not mean the addresses to go silent: the last one counts until there is another.
    if (text === undefined || text === this.#configText) return;
    this.#configText = text;
    const config = parseConfig(text);
    if (!config.ok) {
      const problems = renderProblems(config.error);
      log.error(
        { configMap: `${flags.namespace}/${STATE_CONFIG_MAP}`, problems },
        'the accepted config cannot be read; the one before stays',
      );
      return;
    }
    this.candidates.setConfig(config.value);
    this.#forwardingMode = config.value.forwarding.mode;
    log.info({ pools: config.value.pools.map(({ name }) => name) }, 'config loaded');
    onChange();
  }
}

/** Of an EndpointSlice only the endpoints on this node: in a large cluster all of them would be most of the memory. */
function slicesAt(node: NodeName): Resource<EndpointSlice> {
  return {
    ...ENDPOINT_SLICES,
    read(raw) {
      const slice = ENDPOINT_SLICES.read(raw);
      return { ...slice, endpoints: slice.endpoints.filter(({ nodeName }) => nodeName === node) };
    },
  };
}
