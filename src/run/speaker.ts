/**
 * `cairn speaker`: the main thread of a node's speaker. It watches the API, gives orders to the link side, and publishes
 * what the link side did.
 *
 * It opens no socket on a link and takes no part in an election: the worker thread goes on by itself while this one is
 * busy, or while the API server is away.
 *
 * Source: docs/design.md §7 ("Two sides"); `docs/speaker.md` describes it for users.
 * @module
 */
import { setMaxListeners } from 'node:events';
import type { ApiClient } from '../kube/client.js';
import type { LinkSide } from '../linux/link-side.js';
import { tableFor } from '../speaker/forwarding-ruleset.js';
import type { Observations, Orders } from '../speaker/messages.js';
import type { ProxyHealth } from '../speaker/node-refusals.js';
import { lastReport, ownReport } from '../speaker/own-report.js';
import { encodeReport, reportName } from '../speaker/report.js';
import type { Daemon } from './daemon.js';
import type { SpeakerFlags } from './flags.js';
import { HostListeners } from './host-listeners.js';
import { pollProxy } from './proxy-health.js';
import { ReportWriter } from './report-writer.js';
import { readSecretFile } from './secret-file.js';
import { SpeakerForwarding } from './speaker-forwarding.js';
import { openSpeakerMetrics } from './speaker-metrics.js';
import { newsIn } from './speaker-news.js';
import { REAL_SURROUNDINGS, type Surroundings } from './speaker-surroundings.js';
import { SpeakerViews } from './speaker-views.js';

/**
 * Orders hold every address, so a burst of changes is one order. The first change goes at once: a Service waits for it.
 */
const ORDERS_SPACING_MS = 100;
/** The link side's loop turns several times a second. One that has not for this long hangs. */
const LINK_SIDE_HANGS_AFTER_MS = 10_000;
/** The whole process has 2 s to end, of which leaving the links takes 1.2 s at most. */
const LAST_REPORT_TIMEOUT_MS = 400;
/** By then kube-proxy should have come up beside us. */
const PROXY_EXPECTED_WITHIN_MS = 60_000;

/** Runs until `daemon.signal` aborts, then leaves the links to the others. Rejects if the link side cannot go on. */
export async function runSpeaker(
  flags: SpeakerFlags,
  daemon: Daemon,
  surroundings: Surroundings = REAL_SURROUNDINGS,
): Promise<void> {
  const secretKeys = await readSecretFile(flags.secretFile, daemon.log);
  const speaker = new Speaker(flags, daemon, surroundings, secretKeys);
  await speaker.run();
}

class Speaker {
  readonly #flags: SpeakerFlags;
  readonly #daemon: Daemon;
  readonly #surroundings: Surroundings;
  readonly #secretKeys: readonly Uint8Array[];
  readonly #client: ApiClient;
  readonly #views: SpeakerViews;
  readonly #writer: ReportWriter;
  readonly #forwarding: SpeakerForwarding;
  readonly #hostListeners: HostListeners;
  /** Aborts what goes on in the background, after the link side has left. */
  readonly #background = new AbortController();
  #linkSide: LinkSide | undefined;
  #socketsOpen = false;
  #orders: Orders | undefined;
  #observations: Observations | undefined;
  #proxy: ProxyHealth = 'absent';
  #refreshedMs = Number.NEGATIVE_INFINITY;
  #cancelRefresh: (() => void) | undefined;
  #leaving = false;
  /** Ends {@link run} with an error. */
  #end: (error: Error) => void = () => {};

  constructor(flags: SpeakerFlags, daemon: Daemon, surroundings: Surroundings, secretKeys: readonly Uint8Array[]) {
    const { log, registry, health } = daemon;
    const { clock } = surroundings;
    this.#flags = flags;
    this.#daemon = daemon;
    this.#surroundings = surroundings;
    this.#secretKeys = secretKeys;
    this.#client = surroundings.connect(flags);
    this.#views = new SpeakerViews({ client: this.#client, clock, log, flags, onChange: () => this.#refreshSoon() });
    const counted = openSpeakerMetrics(registry, () => ({
      orders: this.#orders,
      observations: this.#observations,
      proxy: this.#proxy,
      forwarding: this.#forwarding.plan,
    }));
    this.#forwarding = new SpeakerForwarding({
      clock,
      log,
      kernel: surroundings.forwarding,
      table: tableFor(flags.namespace),
      source: {
        mode: () => this.#views.forwardingMode(),
        watchEndpoints: (needed) => this.#views.watchEndpoints(needed),
        plan: () => this.#views.forwardingPlan(),
        isLeftToUs: () => this.#views.isForwardingLeftToUs(),
      },
      onState: (state) => {
        if (this.#views.candidates.setForwarding(state)) this.#refreshSoon();
      },
      onWrite: (result) => counted.forwardingWrites.inc({ result }),
    });
    this.#hostListeners = new HostListeners({
      clock,
      log,
      read: surroundings.readListeners,
      onChange: (listeners) => {
        this.#views.candidates.setListeners(listeners);
        this.#refreshSoon();
      },
    });
    this.#writer = new ReportWriter({
      client: this.#client,
      clock,
      log,
      namespace: flags.namespace,
      name: reportName(flags.nodeName),
      owner: () => this.#views.ownNode()?.meta,
      text: () => this.#reportText(),
      held: () => this.#views.heldReport(),
      onWrite: (result) => counted.reportWrites.inc({ result }),
    });
    health.live('link side', () => this.#hanging());
    health.ready('speaker', () => this.#waitingFor());
    health.ready('forwarding', () => this.#forwarding.complaint());
  }

  async run(): Promise<void> {
    const { signal } = this.#daemon;
    const ended = new Promise<void>((resolve, reject) => {
      this.#end = reject;
      signal.addEventListener('abort', () => resolve(), { once: true });
      if (signal.aborted) resolve();
    });
    // Five watches, their pauses and a few loops listen: more than Node takes for a leak, and as many as they stay.
    setMaxListeners(0, this.#background.signal);
    const background = [
      this.#views.run(this.#background.signal),
      this.#writer.run(this.#background.signal),
      this.#forwarding.run(this.#background.signal),
      this.#hostListeners.run(this.#background.signal),
      this.#watchProxy(),
    ];
    try {
      this.#writer.changed();
      await ended;
    } finally {
      this.#leaving = true;
      this.#cancelRefresh?.();
      await this.#linkSide?.stop({ leave: true });
      this.#background.abort();
      await Promise.all(background);
      await this.#writeLastReport();
      this.#client.close();
    }
  }

  /**
   * What is missing before this speaker can do its work; undefined when nothing is. What the API server denies later is no
   * part of it: a rolling update ends pods that are not ready all at once, and those that come after them could not begin.
   */
  #waitingFor(): string | undefined {
    return this.#waitingToBegin() ?? (this.#socketsOpen ? undefined : 'the sockets on the links are not open yet');
  }

  /** What is missing before the first orders may be given; undefined for ever after. */
  #waitingToBegin(): string | undefined {
    return this.#orders === undefined ? (this.#views.missing() ?? this.#forwarding.missing()) : undefined;
  }

  #hanging(): string | undefined {
    const sinceMs = this.#linkSide?.sinceLastTurnMs() ?? 0;
    if (sinceMs <= LINK_SIDE_HANGS_AFTER_MS) return undefined;
    return `its loop has not turned for ${Math.round(sinceMs / 1_000)} s`;
  }

  #reportText(): string {
    return encodeReport(
      ownReport({
        node: this.#flags.nodeName,
        waitingFor: this.#waitingFor(),
        orders: this.#orders,
        observations: this.#observations,
      }),
    );
  }

  /** At once, but not again before {@link ORDERS_SPACING_MS} have passed. */
  #refreshSoon(): void {
    if (this.#leaving || this.#cancelRefresh !== undefined) return;
    const { clock } = this.#surroundings;
    const dueInMs = Math.max(0, this.#refreshedMs + ORDERS_SPACING_MS - clock.monotonicMs());
    this.#cancelRefresh = clock.after(dueInMs, () => {
      this.#cancelRefresh = undefined;
      this.#refreshedMs = clock.monotonicMs();
      this.#refresh();
    });
  }

  #refresh(): void {
    const holdsNodeAddress = this.#views.candidates.holdsNodeAddress();
    // What was seen before is old by the time that it is needed again.
    if (!holdsNodeAddress) this.#views.candidates.setListeners(undefined);
    this.#hostListeners.need(holdsNodeAddress);
    this.#forwarding.changed();
    this.#linkSide ??= this.#openLinks();
    // Once begun it goes on: a Service or a ConfigMap that somebody deleted is no reason to fall silent.
    if (this.#linkSide !== undefined && this.#waitingToBegin() === undefined) {
      const orders = this.#views.candidates.orders();
      if (orders !== undefined && orders !== this.#orders) {
        this.#orders = orders;
        this.#linkSide.orders(orders);
      }
    }
    this.#writer.changed();
  }

  /**
   * Starts the link side once the cluster's name is known, before there is a config: without orders it sends nothing, and
   * a missing capability is told at once.
   */
  #openLinks(): LinkSide | undefined {
    const clusterId = this.#views.clusterId();
    if (clusterId === undefined) return undefined;
    const { nodeName, heartbeatIntervalMs, heartbeatMisses } = this.#flags;
    const { log } = this.#daemon;
    const linkSide = this.#surroundings.startLinkSide({
      node: nodeName,
      clusterId,
      secretKeys: this.#secretKeys,
      heartbeatIntervalMs,
      heartbeatMisses,
    });
    linkSide.onFailure((error) => this.#end(error));
    linkSide.onObservations((observations) => {
      const news = newsIn(this.#observations, observations);
      if (news !== undefined) log.info(news, 'the link side has news');
      this.#observations = observations;
      this.#writer.changed();
    });
    linkSide.ready.then(
      () => {
        this.#socketsOpen = true;
        log.info('sockets on the links are open');
        this.#writer.changed();
      },
      (error: Error) => this.#end(error),
    );
    return linkSide;
  }

  async #watchProxy(): Promise<void> {
    const { clock, checkProxy } = this.#surroundings;
    const { log } = this.#daemon;
    const cancelWarning = clock.after(PROXY_EXPECTED_WITHIN_MS, () => {
      if (this.#proxy !== 'absent' || this.#views.forwardingMode() === 'nftables') return;
      log.warn('kube-proxy answers no health check on this node: its health does not count when a node is chosen');
    });
    const onChange = (health: ProxyHealth) => {
      log.info({ health }, "kube-proxy's health changed");
      this.#proxy = health;
      this.#views.candidates.setProxy(health);
      this.#refreshSoon();
    };
    const nodeAddresses = () => this.#views.ownNode()?.addresses ?? [];
    await pollProxy({ clock, check: checkProxy, nodeAddresses, onChange }, this.#background.signal);
    cancelWarning();
  }

  /** Best effort: whoever reads the report of a node that is gone hears the same from the others. */
  async #writeLastReport(): Promise<void> {
    try {
      await this.#writer.writeLast(encodeReport(lastReport(this.#flags.nodeName)), LAST_REPORT_TIMEOUT_MS);
    } catch (error) {
      this.#daemon.log.warn({ err: error }, 'the last report could not be written');
    }
  }
}
