import assert from 'node:assert/strict';
import { describe, it } from 'mocha';
import { Ledger } from '../../src/allocator/ledger.js';
import { Sharers } from '../../src/allocator/sharers.js';
import { stayingOf } from '../../src/speaker/holders.js';
import type { Service } from '../../src/values/objects.js';
import { grantedTermsOf, sharingTermsOf, writeSharingTerms } from '../../src/values/sharing.js';
import { poolsOf } from '../allocator/used-ledger.js';
import { service } from '../support/objects.js';
import { address, noiseFrom } from '../support/values.js';

const IP = '192.0.2.1';
const HOLDERS = 3;

type Draw = <T>(...from: readonly [T, ...T[]]) => T;

/** Draws from a seed, so that a failing run can be repeated. */
function drawer(seed: number): Draw {
  const noise = noiseFrom(seed);
  return (...from) => from[(noise(1)[0] ?? 0) % from.length] ?? from[0];
}

/** As it is now, whatever it was let share as. */
function drawn(name: string, draw: Draw): Service {
  const key = draw<Record<string, string>>(
    { 'cairn.dev/allow-shared-ip': 'k' },
    { 'cairn.dev/allow-shared-ip': 'k' },
    {},
  );
  return service(name, {
    ips: [IP],
    externalTrafficPolicy: draw('Cluster', 'Local'),
    selector: { app: draw('dns', 'web') },
    ports: draw([53], [80], [90], [53, 80], [80, 90], [90, 53]).map((port) => ({
      name: '',
      protocol: 'TCP',
      port,
      nodePort: 0,
    })),
    meta: { annotations: key, createdAt: draw('2026-07-01T12:00:00Z', '2026-07-02T12:00:00Z') },
  });
}

/** Let share as another was drawn, or as it is; by another provider where nothing is written. */
function shared(name: string, draw: Draw): Service {
  const now = drawn(name, draw);
  const as = writeSharingTerms(sharingTermsOf(draw(now, drawn(name, draw))));
  const written = draw('', `cairn-system ${IP}`);
  if (written === '' || as === undefined) return now;
  const annotations = { ...now.meta.annotations, 'cairn.dev/served-by': written, 'cairn.dev/shared-as': as };
  return { ...now, meta: { ...now.meta, annotations } };
}

const namesOf = (services: readonly Service[]) => services.map(({ meta }) => meta.name).sort();

/** Those of whom the allocator says that they go from the address. */
function goingByAllocator(holders: readonly Service[]): readonly Service[] {
  const ledger = new Ledger(poolsOf(`addresses: [${IP}]`));
  const sharers = new Sharers(ledger);
  for (const one of holders) {
    ledger.take(address(IP), one.key);
    const [current, granted] = [sharingTermsOf(one), grantedTermsOf(one)];
    sharers.set(one.key, { granted, recorded: granted, current, addresses: [address(IP)] });
  }
  const bornAt = (key: string) => `${holders.find((one) => one.key === key)?.meta.createdAt} ${key}`;
  return holders.filter(({ key }) => {
    const isOlder = (holder: string) => bornAt(holder) < bornAt(key);
    return sharers.misfit(address(IP), key, { isElsewhere: () => false, isOlder }) !== undefined;
  });
}

describe('Of Services that share an address those that stay', () => {
  const many = Array.from({ length: 1_000 }, (_, seed) => {
    const draw = drawer(seed + 1);
    return Array.from({ length: HOLDERS }, (_, at) => shared(`s${at}`, draw));
  });

  it('are those whom the allocator does not tell to go, and all where it tells everybody', () => {
    let [moved, emptied] = [0, 0];
    for (const holders of many) {
      const going = goingByAllocator(holders);
      if (going.length > 0) moved += 1;
      const hasEach = going.length === holders.length;
      if (hasEach) emptied += 1;
      const want = hasEach ? holders : holders.filter((one) => !going.includes(one));
      assert.deepEqual(namesOf(stayingOf(holders)), namesOf(want), JSON.stringify(holders));
    }
    assert.ok(emptied > 0 && moved > many.length / 10 && moved < many.length, `${emptied}, ${moved} of ${many.length}`);
  });

  it('are the same in whatever order they are seen', () => {
    for (const holders of many) {
      assert.deepEqual(namesOf(stayingOf(holders.toReversed())), namesOf(stayingOf(holders)));
    }
  });
});
