import assert from 'node:assert/strict';
import { describe, it } from 'mocha';
import { PassingAnnouncements } from '../../src/run/passing-announcements.js';
import type { AnnouncedReason, Announcement } from '../../src/speaker/announced.js';
import { encodeReport } from '../../src/speaker/report.js';
import { service } from '../support/objects.js';
import { report } from '../support/reports.js';
import { address } from '../support/values.js';
import { CONFIG_MAPS, type FakeControllerApi } from './fake-controller-api.js';
import { cluster, ipsOf, reasonOf, Term } from './leader-term.js';

const says = (reason: AnnouncedReason): Announcement => ({
  status: 'False',
  reason,
  message: reason,
  announcedBy: undefined,
});
const told = service('web', {
  conditions: [
    {
      type: 'cairn.dev/Announced',
      status: 'True',
      reason: 'Announced',
      message: '',
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
    { name: 'says at once to a Service that was told something',   of: told,           first: says('Announced'),       next: says('Waiting'),         afterMs: 400,   want: 0 },
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
  const setReport = (api: FakeControllerApi, state?: 'probing' | 'owned') =>
    api.put(CONFIG_MAPS, {
      metadata: { name: 'cairn-speaker-node-a', namespace: 'cairn-system' },
      data: {
        report: encodeReport(
          report('node-a', {
            claims: state === undefined ? [] : [{ address: address('192.0.2.1'), link: 'eth0', term: 1, state }],
          }),
        ),
      },
    });

  it('is written twice until a node announces it: with its address, and with that node', async () => {
    const api = cluster();
    setReport(api);
    const term = await Term.begin(api);
    api.addService('web');
    await term.settle(300);
    setReport(api, 'probing');
    await term.settle(1_600);
    assert.deepEqual([ipsOf(api, 'web'), announced(api), writes(api)], ['192.0.2.1', undefined, 1]);
    setReport(api, 'owned');
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

  it('says why no node does when that lasts, and is told of changes at once from then on', async () => {
    const api = cluster();
    const term = await Term.begin(api);
    api.addService('web');
    await term.settle(1_999);
    assert.equal(announced(api), undefined);
    await term.settle(1);
    assert.equal(announced(api), 'NoSpeakerReady');
    setReport(api, 'probing');
    await term.settle();
    assert.equal(announced(api), 'Probing');
    await term.end();
  });
});
