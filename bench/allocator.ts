/**
 * How fast is the pure allocator, and does it get slower with what it holds?
 *
 * `npm run bench:allocator` gives Services their first addresses from a /8 and a /64 in which 1, 10,000 and 1,000,000
 * addresses are held already, and prints allocations a second and the cost at a million against the cost at 10,000. What
 * is held lies scattered, each second address of the pool's beginning, so that every gap is one address wide: the worst
 * that the sets of used addresses can meet. A pool that is written as 10,000 single addresses tells what its ranges cost while
 * it is empty, nearly full, and full: then each Service is refused, and told who holds what.
 *
 * An allocation is all that a new Service costs the allocator: reading what it asks for, the choice, and the books; the
 * Services are made, and given up again, outside the time that counts. The figure is the median over batches; the fastest
 * tenth tells more of a machine that does other things meanwhile.
 */
import { performance } from 'node:perf_hooks';
import { Allocator } from '../src/allocator/allocator.js';
import { parseConfig } from '../src/config/parse.js';
import { collectAllGarbage } from '../src/run/idle-collector.js';
import type { Address } from '../src/values/address.js';
import { formatAddress, parseAddress } from '../src/values/address.js';
import { serviceKey } from '../src/values/names.js';
import type { Service } from '../src/values/objects.js';
import { offset } from '../src/values/range.js';

interface Row {
  readonly name: string;
  readonly family: 'IPv4' | 'IPv6';
  /** Ranges of the pool. */
  readonly addresses: readonly string[];
  readonly first: string;
  /** How many of each second address, from `first` on, are held already. */
  readonly held: readonly number[];
}

const MANY = 10_000;
const SINGLES = Array.from({ length: MANY }, (_, n) => `10.0.${n >> 7}.${2 * (n & 127)}`);
const HELD = [1, 10_000, 1_000_000];
const ROWS: readonly Row[] = [
  { name: '/8', family: 'IPv4', addresses: ['10.0.0.0/8'], first: '10.0.0.0', held: HELD },
  { name: '/64', family: 'IPv6', addresses: ['2001:db8::/64'], first: '2001:db8::', held: HELD },
  { name: 'single', family: 'IPv4', addresses: SINGLES, first: '10.0.0.0', held: [1, 9_000, MANY] },
];
const isFull = ({ addresses }: Row, held: number): boolean => addresses === SINGLES && held === MANY;

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

/** Nanoseconds for each allocation, in the median batch and in the one that a tenth of all are faster than. */
interface Cost {
  readonly median: number;
  readonly fast: number;
}

function measure(row: Row, held: number): Cost {
  const { addresses, first, family } = row;
  const list = JSON.stringify(addresses);
  const parsed = parseConfig(`address-pools: [{name: p, protocol: layer2, addresses: ${list}}]`);
  if (!parsed.ok) throw new Error('the benchmark has a broken configuration');
  const allocator = new Allocator({
    serviceClass: { installation: 'cairn-system', name: 'cairn.dev/lb', isDefault: true },
    freed: [],
  });
  allocator.configure(parsed.value, '', NOW_MS);
  const from = parseAddress(first) as Address;
  const there = Array.from({ length: held }, (_, n) =>
    service(`held-${n}`, family, formatAddress(offset(from, 2n * BigInt(n)))),
  );
  allocator.begin(there, NOW_MS);

  // What the preparations leave behind is no cost of an allocation's.
  collectAllGarbage();
  const costsNs: number[] = [];
  for (let batch = 0; batch < WARM_UP_BATCHES + BATCHES; batch++) {
    // Other names each time: a `Map` of the language has one that comes and goes a thousand times in a line of so many.
    const services = Array.from({ length: BATCH }, (_, n) => service(`new-${batch}-${n}`, family));
    const startedMs = performance.now();
    for (const each of services) allocator.observe(each.key, each, NOW_MS);
    const tookMs = performance.now() - startedMs;
    if (batch >= WARM_UP_BATCHES) costsNs.push((tookMs * 1e6) / BATCH);
    const [one] = services;
    const wanted = isFull(row, held) ? 'waits' : 'holds';
    if (one === undefined || allocator.standing(one.key).state !== wanted) throw new Error(`no Service ${wanted}`);
    for (const { key } of services) allocator.observe(key, undefined, NOW_MS);
  }
  costsNs.sort((a, b) => a - b);
  return { median: costsNs[BATCHES / 2] ?? 0, fast: costsNs[BATCHES / 10] ?? 0 };
}

const perSecond = (ns: number): string =>
  Math.round(1e9 / ns)
    .toLocaleString('en')
    .padStart(13);

console.log('pool   held         ns each   allocations/s   in the fastest tenth');
for (const row of ROWS) {
  const costs = new Map<number, Cost>();
  for (const held of row.held) {
    const cost = measure(row, held);
    costs.set(held, cost);
    const columns = [row.name.padEnd(6), held.toLocaleString('en').padEnd(10), cost.median.toFixed(0).padStart(9)];
    console.log(
      `${columns.join(' ')}   ${perSecond(cost.median)}          ${perSecond(cost.fast)}${isFull(row, held) ? '   (full: refused)' : ''}`,
    );
  }
  const [, some = 0, most = 0] = row.held;
  const ratio = (of: keyof Cost) => ((costs.get(most)?.[of] ?? 0) / (costs.get(some)?.[of] ?? 1)).toFixed(2);
  const [much, less] = [most, some].map((held) => held.toLocaleString('en'));
  console.log(
    `${row.name.padEnd(6)} ${much} held cost ${ratio('median')} times ${less} (fastest tenth ${ratio('fast')})`,
  );
}
