import assert from 'node:assert/strict';
import { describe, it } from 'mocha';
import { encodeReport } from '../../src/speaker/report.js';
import { FakeClock } from '../support/clock.js';
import { report } from '../support/reports.js';
import { address, mac } from '../support/values.js';
import { CONFIG_MAPS, type FakeControllerApi, NODES, SERVICES } from './fake-controller-api.js';
import { CLASS, CONFIG, cluster, ipsOf, ONE, reasonOf, setConfig, Term } from './leader-term.js';

const BROKEN = 'address-pools:\n- name: p\n  protocol: layer3\n  addresses: [192.0.2.1]\n';

describe('Leader', () => {
  it('gives an address in one write, with its conditions, and tells it once', async () => {
    const api = cluster();
    api.addService('web');
    const term = await Term.begin(api);
    assert.equal(ipsOf(api, 'web'), '192.0.2.1');
    assert.equal(api.service('shop/web')?.meta.annotations['cairn.dev/allocated-from-pool'], 'p');
    assert.equal(api.service('shop/web')?.conditions.length, 1);
    assert.deepEqual(api.writes.filter((what) => what === 'PATCH shop/web').length, 1);
    assert.deepEqual(
      api.events.filter((event) => event.startsWith('Assigned')),
      ['Assigned 192.0.2.1 from pool "p"'],
    );
    await term.end();
  });

  it('hands addresses over from kube-proxy to the speakers once these had time for their rules, and back at once', async () => {
    const api = cluster();
    api.addService('web');
    const term = await Term.begin(api);
    const mode = () => api.service('shop/web')?.ingress[0]?.ipMode;
    assert.equal(mode(), 'VIP');
    setConfig(api, `${CONFIG}\nforwarding: {mode: nftables}`);
    await term.settle(4_000);
    assert.equal(mode(), 'VIP');
    api.addService('db');
    await term.settle();
    assert.equal(api.service('shop/db')?.ingress[0]?.ipMode, 'Proxy');
    await term.settle(2_000);
    assert.equal(mode(), 'Proxy');
    setConfig(api, CONFIG);
    await term.settle(1_000);
    assert.equal(mode(), 'VIP');
    assert.equal(ipsOf(api, 'web'), '192.0.2.1');
    assert.ok(!api.events.some((event) => event.startsWith('StatusRepaired')));
    await term.end();
  });

  it('writes nothing at rest, nor when another begins to lead', async () => {
    const api = cluster(ONE);
    for (const name of ['web', 'db']) api.addService(name);
    const first = await Term.begin(api);
    await first.settle(60_000);
    await first.end();
    const writes = [...api.writes];
    const second = await Term.begin(api);
    await second.settle(60_000);
    assert.deepEqual(api.writes, writes);
    await second.end();
  });

  it('says who holds a full pool, and serves who waits the moment it is free', async () => {
    const api = cluster(ONE);
    api.addService('web');
    const term = await Term.begin(api);
    api.addService('db', { metadata: { creationTimestamp: '2026-07-01T10:00:01Z' } });
    await term.settle();
    assert.equal(reasonOf(api, 'db'), 'PoolFull');
    assert.ok(api.events.some((event) => /^PoolFull .*192\.0\.2\.1 is held by shop\/web/.test(event)));
    api.remove(SERVICES, 'web', 'shop');
    await term.settle();
    assert.equal(ipsOf(api, 'db'), '192.0.2.1');
    await term.end();
  });

  it('decides again on what it finds when somebody else wrote first', async () => {
    const api = cluster();
    api.addService('web');
    let edited = false;
    api.beforeWrite = (what) => {
      if (edited || what !== 'PATCH shop/web') return;
      edited = true;
      api.editService('web', (before) => ({ ...before, spec: { type: 'LoadBalancer', loadBalancerIP: '192.0.2.3' } }));
    };
    const term = await Term.begin(api);
    assert.equal(ipsOf(api, 'web'), '192.0.2.3');
    await term.end();
  });

  it('answers a rival who writes the same status a few times at once, and then ever so often', async () => {
    const api = cluster();
    const term = await Term.begin(api);
    api.addService('web');
    await term.settle();
    const rival = { loadBalancer: { ingress: [{ ip: '198.51.100.9' }] } };
    for (let round = 0; round < 50; round++) {
      api.editService('web', (before) => ({ ...before, status: { ...(before['status'] as object), ...rival } }));
      await term.settle();
    }
    const writes = api.writes.filter((what) => what === 'PATCH shop/web').length;
    assert.ok(writes <= 10, `${writes} writes at once`);
    await term.settle(60_000);
    assert.equal(ipsOf(api, 'web'), '192.0.2.1');
    await term.end();
  });

  it('answers a webhook that takes away what it writes, a few times at once', async () => {
    const api = cluster();
    let isAway = true;
    api.admit = (raw) => {
      const { annotations = {}, ...metadata } = raw.metadata as { annotations?: Record<string, string> };
      const { 'cairn.dev/allocated-from-pool': _, ...kept } = annotations;
      return isAway ? { ...raw, metadata: { ...raw.metadata, ...metadata, annotations: kept } } : raw;
    };
    api.addService('web');
    const term = await Term.begin(api);
    const writes = () => api.writes.filter((what) => what === 'PATCH shop/web').length;
    assert.ok(writes() > 1 && writes() <= 10, `${writes()} writes`);
    isAway = false;
    await term.settle(10_000);
    assert.equal(api.service('shop/web')?.meta.annotations['cairn.dev/allocated-from-pool'], 'p');
    await term.end();
  });

  it('gives addresses before it says anything else of Services that have theirs', async () => {
    const api = cluster('address-pools: [{name: p, protocol: layer2, addresses: [192.0.2.0/24]}]');
    for (let at = 0; at < 100; at++) api.addService(`old-${at}`);
    const term = await Term.begin(api);
    await term.settle(10_000);
    api.writes.length = 0;
    api.put(CONFIG_MAPS, {
      metadata: { name: 'cairn-speaker-node-a', namespace: 'cairn-system' },
      data: { report: encodeReport(report('node-a')) },
    });
    for (let at = 0; at < 10; at++) api.addService(`new-${at}`);
    await term.settle(10_000);
    assert.equal(api.writes.filter((what) => what.includes('old-')).length, 100);
    const last = api.writes.findIndex((what) => what.endsWith('new-9'));
    assert.ok(last >= 9 && last < 90, `the last new one is written after ${last} others`);
    await term.end();
  });

  it('tries again when the API is away, and gives the address it had chosen', async () => {
    const api = cluster();
    const term = await Term.begin(api);
    api.addService('web');
    api.away = true;
    await term.settle();
    assert.equal(ipsOf(api, 'web'), '');
    api.away = false;
    await term.settle(60_000);
    assert.equal(ipsOf(api, 'web'), '192.0.2.1');
    await term.end();
  });

  it('writes nothing while it is not well inside its lease, and loses nothing by it', async () => {
    const api = cluster();
    const term = await Term.begin(api);
    term.leads = false;
    api.addService('web');
    await term.settle(5_000);
    assert.equal(ipsOf(api, 'web'), '');
    term.leads = true;
    await term.settle(60_000);
    assert.equal(ipsOf(api, 'web'), '192.0.2.1');
    await term.end();
  });

  it('has its write withheld that comes to its turn after its lease, and loses nothing by it', async () => {
    const api = cluster();
    const term = await Term.begin(api);
    api.beforeWrite = (what) => {
      if (what === 'PATCH shop/web') term.leads = false;
    };
    api.addService('web');
    await term.settle();
    assert.equal(ipsOf(api, 'web'), '');
    api.beforeWrite = () => {};
    term.leads = true;
    await term.settle(60_000);
    assert.equal(ipsOf(api, 'web'), '192.0.2.1');
    await term.end();
  });

  it('takes its marks from a Service that stopped being ours, also while nobody led', async () => {
    const api = cluster(ONE);
    for (const name of ['web', 'db']) api.addService(name);
    const first = await Term.begin(api);
    await first.end();
    // The API server takes the addresses of a Service away that is no LoadBalancer any more.
    api.editService('db', (before) => ({
      ...before,
      spec: { type: 'ClusterIP' },
      status: { ...(before['status'] as object), loadBalancer: {} },
    }));
    const second = await Term.begin(api);
    await second.settle();
    assert.equal(api.service('shop/db')?.conditions.length, 0);
    assert.deepEqual(api.service('shop/db')?.meta.annotations, {});
    assert.equal(ipsOf(api, 'web'), '192.0.2.1');
    await second.end();
  });

  describe('of a Service whose type changes and changes back', () => {
    /** As the API server does it: addresses go with the type. */
    const setType = (api: FakeControllerApi, type: string) =>
      api.editService('web', (before) => ({
        ...before,
        metadata: { ...before.metadata, generation: Number(before.metadata['generation'] ?? 1) + 1 },
        spec: { ...(before['spec'] as object), type },
        status: { ...(before['status'] as object), loadBalancer: {} },
      }));
    const told = (api: FakeControllerApi) => api.events.map((event) => event.split(' ')[0]);

    it('says nothing where nobody could see it in between', async () => {
      const api = cluster();
      api.addService('web', { metadata: { generation: 1 } });
      const term = await Term.begin(api);
      setType(api, 'ClusterIP');
      setType(api, 'LoadBalancer');
      await term.settle(500);
      assert.equal(ipsOf(api, 'web'), '192.0.2.1');
      assert.deepEqual(told(api), ['ConfigAccepted', 'Assigned']);
      await term.end();
    });

    it('says each time what was given and given back', async () => {
      const api = cluster();
      api.addService('web', { metadata: { generation: 1 } });
      const term = await Term.begin(api);
      for (let round = 0; round < 2; round++) {
        for (const type of ['ClusterIP', 'LoadBalancer']) {
          setType(api, type);
          await term.settle(500);
        }
      }
      assert.deepEqual(told(api).slice(1), ['Assigned', 'Released', 'Assigned', 'Released', 'Assigned']);
      await term.end();
    });

    it('says nothing more of its announcement once it is none of ours', async () => {
      const api = cluster();
      api.addService('web', { metadata: { generation: 1 } });
      const term = await Term.begin(api);
      await term.settle(3_000);
      assert.equal(reasonOf(api, 'web', 'cairn.dev/Announced'), 'NoSpeakerReady');
      setType(api, 'ClusterIP');
      await term.settle(60_000);
      assert.deepEqual(told(api).slice(1), ['Assigned', 'Released']);
      await term.end();
    });
  });

  it('takes address and marks from what is not ours by the flags of now, and leaves another installation’s', async () => {
    const api = cluster();
    for (const name of ['web', 'db']) api.addService(name);
    const first = await Term.begin(api);
    await first.end();
    const theirs = { 'cairn.dev/served-by': 'other 192.0.2.1', 'cairn.dev/allocated-from-pool': 'theirs' };
    api.editService('db', (before) => ({ ...before, metadata: { ...before.metadata, annotations: theirs } }));
    const second = await Term.begin(api, new FakeClock(), { ...CLASS, isDefault: false });
    await second.settle();
    assert.equal(ipsOf(api, 'web'), '');
    assert.deepEqual(api.service('shop/web')?.meta.annotations, {});
    assert.deepEqual(api.service('shop/web')?.conditions, []);
    assert.equal(ipsOf(api, 'db'), '192.0.2.1');
    assert.deepEqual(api.service('shop/db')?.meta.annotations, theirs);
    assert.deepEqual(
      api.events.filter((event) => event.startsWith('Released')),
      ['Released gave back 192.0.2.2: Services without a class are not served here any more (--default-class=false)'],
    );
    assert.deepEqual(second.assignments(), ['released shop/web 192.0.2.2 p']);
    await second.end();
  });

  it('gives back the address that somebody wiped from a status while nobody led', async () => {
    const api = cluster();
    for (const name of ['gone', 'web']) api.addService(name);
    const first = await Term.begin(api);
    assert.equal(ipsOf(api, 'web'), '192.0.2.2');
    await first.end();
    api.remove(SERVICES, 'gone', 'shop');
    api.editService('web', (before) => ({ ...before, status: { ...(before['status'] as object), loadBalancer: {} } }));
    const second = await Term.begin(api);
    await second.settle();
    assert.equal(ipsOf(api, 'web'), '192.0.2.2');
    await second.end();
  });

  it('logs each assignment and each release once', async () => {
    const api = cluster();
    api.addService('web');
    const term = await Term.begin(api);
    setConfig(api, 'address-pools: [{name: q, protocol: layer2, addresses: [192.0.2.9]}]');
    await term.settle(1_000);
    api.editService('web', (before) => ({
      ...before,
      status: { loadBalancer: { ingress: [{ ip: '198.51.100.9' }] } },
    }));
    await term.settle(1_000);
    api.editService('web', (before) => ({ ...before, spec: { type: 'LoadBalancer', loadBalancerIP: '192.0.2.9' } }));
    await term.settle(1_000);
    api.remove(SERVICES, 'web', 'shop');
    await term.settle(1_000);
    assert.deepEqual(term.assignments(), [
      'assigned shop/web 192.0.2.1 p',
      'assigned shop/web 192.0.2.9 q',
      'released shop/web 192.0.2.1 p',
      'released shop/web 192.0.2.9 q',
    ]);
    await term.end();
  });

  it('touches no Service of another class', async () => {
    const api = cluster();
    api.addService('web', { spec: { type: 'LoadBalancer', loadBalancerClass: 'example.com/lb' } });
    const version = api.service('shop/web')?.meta.resourceVersion;
    const term = await Term.begin(api);
    await term.settle(60_000);
    assert.equal(api.service('shop/web')?.meta.resourceVersion, version);
    await term.end();
  });

  it('says what the speakers announce, and writes it when that changes', async () => {
    const api = cluster();
    api.addService('web');
    const term = await Term.begin(api);
    const claims = [{ address: address('192.0.2.1'), link: 'eth0', term: 1, state: 'owned' }] as const;
    const text = encodeReport(report('node-a', { claims }));
    api.put(CONFIG_MAPS, {
      metadata: { name: 'cairn-speaker-node-a', namespace: 'cairn-system' },
      data: { report: text },
    });
    await term.settle();
    assert.equal(reasonOf(api, 'web', 'cairn.dev/Announced'), 'Announced');
    assert.equal(api.service('shop/web')?.meta.annotations['cairn.dev/announced-by'], '192.0.2.1=node-a');
    api.remove(CONFIG_MAPS, 'cairn-speaker-node-a', 'cairn-system');
    await term.settle();
    assert.equal(reasonOf(api, 'web', 'cairn.dev/Announced'), 'NoSpeakerReady');
    await term.end();
  });

  it('knows what the speakers reported before it began', async () => {
    const api = cluster();
    api.addService('web');
    const claims = [{ address: address('192.0.2.1'), link: 'eth0', term: 1, state: 'owned' }] as const;
    api.put(CONFIG_MAPS, {
      metadata: { name: 'cairn-speaker-node-a', namespace: 'cairn-system' },
      data: { report: encodeReport(report('node-a', { claims })) },
    });
    const term = await Term.begin(api);
    await term.settle();
    assert.equal(reasonOf(api, 'web', 'cairn.dev/Announced'), 'Announced');
    await term.end();
  });

  describe('where another device answers for the address', () => {
    const conflict = (ip: string) => ({ address: address(ip), link: 'eth0', mac: mac('00:00:5e:00:53:66') });
    const setReport = (api: FakeControllerApi, parts: Parameters<typeof report>[1]) =>
      api.put(CONFIG_MAPS, {
        metadata: { name: 'cairn-speaker-node-a', namespace: 'cairn-system' },
        data: { report: encodeReport(report('node-a', parts)) },
      });
    const owned = { address: address('192.0.2.1'), link: 'eth0', term: 1, state: 'owned' } as const;
    const told = (api: FakeControllerApi) => api.events.filter((event) => event.startsWith('ConflictAvoided'));

    it('gives another one where it was given just now and never announced, and says so', async () => {
      const api = cluster();
      api.addService('web');
      const term = await Term.begin(api);
      setReport(api, { conflicts: [conflict('192.0.2.1')] });
      await term.settle(3_000);
      assert.equal(ipsOf(api, 'web'), '192.0.2.1', 'not before it was probed again');
      await term.settle(2_000);
      assert.equal(ipsOf(api, 'web'), '192.0.2.2');
      assert.match(told(api).join(), /192\.0\.2\.1 .*00:00:5e:00:53:66 answers for it, seen by node node-a/);
      await term.end();
    });

    // biome-ignore format: table
    const cases: readonly { name: string; config?: string; service?: object; before?: (api: FakeControllerApi, term: Term) => Promise<Term | undefined> }[] = [
      { name: 'it was announced before',        before: async (api, term) => { setReport(api, { claims: [owned] }); await term.settle(1_000); return undefined; } },
      { name: 'the controller began to lead since', before: async (api, term) => { await term.end(); return Term.begin(api, term.clock); } },
      { name: 'the Service had it when we came', service: { status: { loadBalancer: { ingress: [{ ip: '192.0.2.1' }] } } } },
      { name: 'the Service asks for it by name', service: { spec: { type: 'LoadBalancer', loadBalancerIP: '192.0.2.1' } } },
      { name: 'there is no other',               config: ONE },
    ];
    for (const { name, config = CONFIG, service = {}, before } of cases) {
      it(`leaves it where ${name}`, async () => {
        const api = cluster(config);
        api.addService('web', service);
        const first = await Term.begin(api);
        const term = (await before?.(api, first)) ?? first;
        setReport(api, { conflicts: [conflict('192.0.2.1')] });
        await term.settle(30_000);
        assert.equal(ipsOf(api, 'web'), '192.0.2.1');
        assert.deepEqual(
          [reasonOf(api, 'web'), reasonOf(api, 'web', 'cairn.dev/Announced')],
          ['Assigned', 'AddressConflict'],
        );
        assert.deepEqual(told(api), []);
        await term.end();
      });
    }

    it('gives three others from a pool in ten minutes, and no more: one device may answer for all', async () => {
      const api = cluster('address-pools: [{name: p, protocol: layer2, addresses: [192.0.2.1-192.0.2.9]}]');
      api.addService('web');
      const term = await Term.begin(api);
      const all = Array.from({ length: 9 }, (_, at) => conflict(`192.0.2.${at + 1}`));
      setReport(api, { conflicts: all });
      await term.settle(120_000);
      assert.equal(ipsOf(api, 'web'), '192.0.2.4');
      assert.equal(told(api).length, 3);
      await term.end();
    });
  });

  describe('where the address is a node’s own', () => {
    const own = address('192.0.2.1');
    const ssh = { spec: { type: 'LoadBalancer', ports: [{ protocol: 'TCP', port: 22 }] } };
    const setNode = (api: FakeControllerApi, ip: string) =>
      api.put(NODES, { metadata: { name: 'node-a' }, status: { addresses: [{ type: 'InternalIP', address: ip }] } });
    const setReport = (api: FakeControllerApi, parts: Parameters<typeof report>[1]) =>
      api.put(CONFIG_MAPS, {
        metadata: { name: 'cairn-speaker-node-a', namespace: 'cairn-system' },
        data: { report: encodeReport(report('node-a', parts)) },
      });
    const mode = (api: FakeControllerApi) => api.service('shop/web')?.ingress[0]?.ipMode;

    it('leaves it to the node until its speaker has looked at the ports, and then to kube-proxy', async () => {
      const api = cluster();
      setNode(api, '192.0.2.1');
      api.addService('web', ssh);
      const term = await Term.begin(api);
      await term.settle();
      assert.deepEqual([ipsOf(api, 'web'), mode(api)], ['192.0.2.1', 'Proxy']);
      setReport(api, { ownAddresses: [own] });
      await term.settle();
      assert.deepEqual([mode(api), reasonOf(api, 'web', 'cairn.dev/Announced')], ['VIP', 'NodeAddress']);
      api.remove(CONFIG_MAPS, 'cairn-speaker-node-a', 'cairn-system');
      await term.settle();
      assert.equal(mode(api), 'VIP', 'a speaker that is away takes nothing');
      await term.end();
    });

    it('leaves it to the node while a program has the port, says so once, and keeps the address', async () => {
      const api = cluster();
      setNode(api, '192.0.2.1');
      api.addService('web', ssh);
      const taken = { ownAddresses: [own], takenPorts: [{ address: own, protocol: 'TCP', port: 22 }] } as const;
      setReport(api, taken);
      const term = await Term.begin(api);
      await term.settle(60_000);
      assert.deepEqual([ipsOf(api, 'web'), mode(api)], ['192.0.2.1', 'Proxy']);
      assert.equal(reasonOf(api, 'web', 'cairn.dev/Announced'), 'HostPortTaken');
      assert.equal(api.events.filter((event) => event.startsWith('HostPortTaken')).length, 1);
      setReport(api, { ownAddresses: [own] });
      await term.settle();
      assert.deepEqual([mode(api), reasonOf(api, 'web', 'cairn.dev/Announced')], ['VIP', 'NodeAddress']);
      setReport(api, taken);
      await term.settle();
      assert.deepEqual([ipsOf(api, 'web'), mode(api)], ['192.0.2.1', 'Proxy']);
      await term.end();
    });

    it('gives it to kube-proxy when the node is renumbered, and nothing moves', async () => {
      const api = cluster();
      setNode(api, '192.0.2.1');
      api.addService('web', ssh);
      const term = await Term.begin(api);
      await term.settle();
      assert.equal(mode(api), 'Proxy');
      setNode(api, '192.0.2.9');
      await term.settle();
      assert.deepEqual([ipsOf(api, 'web'), mode(api)], ['192.0.2.1', 'VIP']);
      await term.end();
    });
  });

  describe('when every speaker was killed, and none could say so', () => {
    const claims = [{ address: address('192.0.2.1'), link: 'eth0', term: 1, state: 'owned' }] as const;
    const PODS = '/api/v1/namespaces/cairn-system/pods';
    const setNode = (api: FakeControllerApi, ready: string) =>
      api.put(NODES, { metadata: { name: 'node-a' }, status: { conditions: [{ type: 'Ready', status: ready }] } });
    const setPod = (api: FakeControllerApi, state: object, name = 'cairn-speaker-x') =>
      api.put(PODS, {
        metadata: { name, namespace: 'cairn-system' },
        spec: { nodeName: 'node-a' },
        status: { containerStatuses: [{ state }] },
      });
    const announced = async () => {
      const api = cluster();
      setNode(api, 'True');
      setPod(api, { running: {} });
      api.addService('web');
      api.put(CONFIG_MAPS, {
        metadata: { name: 'cairn-speaker-node-a', namespace: 'cairn-system' },
        data: { report: encodeReport(report('node-a', { claims })) },
      });
      const term = await Term.begin(api);
      await term.settle();
      assert.equal(reasonOf(api, 'web', 'cairn.dev/Announced'), 'Announced');
      return { api, term };
    };
    // biome-ignore format: table
    const cases: readonly { name: string; fault: (api: FakeControllerApi) => void; cure: (api: FakeControllerApi) => void }[] = [
      { name: 'with their pods',             fault: (api) => setPod(api, { waiting: { reason: 'CrashLoopBackOff' } }), cure: (api) => setPod(api, { running: {} }) },
      { name: 'and their pods removed',      fault: (api) => api.remove(PODS, 'cairn-speaker-x', 'cairn-system'),     cure: (api) => setPod(api, { running: {} }, 'cairn-speaker-y') },
      { name: 'with their nodes',            fault: (api) => setNode(api, 'Unknown'),                                 cure: (api) => setNode(api, 'True') },
      { name: 'and their nodes removed',     fault: (api) => api.remove(NODES, 'node-a'),                             cure: (api) => setNode(api, 'True') },
    ];
    for (const { name, fault, cure } of cases) {
      it(`${name}, says so, and writes nothing but that`, async () => {
        const { api, term } = await announced();
        fault(api);
        await term.settle();
        assert.equal(reasonOf(api, 'web', 'cairn.dev/Announced'), 'NoSpeakerReady');
        assert.equal(ipsOf(api, 'web'), '192.0.2.1');
        const writes = api.writes.length;
        await term.settle(600_000);
        assert.equal(api.writes.length, writes);
        cure(api);
        await term.settle();
        assert.equal(reasonOf(api, 'web', 'cairn.dev/Announced'), 'Announced');
        await term.end();
      });
    }

    it('while nobody led, and with their node, says so', async () => {
      const { api, term } = await announced();
      await term.end();
      for (const [path, name] of [
        [NODES, 'node-a'],
        [PODS, 'cairn-speaker-x'],
      ] as const) {
        api.remove(path, name, path === PODS ? 'cairn-system' : '');
      }
      const next = await Term.begin(api);
      await next.settle();
      assert.equal(reasonOf(api, 'web', 'cairn.dev/Announced'), 'NoSpeakerReady');
      await next.end();
    });
  });

  it('remembers what rests for the leader after it', async () => {
    const slow = 'address-pools: [{name: p, protocol: layer2, addresses: [192.0.2.1], reuse-delay: 1m}]';
    const api = cluster(slow);
    api.addService('web');
    const clock = new FakeClock();
    const first = await Term.begin(api, clock);
    api.remove(SERVICES, 'web', 'shop');
    await first.settle();
    await first.end();
    api.addService('db');
    const second = await Term.begin(api, clock);
    assert.equal(reasonOf(api, 'db'), 'AddressResting');
    await second.settle(60_000);
    assert.equal(ipsOf(api, 'db'), '192.0.2.1');
    await second.end();
  });
});

describe('Leader and its configuration', () => {
  it('tells who waits that there is none, and serves them when there is', async () => {
    const api = cluster(null);
    api.addService('web');
    const term = await Term.begin(api);
    assert.equal(reasonOf(api, 'web'), 'NoConfiguration');
    setConfig(api, CONFIG);
    await term.settle();
    assert.equal(ipsOf(api, 'web'), '192.0.2.1');
    assert.equal(api.configMap('cairn-state')?.['accepted-config'], CONFIG);
    await term.end();
  });

  it('changes nothing for a broken one, and reports path and line, also after a restart', async () => {
    const api = cluster();
    api.addService('web');
    const first = await Term.begin(api);
    const before = api.service('shop/web');
    setConfig(api, BROKEN);
    await first.settle();
    api.addService('db');
    await first.settle();
    assert.ok(api.events.some((event) => /^ConfigRefused [\s\S]*line 3: address-pools\.0\.protocol/.test(event)));
    assert.equal(ipsOf(api, 'db'), '192.0.2.2');
    assert.match(await first.registry.metrics(), /cairn_config_problems 1/);
    await first.end();

    const second = await Term.begin(api);
    api.addService('third');
    await second.settle();
    assert.deepEqual(api.service('shop/web'), before);
    assert.equal(ipsOf(api, 'third'), '192.0.2.3');
    assert.equal(api.configMap('cairn-state')?.['accepted-config'], CONFIG);
    await second.end();
  });

  it('goes on with the last accepted one when the ConfigMap is deleted', async () => {
    const api = cluster();
    const term = await Term.begin(api);
    api.remove(CONFIG_MAPS, 'cairn-config', 'cairn-system');
    api.addService('web');
    await term.settle();
    assert.equal(ipsOf(api, 'web'), '192.0.2.1');
    await term.end();
  });

  it('puts the accepted text back when somebody deletes it', async () => {
    const api = cluster();
    const term = await Term.begin(api);
    api.remove(CONFIG_MAPS, 'cairn-state', 'cairn-system');
    await term.settle();
    assert.equal(api.configMap('cairn-state')?.['accepted-config'], CONFIG);
    await term.end();
  });

  it('follows an edit: the address stays, who waits is served', async () => {
    const api = cluster(ONE);
    for (const name of ['web', 'db']) api.addService(name);
    const term = await Term.begin(api);
    const [holder, other] = ipsOf(api, 'web') === '' ? ['db', 'web'] : ['web', 'db'];
    setConfig(api, 'address-pools: [{name: q, protocol: layer2, addresses: [198.51.100.1]}]');
    await term.settle();
    assert.deepEqual([ipsOf(api, holder), reasonOf(api, holder)], ['192.0.2.1', 'OutsidePool']);
    assert.deepEqual([ipsOf(api, other), reasonOf(api, other)], ['198.51.100.1', 'Assigned']);
    await term.end();
  });
});
