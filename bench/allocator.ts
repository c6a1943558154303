/**
 * How fast is the pure allocator, and does it get slower with what it holds?
 *
 * `npm run bench:allocator` gives Services their first addresses from a /8 and a /64 in which 1, 10,000 and 1,000,000
 * addresses are held already, and prints allocations a second and the cost at a million against the cost at 10,000. What
 * is held lies scattered, each second address of the pool's beginning, so that every gap is one address wide: the worst
 * that the sets of used addresses can meet. An allocation is all that a new Service costs the allocator: reading what it
 * asks for, the choice, and the books; the Services are made, and given up again, outside the time that counts.
 */
import { performance } from 'node:perf_hooks';
import { Allocator } from '../src/allocator/allocator.js';
import { parseConfig } from '../src/config/parse.js';
import type { Address } from '../src/values/address.js';
import { formatAddress, parseAddress } from '../src/values/address.js';
import { serviceKey } from '../src/values/names.js';
import type { Service } from '../src/values/objects.js';
import { offset } from '../src/values/range.js';

const POOLS = [
  { name: '/8', family: 'IPv4', range: '10.0.0.0/8', first: '10.0.0.0' },
  { name: '/64', family: 'IPv6', range: '2001:db8::/64', first: '2001:db8::' },
] as const;
const HELD = [1, 10_000, 1_000_000] as const;
/** Held beside those that are held anyway; few, so that "1 held" stays near the truth. */
const BATCH = 500;
const BATCHES = 400;
const WARM_UP_BATCHES = 100;
const NOW_MS = Date.parse('2026-07-01T12:00:00Z');

const NONE = {};
const NOTHING: readonly never[] = [];

function service(name: string, family: 'IPv4' | 'IPv6', ip?: string): Service {
  const meta = {
    namespace: 'bench',
    name,
    uid: name,
    resourceVersion: '1',
    createdAt: '2026-07-01T12:00:00Z',
    deleting: false,
    labels: NONE,
    annotations: NONE,
  };
  return {
    key: serviceKey('bench', name),
    meta,
    generation: 1,
    type: 'LoadBalancer',
    loadBalancerClass: undefined,
    loadBalancerIP: '',
    loadBalancerSourceRanges: NOTHING,
    sessionAffinity: 'None',
    ipFamilies: family === 'IPv4' ? IPV4 : IPV6,
    ipFamilyPolicy: 'SingleStack',
    externalTrafficPolicy: 'Cluster',
    ports: NOTHING,
    selector: NONE,
    ingress: ip === undefined ? NOTHING : [{ ip, hostname: '', ipMode: 'VIP' }],
    conditions: NOTHING,
  };
}
const IPV4 = ['IPv4'] as const;
const IPV6 = ['IPv6'] as const;

/** Nanoseconds for each allocation. */
function measure({ range, first, family }: (typeof POOLS)[number], held: number): number {
  const parsed = parseConfig(`address-pools: [{name: p, protocol: layer2, addresses: ["${range}"]}]`);
  if (!parsed.ok) throw new Error('the benchmark has a broken configuration');
  const allocator = new Allocator({ serviceClass: { name: 'cairn.dev/lb', isDefault: true }, freed: [] });
  allocator.configure(parsed.value, '', NOW_MS);
  const from = parseAddress(first) as Address;
  const there = Array.from({ length: held }, (_, n) =>
    service(`held-${n}`, family, formatAddress(offset(from, 2n * BigInt(n)))),
  );
  allocator.begin(there, NOW_MS);

  let count = 0;
  let spentMs = 0;
  for (let batch = 0; batch < WARM_UP_BATCHES + BATCHES; batch++) {
    const services = Array.from({ length: BATCH }, (_, n) => service(`new-${n}`, family));
    const startedMs = performance.now();
    for (const each of services) allocator.observe(each.key, each, NOW_MS);
    const tookMs = performance.now() - startedMs;
    if (batch >= WARM_UP_BATCHES) {
      spentMs += tookMs;
      count += BATCH;
    }
    const [one] = services;
    if (one === undefined || allocator.standing(one.key).state !== 'holds') throw new Error('nothing was allocated');
    for (const { key } of services) allocator.observe(key, undefined, NOW_MS);
  }
  return (spentMs * 1e6) / count;
}

console.log('pool   held       ns/allocation   allocations/s');
for (const pool of POOLS) {
  const costs = new Map<number, number>();
  for (const held of HELD) {
    const ns = measure(pool, held);
    costs.set(held, ns);
    const perSecond = Math.round(1e9 / ns).toLocaleString('en');
    console.log(
      `${pool.name.padEnd(6)} ${held.toLocaleString('en').padEnd(10)} ${ns.toFixed(0).padStart(13)}   ${perSecond.padStart(13)}`,
    );
  }
  const ratio = (costs.get(1_000_000) ?? 0) / (costs.get(10_000) ?? 1);
  console.log(`${pool.name.padEnd(6)} cost at 1,000,000 held against 10,000: ${ratio.toFixed(2)}`);
}
