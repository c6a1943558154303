/**
 * A speaker's metrics, made from what it knows at the moment of a scrape.
 * @module
 */
import { Counter, Gauge, type Registry } from 'prom-client';
import type { ForwardingPlan } from '../speaker/forwarding.js';
import type { Observations, Orders } from '../speaker/messages.js';
import type { ProxyHealth } from '../speaker/node-refusals.js';

export interface SpeakerFigures {
  readonly orders: Orders | undefined;
  readonly observations: Observations | undefined;
  readonly proxy: ProxyHealth;
  /** As the kernel has it; undefined where this node does not forward by itself. */
  readonly forwarding: ForwardingPlan | undefined;
}

/** What is counted as it happens. */
export interface SpeakerCounters {
  readonly reportWrites: Counter<'result'>;
  readonly forwardingWrites: Counter<'result'>;
}

/** Registers all of them. */
export function openSpeakerMetrics(registry: Registry, read: () => SpeakerFigures): SpeakerCounters {
  const registers = [registry];
  new Gauge({
    name: 'cairn_speaker_addresses',
    help: 'Addresses that this node holds, by the state of the claim.',
    labelNames: ['state'],
    registers,
    collect() {
      this.reset();
      for (const state of ['probing', 'owned', 'offered'] as const) this.set({ state }, 0);
      for (const { state } of read().observations?.claims ?? []) this.inc({ state });
    },
  });
  new Gauge({
    name: 'cairn_speaker_wanted_addresses',
    help: 'Addresses of Services that some speaker should announce.',
    registers,
    collect() {
      this.set(read().orders?.wanted.length ?? 0);
    },
  });
  new Gauge({
    name: 'cairn_speaker_refused_addresses',
    help: 'Addresses that this node should not announce, by the reason.',
    labelNames: ['reason'],
    registers,
    collect() {
      this.reset();
      const { orders, observations } = read();
      const all = [
        ...(orders?.wanted ?? []).map(({ refusals }) => refusals),
        ...(observations?.refusals.values() ?? []),
      ];
      for (const refusals of all) for (const { reason } of refusals) this.inc({ reason });
    },
  });
  new Gauge({
    name: 'cairn_speaker_peers',
    help: 'Speakers of other nodes that are known, by whether they are alive.',
    labelNames: ['alive'],
    registers,
    collect() {
      this.set({ alive: 'true' }, 0);
      this.set({ alive: 'false' }, 0);
      for (const { alive } of read().observations?.peers ?? []) this.inc({ alive: String(alive) });
    },
  });
  new Gauge({
    name: 'cairn_speaker_conflicts',
    help: 'Addresses for which a stranger answers.',
    registers,
    collect() {
      this.set(read().observations?.conflicts.length ?? 0);
    },
  });
  new Gauge({
    name: 'cairn_speaker_link_warning',
    help: 'Always 1: the warning holds on the link now.',
    labelNames: ['link', 'warning'],
    registers,
    collect() {
      this.reset();
      const { observations } = read();
      const nameOf = new Map(observations?.links.map(({ index, name }) => [index, name]));
      for (const { link, warning } of observations?.warnings ?? []) {
        this.set({ link: nameOf.get(link) ?? String(link), warning }, 1);
      }
    },
  });
  new Gauge({
    name: 'cairn_speaker_proxy_health',
    help: 'What the health check of kube-proxy on this node says: 1 for the label that is true.',
    labelNames: ['health'],
    registers,
    collect() {
      for (const health of ['healthy', 'unhealthy', 'absent'] as const)
        this.set({ health }, Number(read().proxy === health));
    },
  });
  new Counter({
    name: 'cairn_speaker_link_events_total',
    help: 'What the link side counted since the start, by its own names.',
    labelNames: ['event'],
    registers,
    collect() {
      this.reset();
      for (const [event, count] of Object.entries(read().observations?.counters ?? {})) this.inc({ event }, count);
    },
  });
  new Gauge({
    name: 'cairn_speaker_forwarded_ports',
    help: "Ports of addresses in this node's own forwarding rules, by whether the Service has endpoints.",
    labelNames: ['endpoints'],
    registers,
    collect() {
      const forwards = read().forwarding?.forwards ?? [];
      const served = forwards.filter(({ inside }) => inside.length > 0).length;
      this.set({ endpoints: 'some' }, served);
      this.set({ endpoints: 'none' }, forwards.length - served);
    },
  });
  return {
    reportWrites: new Counter({
      name: 'cairn_speaker_report_writes_total',
      help: "Writes of this speaker's ConfigMap, by their result.",
      labelNames: ['result'],
      registers,
    }),
    forwardingWrites: new Counter({
      name: 'cairn_speaker_forwarding_writes_total',
      help: "Transactions with this node's forwarding rules, by their result.",
      labelNames: ['result'],
      registers,
    }),
  };
}
