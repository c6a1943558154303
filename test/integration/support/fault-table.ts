/**
 * Every fault of the embedded server, on every kind of request that a controller makes.
 * @module
 */
import type { Effect, Fault, Target } from '../../../src/playground/api/faults.js';

interface Named<T> {
  readonly name: string;
  readonly is: T;
}

const REQUESTS: readonly Named<Target>[] = [
  { name: 'lists of Services', is: { verbs: ['list'], resource: 'services' } },
  { name: 'patches of Services', is: { verbs: ['patch'], resource: 'services', subresource: 'status' } },
  { name: 'lists of ConfigMaps', is: { verbs: ['list'], resource: 'configmaps' } },
  { name: 'creates of ConfigMaps', is: { verbs: ['create'], resource: 'configmaps' } },
  { name: 'patches of ConfigMaps', is: { verbs: ['patch'], resource: 'configmaps' } },
  { name: 'lists of Namespaces', is: { verbs: ['list'], resource: 'namespaces' } },
  { name: 'events', is: { verbs: ['create'], resource: 'events' } },
  { name: 'reads of the Lease', is: { verbs: ['get'], resource: 'leases.coordination.k8s.io' } },
  { name: 'creates of the Lease', is: { verbs: ['create'], resource: 'leases.coordination.k8s.io' } },
  { name: 'renewals of the Lease', is: { verbs: ['update'], resource: 'leases.coordination.k8s.io' } },
  { name: 'all requests', is: {} },
];
const WATCHES: readonly Named<Target>[] = ['services', 'configmaps', 'namespaces'].map((resource) => ({
  name: `watches of ${resource}`,
  is: { verbs: ['watch'], resource },
}));
/** Lists and watches together: what a watch cache that lags does to both. */
const CACHES: readonly Named<Target>[] = ['services', 'configmaps', 'namespaces'].map((resource) => ({
  name: `the cache of ${resource}`,
  is: { verbs: ['get', 'list', 'watch'], resource },
}));

const ON_REQUESTS: readonly Named<Effect>[] = [
  { name: 'delay', is: { kind: 'delay', delayMs: 2_000 } },
  { name: '500', is: { kind: 'refuse', code: 500 } },
  { name: '503', is: { kind: 'refuse', code: 503 } },
  { name: '503 with Retry-After', is: { kind: 'refuse', code: 503, retryAfterSeconds: 1 } },
  { name: '429 with Retry-After', is: { kind: 'refuse', code: 429, retryAfterSeconds: 2 } },
  { name: '409', is: { kind: 'refuse', code: 409 } },
  { name: '410', is: { kind: 'expired' } },
  { name: 'a reset before it took effect', is: { kind: 'reset', when: 'before' } },
  { name: 'a reset after it took effect', is: { kind: 'reset', when: 'after' } },
];
const ON_WATCHES: readonly Named<Effect>[] = [
  { name: 'a cut in mid-event', is: { kind: 'cut' } },
  { name: 'bookmarks only', is: { kind: 'bookmarks-only' } },
  { name: 'a watch that ends without a word', is: { kind: 'disconnect' } },
];
const ON_CACHES: readonly Named<Effect>[] = [
  { name: 'a cache that stands still', is: { kind: 'stale' } },
  { name: 'a cache that is some versions behind', is: { kind: 'stale', versions: 6 } },
];

const combined = (effects: readonly Named<Effect>[], targets: readonly Named<Target>[]): readonly Named<Fault>[] =>
  targets.flatMap((target) =>
    effects.map((effect) => ({
      name: `${effect.name}, on ${target.name}`,
      is: { ...effect.is, ...target.is } as Fault,
    })),
  );

export const FAULTS: readonly Named<Fault>[] = [
  ...combined(ON_REQUESTS, REQUESTS),
  ...combined([...ON_REQUESTS, ...ON_WATCHES], WATCHES),
  ...combined(ON_CACHES, CACHES),
];

/** Only a controller with a Lease meets it. */
export const isAboutLeases = ({ resource = '' }: Target): boolean => resource.startsWith('leases');
/** `times` and `probability` mean nothing for these: they last, or strike at once. */
const LASTING: ReadonlySet<Fault['kind']> = new Set(['stale', 'bookmarks-only', 'disconnect']);
/** Strikes with this probability, where it can. */
export const withProbability = (fault: Fault, probability: number): Fault =>
  LASTING.has(fault.kind) ? fault : { ...fault, probability };

/** The seed of every table; a failure is found again with it. */
export const SEED = Number(process.env['CAIRN_INTEGRATION_SEED'] ?? 20_260_701);
