/**
 * What the API says at one moment, as far as it matters to who may have which address.
 * @module
 */
import type { ApiObject } from '../../../src/playground/api/object.js';
import type { PoolFacts } from './pool-facts.js';

export interface Scene {
  readonly services: readonly ApiObject[];
  readonly namespaces: ReadonlyMap<string, Readonly<Record<string, string>>>;
  /** Of all Nodes. */
  readonly nodeAddresses: ReadonlySet<string>;
  /** Undefined while no configuration was ever accepted. */
  readonly pools: readonly PoolFacts[] | undefined;
  readonly rests: readonly Rest[];
  readonly nowMs: number;
  readonly isOurs: (service: ApiObject) => boolean;
}

/** An address that was freed, as `cairn-state` remembers it. */
export interface Rest {
  readonly ip: string;
  readonly lastHolder: string;
  readonly freedAtMs: number;
  /** Another device answered for it: it is for nobody, whoever had it last, and for longer than its pool says. */
  readonly isStrangers: boolean;
}

/** docs/conditions.md, `AddressQuarantined`. */
const QUARANTINE_MS = 600_000;

/** Whether a Service may not have it yet. */
export function isKeptFrom(
  { lastHolder, freedAtMs, isStrangers }: Rest,
  { key, isAsked, pool, nowMs }: { key: string; isAsked: boolean; pool: PoolFacts; nowMs: number },
): boolean {
  const sinceMs = Math.min(freedAtMs, nowMs);
  if (isStrangers) return !isAsked && sinceMs + QUARANTINE_MS > nowMs;
  return lastHolder !== key && sinceMs + pool.reuseDelayMs > nowMs;
}

/** What `cairn-state` says of them. */
export const restsFrom = (text: string | undefined): readonly Rest[] =>
  (JSON.parse(text || '[]') as Record<string, string>[]).map(
    ({ address = '', lastHolder = '', freedAt = '', because }) => ({
      ip: address,
      lastHolder,
      freedAtMs: Date.parse(freedAt),
      isStrangers: because === 'conflict',
    }),
  );

export const ASSIGNED = 'cairn.dev/AddressAssigned';
