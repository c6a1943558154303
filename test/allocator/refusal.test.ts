import assert from 'node:assert/strict';
import { describe, it } from 'mocha';
import { ASSIGNED_REASONS, tellAssigned } from '../../src/allocator/conditions.js';
import { abridged, explain, type PoolRefusal, type Refusal, reasonOf } from '../../src/allocator/refusal.js';
import { listed } from '../../src/allocator/sentence.js';
import { type PoolName, serviceKey } from '../../src/values/names.js';
import { address, pool } from '../support/values.js';

const p = pool('p');
const ip = address('192.0.2.7');
const shop = serviceKey('shop', 'web');
const ip6 = address('2001:db8::7');
const noKey = { kind: 'key', want: undefined } as const;
const otherKey = { kind: 'key', want: 'k' } as const;
const port = { kind: 'port', protocol: 'TCP', port: 80 } as const;
const outside: Refusal = { kind: 'outside-every-pool', address: ip };
const untilMs = Date.parse('2026-07-01T12:00:00Z');
const retired: PoolRefusal = { pool: p, kind: 'retired' };
const full: PoolRefusal = { pool: p, kind: 'full', family: 'IPv4', holders: [], heldCount: 0, reservedCount: 0 };

// biome-ignore format: table
const cases: readonly { refusal: Refusal; reason: string; says: string }[] = [
  { refusal: { kind: 'no-configuration', detail: 'there is none' },                       reason: 'NoConfiguration',      says: 'there is none' },
  { refusal: { kind: 'unknown-namespace', namespace: 'shop', pools: listed([p]) },         reason: 'NamespaceUnknown',     says: 'namespace "shop" has not been seen yet, and its labels decide whether pool "p" serves it (namespace-selectors)' },
  { refusal: { kind: 'unknown-namespace', namespace: 'shop', pools: listed([p, pool('q')]) }, reason: 'NamespaceUnknown',     says: 'namespace "shop" has not been seen yet, and its labels decide whether pool "p", pool "q" serve it (namespace-selectors)' },
  { refusal: { kind: 'invalid-address', source: 'spec.loadBalancerIP', text: 'x', part: 'x' }, reason: 'InvalidAddress',       says: 'spec.loadBalancerIP asks for "x", which is not an IP address; write addresses such as 192.0.2.10' },
  { refusal: { kind: 'invalid-address', source: 's', text: '192.0.2.7,', part: '' },     reason: 'InvalidAddress',       says: 's asks for "192.0.2.7,", where "" is not an IP address; write addresses such as 192.0.2.10' },
  { refusal: { kind: 'invalid-address', source: 'cairn.dev/give-up', text: 'x', part: 'x' }, reason: 'InvalidAddress',    says: 'cairn.dev/give-up names "x", which is not an IP address; write addresses such as 192.0.2.10' },
  { refusal: { kind: 'too-many-addresses', source: 's', text: 'x,y' },                    reason: 'TooManyAddresses',     says: 's asks for "x,y"; ask for at most one address of each family' },
  { refusal: { kind: 'contradiction', sources: [{ source: 's', text: 'x' }, { source: 't', text: 'y' }] }, reason: 'ContradictoryRequest', says: 's asks for "x", but t asks for "y"; remove one of them' },
  { refusal: { kind: 'given-up', address: ip },                                           reason: 'ContradictoryRequest', says: 'the Service asks for 192.0.2.7, which its annotation cairn.dev/give-up gives up; remove one of the two' },
  { refusal: { kind: 'wrong-family', address: ip, families: ['IPv6'] },                   reason: 'WrongFamily',          says: '192.0.2.7 is not of the Service\'s spec.ipFamilies (IPv6); ask for an IPv6 address' },
  { refusal: { kind: 'unknown-pool', pool: p, known: listed([]) },                        reason: 'UnknownPool',          says: 'no pool is named "p"; the configuration has none' },
  { refusal: { kind: 'outside-every-pool', address: ip },                                 reason: 'OutsideEveryPool',     says: '192.0.2.7 is in no pool; add it to one, or ask for another address' },
  { refusal: { kind: 'outside-named-pool', address: ip, pool: p },                        reason: 'OutsideNamedPool',     says: '192.0.2.7 is not in pool "p", which the Service names; drop one of the two requests' },
  { refusal: { kind: 'buggy-address', address: ip, pool: p },                             reason: 'BuggyAddressAvoided',  says: '192.0.2.7 ends in .0 or .255, which pool "p" avoids (avoid-buggy-ips); ask for another address' },
  { refusal: { kind: 'pool-refuses', address: ip, because: retired },                     reason: 'PoolRetired',          says: '192.0.2.7 cannot be given: pool "p" is retired and hands out nothing new; name another pool, or add one' },
  { refusal: { kind: 'two-pools', addresses: [{ address: ip, pool: p }, { address: ip6, pool: pool('q') }] }, reason: 'NotOnePool', says: '192.0.2.7 is from pool "p" and 2001:db8::7 is from pool "q"; both addresses of a Service come from one pool' },
  { refusal: { kind: 'no-common-pool', address: ip, family: 'IPv6' },                     reason: 'NotDualStack',         says: '192.0.2.7 is in no pool, so no pool has an IPv6 address beside it; name a pool with both families in the annotation cairn.dev/address-pool' },
  { refusal: { kind: 'taken', address: ip, holder: shop, obstacle: noKey },               reason: 'AddressTaken',         says: '192.0.2.7 is held by shop/web; ask for another address' },
  { refusal: { kind: 'taken', address: ip, holder: shop, obstacle: otherKey },            reason: 'SharingKeyDiffers',    says: '192.0.2.7 is held by shop/web: to share it both need the same annotation allow-shared-ip (this Service has "k")' },
  { refusal: { kind: 'taken', address: ip, holder: shop, obstacle: port },                reason: 'SharedPortTaken',      says: '192.0.2.7 is held by shop/web, which has TCP port 80 too' },
  { refusal: { kind: 'taken', address: ip, holder: shop, obstacle: { kind: 'backends' } }, reason: 'SharedBackendsDiffer', says: '192.0.2.7 is held by shop/web: to share it both need externalTrafficPolicy Cluster, or both Local in one namespace with one selector' },
  { refusal: { kind: 'no-longer-shares', address: ip, holder: shop, obstacle: noKey, because: outside }, reason: 'SharingKeyDiffers', says: '192.0.2.7 is kept, but can no longer be shared with shop/web: to share it both need the same annotation allow-shared-ip (this Service has none); for another address: 192.0.2.7 is in no pool; add it to one, or ask for another address' },
  { refusal: { kind: 'no-longer-shares', address: ip, holder: shop, obstacle: port, because: outside }, reason: 'SharedPortTaken', says: '192.0.2.7 is kept, but can no longer be shared with shop/web, which has TCP port 80 too; for another address: 192.0.2.7 is in no pool; add it to one, or ask for another address' },
  { refusal: { kind: 'reserved', address: ip, reservedFor: shop },                        reason: 'AddressReserved',      says: '192.0.2.7 is reserved for shop/web; ask for another address' },
  { refusal: { kind: 'resting', address: ip, lastHolder: shop, untilMs },                 reason: 'AddressResting',       says: '192.0.2.7 was freed by shop/web and is kept for it until 2026-07-01T12:00:00Z (reuse-delay)' },
  { refusal: { kind: 'no-address', tried: [{ pool: p, kind: 'quarantined', family: 'IPv4', address: ip, untilMs }] }, reason: 'AddressQuarantined', says: 'pool "p" has no other IPv4 address that is free, and 192.0.2.7 is left alone until 2026-07-01T12:00:00Z: another device answered for it' },
  { refusal: { kind: 'no-address', tried: [] },                                           reason: 'NoPools',              says: 'the configuration has no pools; add one to address-pools' },
  { refusal: { kind: 'no-address', tried: [{ pool: p, kind: 'not-dual-stack', lacks: 'IPv6', isRequired: true }] }, reason: 'NotDualStack',       says: 'pool "p" has no IPv6 addresses, and the Service needs both families from one pool (RequireDualStack)' },
  { refusal: { kind: 'no-address', tried: [retired, retired] },                           reason: 'PoolRetired',          says: 'pool "p" is retired and hands out nothing new; name another pool, or add one' },
  { refusal: { kind: 'no-address', tried: [retired, full] },                              reason: 'PoolFull',             says: 'pool "p" is retired and hands out nothing new; pool "p" has no IPv4 address left: none of its addresses may be given' },
  { refusal: { kind: 'no-address', tried: [full, { ...full, family: 'IPv6', reservedCount: 1 }] }, reason: 'PoolFull',    says: 'pool "p" has no IPv4 address left: none of its addresses may be given; pool "p" has no IPv6 address left: 1 is reserved' },
];

describe('a refusal', () => {
  for (const { refusal, reason, says } of cases) {
    it(`${reason} says what to do`, () => assert.deepEqual([reasonOf(refusal), explain(refusal)], [reason, says]));
  }

  it('has a CamelCase word, once, that the API takes for a reason', () => {
    for (const reason of ASSIGNED_REASONS) assert.match(reason, /^[A-Z][A-Za-z0-9]{1,63}$/);
    assert.equal(new Set(ASSIGNED_REASONS).size, ASSIGNED_REASONS.length);
  });
});

describe('a refusal by many pools', () => {
  const many = (count: number, from = 0) => Array.from({ length: count }, (_, n) => pool(`t${from + n}`));
  const notFor = (names: readonly PoolName[]): readonly PoolRefusal[] =>
    names.map((name) => ({ pool: name, kind: 'namespace-not-allowed', namespace: 'shop' }));
  const explainTried = (...tried: readonly PoolRefusal[]) => explain({ kind: 'no-address', tried });
  const clause = (name: string) => `pool "${name}" does not serve namespace "shop"`;
  const ADVICE = 'edit namespaces or namespace-selectors of a pool';

  it('names eight of them as they were tried, each with each reason', () => {
    const clauses = many(8).map(clause);
    assert.equal(explainTried(...notFor(many(8))), `${clauses.join('; ')}; ${ADVICE}`);
    const both = many(8).flatMap((name): PoolRefusal[] => [
      { ...full, pool: name },
      { pool: name, kind: 'no-such-family', family: 'IPv6' },
    ]);
    assert.equal(explainTried(...both).split('; ').length, 16);
  });

  it('counts those after the first eight where they are all as near', () => {
    const named = many(8).map(clause).join('; ');
    assert.equal(explainTried(...notFor(many(500))), `${named}; 492 other pools: 492 for other namespaces; ${ADVICE}`);
    assert.equal(explainTried(...notFor(many(9))), `${named}; 1 other pool: 1 for other namespaces; ${ADVICE}`);
  });

  it('names those first about which a person can do something, in the order in which they were tried', () => {
    const said = explainTried(...notFor(many(300)), retired, ...notFor(many(300, 300)), { ...full, pool: pool('q') });
    const pools = [...said.matchAll(/pool "(\w+)"/g)].map((match) => match[1]);
    assert.deepEqual(pools, ['t0', 't1', 't2', 't3', 't4', 't5', 'p', 'q']);
    assert.match(said, /; 594 other pools: 594 for other namespaces$/);
  });

  it('counts each of the others once, by what least stands in its way', () => {
    const names = many(20, 300);
    const ofBoth = names.flatMap((name): PoolRefusal[] => [
      { pool: name, kind: 'no-such-family', family: 'IPv4' },
      { ...full, pool: name, family: 'IPv6' },
    ]);
    const said = explainTried(...notFor(many(300)), ...ofBoth);
    assert.match(said, /; 312 other pools: 12 full, 300 for other namespaces$/);
  });

  it('has words for each reason', () => {
    const nearer = many(8).map((name): PoolRefusal => ({ ...full, pool: name }));
    // biome-ignore format: table
    const others: readonly [PoolRefusal, string][] = [
      [full,                                                                              '1 full'],
      [{ pool: p, kind: 'all-resting', family: 'IPv4', untilMs },                         '1 with only IPv4 addresses that were freed lately (reuse-delay)'],
      [{ pool: p, kind: 'quarantined', family: 'IPv4', address: ip, untilMs },            '1 with no IPv4 address but such as another device answered for'],
      [{ pool: p, kind: 'not-dual-stack', lacks: 'IPv6', isRequired: true },                                '1 without IPv6 addresses'],
      [{ pool: p, kind: 'no-such-family', family: 'IPv6' },                               '1 without IPv6 addresses'],
      [retired,                                                                           '1 retired'],
      [{ pool: p, kind: 'not-auto-assigned' },                                            '1 given only on request (auto-assign: false)'],
      [{ pool: p, kind: 'bgp-only-by-name' },                                             '1 given only on request (bgp)'],
      [{ pool: p, kind: 'service-not-selected' },                                         '1 for other labels (service-selectors)'],
      [{ pool: p, kind: 'namespace-not-allowed', namespace: 'shop' },                     '1 for other namespaces'],
    ];
    for (const [refusal, want] of others) {
      assert.ok(explainTried(...nearer, refusal).endsWith(`; 1 other pool: ${want}`), want);
    }
  });

  it('says the names of some pools that there are, and how many more', () => {
    const first = many(8).map((name) => `"${name}"`);
    assert.equal(
      explain({ kind: 'unknown-pool', pool: p, known: listed(many(500)) }),
      `no pool is named "p"; there are ${first.join(', ')} and 492 more`,
    );
    assert.match(explain({ kind: 'unknown-pool', pool: p, known: listed(many(1)) }), /; there is "t0"$/);
    assert.match(
      explain({ kind: 'unknown-namespace', namespace: 'shop', pools: listed(many(500)) }),
      / and 492 more serve it /,
    );
  });
});

describe('the sentence of a refusal', () => {
  const long = 'x'.repeat(100_000);
  const name63 = 'n'.repeat(63);
  const holder = serviceKey(name63, name63);
  const far = address('2001:db8:1111:2222:3333:4444:5555:6666');
  const pools = Array.from({ length: 1_000 }, (_, n) => pool(`${n}-${long}`));
  const fullOf = (family: 'IPv4' | 'IPv6') => (name: PoolName) =>
    ({
      pool: name,
      kind: 'full',
      family,
      holders: [far, far, far].map((held) => ({ address: held, holder })),
      heldCount: 1_000_000,
      reservedCount: 1_000_000,
    }) as const;
  const each: readonly ((name: PoolName) => PoolRefusal)[] = [
    fullOf('IPv6'),
    (name) => ({ pool: name, kind: 'all-resting', family: 'IPv6', untilMs }),
    (name) => ({ pool: name, kind: 'quarantined', family: 'IPv6', address: far, untilMs }),
    (name) => ({ pool: name, kind: 'not-dual-stack', lacks: 'IPv6', isRequired: true }),
    (name) => ({ pool: name, kind: 'no-such-family', family: 'IPv6' }),
    (name) => ({ pool: name, kind: 'retired' }),
    (name) => ({ pool: name, kind: 'not-auto-assigned' }),
    (name) => ({ pool: name, kind: 'bgp-only-by-name' }),
    (name) => ({ pool: name, kind: 'service-not-selected' }),
    (name) => ({ pool: name, kind: 'namespace-not-allowed', namespace: name63 }),
  ];
  const ofAllKinds = pools.map((name, n) => each[n % each.length]?.(name) ?? retired);
  const ofBothFamilies = [...pools.map(fullOf('IPv4')), ...pools.map(fullOf('IPv6'))];
  const key = { kind: 'key', want: long } as const;
  const wish = { source: 'metallb.universe.tf/loadBalancerIPs', text: long };
  const pressing: Refusal = { kind: 'no-address', tried: [...ofAllKinds, ...ofBothFamilies] };
  const [first = p] = pools;
  // biome-ignore format: table
  const refusals: readonly Refusal[] = [
    { kind: 'no-configuration', detail: long },
    { kind: 'unknown-namespace', namespace: name63, pools: listed(pools) },
    { kind: 'invalid-address', ...wish, part: long },
    { kind: 'too-many-addresses', ...wish },
    { kind: 'contradiction', sources: [wish, wish] },
    { kind: 'given-up', address: far },
    { kind: 'wrong-family', address: far, families: ['IPv4', 'IPv6'] },
    { kind: 'two-pools', addresses: [{ address: far, pool: first }, { address: far, pool: first }] },
    { kind: 'no-common-pool', address: far, family: 'IPv6' },
    { kind: 'unknown-pool', pool: pool(long), known: listed(pools) },
    { kind: 'outside-every-pool', address: far },
    { kind: 'outside-named-pool', address: far, pool: first },
    { kind: 'buggy-address', address: far, pool: first },
    ...each.map((make): Refusal => ({ kind: 'pool-refuses', address: far, because: make(first) })),
    ...each.map((make): Refusal => ({ kind: 'no-address', tried: pools.map(make) })),
    { kind: 'taken', address: far, holder, obstacle: key },
    { kind: 'reserved', address: far, reservedFor: holder },
    { kind: 'resting', address: far, lastHolder: holder, untilMs },
    { kind: 'no-address', tried: ofAllKinds },
    { kind: 'no-address', tried: ofBothFamilies },
    pressing,
    { kind: 'no-longer-shares', address: far, holder, obstacle: key, because: pressing },
  ];

  it('says why both families are needed', () => {
    const said = (isRequired: boolean) =>
      explain({ kind: 'no-address', tried: [{ pool: p, kind: 'not-dual-stack', lacks: 'IPv6', isRequired }] });
    assert.match(said(true), /both families from one pool \(RequireDualStack\)$/);
    assert.match(said(false), /both families from one pool \(it keeps its IPv6 address until it has another\)$/);
  });

  it('is the same of what is kept, which is little and counts each pool once', () => {
    for (const refusal of [...refusals, ...cases.map((each) => each.refusal)]) {
      const kept = abridged(refusal);
      assert.equal(explain(kept), explain(refusal));
      assert.equal(reasonOf(kept), reasonOf(refusal));
      const [all, few] = [refusal, kept].map((each) => (each.kind === 'no-longer-shares' ? each.because : each));
      if (all?.kind !== 'no-address' || few?.kind !== 'no-address') continue;
      assert.ok(few.tried.length <= 16, `${few.tried.length}`);
      const poolsIn = (tried: readonly PoolRefusal[]) => new Set(tried.map((each) => each.pool)).size;
      let counted = poolsIn(few.tried);
      for (const count of few.others?.values() ?? []) counted += count;
      assert.equal(counted, poolsIn(all.tried));
    }
  });

  it('is one line and draws nothing, whatever an annotation says', () => {
    const text = 'a\n\u001b[31mb\u2028\u202e é 😀';
    const said = explain({ kind: 'invalid-address', source: 'x', text, part: text });
    assert.ok(said.startsWith('x asks for "a\\u{a}\\u{1b}[31mb\\u{2028}\\u{202e} é 😀", which'), said);
  });

  it('stays short, whatever the pools are called and however many there are', () => {
    const held = { address: far, pool: first, now: 'layer2', protocol: 'layer2' } as const;
    for (const unmet of refusals) {
      const said = tellAssigned({ state: 'holds', held: [held, held], unmet })?.message ?? '';
      assert.ok(said.length <= 2_000, `${unmet.kind} takes ${said.length} characters: ${said.slice(0, 3_000)}`);
    }
    const lacks = pressing;
    const said = tellAssigned({ state: 'holds', held: [held, held], unmet: undefined, lacks })?.message ?? '';
    assert.ok(said.length <= 2_500, `${said.length}`);
  });

  it('shows the beginning of a long text, and no half of a character', () => {
    const text = '\u{1f600}'.repeat(64);
    const says = (asked: string) => explain({ kind: 'too-many-addresses', source: 's', text: asked });
    assert.equal(says(text), `s asks for "${text}"; ask for at most one address of each family`);
    const cut = `${'\u{1f600}'.repeat(63)}…`;
    assert.equal(says(`${text}.`), `s asks for "${cut}"; ask for at most one address of each family`);
  });
});

describe('tellAssigned', () => {
  const held = { address: ip, pool: p, now: 'layer2', protocol: 'layer2' } as const;
  // biome-ignore format: table
  const told = [
    { name: 'names address and pool',               standing: { state: 'holds', held: [held], unmet: undefined },                          want: { status: 'True', reason: 'Assigned', message: '192.0.2.7 from pool "p"' } },
    { name: 'names both addresses of a dual stack',  standing: { state: 'holds', held: [held, { ...held, address: ip6 }], unmet: undefined }, want: { status: 'True', reason: 'Assigned', message: '192.0.2.7 from pool "p", 2001:db8::7 from pool "p"' } },
    { name: 'says why there is no second family',   standing: { state: 'holds', held: [held], unmet: undefined, lacks: { kind: 'no-address', tried: [{ pool: p, kind: 'no-such-family', family: 'IPv6' }] } }, want: { status: 'True', reason: 'Assigned', message: '192.0.2.7 from pool "p"; of the other family none: pool "p" has no IPv6 addresses' } },
    { name: 'says what is in no pool any more',     standing: { state: 'holds', held: [{ ...held, now: 'outside' }], unmet: undefined },    want: { status: 'True', reason: 'OutsidePool', message: '192.0.2.7 is in no pool; it stays until the Service asks for another address or gives it up (cairn move)' } },
    { name: 'says what is kept and why',            standing: { state: 'holds', held: [held], unmet: { kind: 'taken', address: address('192.0.2.8'), holder: shop, obstacle: noKey } }, want: { status: 'True', reason: 'AddressTaken', message: 'keeps 192.0.2.7: 192.0.2.8 is held by shop/web; ask for another address' } },
    { name: 'says once what is kept and is to go',  standing: { state: 'holds', held: [held], unmet: { kind: 'no-longer-shares', address: ip, holder: shop, obstacle: port, because: outside } }, want: { status: 'True', reason: 'SharedPortTaken', message: '192.0.2.7 is kept, but can no longer be shared with shop/web, which has TCP port 80 too; for another address: 192.0.2.7 is in no pool; add it to one, or ask for another address' } },
    { name: 'says once what is kept and asked for', standing: { state: 'holds', held: [held], unmet: { kind: 'taken', address: ip, holder: shop, obstacle: noKey } }, want: { status: 'True', reason: 'AddressTaken', message: '192.0.2.7 is kept, but can no longer be shared with shop/web: to share it both need the same annotation allow-shared-ip (this Service has none)' } },
    { name: 'says why there is none',               standing: { state: 'waits', because: { kind: 'no-address', tried: [] } },              want: { status: 'False', reason: 'NoPools', message: 'the configuration has no pools; add one to address-pools' } },
    { name: 'says nothing of what is not ours',     standing: { state: 'not-ours' },                                                       want: undefined },
    { name: 'says nothing of what is left alone',   standing: { state: 'left-alone', because: 'being-deleted' },                                                     want: undefined },
  ] as const;
  for (const { name, standing, want } of told) {
    it(name, () => assert.deepEqual(tellAssigned(standing), want));
  }
});
