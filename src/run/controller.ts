/**
 * `cairn controller`: assigns addresses to Services and says in their status who holds what, and why not.
 *
 * Of several replicas one leads. The others watch nothing but the Lease: a copy kept meanwhile could lack the last
 * addresses that the leader before gave, and they would be given twice. Whoever begins to lead lists everything anew,
 * which takes less than a second for 5,000 Services; and so does one that leads already when the API server was restored
 * from a backup. This file connects the parts and ends them; `leader.ts` has the work.
 *
 * Source: ARCHITECTURE.md, docs/design.md §6.1.
 * @module
 */
import { randomBytes } from 'node:crypto';
import { hostname } from 'node:os';
import { type ApiClient, connect as connectTo } from '../kube/client.js';
import { type Clock, systemClock } from '../kube/clock.js';
import { EventRecorder } from '../kube/events.js';
import { LeaderElection } from '../kube/lease.js';
import { openControllerMetrics } from './controller-metrics.js';
import { AcceptedText } from './controller-readiness.js';
import { ControllerViews } from './controller-views.js';
import type { Daemon } from './daemon.js';
import { type ControllerFlags, leaseTiming } from './flags.js';
import { collectAllGarbage, IdleCollector } from './idle-collector.js';
import { Leader } from './leader.js';
import { ACCEPTED_CONFIG_KEY } from './state-config-map.js';
import { StateStore } from './state-store.js';

/** The Lease, in the namespace that Cairn is installed in. */
const LEASE = 'cairn-controller';
const COMPONENT = 'cairn-controller';

/** What of the world around it a test replaces. */
export interface Surroundings {
  readonly clock: Clock;
  /** Connections of their own to the API server. */
  readonly connect: (kubeconfig: string | undefined) => ApiClient;
  readonly collectGarbage: () => void;
}

const SYSTEM: Surroundings = {
  clock: systemClock,
  connect: (kubeconfig) => connectTo({ kubeconfig }),
  collectGarbage: collectAllGarbage,
};

/** Runs until `daemon.signal` aborts; leadership is given up before it resolves. */
export async function runController(
  flags: ControllerFlags,
  daemon: Daemon,
  { clock, connect, collectGarbage }: Surroundings = SYSTEM,
): Promise<void> {
  const { log, registry, health, signal } = daemon;
  const { kubeconfig, namespace, configMap, loadBalancerClass, defaultClass, leaderElect } = flags;
  const client = connect(kubeconfig);
  // A renewal must not wait behind a thousand status writes.
  const leaseClient = connect(kubeconfig);
  const metrics = openControllerMetrics(registry);
  const collector = new IdleCollector({ clock, collectGarbage });
  let inUse: ControllerViews | undefined;
  const acceptedText = new AcceptedText(`${namespace}/${configMap}`);
  let standbyComplaint = (): string | undefined => 'not started yet';
  health.ready('controller', () => {
    if (inUse === undefined) return standbyComplaint();
    return inUse.complaint() ?? acceptedText.complaint(inUse.state()?.data[ACCEPTED_CONFIG_KEY]);
  });

  const leadTerm = async (isElected: () => boolean, leading: AbortSignal) => {
    const setBack = new AbortController();
    const term = AbortSignal.any([leading, setBack.signal]);
    // What was decided on what is no longer so must not be written.
    const isLeader = () => isElected() && !setBack.signal.aborted;
    const ended = new AbortController();
    const views = new ControllerViews({
      client,
      clock,
      log,
      namespace,
      configMap,
      onService: () => collector.worked(),
      onSetBack: () => {
        log.warn({}, 'the API server was set back, as from a backup: beginning again with what it has now');
        setBack.abort();
      },
    });
    const instance = hostname();
    const events = new EventRecorder({ client, clock, log, component: COMPONENT, instance, mayBeSent: isLeader });
    // The events tell of the last writes too, which may be under way when the term is to end.
    const beside = [views.run(AbortSignal.any([term, ended.signal])), events.run(ended.signal)];
    inUse = views;
    try {
      await until(views.synced(term), term);
      if (!term.aborted) await leaderWith(views, events, isLeader).run(term);
    } finally {
      inUse = undefined;
      ended.abort();
      await Promise.all(beside);
    }
  };
  /** Until `leading` aborts. What one term knew is not taken into the next. */
  const lead = async (isElected: () => boolean, leading: AbortSignal) => {
    while (!leading.aborted) await leadTerm(isElected, leading);
  };
  const leaderWith = (views: ControllerViews, events: EventRecorder, isLeader: () => boolean): Leader => {
    const state = new StateStore({ client, clock, log, namespace, seen: () => views.state(), isLeader });
    return new Leader({
      client,
      clock,
      log,
      views,
      events,
      state,
      serviceClass: { installation: namespace, name: loadBalancerClass, isDefault: defaultClass },
      configName: `${namespace}/${configMap}`,
      metrics,
      isLeader,
    });
  };
  try {
    if (leaderElect) {
      const election: LeaderElection = new LeaderElection({
        client: leaseClient,
        clock,
        log,
        namespace,
        name: LEASE,
        identity: `${hostname()}_${randomBytes(4).toString('hex')}`,
        timing: leaseTiming(flags),
        onLeading: (leading) => lead(() => election.isLeader(), leading),
      });
      standbyComplaint = () => election.complaint();
      await election.run(signal);
    } else {
      // Nobody else leads, also when this one ends: what is to be remembered may be written then.
      await lead(() => true, signal);
    }
  } finally {
    collector.close();
    client.close();
    leaseClient.close();
  }
}

/** Resolves when `work` does or `signal` aborts. */
const until = (work: Promise<void>, signal: AbortSignal): Promise<void> =>
  new Promise((resolve, reject) => {
    work.then(resolve, reject);
    signal.addEventListener('abort', () => resolve(), { once: true });
    if (signal.aborted) resolve();
  });
