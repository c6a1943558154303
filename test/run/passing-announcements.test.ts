import assert from 'node:assert/strict';
import { describe, it } from 'mocha';
import { PassingAnnouncements } from '../../src/run/passing-announcements.js';
import type { AnnouncedReason, Announcement } from '../../src/speaker/announced.js';
import { service } from '../support/objects.js';
import type { FakeControllerApi } from './fake-controller-api.js';
import { OWNED, setReport } from './leader-report.js';
import { cluster, ipsOf, reasonOf, Term } from './leader-term.js';

const says = (reason: AnnouncedReason): Announcement => ({
  status: 'False',
  reason,
  message: reason,
  announcedBy: undefined,
});
const told = (reason: AnnouncedReason) =>
  service('web', {
    conditions: [
      {
        type: 'cairn.dev/Announced',
        status: reason === 'Announced' ? 'True' : 'False',
        reason,
        message: reason,
        observedGeneration: 1,
        lastTransitionTime: '2026-07-01T12:00:00Z',
      },
    ],
  });

describe('PassingAnnouncements', () => {
  // biome-ignore format: table
  const cases = [
    { name: 'waits for what mostly passes',                        of: service('web'), first: says('Waiting'),         next: says('Waiting'),         afterMs: 400,   want: 1_600 },
    { name: 'waits no longer because it passes into another such', of: service('web'), first: says('Waiting'),         next: says('Probing'),         afterMs: 400,   want: 1_600 },
    { name: 'says what has lasted',                                of: service('web'), first: says('NoSpeakerReady'),  next: says('NoSpeakerReady'),  afterMs: 2_000, want: 0 },
    { name: 'says at once what does not pass',                     of: service('web'), first: says('Waiting'),         next: says('AddressConflict'), afterMs: 400,   want: 0 },
    { name: 'says at once that a node announces it',               of: service('web'), first: says('Waiting'),         next: says('Announced'),       afterMs: 400,   want: 0 },
    { name: 'has nothing to wait for where nothing is to be said', of: service('web'), first: says('Waiting'),         next: undefined,               afterMs: 400,   want: 0 },
    { name: 'says at once that nobody announces it any more',      of: told('Announced'), first: says('Announced'),    next: says('Waiting'),         afterMs: 400,   want: 0 },
    { name: 'waits where one that passes follows another',         of: told('Probing'), first: says('Waiting'),        next: says('Waiting'),         afterMs: 400,   want: 1_600 },
    { name: 'says what has lasted after another',                  of: told('Probing'), first: says('Waiting'),        next: says('Waiting'),         afterMs: 2_000, want: 0 },
    { name: 'waits anew where they alternate',                     of: told('Probing'), first: says('Waiting'),        next: says('NoCandidate'),     afterMs: 400,   want: 2_000 },
    { name: 'has nothing to wait for where it was told just that', of: told('Waiting'), first: says('Probing'),        next: says('Waiting'),         afterMs: 400,   want: 0 },
  ];
  for (const { name, of, first, next, afterMs, want } of cases) {
    it(name, () => {
      const passing = new PassingAnnouncements();
      passing.waitMs(of, first, 5_000);
      assert.equal(passing.waitMs(of, next, 5_000 + afterMs), want);
    });
  }

  it('waits anew for a Service of the same name', () => {
    const passing = new PassingAnnouncements();
    passing.waitMs(service('web'), says('Waiting'), 5_000);
    passing.gone(service('web').key);
    assert.equal(passing.waitMs(service('web'), says('Waiting'), 5_900), 2_000);
  });
});

describe('a Service that was given an address just now', () => {
  const writes = (api: FakeControllerApi) => api.writes.filter((what) => what === 'PATCH shop/web').length;
  const announced = (api: FakeControllerApi) => reasonOf(api, 'web', 'cairn.dev/Announced');

  it('is written twice until a node announces it: with its address, and with that node', async () => {
    const api = cluster();
    setReport(api);
    const term = await Term.begin(api);
    api.addService('web');
    await term.settle(300);
    setReport(api, { claims: [{ ...OWNED, state: 'probing' }] });
    await term.settle(1_600);
    assert.deepEqual([ipsOf(api, 'web'), announced(api), writes(api)], ['192.0.2.1', undefined, 1]);
    setReport(api, { claims: [OWNED] });
    await term.settle(60_000);
    assert.deepEqual([announced(api), writes(api)], ['Announced', 2]);
    await term.end();
  });

  it('is waited for anew where it lost its address in between', async () => {
    const api = cluster();
    const term = await Term.begin(api);
    api.addService('web');
    await term.settle(500);
    const retype = (type: string) =>
      api.editService('web', (before) => ({
        ...before,
        spec: { ...(before['spec'] as object), type },
        status: { ...(before['status'] as object), loadBalancer: {} },
      }));
    retype('ClusterIP');
    await term.settle(60_000);
    retype('LoadBalancer');
    await term.settle(500);
    assert.deepEqual([ipsOf(api, 'web'), announced(api)], ['192.0.2.1', undefined]);
    await term.end();
  });

  it('says why no node does when that lasts, and then what follows it once that has lasted', async () => {
    const api = cluster();
    const term = await Term.begin(api);
    api.addService('web');
    await term.settle(1_999);
    assert.equal(announced(api), undefined);
    await term.settle(1);
    assert.equal(announced(api), 'NoSpeakerReady');
    setReport(api, { claims: [{ ...OWNED, state: 'probing' }] });
    await term.settle(1_999);
    assert.equal(announced(api), 'NoSpeakerReady');
    await term.settle(1);
    assert.equal(announced(api), 'Probing');
    setReport(api, { claims: [OWNED] });
    await term.settle();
    assert.equal(announced(api), 'Announced');
    await term.end();
  });

  it('is not written each time that nodes ask for the address in vain', async () => {
    const api = cluster();
    setReport(api, { claims: [{ ...OWNED, state: 'probing' }] });
    const term = await Term.begin(api);
    api.addService('web');
    await term.settle(5_000);
    const before = writes(api);
    for (let times = 0; times < 10; times++) {
      setReport(api);
      await term.settle(900);
      setReport(api, { claims: [{ ...OWNED, state: 'probing' }] });
      await term.settle(900);
    }
    assert.deepEqual([announced(api), writes(api) - before], ['Probing', 0]);
    await term.end();
  });

  describe('of each family', () => {
    const DUAL = 'address-pools: [{name: p, protocol: layer2, addresses: [192.0.2.1, "2001:db8::1"]}]';
    const WELL =
      'is announced by node node-a on eth0 (unverified: it hears no other speaker); 2001:db8::1 is an IPv6 address, and only IPv4 is announced yet';
    const asked = (...ipFamilies: readonly string[]) => ({ type: 'LoadBalancer', ipFamilies });
    const dual = (...ipFamilies: readonly string[]) => ({
      ...asked(...ipFamilies),
      ipFamilyPolicy: 'RequireDualStack',
    });
    // biome-ignore format: table
    const cases: readonly { name: string; spec: object; later?: object; before: readonly string[] }[] = [
      { name: 'IPv4 first',                          spec: dual('IPv4', 'IPv6'),                               before: [] },
      { name: 'IPv6 first',                          spec: dual('IPv6', 'IPv4'),                               before: [] },
      { name: 'IPv6 first, and IPv4 some time later', spec: asked('IPv6'),         later: dual('IPv6', 'IPv4'), before: ['IPv6NotAnnounced 2001:db8::1 is an IPv6 address, and only IPv4 is announced yet'] },
    ];
    for (const { name, spec, later, before } of cases) {
      it(`tells in one event that IPv4 alone is announced: ${name}`, async () => {
        const api = cluster(DUAL);
        setReport(api);
        const term = await Term.begin(api);
        api.addService('web', { spec });
        await term.settle(300);
        if (later !== undefined) api.editService('web', (raw) => ({ ...raw, spec: later }));
        await term.settle(300);
        setReport(api, { claims: [{ ...OWNED, state: 'probing' }] });
        await term.settle(600);
        setReport(api, { claims: [OWNED] });
        await term.settle(60_000);
        assert.equal(ipsOf(api, 'web')?.split(',').length, 2);
        const told = api.events.filter((event) => !/^(Config|Assigned)/.test(event));
        assert.deepEqual(told, [...before, `IPv6NotAnnounced 192.0.2.1 ${WELL}`]);
        await term.end();
      });
    }
  });
});
