/**
 * A status that somebody replaced while nobody led: what our mark, our condition and what stands there tell, together and alone.
 */
import assert from 'node:assert/strict';
import { describe, it } from 'mocha';
import type { Config } from '../../src/config/config.js';
import type { Service } from '../../src/values/objects.js';
import { type ServiceParts, service } from '../support/objects.js';
import { assigned } from '../values/assigned.js';
import { allStand, begun, NOW_MS, pools } from './begun.js';

const POOL = pools('name: a, addresses: [192.0.2.100-192.0.2.103], reuse-delay: 10m');
const AND_B = pools('name: a, addresses: [192.0.2.100-192.0.2.103]', 'name: b, addresses: [198.51.100.1]');
const RETIRED = pools(
  'name: a, addresses: [192.0.2.100-192.0.2.103], retired: true',
  'name: b, addresses: [198.51.100.1]',
);
const DUAL = pools('name: a, addresses: ["192.0.2.100-192.0.2.103", "2001:db8::1-2001:db8::3"]');
const OURS = { 'cairn.dev/served-by': 'cairn-system 192.0.2.101', 'cairn.dev/allocated-from-pool': 'a' };
const BOTH = { ...OURS, 'cairn.dev/served-by': 'cairn-system 192.0.2.101,2001:db8::2' };
const THEIRS = { ...OURS, 'cairn.dev/served-by': 'elsewhere 192.0.2.101' };
/** As versions of Cairn wrote it that had no mark of their own. */
const OLD = { 'cairn.dev/allocated-from-pool': 'a' };
const METALLB = { 'metallb.io/ip-allocated-from-pool': 'a' };
const NOBODYS = '203.0.113.7';
const NAME = 'lb.example.com';
const TOLD: ServiceParts = { conditions: [assigned('True')] };

/** The older one of the two Services. */
function web(ingress: string, annotations: Readonly<Record<string, string>>, parts: ServiceParts = {}): Service {
  const texts = ingress === '' ? [] : ingress.split(',');
  return {
    ...service('web', { ...parts, meta: { createdAt: '2026-07-01T08:00:00Z', annotations, ...parts.meta } }),
    ingress: texts.map((text) =>
      text === NAME ? { ip: '', hostname: text, ipMode: '' } : { ip: text, hostname: '', ipMode: 'VIP' },
    ),
  };
}
/** Another Service, which has or asks for nothing but what is said. */
const db = (parts: ServiceParts = {}): Service =>
  service('db', { meta: { createdAt: '2026-07-01T09:00:00Z' }, ...parts });
const DB_SHOWS = db({ ips: ['192.0.2.101'] });
const DB_ASKS = db({ loadBalancerIP: '192.0.2.101' });
const DB_IS_OLDER = db({ loadBalancerIP: '192.0.2.101', meta: { createdAt: '2026-07-01T07:00:00Z' } });

// biome-ignore format: table
const ROWS: readonly { name: string; given?: Config; web: Service; db?: Service; want: string; wantDb?: string }[] = [
  // Our mark and our condition: what the mark lists is its own.
  { name: 'our mark and condition, nothing shown',                         web: web('', OURS, TOLD),                     db: DB_IS_OLDER, want: '192.0.2.101', wantDb: 'AddressTaken' },
  { name: 'our mark and condition, nobody’s address shown',                web: web(NOBODYS, OURS, TOLD),                db: DB_IS_OLDER, want: '192.0.2.101', wantDb: 'AddressTaken' },
  { name: 'our mark and condition, a host name shown',                     web: web(NAME, OURS, TOLD),                   db: DB_IS_OLDER, want: '192.0.2.101', wantDb: 'AddressTaken' },
  { name: 'our mark and condition, a pool’s address shown',                web: web('192.0.2.103', OURS, TOLD),          db: DB_ASKS,     want: '192.0.2.103', wantDb: 'AddressResting' },

  // Our mark alone, on a status that was replaced whole: it gets its address back as if it asked for that, and keeps it from nobody.
  { name: 'our mark, nothing shown',                                       web: web('', OURS),                           db: db(),        want: '192.0.2.101', wantDb: '192.0.2.100' },
  { name: 'our mark, nobody’s address shown',                              web: web(NOBODYS, OURS),                      db: db(),        want: '192.0.2.101', wantDb: '192.0.2.100' },
  { name: 'our mark, a host name shown',                                   web: web(NAME, OURS),                         db: db(),        want: '192.0.2.101', wantDb: '192.0.2.100' },
  { name: 'our mark, nobody’s address and a host name shown',              web: web(`${NOBODYS},${NAME}`, OURS),         db: DB_ASKS,     want: '192.0.2.101', wantDb: 'AddressTaken' },
  { name: 'our mark, its own address and nobody’s shown',                  web: web(`192.0.2.101,${NOBODYS}`, OURS),     db: DB_IS_OLDER, want: '192.0.2.101', wantDb: 'AddressTaken' },
  { name: 'our mark, its own address shown',                               web: web('192.0.2.101', OURS),                db: DB_IS_OLDER, want: '192.0.2.101', wantDb: 'AddressTaken' },
  { name: 'our mark, a pool’s address shown that another provider may have given', web: web('192.0.2.103', OURS),        db: DB_ASKS,     want: '192.0.2.103', wantDb: '192.0.2.101' },
  { name: 'our mark, nobody’s address shown, and an older Service asks for its own', web: web(NOBODYS, OURS),            db: DB_IS_OLDER, want: 'left-alone',  wantDb: '192.0.2.101' },
  { name: 'our mark, nothing shown, and an older Service asks for its own', web: web('', OURS),                          db: DB_IS_OLDER, want: '192.0.2.100', wantDb: '192.0.2.101' },
  { name: 'our mark, nobody’s address shown, and a pool that gives nothing any more', given: RETIRED, web: web(NOBODYS, OURS),            want: 'left-alone' },
  { name: 'our mark, nobody’s address shown, and a wish that came later',  given: AND_B, web: web(NOBODYS, { ...OURS, 'cairn.dev/address-pool': 'b' }),             want: '198.51.100.1' },
  { name: 'our mark, nobody’s address shown, while it is being deleted',   web: web(NOBODYS, OURS, { meta: { annotations: OURS, deleting: true } }), db: DB_ASKS,    want: 'left-alone',  wantDb: '192.0.2.101' },
  { name: 'our mark of both families, nobody’s address shown',             given: DUAL, web: web(NOBODYS, BOTH, { ipFamilies: ['IPv4', 'IPv6'], ipFamilyPolicy: 'PreferDualStack' }), want: '192.0.2.101,2001:db8::2' },
  { name: 'our mark of both families, nobody’s address and one of its own shown', given: DUAL, web: web(`${NOBODYS},2001:db8::2`, BOTH, { ipFamilies: ['IPv4', 'IPv6'], ipFamilyPolicy: 'PreferDualStack' }), want: '192.0.2.101,2001:db8::2' },

  // A copy of the manifest of a Service that has the address.
  { name: 'a copied mark, nothing shown',                                  web: web('', OURS),                           db: DB_SHOWS,    want: '192.0.2.100', wantDb: '192.0.2.101' },
  { name: 'a copied mark, and another provider’s status',                  web: web(NOBODYS, OURS),                      db: DB_SHOWS,    want: 'left-alone',  wantDb: '192.0.2.101' },
  { name: 'a copied mark, and another provider’s host name',               web: web(NAME, OURS),                         db: DB_SHOWS,    want: 'left-alone',  wantDb: '192.0.2.101' },
  { name: 'a copied mark, a class that nobody else serves, nobody’s address shown', web: web(NOBODYS, OURS, { loadBalancerClass: 'cairn.dev/lb' }), db: DB_SHOWS, want: '192.0.2.100', wantDb: '192.0.2.101' },

  // A mark that does not say which addresses it is about, or is not ours.
  { name: 'the mark of an older version, nobody’s address shown',          web: web(NOBODYS, OLD),                                        want: `${NOBODYS} OutsidePool` },
  { name: 'MetalLB’s mark, nobody’s address shown',                        web: web(NOBODYS, METALLB),                                    want: `${NOBODYS} OutsidePool` },
  { name: 'our mark and MetalLB’s, nobody’s address shown',                web: web(NOBODYS, { ...METALLB, ...OURS }),   db: DB_ASKS,     want: `${NOBODYS} OutsidePool`, wantDb: '192.0.2.101' },
  { name: 'another installation’s mark, its own address shown',            web: web('192.0.2.101', THEIRS),                               want: '192.0.2.101' },
  { name: 'another installation’s mark, nobody’s address shown',           web: web(NOBODYS, THEIRS),                    db: DB_ASKS,     want: 'left-alone',  wantDb: '192.0.2.101' },
  { name: 'no mark, nobody’s address shown',                               web: web(NOBODYS, {}),                                         want: 'left-alone' },
  { name: 'no mark, a class that nobody else serves, nobody’s address shown', web: web(NOBODYS, {}, { loadBalancerClass: 'cairn.dev/lb' }), want: `${NOBODYS} OutsidePool` },
];

describe('a Service that a controller finds with', () => {
  for (const { name, given = POOL, web: found, db: other, want, wantDb } of ROWS) {
    const services = other === undefined ? [found] : [found, other];
    const wants = wantDb === undefined ? { web: want } : { web: want, db: wantDb };
    it(name, () => assert.deepEqual(allStand(begun(given, services), wants), wants));
    it(`${name}, before there was a configuration`, () => {
      const allocator = begun(undefined, services);
      allocator.configure(given, '', NOW_MS);
      assert.deepEqual(allStand(allocator, wants), wants);
    });
  }

  it('nobody’s address keeps its mark while there is no configuration', () => {
    const allocator = begun(undefined, [web(NOBODYS, OURS)]);
    assert.deepEqual(allocator.standing(web('', {}).key), { state: 'left-alone', because: 'no-configuration' });
  });
});
