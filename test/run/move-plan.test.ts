import assert from 'node:assert/strict';
import { describe, it } from 'mocha';
import { type MovePlan, outcomeOf, planMove } from '../../src/run/move-plan.js';
import type { Condition, Service } from '../../src/values/objects.js';
import { type ServiceParts, service } from '../support/objects.js';
import { address } from '../support/values.js';

const SERVED = { 'cairn.dev/served-by': 'cairn-system 192.0.2.1', 'cairn.dev/allocated-from-pool': 'p' };
const GIVE_UP = 'cairn.dev/give-up';
const IPS = 'cairn.dev/loadBalancerIPs';

function web(annotations: Readonly<Record<string, string>> = {}, parts: ServiceParts = {}): Service {
  return service('web', { ips: ['192.0.2.1'], ...parts, meta: { annotations: { ...SERVED, ...annotations } } });
}
const assigned = (reason: string): Condition => ({
  type: 'cairn.dev/AddressAssigned',
  status: 'True',
  reason,
  message: `it is ${reason}`,
  observedGeneration: 0,
  lastTransitionTime: '',
});

describe('planMove', () => {
  // biome-ignore format: table
  const patches: readonly { name: string; given: Service; to?: string; want: MovePlan['patch'] }[] = [
    { name: 'gives up what it has',                        given: web(),                                                       want: { metadata: { annotations: { [GIVE_UP]: '192.0.2.1' } } } },
    { name: 'gives up both of a dual stack',               given: web({}, { ips: ['192.0.2.1', '2001:db8::1'] }),              want: { metadata: { annotations: { [GIVE_UP]: '192.0.2.1,2001:db8::1' } } } },
    { name: 'forgets what it gave up before',              given: web({ [GIVE_UP]: '192.0.2.9' }),                             want: { metadata: { annotations: { [GIVE_UP]: '192.0.2.1' } } } },
    { name: 'asks for an address',                         given: web(), to: '192.0.2.7',                                      want: { metadata: { annotations: { [IPS]: '192.0.2.7' } } } },
    { name: 'asks in place of what MetalLB’s annotation asks', given: web({ 'metallb.io/loadBalancerIPs': '192.0.2.1' }), to: '192.0.2.7', want: { metadata: { annotations: { [IPS]: '192.0.2.7' } } } },
    { name: 'asks in the field that was used',             given: web({}, { loadBalancerIP: '192.0.2.1' }), to: '192.0.2.7',    want: { metadata: { annotations: {} }, spec: { loadBalancerIP: '192.0.2.7' } } },
    { name: 'asks in both where both were used',           given: web({ [IPS]: '192.0.2.1' }, { loadBalancerIP: '192.0.2.1' }), to: '192.0.2.7', want: { metadata: { annotations: { [IPS]: '192.0.2.7' } }, spec: { loadBalancerIP: '192.0.2.7' } } },
    { name: 'goes on asking for the other family',         given: web({ [IPS]: '192.0.2.1,2001:db8::1' }), to: '192.0.2.7',     want: { metadata: { annotations: { [IPS]: '192.0.2.7,2001:db8::1' } } } },
    { name: 'asks beside a field of the other family',     given: web({}, { loadBalancerIP: '192.0.2.1' }), to: '2001:db8::7',  want: { metadata: { annotations: { [IPS]: '2001:db8::7,192.0.2.1' } } } },
    { name: 'no longer gives up what it asks for',         given: web({ [GIVE_UP]: '192.0.2.7' }), to: '192.0.2.7',            want: { metadata: { annotations: { [IPS]: '192.0.2.7', [GIVE_UP]: null } } } },
    { name: 'goes on giving up the rest',                  given: web({ [GIVE_UP]: '192.0.2.7,192.0.2.8' }), to: '192.0.2.7',  want: { metadata: { annotations: { [IPS]: '192.0.2.7', [GIVE_UP]: '192.0.2.8' } } } },
    { name: 'asks for an address where it has none yet',   given: web({}, { ips: [] }), to: '192.0.2.7',                       want: { metadata: { annotations: { [IPS]: '192.0.2.7' } } } },
  ];
  for (const { name, given, to, want } of patches) {
    it(name, () => {
      const plan = planMove(given, to === undefined ? undefined : address(to));
      assert.ok(plan.state === 'planned', `it is ${plan.state}`);
      assert.deepEqual(plan.patch, want);
    });
  }

  it('writes nothing where the Service has the address already', () => {
    assert.equal(planMove(web(), address('192.0.2.1')).state, 'unchanged');
  });

  // biome-ignore format: table
  const refused: readonly { name: string; given: Service; says: RegExp }[] = [
    { name: 'a Service of another type',        given: web({}, { type: 'ClusterIP' }),                                   says: /shop\/web is of type ClusterIP/ },
    { name: 'a Service of another provider',    given: service('web', { ips: ['192.0.2.1'] }),                           says: /not served by Cairn/ },
    { name: 'one that waits, and says why',     given: web({}, { ips: [], conditions: [assigned('PoolFull')] }),         says: /has no address yet: it is PoolFull/ },
    { name: 'one that asks for what it has',    given: web({ 'metallb.io/loadBalancerIPs': '192.0.2.1' }),               says: /asks for 192\.0\.2\.1 itself, in metallb\.io\/loadBalancerIPs.*--address/ },
    { name: 'one whose field asks for it',      given: web({}, { loadBalancerIP: '192.0.2.1' }),                         says: /in spec\.loadBalancerIP/ },
  ];
  for (const { name, given, says } of refused) {
    it(`refuses ${name}`, () => {
      const plan = planMove(given, undefined);
      assert.ok(plan.state === 'impossible', `it is ${plan.state}`);
      assert.match(plan.because, says);
    });
  }
});

describe('outcomeOf', () => {
  const away = planMove(web(), undefined);
  const there = planMove(web(), address('192.0.2.7'));
  const anew = planMove(web({}, { conditions: [assigned('PoolFull')] }), undefined);
  assert.ok(away.state === 'planned' && there.state === 'planned' && anew.state === 'planned');
  const plans = { away, there, anew };
  // biome-ignore format: table
  const cases: readonly { name: string; plan: keyof typeof plans; now: Service; want: string }[] = [
    { name: 'waits while nothing happens',                 plan: 'away',  now: web({}, { conditions: [assigned('Assigned')] }),     want: 'waiting' },
    { name: 'waits while its pool is gone',                plan: 'away',  now: web({}, { conditions: [assigned('OutsidePool')] }),  want: 'waiting' },
    { name: 'knows a refusal',                             plan: 'away',  now: web({}, { conditions: [assigned('PoolFull')] }),     want: 'refused' },
    { name: 'takes what stood before the wish for no word',  plan: 'anew',  now: web({}, { conditions: [assigned('PoolFull')] }),     want: 'waiting' },
    { name: 'knows a refusal that follows another one',    plan: 'anew',  now: web({}, { conditions: [assigned('AddressTaken')] }), want: 'refused' },
    { name: 'knows another address',                       plan: 'away',  now: web({}, { ips: ['192.0.2.2'] }),                     want: 'moved' },
    { name: 'does not take no address for another one',    plan: 'away',  now: web({}, { ips: [] }),                                want: 'waiting' },
    { name: 'knows the address that it was to be',         plan: 'there', now: web({}, { ips: ['192.0.2.7'] }),                     want: 'moved' },
    { name: 'does not take another for that one',          plan: 'there', now: web({}, { ips: ['192.0.2.2'] }),                     want: 'waiting' },
    { name: 'waits for the old one to go',                 plan: 'there', now: web({}, { ips: ['192.0.2.7', '192.0.2.1'] }),        want: 'waiting' },
  ];
  for (const { name, plan, now, want } of cases) {
    it(name, () => assert.equal(outcomeOf(now, plans[plan]).result, want));
  }
});
