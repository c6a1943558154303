import assert from 'node:assert/strict';
import { describe, it } from 'mocha';
import { Candidates } from '../../src/speaker/candidates.js';
import type { RefusalReason } from '../../src/speaker/messages.js';
import { EXCLUDE_LABEL, OUT_OF_SERVICE_TAINT, type ProxyHealth } from '../../src/speaker/node-refusals.js';
import { serviceKey } from '../../src/values/names.js';
import type { Endpoint } from '../../src/values/objects.js';
import { config, endpoint, type NodeParts, nodeObject, type ServiceParts, service, slice } from '../support/objects.js';
import { address, ip, node } from '../support/values.js';
import { CONFIG, candidates, HERE, OURS, put, textsOf, wantedBy } from './judged.js';

describe('Candidates want', () => {
  const OTHER = 'example.com/lb';
  // biome-ignore format: table
  const cases: { name: string; parts: ServiceParts; isDefault?: boolean; want: string[] }[] = [
    { name: 'the address of a Service without a class',              parts: { ips: ['192.0.2.1'] },                                        want: ['192.0.2.1'] },
    { name: 'no address of one without a class where it is not ours', parts: { ips: ['192.0.2.1'] }, isDefault: false,                     want: [] },
    { name: 'the address of a Service of our class',                 parts: { ips: ['192.0.2.1'], loadBalancerClass: OURS.name }, isDefault: false, want: ['192.0.2.1'] },
    { name: 'no address of another class',                           parts: { ips: ['192.0.2.1'], loadBalancerClass: OTHER },               want: [] },
    { name: 'no address of a ClusterIP Service',                     parts: { ips: ['192.0.2.1'], type: 'ClusterIP' },                      want: [] },
    { name: 'nothing while there is no address',                     parts: {},                                                             want: [] },
    { name: 'no address that is none',                               parts: { ips: ['192.0.2.01', ''] },                                    want: [] },
    { name: 'an address outside every pool that we assigned',        parts: { ips: ['198.51.100.1'], meta: { annotations: { 'cairn.dev/allocated-from-pool': 'gone' } } }, want: ['198.51.100.1'] },
    { name: 'an address outside every pool that MetalLB assigned',   parts: { ips: ['198.51.100.1'], meta: { annotations: { 'metallb.io/ip-allocated-from-pool': 'gone' } } }, want: ['198.51.100.1'] },
    { name: 'an address outside every pool of a Service of our class', parts: { ips: ['198.51.100.1'], loadBalancerClass: OURS.name },    want: ['198.51.100.1'] },
    { name: 'no address outside every pool that somebody else wrote', parts: { ips: ['198.51.100.1'] },                                    want: [] },
    { name: 'no address of a bgp pool',                              parts: { ips: ['192.0.2.32'] },                                        want: [] },
    { name: 'an address that is there twice once',                   parts: { ips: ['192.0.2.1', '192.0.2.1'] },                            want: ['192.0.2.1'] },
    { name: 'no IPv6 address, which nobody answers for yet',         parts: { ips: ['192.0.2.1', '2001:db8::1'] },                          want: ['192.0.2.1'] },
    { name: 'the address of a Service that is being deleted',        parts: { ips: ['192.0.2.1'], meta: { deleting: true } },               want: ['192.0.2.1'] },
  ];
  for (const { name, parts, isDefault = true, want } of cases) {
    it(name, () => {
      const judged = candidates({ isDefault });
      put(judged, service('web', parts));
      assert.deepEqual(
        wantedBy(judged).map((one) => one.address),
        want.map(address),
      );
    });
  }

  it('nothing before there is a config', () => {
    const judged = new Candidates({ node: node(HERE), serviceClass: OURS, ignoreExcludeLabel: false });
    put(judged, service('web', { ips: ['192.0.2.1'] }));
    assert.equal(judged.orders(), undefined);
  });

  it('an address no more when its Service is gone, has another class, or lost it', () => {
    const held = service('web', { ips: ['192.0.2.1'] });
    for (const after of [undefined, { ...held, loadBalancerClass: OTHER }, { ...held, ingress: [] }]) {
      const judged = candidates();
      put(judged, held);
      assert.equal(wantedBy(judged).length, 1);
      judged.setService(held.key, after);
      assert.deepEqual(wantedBy(judged), []);
    }
  });
});

describe('Candidates refuse', () => {
  const LABELLED: NodeParts = { meta: { labels: { [EXCLUDE_LABEL]: '' } } };
  const TAINT = { key: OUT_OF_SERVICE_TAINT, value: 'nodeshutdown', effect: 'NoExecute' } as const;
  interface Case {
    name: string;
    ip?: string;
    here?: NodeParts;
    there?: NodeParts;
    policy?: 'Local';
    endpoints?: Endpoint[];
    proxy?: ProxyHealth;
    ignoreExcludeLabel?: boolean;
    want: RefusalReason[];
  }
  // biome-ignore format: table
  const cases: Case[] = [
    { name: 'nothing on a node that is well',                           want: [] },
    { name: 'a node that the pool does not select',                     ip: '192.0.2.16',                                                    want: ['NodeSelector'] },
    { name: 'nothing on a node that the pool selects',                  ip: '192.0.2.16', here: { meta: { labels: { rack: 'a' } } },         want: [] },
    { name: 'a node without network',                                   here: { conditions: { NetworkUnavailable: 'True' } },                want: ['NetworkUnavailable'] },
    { name: 'nothing where the network is said to be there',            here: { conditions: { NetworkUnavailable: 'False' } },               want: [] },
    { name: 'a node that is not ready nothing: its kubelet may be away', here: { conditions: { Ready: 'False' } },                           want: [] },
    { name: 'a node out of service',                                    here: { taints: [TAINT] },                                           want: ['OutOfServiceTaint'] },
    { name: 'nothing for another taint',                                here: { taints: [{ ...TAINT, key: 'node-role.kubernetes.io/control-plane' }] }, want: [] },
    { name: 'a node with the exclude label',                            here: LABELLED,                                                      want: ['ExcludeLabel'] },
    { name: 'nothing for the label where every node has it',            here: LABELLED, there: LABELLED,                                     want: [] },
    { name: 'nothing for the label where it is to be ignored',          here: LABELLED, ignoreExcludeLabel: true,                            want: [] },
    { name: 'nothing for the label of another node',                    there: LABELLED,                                                     want: [] },
    { name: 'a node whose kube-proxy fails',                            proxy: 'unhealthy',                                                  want: ['ProxyUnhealthy'] },
    { name: 'nothing where no kube-proxy was ever seen',                proxy: 'absent',                                                     want: [] },
    { name: 'policy Local without endpoints',                           policy: 'Local',                                                     want: ['NoLocalEndpoint'] },
    { name: 'policy Local with endpoints elsewhere',                    policy: 'Local', endpoints: [endpoint('node-b', 'ready')],           want: ['NoLocalEndpoint'] },
    { name: 'policy Local with an unready endpoint',                    policy: 'Local', endpoints: [endpoint(HERE, 'unready')],             want: ['NoLocalEndpoint'] },
    { name: 'policy Local with one that is not ready yet says to serve', policy: 'Local', endpoints: [{ ...endpoint(HERE, 'unready'), serving: true }], want: ['NoLocalEndpoint'] },
    { name: 'policy Local with one that terminates and serves no more', policy: 'Local', endpoints: [endpoint(HERE, 'gone')],                want: ['NoLocalEndpoint'] },
    { name: 'nothing with a ready endpoint here',                       policy: 'Local', endpoints: [endpoint(HERE, 'ready')],               want: [] },
    { name: 'nothing with one that terminates and still serves',        policy: 'Local', endpoints: [endpoint(HERE, 'serving')],             want: [] },
    { name: 'policy Cluster never for want of endpoints',               endpoints: [],                                                       want: [] },
    { name: 'for every reason at once',                                 ip: '192.0.2.16', policy: 'Local', proxy: 'unhealthy',
      here: { ...LABELLED, taints: [TAINT], conditions: { NetworkUnavailable: 'True' } },
      want: ['NodeSelector', 'NetworkUnavailable', 'OutOfServiceTaint', 'ExcludeLabel', 'ProxyUnhealthy', 'NoLocalEndpoint'] },
  ];
  for (const {
    name,
    ip: text = '192.0.2.1',
    here = {},
    there = {},
    policy = 'Cluster',
    endpoints,
    proxy,
    want,
    ...options
  } of cases) {
    it(name, () => {
      const judged = candidates(options);
      // Asked in between, so that each change has to reach an address that was judged already.
      put(judged, service('web', { ips: [text], externalTrafficPolicy: policy }));
      judged.orders();
      judged.setNode(HERE, nodeObject(HERE, here));
      judged.setNode('node-b', nodeObject('node-b', there));
      judged.orders();
      if (endpoints !== undefined) judged.setSlice('shop/web-1', slice('web-1', 'web', endpoints));
      if (proxy !== undefined) judged.setProxy(proxy);
      assert.deepEqual(textsOf(wantedBy(judged)), [want.join()]);
      assert.ok(wantedBy(judged)[0]?.refusals.every(({ kind, detail }) => kind === 'soft' && detail !== ''));
    });
  }

  it('an address that this node cannot forward for, and not for a kube-proxy that fails, where it forwards itself', () => {
    const judged = candidates();
    for (const n of [1, 2]) put(judged, service(`web-${n}`, { ips: [`192.0.2.${n}`] }));
    judged.setProxy('unhealthy');
    const covered = new Set([address('192.0.2.1')]);
    assert.ok(judged.setForwarding({ by: 'cairn', covered, trouble: undefined, outdated: false }));
    assert.deepEqual(textsOf(wantedBy(judged)), ['', 'ForwardingPending']);
    assert.ok(!judged.setForwarding({ by: 'cairn', covered: new Set(covered), trouble: undefined, outdated: false }));
    judged.setForwarding({ by: 'cairn', covered, trouble: 'busy', outdated: true });
    assert.deepEqual(textsOf(wantedBy(judged)), ['ForwardingFailed', 'ForwardingFailed']);
    judged.setForwarding({ by: 'kube-proxy' });
    assert.deepEqual(textsOf(wantedBy(judged)), ['ProxyUnhealthy', 'ProxyUnhealthy']);
  });

  it('again once the last local endpoint of several slices is gone', () => {
    const judged = candidates();
    put(judged, service('web', { ips: ['192.0.2.1'], externalTrafficPolicy: 'Local' }));
    judged.setSlice('shop/web-1', slice('web-1', 'web', [endpoint(HERE, 'ready')]));
    judged.setSlice('shop/web-2', slice('web-2', 'web', [endpoint(HERE, 'ready')]));
    judged.setSlice('shop/web-1', undefined);
    assert.deepEqual(textsOf(wantedBy(judged)), ['']);
    judged.setSlice('shop/web-2', slice('web-2', 'web', []));
    assert.deepEqual(textsOf(wantedBy(judged)), ['NoLocalEndpoint']);
  });
});

describe('Candidates take a node’s own address', () => {
  const own = { addresses: ['192.0.2.9'] };

  const ssh = { name: '', protocol: 'TCP', port: 22, nodePort: 0 } as const;
  const facts = (judged: Candidates) =>
    wantedBy(judged).map(({ ownedByKernel, refusals, takenPorts }) => ({
      ownedByKernel,
      refusals: refusals.map(({ reason }) => reason),
      taken: takenPorts.map(({ port }) => port),
    }));

  it('for its kernel’s, on that node, once its ports were looked at', () => {
    const judged = candidates();
    put(judged, service('web', { ips: ['192.0.2.9'] }));
    assert.equal(judged.holdsNodeAddress(), false);
    judged.setNode(HERE, nodeObject(HERE, own));
    assert.equal(judged.holdsNodeAddress(), true);
    assert.deepEqual(facts(judged), [{ ownedByKernel: true, refusals: ['HostPortsUnchecked'], taken: [] }]);
    judged.setListeners([]);
    assert.deepEqual(facts(judged), [{ ownedByKernel: true, refusals: [], taken: [] }]);
  });

  it('and name the ports there that programs of the node have, until these end', () => {
    const judged = candidates();
    put(judged, service('web', { ips: ['192.0.2.9'], ports: [ssh] }));
    judged.setNode(HERE, nodeObject(HERE, own));
    const listening = { protocol: 'TCP', address: undefined, port: 22 } as const;
    judged.setListeners([listening]);
    assert.deepEqual(facts(judged), [{ ownedByKernel: true, refusals: [], taken: [22] }]);
    assert.deepEqual(
      [...judged.served()].map(({ services }) => services.map(({ ports }) => ports)),
      [[[]]],
    );
    judged.setListeners([]);
    assert.deepEqual(facts(judged), [{ ownedByKernel: true, refusals: [], taken: [] }]);
    // A port that is added later is looked at with what is known.
    judged.setListeners([listening]);
    put(judged, service('web', { ips: ['192.0.2.9'] }));
    assert.deepEqual(facts(judged)[0]?.taken, []);
    put(judged, service('web', { ips: ['192.0.2.9'], ports: [ssh] }));
    assert.deepEqual(facts(judged)[0]?.taken, [22]);
  });

  it('not for programs’ where it is no node’s, or another’s', () => {
    const judged = candidates();
    put(judged, service('web', { ips: ['192.0.2.9'], ports: [ssh] }));
    judged.setListeners([{ protocol: 'TCP', address: undefined, port: 22 }]);
    assert.deepEqual(facts(judged), [{ ownedByKernel: false, refusals: [], taken: [] }]);
    judged.setNode('node-b', nodeObject('node-b', own));
    assert.deepEqual(facts(judged), [{ ownedByKernel: true, refusals: ['NodeAddressElsewhere'], taken: [] }]);
  });

  it('with policy Local only where an endpoint is', () => {
    const judged = candidates();
    put(judged, service('web', { ips: ['192.0.2.9'], externalTrafficPolicy: 'Local' }));
    judged.setNode(HERE, nodeObject(HERE, own));
    judged.setListeners([]);
    assert.deepEqual(facts(judged)[0]?.refusals, ['NoLocalEndpoint']);
  });

  it('each for its own node, where a pool holds those of several', () => {
    const judged = candidates();
    judged.setListeners([]);
    put(judged, service('web', { ips: ['192.0.2.9'] }));
    put(judged, service('db', { ips: ['192.0.2.8'] }));
    judged.setNode(HERE, nodeObject(HERE, own));
    judged.setNode('node-b', nodeObject('node-b', { addresses: ['192.0.2.8'] }));
    assert.deepEqual(
      facts(judged).map(({ refusals }) => refusals),
      [[], ['NodeAddressElsewhere']],
    );
  });

  it('for one like any other when its node is renumbered', () => {
    const judged = candidates();
    judged.setListeners([]);
    put(judged, service('web', { ips: ['192.0.2.9'] }));
    judged.setNode(HERE, nodeObject(HERE, own));
    judged.orders();
    judged.setNode(HERE, nodeObject(HERE, { addresses: ['192.0.2.10'] }));
    assert.deepEqual(facts(judged), [{ ownedByKernel: false, refusals: [], taken: [] }]);
    assert.equal(judged.holdsNodeAddress(), false);
  });

  it('for nobody else’s, on every other', () => {
    const judged = candidates();
    put(judged, service('web', { ips: ['192.0.2.9'] }));
    judged.orders();
    judged.setNode('node-b', nodeObject('node-b', own));
    const [wanted] = wantedBy(judged);
    assert.equal(wanted?.ownedByKernel, true);
    assert.deepEqual(
      wanted?.refusals.map(({ kind, reason }) => ({ kind, reason })),
      [{ kind: 'hard', reason: 'NodeAddressElsewhere' }],
    );
    judged.setNode('node-b', undefined);
    assert.deepEqual(
      wantedBy(judged).map(({ ownedByKernel, refusals }) => ({ ownedByKernel, refusals })),
      [{ ownedByKernel: false, refusals: [] }],
    );
  });
});

describe('Candidates order', () => {
  it('the links that the pool names, and else those with an on-link prefix', () => {
    const judged = candidates();
    put(judged, service('web', { ips: ['192.0.2.1'] }));
    put(judged, service('racked', { ips: ['192.0.2.16'] }));
    assert.deepEqual(
      wantedBy(judged).map(({ links }) => links),
      [{ kind: 'on-link' }, { kind: 'named', patterns: ['eth1'] }],
    );
  });

  it('by the rules of the pool that lost the address, while it is there', () => {
    const judged = candidates();
    put(
      judged,
      service('web', { ips: ['198.51.100.1'], meta: { annotations: { 'cairn.dev/allocated-from-pool': 'racked' } } }),
    );
    assert.deepEqual(textsOf(wantedBy(judged)), ['NodeSelector']);
  });

  it('nothing anew when nothing changed for the wire', () => {
    const judged = candidates();
    const web = service('web', { ips: ['192.0.2.1'] });
    put(judged, web);
    const before = judged.orders();
    put(judged, {
      ...web,
      meta: { ...web.meta, resourceVersion: '2', annotations: { 'cairn.dev/announced-by': 'x' } },
    });
    judged.setNode(HERE, nodeObject(HERE, { conditions: { Ready: 'False' } }));
    judged.setNode('node-b', nodeObject('node-b', { meta: { resourceVersion: '7' } }));
    judged.setSlice('shop/web-1', slice('web-1', 'web', [endpoint(HERE, 'ready')]));
    judged.setService(serviceKey('shop', 'other'), service('other', { type: 'ClusterIP' }));
    assert.equal(judged.orders(), before);
  });

  it('alone only where the API has no other Node', () => {
    const judged = candidates();
    assert.equal(judged.orders()?.alone, false);
    judged.setNode('node-b', undefined);
    assert.equal(judged.orders()?.alone, true);
    judged.setNode(HERE, undefined);
    assert.equal(judged.orders()?.alone, true);
    judged.setNode('node-c', nodeObject('node-c'));
    assert.equal(judged.orders()?.alone, false);
  });

  it('what a new config says, for addresses held already', () => {
    const judged = candidates();
    put(judged, service('web', { ips: ['192.0.2.1'] }));
    judged.orders();
    judged.setConfig(config('address-pools: [{name: routed, protocol: bgp, addresses: [192.0.2.0/24]}]'));
    assert.deepEqual(wantedBy(judged), []);
    judged.setConfig(CONFIG);
    assert.deepEqual(
      wantedBy(judged).map((one) => one.address),
      [ip('192.0.2.1')],
    );
  });
});

describe('Candidates serve', () => {
  const servedBy = (judged: Candidates) =>
    [...judged.served()].map(({ address, services, isNodeAddress }) => [
      address & 0xff,
      services.map(({ meta }) => meta.name).join(),
      isNodeAddress,
    ]);

  it('each address of a Service of ours, those of a bgp pool and of nodes too, for the one that held it first', () => {
    const judged = candidates();
    put(judged, service('young', { ips: ['192.0.2.1'], meta: { createdAt: '2026-07-02T12:00:00Z' } }));
    put(judged, service('old', { ips: ['192.0.2.1', '2001:db8::1'] }));
    put(judged, service('routed', { ips: ['192.0.2.32'] }));
    put(judged, service('on-node', { ips: ['192.0.2.3'] }));
    put(judged, service('foreign', { ips: ['198.51.100.1'] }));
    judged.setNode('node-b', nodeObject('node-b', { addresses: ['192.0.2.3'] }));
    assert.deepEqual(servedBy(judged), [
      [1, 'old', false],
      [32, 'routed', false],
      [3, 'on-node', true],
    ]);
  });
});
