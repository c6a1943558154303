/**
 * The controller's metrics, made from what the leader knows at the moment of a scrape.
 * @module
 */
import { Counter, Gauge, type Registry } from 'prom-client';
import type { Pool } from '../config/config.js';
import type { Family } from '../values/address.js';
import type { PoolName } from '../values/names.js';
import { familyOfRange, sizeOf } from '../values/range.js';

export interface LeaderFigures {
  readonly pools: () => readonly Pool[];
  readonly held: (pool: PoolName, family: Family) => number;
  /** Services without the address that they ask for. */
  readonly waiting: () => number;
  /** Of the ConfigMap as it is now; 0 when it is in force. */
  readonly configProblems: () => number;
}

export interface ControllerMetrics {
  /** Undefined: another replica leads, and has the figures. */
  leading(figures: LeaderFigures | undefined): void;
  wrote(result: 'done' | 'conflict' | 'failed'): void;
}

const FAMILIES = ['IPv4', 'IPv6'] as const;

export function openControllerMetrics(registry: Registry): ControllerMetrics {
  const registers = [registry];
  let figures: LeaderFigures | undefined;

  new Gauge({
    name: 'cairn_leader',
    help: '1 on the replica that leads.',
    registers,
    collect() {
      this.set(figures === undefined ? 0 : 1);
    },
  });
  new Gauge({
    name: 'cairn_pool_addresses',
    help: 'Addresses of each pool and family, as a floating-point number: an IPv6 pool may have more than any integer holds.',
    labelNames: ['pool', 'family'],
    registers,
    collect() {
      this.reset();
      for (const { name, ranges } of figures?.pools() ?? []) {
        for (const family of FAMILIES) {
          const own = ranges.filter((range) => familyOfRange(range) === family);
          if (own.length > 0)
            this.set(
              { pool: name, family },
              own.reduce((sum, range) => sum + Number(sizeOf(range)), 0),
            );
        }
      }
    },
  });
  new Gauge({
    name: 'cairn_pool_addresses_held',
    help: 'Addresses of each pool and family that Services hold.',
    labelNames: ['pool', 'family'],
    registers,
    collect() {
      this.reset();
      for (const { name, ranges } of figures?.pools() ?? []) {
        for (const family of FAMILIES) {
          if (!ranges.some((range) => familyOfRange(range) === family)) continue;
          this.set({ pool: name, family }, figures?.held(name, family) ?? 0);
        }
      }
    },
  });
  new Gauge({
    name: 'cairn_services_waiting',
    help: 'Services that have no address, or not the one that they ask for.',
    registers,
    collect() {
      this.set(figures?.waiting() ?? 0);
    },
  });
  new Gauge({
    name: 'cairn_config_problems',
    help: 'Problems of the ConfigMap as it is now, 1 where there is none; while there are any, the last accepted configuration stays in force.',
    registers,
    collect() {
      this.set(figures?.configProblems() ?? 0);
    },
  });
  // Counted here: the library's own counting costs as much as planning a write.
  const written = { done: 0, conflict: 0, failed: 0 };
  new Counter({
    name: 'cairn_service_writes_total',
    help: 'Patches of Services, by their result. A conflict means that somebody else wrote first; it is tried again.',
    labelNames: ['result'],
    registers,
    collect() {
      this.reset();
      for (const [result, count] of Object.entries(written)) if (count > 0) this.inc({ result }, count);
    },
  });
  return {
    leading: (now) => {
      figures = now;
    },
    wrote: (result) => {
      written[result]++;
    },
  };
}
