/**
 * The registry that `/metrics` shows, with what every daemon has to tell about its process.
 *
 * Only the process figures that dashboards look for: prom-client's own set of defaults keeps timers going for event-loop
 * and garbage-collection histograms, which would wake an idle daemon a hundred times a second.
 * @module
 */
import { Gauge, Registry } from 'prom-client';

export interface BuildFacts {
  readonly version: string;
  readonly daemon: string;
}

export function openMetrics({ version, daemon }: BuildFacts): Registry {
  const registry = new Registry();
  const registers = [registry];
  new Gauge({
    name: 'cairn_build_info',
    help: 'Always 1; the labels say which version runs as what on which Node.js.',
    labelNames: ['version', 'daemon', 'node'],
    registers,
  }).set({ version, daemon, node: process.version }, 1);
  new Gauge({
    name: 'process_start_time_seconds',
    help: 'When the process started, in seconds since 1970.',
    registers,
  }).set(performance.timeOrigin / 1_000);
  new Gauge({
    name: 'process_cpu_seconds_total',
    help: 'Processor time spent, in user and system mode, in seconds.',
    registers,
    collect() {
      const { user, system } = process.cpuUsage();
      this.set((user + system) / 1e6);
    },
  });
  new Gauge({
    name: 'process_resident_memory_bytes',
    help: 'Memory held in RAM.',
    registers,
    collect() {
      this.set(process.memoryUsage.rss());
    },
  });
  new Gauge({
    name: 'nodejs_heap_used_bytes',
    help: 'Memory that JavaScript values of the main thread take.',
    registers,
    collect() {
      this.set(process.memoryUsage().heapUsed);
    },
  });
  return registry;
}
