import assert from 'node:assert/strict';
import { describe, it } from 'mocha';
import { serviceKey } from '../../src/values/names.js';
import type { Service } from '../../src/values/objects.js';
import { endpoint, type ServiceParts, service, slice } from '../support/objects.js';
import { candidates, HERE, put, textsOf, wantedBy } from './judged.js';

describe('Candidates with two Services on one address', () => {
  const assigned = (lastTransitionTime: string) => ({
    conditions: [
      {
        type: 'cairn.dev/AddressAssigned',
        status: 'True' as const,
        reason: '',
        message: '',
        observedGeneration: 1,
        lastTransitionTime,
      },
    ],
  });
  const early = service('zebra', { ips: ['192.0.2.1'], ...assigned('2026-07-01T12:00:00Z') });
  const late = service('ant', { ips: ['192.0.2.1'], ...assigned('2026-07-01T12:00:01Z') });

  it('announce it for the one that held it first, in whatever order they are seen', () => {
    const hashes = [[early, late], [late, early], [early]].map((services) => {
      const judged = candidates();
      for (const one of services) put(judged, one);
      return wantedBy(judged).map(({ servicesHash }) => servicesHash);
    });
    assert.deepEqual(hashes[0], hashes[2]);
    assert.deepEqual(hashes[1], hashes[2]);
  });

  const marked = (what: Service, addresses: string): Service => ({
    ...what,
    meta: { ...what.meta, annotations: { 'cairn.dev/served-by': `cairn-system ${addresses}`.trim() } },
  });
  // biome-ignore format: table
  const rights: readonly { name: string; first: Service; second: Service }[] = [
    { name: 'whom its mark lists it for, not for one assigned another address before', first: marked(late, '192.0.2.1'), second: marked(early, '192.0.2.9') },
    { name: 'whom its mark lists it for, not for one that waited',  first: marked(late, '192.0.2.1'),                   second: marked(service('old', { ips: ['192.0.2.1'] }), '') },
    { name: 'whom its mark lists it for, not for one without a mark', first: marked(late, '192.0.2.1'),                 second: service('old', { ips: ['192.0.2.1'] }) },
    { name: 'one that was there before us, not for one that waited', first: service('zebra', { ips: ['192.0.2.1'] }),   second: marked(service('old', { ips: ['192.0.2.1'] }), '') },
  ];
  for (const { name, first, second } of rights) {
    it(`announce it for ${name}`, () => {
      const hashes = [[second, first], [first]].map((services) => {
        const judged = candidates();
        for (const one of services) put(judged, one);
        return wantedBy(judged).map(({ servicesHash }) => servicesHash);
      });
      assert.deepEqual(hashes[0], hashes[1]);
    });
  }

  it('announce nothing that is in no pool and that somebody else put in the place of what was assigned', () => {
    const judged = candidates();
    const overwritten = (ip: string): Service =>
      marked({ ...early, ...service('zebra', { ips: [ip] }), ...assigned('2026-07-01T12:00:00Z') }, '192.0.2.1');
    put(judged, overwritten('203.0.113.7'));
    assert.deepEqual(wantedBy(judged), []);
    put(judged, overwritten('192.0.2.2'));
    assert.equal(wantedBy(judged).length, 1);
  });

  it('announce it no more where whoever put it there took the conditions away', () => {
    const judged = candidates();
    const annotations = { 'cairn.dev/served-by': 'cairn-system 192.0.2.1', 'cairn.dev/allocated-from-pool': 'p' };
    put(judged, service('zebra', { ips: ['203.0.113.7'], meta: { annotations } }));
    assert.deepEqual(wantedBy(judged), []);
  });

  it('announce it for the other as soon as the first is gone', () => {
    const judged = candidates();
    for (const one of [early, late]) put(judged, one);
    const [before] = wantedBy(judged);
    judged.setService(early.key, undefined);
    const [after] = wantedBy(judged);
    assert.notEqual(before?.servicesHash, after?.servicesHash);
    assert.match(after?.servicesHash ?? '', /^[0-9a-f]{16}$/);
  });
});

describe('Candidates with Services that share an address', () => {
  const sharing = (name: string, port: number, rest: ServiceParts = {}): Service =>
    service(name, {
      ips: ['192.0.2.1'],
      ports: [{ name: '', protocol: 'TCP', port, nodePort: 0 }],
      ...rest,
      meta: { annotations: { 'cairn.dev/allow-shared-ip': 'k' } },
    });
  const LOCAL: ServiceParts = { externalTrafficPolicy: 'Local', selector: { app: 'dns' } };

  it('want it once, under a hash of all of them', () => {
    const judged = candidates();
    for (const one of [sharing('tcp', 53), sharing('web', 80)]) put(judged, one);
    const [both, ...others] = wantedBy(judged);
    assert.deepEqual(others, []);
    judged.setService(serviceKey('shop', 'web'), undefined);
    const [one] = wantedBy(judged);
    assert.notEqual(both?.servicesHash, one?.servicesHash);
  });

  it('are no candidate where one of them has no endpoint', () => {
    const judged = candidates();
    for (const one of [sharing('tcp', 53, LOCAL), sharing('web', 80, LOCAL)]) put(judged, one);
    judged.setSlice('tcp-1', slice('tcp-1', 'tcp', [endpoint(HERE, 'ready')]));
    assert.deepEqual(textsOf(wantedBy(judged)), ['NoLocalEndpoint']);
    judged.setSlice('web-1', slice('web-1', 'web', [endpoint(HERE, 'ready')]));
    assert.deepEqual(textsOf(wantedBy(judged)), ['']);
  });

  describe('of whom some were edited', () => {
    const SHARED = { tcp: 53, web: 80, udp: 90 } as const;
    const EARLIER = '2026-06-01T12:00:00Z';
    const port = (number: number) => ({ name: '', protocol: 'TCP', port: number, nodePort: 0 }) as const;
    interface Past {
      backends?: string;
      createdAt?: string;
      key?: Record<string, string>;
    }
    /** Let share with the port of its name and what `Past` says; the rest is how it is now. */
    function sharer(name: keyof typeof SHARED, now: ServiceParts = {}, past: Past = {}): Service {
      const {
        backends = 'Cluster',
        createdAt = '2026-07-01T12:00:00Z',
        key = { 'cairn.dev/allow-shared-ip': 'k' },
      } = past;
      const as = JSON.stringify({ key: 'k', backends, ports: [`TCP/${SHARED[name]}`] });
      const written = { 'cairn.dev/served-by': 'cairn-system 192.0.2.1', 'cairn.dev/shared-as': as };
      const meta = { createdAt, annotations: { ...written, ...key } };
      return service(name, { ips: ['192.0.2.1'], ports: [port(SHARED[name])], ...now, meta });
    }
    const at = (...numbers: number[]): ServiceParts => ({ ports: numbers.map(port) });
    const OTHERS: ServiceParts = { externalTrafficPolicy: 'Local', selector: { app: 'web' } };
    const OLD: Past = { createdAt: EARLIER };
    const WERE_LOCAL: Past = { backends: 'Local shop app=dns' };
    // Nobody has an endpoint here: whoever counts and has policy Local keeps the node from the address.
    // biome-ignore format: table
    const cases: { name: string; services: Service[]; because?: string }[] = [
      { name: 'not by the policy of one that was edited',               services: [sharer('tcp'), sharer('web', LOCAL)] },
      { name: 'nor where that one is the older',                        services: [sharer('tcp'), sharer('web', LOCAL, OLD)] },
      { name: 'nor where more of them were edited than not',            services: [sharer('tcp'), sharer('web', LOCAL, OLD), sharer('udp', LOCAL)] },
      { name: 'nor by one that lost its key besides',                   services: [sharer('tcp'), sharer('web', LOCAL, { key: {} })] },
      { name: 'nor by one that took another’s port besides',            services: [sharer('tcp'), sharer('web', { ...LOCAL, ...at(53) }, OLD)] },
      { name: 'by those that were not, of the policy that they have',   services: [sharer('tcp', LOCAL, WERE_LOCAL), sharer('web', OTHERS, { ...WERE_LOCAL, ...OLD })], because: 'shop/tcp' },
      { name: 'by one that was edited and still fits',                  services: [sharer('tcp', {}, OLD), sharer('web', at(80, 81)), sharer('udp', LOCAL)] },
      { name: 'by one that was edited and is alone',                    services: [sharer('web', LOCAL)],                                             because: '' },
      { name: 'by all that fit beside each other as all were edited',   services: [sharer('tcp'), sharer('web', LOCAL)].map((one) => ({ ...one, ...LOCAL }) as Service), because: 'shop/tcp' },
      { name: 'by the older of two that were edited and no longer fit', services: [sharer('tcp', at(53, 80), OLD), sharer('web', { ...LOCAL, ...at(80, 53) })] },
      { name: 'by the older, also with policy Local',                   services: [sharer('tcp', at(53, 80)), sharer('web', { ...LOCAL, ...at(80, 53) }, OLD)], because: 'shop/web' },
      { name: 'by all where each took the port of the next',            services: [sharer('tcp', at(53, 80)), sharer('web', at(80, 90)), sharer('udp', { ...LOCAL, ...at(90, 53) })], because: 'shop/udp' },
      { name: 'by all that another provider put together',              services: [sharing('tcp', 53), sharing('web', 80, LOCAL)],                    because: 'shop/web' },
      { name: 'by all of those, also with that written down',           services: [sharer('tcp'), sharer('web', LOCAL, WERE_LOCAL)],                  because: 'shop/web' },
    ];
    for (const { name, services, because } of cases) {
      it(`are a candidate ${name}`, () => {
        for (const seen of [services, services.toReversed()]) {
          const judged = candidates();
          for (const one of seen) put(judged, one);
          const whose = because === '' ? '' : ` of ${because}`;
          const detail = `externalTrafficPolicy${whose} is Local and node ${HERE} has no ready endpoint`;
          const refusal = { kind: 'soft', reason: 'NoLocalEndpoint', detail };
          assert.deepEqual(
            wantedBy(judged).map(({ refusals }) => refusals),
            [because === undefined ? [] : [refusal]],
          );
        }
      });
    }

    it('go by one that was edited as soon as nobody else is there', () => {
      const judged = candidates();
      const [stayed, edited] = [sharer('tcp'), sharer('web', LOCAL)];
      for (const one of [stayed, edited]) put(judged, one);
      assert.deepEqual(textsOf(wantedBy(judged)), ['']);
      judged.setService(stayed.key, undefined);
      assert.deepEqual(textsOf(wantedBy(judged)), ['NoLocalEndpoint']);
    });

    it('name the ports of one that has to go and has no endpoint here', () => {
      const judged = candidates();
      for (const one of [sharer('tcp'), sharer('web', { ...LOCAL, ...at(81, 53, 80) })]) put(judged, one);
      const unserved = () => wantedBy(judged).map(({ unservedPorts }) => unservedPorts?.map(({ port }) => port));
      assert.deepEqual(unserved(), [[80, 81]]);
      judged.setSlice('web-1', slice('web-1', 'web', [endpoint(HERE, 'ready')]));
      assert.deepEqual(unserved(), [undefined]);
      judged.setSlice('web-1', undefined);
      assert.deepEqual(unserved(), [[80, 81]]);
      put(judged, sharer('web', at(80)));
      assert.deepEqual(unserved(), [undefined]);
    });

    it('serve a port for the one that was not, where another one took it', () => {
      const judged = candidates();
      for (const one of [sharer('tcp'), sharer('web', at(53, 80), OLD)]) put(judged, one);
      assert.deepEqual(
        [...judged.served()].map(({ services }) => services.map(({ meta }) => meta.name)),
        [['tcp', 'web']],
      );
    });
  });

  it('pass over one that has its port', () => {
    const judged = candidates();
    put(judged, sharing('a', 80));
    const [alone] = wantedBy(judged);
    put(judged, sharing('b', 80));
    assert.deepEqual(wantedBy(judged)[0]?.servicesHash, alone?.servicesHash);
  });
});
