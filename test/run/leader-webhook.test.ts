/**
 * An admission webhook that changes what a leader writes: it is tried again, ever less often, and nothing is said that is not so.
 */
import assert from 'node:assert/strict';
import { describe, it } from 'mocha';
import type { RawObject } from '../support/fake-cluster.js';
import type { FakeControllerApi } from './fake-controller-api.js';
import { cluster, ipsOf, reasonOf, Term } from './leader-term.js';

/** Of Services alone. */
const admitServices = (api: FakeControllerApi, admit: (raw: RawObject) => RawObject) => {
  api.admit = (raw) => (raw['spec'] === undefined ? raw : admit(raw));
};
const withoutAddresses = (raw: RawObject): RawObject => ({
  ...raw,
  status: { ...(raw['status'] as object), loadBalancer: {} },
});
const writesOf = (api: FakeControllerApi) => api.writes.filter((what) => what === 'PATCH shop/web').length;
const told = (api: FakeControllerApi) => api.events.map((event) => event.split(' ')[0]).slice(1);
const complaints = (term: Term) => term.logged.filter(({ msg }) => msg === 'a Service could not be written');

describe('Leader behind a webhook', () => {
  it('goes on with addresses that it takes away, and tells of them once they are there', async () => {
    const api = cluster();
    admitServices(api, withoutAddresses);
    api.addService('web');
    const term = await Term.begin(api);
    await term.settle(600_000);
    const before = writesOf(api);
    await term.settle(600_000);
    const writes = writesOf(api) - before;
    assert.ok(writes >= 9 && writes <= 11, `${writes} writes in ten minutes`);
    assert.deepEqual([told(api), term.assignments()], [[], []]);
    const { service, err } = complaints(term).at(-1) ?? {};
    assert.equal(service, 'shop/web');
    assert.match(
      (err as Error).message,
      /admission webhook, changes what Cairn writes: status\.loadBalancer\.ingress of/,
    );

    api.admit = (raw) => raw;
    await term.settle(60_000);
    assert.deepEqual([ipsOf(api, 'web'), reasonOf(api, 'web')], ['192.0.2.1', 'Assigned']);
    assert.deepEqual(told(api), ['Assigned', 'NoSpeakerReady']);
    assert.deepEqual(term.assignments(), ['assigned shop/web 192.0.2.1 p']);
    const { length } = api.writes;
    await term.settle(600_000);
    assert.equal(api.writes.length, length);
    await term.end();
  });

  it('says that somebody else took the addresses away of a Service that had them, once they are back', async () => {
    const api = cluster();
    api.addService('web');
    const term = await Term.begin(api);
    await term.settle(10_000);
    admitServices(api, withoutAddresses);
    api.editService('web', withoutAddresses);
    await term.settle(60_000);
    assert.deepEqual([ipsOf(api, 'web'), told(api)], ['', ['Assigned', 'NoSpeakerReady']]);
    api.admit = (raw) => raw;
    await term.settle(60_000);
    assert.deepEqual([ipsOf(api, 'web'), told(api).at(-1)], ['192.0.2.1', 'StatusRepaired']);
    assert.deepEqual(term.assignments(), ['assigned shop/web 192.0.2.1 p']);
    await term.end();
  });

  it('writes once a minute at last where each write makes a new version', async () => {
    const api = cluster();
    let writes = 0;
    admitServices(api, (raw) => {
      const { metadata, ...rest } = withoutAddresses(raw);
      return { ...rest, metadata: { ...metadata, labels: { writes: `${++writes}` } } };
    });
    api.addService('web');
    const term = await Term.begin(api);
    await term.settle(600_000);
    const before = writes;
    await term.settle(600_000);
    assert.ok(writes - before >= 9 && writes - before <= 11, `${writes - before} writes in ten minutes`);
    await term.end();
  });

  it('takes one that adds something of its own for none that is in the way', async () => {
    const api = cluster();
    admitServices(api, ({ metadata, ...rest }) => ({ ...rest, metadata: { ...metadata, labels: { team: 'shop' } } }));
    api.addService('web');
    const term = await Term.begin(api);
    await term.settle(60_000);
    assert.deepEqual([ipsOf(api, 'web'), told(api)], ['192.0.2.1', ['Assigned', 'NoSpeakerReady']]);
    assert.deepEqual([writesOf(api), complaints(term)], [2, []]);
    await term.end();
  });

  it('takes an API server that knows no ipMode for none', async () => {
    const api = cluster();
    api.knowsIpMode = false;
    api.addService('web');
    const term = await Term.begin(api);
    await term.settle(60_000);
    assert.deepEqual([ipsOf(api, 'web'), told(api)], ['192.0.2.1', ['Assigned', 'NoSpeakerReady']]);
    assert.deepEqual([writesOf(api), complaints(term)], [2, []]);
    await term.end();
  });
});
