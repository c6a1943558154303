/**
 * Keeps the kernel's forwarding rules at what the plan says, while the configuration asks for `forwarding.mode: nftables`.
 *
 * On change only; a burst of changes is one transaction. What is in the kernel stays there when this ends: a speaker that
 * is started anew, or whose API server is away, cuts no connection, and the rules of a node that owns nothing do no harm.
 * After a change to `kube-proxy` the rules follow the cluster until every Service says `ipMode: VIP` and kube-proxy has
 * had time for it; then the table is removed, also where the mode changed while no speaker ran.
 * @module
 */
import { type BackoffShape, backoffMs } from '../kube/backoff.js';
import { type Clock, sleep, unlessAborted } from '../kube/clock.js';
import type { Log } from '../kube/log.js';
import type { ForwardingPlan } from '../speaker/forwarding.js';
import { udpTargets } from '../speaker/forwarding-flows.js';
import { FAMILY, renderRemoval, renderRuleset } from '../speaker/forwarding-ruleset.js';
import type { ForwardingState } from '../speaker/forwarding-state.js';
import type { Address } from '../values/address.js';
import { DroppedPackets } from './dropped-packets.js';
import type { ForwardingKernel } from './forwarding-kernel.js';
import { StaleFlows } from './stale-flows.js';

/** What the rules are made from, as it is known now. */
export interface ForwardingSource {
  /** Of the accepted configuration; undefined before there is one. */
  readonly mode: () => 'kube-proxy' | 'nftables' | undefined;
  /** All endpoints of the cluster are needed for the plan, or no longer. */
  readonly watchEndpoints: (needed: boolean) => void;
  /** Undefined while the API server has not listed what it is made from. */
  readonly plan: () => ForwardingPlan | undefined;
  /** Some Service still tells kube-proxy to leave its address to us. */
  readonly isLeftToUs: () => boolean;
}

export interface SpeakerForwardingOptions {
  readonly clock: Clock;
  readonly log: Log;
  readonly kernel: ForwardingKernel;
  readonly table: string;
  readonly source: ForwardingSource;
  readonly onState: (state: ForwardingState) => void;
  readonly onWrite: (result: 'done' | 'failed') => void;
}

/** The least pause between two transactions; large rulesets, which take longer, are written at a third of the time at most. */
const SPACING_MS = 100;
const PAUSE_RATIO = 2;
const BACKOFF: BackoffShape = { firstMs: 250, maxMs: 30_000, jitterRatio: 0.3 };
/** As long as kube-proxy may fail before it counts as unhealthy. */
const OUTDATED_AFTER_MS = 5_000;
/** kube-proxy writes its rules within a second or two, on a large cluster some more. */
const KUBE_PROXY_TAKES_OVER_WITHIN_MS = 10_000;

export class SpeakerForwarding {
  readonly #options: SpeakerForwardingOptions;
  readonly #flows: StaleFlows;
  readonly #dropped: DroppedPackets;
  /** What the kernel holds, as far as this process knows. */
  #applied:
    | { readonly text: string; readonly plan: ForwardingPlan; readonly covered: ReadonlySet<Address> }
    | undefined;
  /** Undefined: not looked yet. */
  #tableIsThere: boolean | undefined;
  #trouble: string | undefined;
  #failures = 0;
  #failingSinceMs: number | undefined;
  #removeAtMs: number | undefined;
  #woken = true;
  #wake: () => void = () => {};

  constructor(options: SpeakerForwardingOptions) {
    this.#options = options;
    this.#flows = new StaleFlows(options);
    this.#dropped = new DroppedPackets(options);
  }

  /** The rules as they are in the kernel. */
  get plan(): ForwardingPlan | undefined {
    return this.#applied?.plan;
  }

  /** Something changed that the rules are made from. */
  changed(): void {
    this.#woken = true;
    this.#wake();
  }

  /** What has to come before this node may announce anything; undefined when nothing has to. */
  missing(): string | undefined {
    if (this.#options.source.mode() !== 'nftables') return undefined;
    return this.#hasTried ? undefined : 'the forwarding rules are not in place yet';
  }

  /** Why the rules are not those that they should be. */
  complaint(): string | undefined {
    if (this.#options.source.mode() !== 'nftables' || this.#trouble === undefined) return undefined;
    return `the forwarding rules could not be set: ${this.#trouble}`;
  }

  /** Works until `signal` aborts; a transaction under way is then left to end by itself. Never rejects. */
  async run(signal: AbortSignal): Promise<void> {
    const { clock } = this.#options;
    signal.addEventListener('abort', () => this.#wake(), { once: true });
    let cancelLook = () => {};
    while (!signal.aborted) {
      if (!this.#woken) {
        await new Promise<void>((resolve) => {
          this.#wake = resolve;
        });
        continue;
      }
      this.#woken = false;
      cancelLook();
      const startedMs = clock.monotonicMs();
      const againMs = await unlessAborted(this.#step(), signal);
      cancelLook = againMs === undefined ? () => {} : clock.after(againMs, () => this.changed());
      const tookMs = clock.monotonicMs() - startedMs;
      await sleep(clock, Math.max(SPACING_MS, PAUSE_RATIO * tookMs), signal);
    }
    cancelLook();
  }

  /** Answers after how long to look again without a change. */
  async #step(): Promise<number | undefined> {
    const { source, clock } = this.#options;
    const mode = source.mode();
    if (mode === undefined) return undefined;
    if (mode === 'nftables') {
      this.#removeAtMs = undefined;
      return this.#forward();
    }
    this.#publish();
    this.#tableIsThere ??= await this.#findsTable();
    if (!this.#tableIsThere) return undefined;
    const nowMs = clock.monotonicMs();
    if (source.isLeftToUs()) this.#removeAtMs = undefined;
    else this.#removeAtMs ??= nowMs + KUBE_PROXY_TAKES_OVER_WITHIN_MS;
    if (this.#removeAtMs !== undefined && this.#removeAtMs <= nowMs) return this.#remove();
    const againMs = await this.#forward();
    return againMs ?? (this.#removeAtMs === undefined ? undefined : this.#removeAtMs - nowMs);
  }

  async #forward(): Promise<number | undefined> {
    const { source, kernel, table, onWrite } = this.#options;
    source.watchEndpoints(true);
    const plan = source.plan();
    if (plan === undefined) return undefined;
    const text = renderRuleset(table, plan);
    if (text === this.#applied?.text && this.#trouble === undefined) {
      this.#publish();
      // An endpoint that terminated while others were ready leaves no trace in the rules when it goes.
      await this.#flows.forget(udpTargets(plan));
      return undefined;
    }
    try {
      await kernel.applyRuleset(text);
    } catch (error) {
      onWrite('failed');
      return this.#failed(error);
    }
    onWrite('done');
    this.#succeeded(text, plan);
    await this.#flows.forget(udpTargets(plan));
    await this.#dropped.look();
    return undefined;
  }

  #succeeded(text: string, plan: ForwardingPlan): void {
    const { log } = this.#options;
    if (this.#applied === undefined || this.#trouble !== undefined)
      log.info({ ports: plan.forwards.length }, 'the forwarding rules are in place');
    const covered = new Set<Address>([...plan.whole, ...plan.forwards.map(({ address }) => address)]);
    this.#applied = { text, plan, covered };
    this.#tableIsThere = true;
    this.#trouble = undefined;
    this.#failures = 0;
    this.#failingSinceMs = undefined;
    this.#publish();
  }

  #failed(error: unknown): number {
    const { clock, log } = this.#options;
    this.#trouble = error instanceof Error ? error.message : String(error);
    this.#failingSinceMs ??= clock.monotonicMs();
    this.#failures++;
    const retryMs = backoffMs(BACKOFF, this.#failures, clock.random());
    log.error({ err: error, retryMs }, 'the forwarding rules could not be set');
    this.#publish();
    return retryMs;
  }

  async #remove(): Promise<number | undefined> {
    const { source, kernel, table, log } = this.#options;
    try {
      await kernel.applyRuleset(renderRemoval(table));
    } catch (error) {
      return this.#failed(error);
    }
    log.info({ table }, 'kube-proxy forwards now: the table of forwarding rules is removed');
    source.watchEndpoints(false);
    this.#tableIsThere = false;
    this.#applied = undefined;
    this.#flows.reset();
    this.#trouble = undefined;
    this.#failures = 0;
    this.#failingSinceMs = undefined;
    return undefined;
  }

  /** A speaker that may not ask, as it has no use for CAP_NET_ADMIN, was never one that forwards, or is told so in the docs. */
  async #findsTable(): Promise<boolean> {
    const { kernel, table, log } = this.#options;
    try {
      return await kernel.hasTable(FAMILY, table);
    } catch (error) {
      log.debug({ err: error }, 'cannot tell whether rules of an earlier forwarding.mode nftables are left');
      return false;
    }
  }

  get #hasTried(): boolean {
    return this.#applied !== undefined || this.#trouble !== undefined;
  }

  /** A change to nftables counts once it was tried: until then everything is as it was. */
  #publish(): void {
    const { source, clock, onState } = this.#options;
    if (source.mode() !== 'nftables') {
      onState({ by: 'kube-proxy' });
      return;
    }
    if (!this.#hasTried) return;
    const failingMs = clock.monotonicMs() - (this.#failingSinceMs ?? clock.monotonicMs());
    onState({
      by: 'cairn',
      covered: this.#applied?.covered ?? new Set(),
      trouble: this.#trouble,
      outdated: failingMs >= OUTDATED_AFTER_MS,
    });
  }
}
