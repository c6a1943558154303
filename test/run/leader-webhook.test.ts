/**
 * An admission webhook that changes what a leader writes: it is tried again, ever less often, people hear why, and nothing is
 * said that is not so.
 */
import assert from 'node:assert/strict';
import { afterEach, beforeEach, describe, it } from 'mocha';
import type { RawObject } from '../support/fake-cluster.js';
import type { FakeControllerApi } from './fake-controller-api.js';
import { cluster, ipsOf, reasonOf, Term } from './leader-term.js';

const withoutAddresses = (raw: RawObject): RawObject => ({
  ...raw,
  status: { ...(raw['status'] as object), loadBalancer: {} },
});

describe('Leader behind a webhook', () => {
  let api: FakeControllerApi;
  let term: Term;

  beforeEach(() => {
    api = cluster();
    api.addService('web');
  });
  afterEach(() => term.end());

  /** Of Services alone. */
  const admitServices = (admit: (raw: RawObject) => RawObject) => {
    api.admit = (raw) => (raw['spec'] === undefined ? raw : admit(raw));
  };
  const lead = async (forMs: number) => {
    term = await Term.begin(api);
    await term.settle(forMs);
  };
  const writes = () => api.writes.filter((what) => what === 'PATCH shop/web').length;
  const told = () => api.events.map((event) => event.split(' ')[0]).slice(1);
  const complaints = () => term.logged.filter(({ msg }) => msg === 'a Service could not be written');

  /** When it has been so for a while. */
  const assertWritesOnceAMinute = async () => {
    const before = writes();
    await term.settle(600_000);
    const more = writes() - before;
    assert.ok(more >= 9 && more <= 11, `${more} writes in ten minutes`);
  };
  /** As where there is no webhook: the address and what is said of it, and then that nobody announces it. */
  const assertNothingInTheWay = () => {
    assert.deepEqual([ipsOf(api, 'web'), told()], ['192.0.2.1', ['Assigned', 'NoSpeakerReady']]);
    assert.deepEqual([writes(), complaints()], [2, []]);
  };

  it('goes on with addresses that it takes away, and tells of them once they are there', async () => {
    admitServices(withoutAddresses);
    await lead(600_000);
    await assertWritesOnceAMinute();
    assert.deepEqual([told(), term.assignments()], [['StatusRefused'], []]);
    const why = /admission webhook, changes what Cairn writes: status\.loadBalancer\.ingress of/;
    assert.match(api.events.at(-1) ?? '', why);
    const { service, err } = complaints().at(-1) ?? {};
    assert.equal(service, 'shop/web');
    assert.match((err as Error).message, why);

    api.admit = (raw) => raw;
    await term.settle(60_000);
    assert.deepEqual([ipsOf(api, 'web'), reasonOf(api, 'web')], ['192.0.2.1', 'Assigned']);
    assert.deepEqual(told(), ['StatusRefused', 'Assigned', 'NoSpeakerReady']);
    assert.deepEqual(term.assignments(), ['assigned shop/web 192.0.2.1 p']);
    const { length } = api.writes;
    await term.settle(600_000);
    assert.equal(api.writes.length, length);

    admitServices(withoutAddresses);
    api.editService('web', withoutAddresses);
    await term.settle(60_000);
    assert.equal(told().at(-1), 'StatusRefused', 'that it passed makes it news');
  });

  it('says that somebody else took the addresses away of a Service that had them, once they are back', async () => {
    await lead(10_000);
    admitServices(withoutAddresses);
    api.editService('web', withoutAddresses);
    await term.settle(60_000);
    assert.deepEqual([ipsOf(api, 'web'), told()], ['', ['Assigned', 'NoSpeakerReady', 'StatusRefused']]);
    api.admit = (raw) => raw;
    await term.settle(60_000);
    assert.deepEqual([ipsOf(api, 'web'), told().at(-1)], ['192.0.2.1', 'StatusRepaired']);
    assert.deepEqual(term.assignments(), ['assigned shop/web 192.0.2.1 p']);
  });

  it('writes once a minute at last where each write makes a new version', async () => {
    let version = 0;
    admitServices((raw) => {
      const { metadata, ...rest } = withoutAddresses(raw);
      return { ...rest, metadata: { ...metadata, labels: { version: `${++version}` } } };
    });
    await lead(600_000);
    await assertWritesOnceAMinute();
  });

  it('takes one that adds something of its own for none that is in the way', async () => {
    admitServices(({ metadata, ...rest }) => ({ ...rest, metadata: { ...metadata, labels: { team: 'shop' } } }));
    await lead(60_000);
    assertNothingInTheWay();
  });

  it('takes an API server that knows no ipMode for none', async () => {
    api.knowsIpMode = false;
    await lead(60_000);
    assertNothingInTheWay();
  });
});
