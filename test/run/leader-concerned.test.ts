/**
 * Of whom something else is to be told, or may be done, when a speaker reports: those are looked at, and few others.
 */
import assert from 'node:assert/strict';
import { describe, it } from 'mocha';
import { HandOver } from '../../src/run/hand-over.js';
import { isLeftToNode } from '../../src/run/node-address.js';
import { ServiceWriter } from '../../src/run/service-writer.js';
import { announcementOf, dependsOnWhoRuns } from '../../src/speaker/announced.js';
import { encodeReport, reportName, type SpeakerReport } from '../../src/speaker/report.js';
import { isConcerned } from '../../src/speaker/report-changes.js';
import { SpeakerReports } from '../../src/speaker/reports.js';
import { formatAddress } from '../../src/values/address.js';
import { service } from '../support/objects.js';
import { report } from '../support/reports.js';
import { address, mac, node, noiseFrom, range } from '../support/values.js';
import { CONFIG_MAPS, type FakeControllerApi, NODES } from './fake-controller-api.js';
import { CONFIG, cluster, reasonOf, setConfig, Term } from './leader-term.js';

describe('what SpeakerReports calls concerned', () => {
  const NAMES = ['node-a', 'node-b', 'node-c', 'node-d'] as const;
  const IPS = ['192.0.2.1', '192.0.2.2', '192.0.2.3', '192.0.2.9'].map(address);
  const MACS = ['00:00:5e:00:53:01', '00:00:5e:00:53:02', '00:00:5e:00:53:66'].map(mac);
  const REASONS = ['NodeSelector', 'ForwardingFailed', 'NodeAddressElsewhere'] as const;

  it('is every address of which something else is told, or may be done, in 5,000 random changes', () => {
    const noise = noiseFrom(112);
    const chance = (outOf: number) => (noise(1)[0] ?? 0) % outOf;
    const some = <T>(all: readonly T[], outOf: number): readonly T[] => all.filter(() => chance(outOf) === 0);
    const one = <T>(all: readonly T[]): T => all[chance(all.length)] as T;
    const random = (name: string): SpeakerReport =>
      report(name, {
        state: one(['running', 'running', 'running', 'starting', 'stopped'] as const),
        waitingFor: one(['', 'the configuration']),
        links: some(MACS, 3).map((each) => ({ name: 'eth0', mac: each, up: true })),
        claims: some(IPS, 4).map((each) => ({
          address: each,
          link: 'eth0',
          term: chance(3),
          state: one(['owned', 'probing'] as const),
        })),
        ownAddresses: some(IPS, 12),
        takenPorts: some(IPS, 12).map((each) => ({ address: each, protocol: 'TCP', port: 80 })),
        refusals: some(REASONS, 3).map((reason) => ({
          kind: 'hard',
          reason,
          detail: reason,
          addresses: some(['192.0.2.1-192.0.2.2', '192.0.2.9'], 2).map(range),
        })),
        warnings: chance(4) === 0 ? [{ link: 'eth0', warning: 'Isolated' }] : [],
        conflicts: some(IPS, 6).map((each) => ({ address: each, link: 'eth0', mac: one(MACS) })),
        peers: some(NAMES, 3).map((each) => ({ node: node(each), link: 'eth0' })),
      });
    const reports = new SpeakerReports();
    const told = () =>
      IPS.map((each) => {
        const announced = announcementOf(
          reports,
          [{ address: each, protocol: 'layer2' }],
          [{ protocol: 'TCP', port: 80 }],
        );
        const waits = new HandOver();
        waits.modeIs('nftables', 0);
        const mayBeHandedOver = waits.waitMs(service('web', { ips: ['192.0.2.1'] }), [each], reports, 60_000) === 0;
        const isOwn = isLeftToNode(service('web', { ips: [] }), each, { reports, isNodeAddress: () => undefined });
        return { says: JSON.stringify([announced, isOwn]), mayBeHandedOver };
      });
    for (let step = 0; step < 5_000; step++) {
      const before = told();
      const name = one(NAMES);
      const concerned =
        chance(4) === 0
          ? reports.setSilence(node(name), one([undefined, 'it is not ready', 'it is gone']))
          : reports.set(node(name), chance(6) === 0 ? undefined : random(name));
      for (const [at, { says, mayBeHandedOver }] of told().entries()) {
        const each = IPS[at] ?? assert.fail();
        const was = before[at] ?? assert.fail();
        if (was.says === says && (was.mayBeHandedOver || !mayBeHandedOver)) continue;
        const isTold =
          isConcerned(concerned, each) ||
          (concerned.unclaimed && dependsOnWhoRuns(reports, { address: each, protocol: 'layer2' }));
        assert.ok(isTold, `step ${step}, ${formatAddress(each)}: ${was.says} to ${says}`);
      }
    }
  });
});

describe('Leader when a speaker starts or stops', () => {
  const setReport = (api: FakeControllerApi, name: string, parts: Partial<SpeakerReport>) =>
    api.put(CONFIG_MAPS, {
      metadata: { name: reportName(node(name)), namespace: 'cairn-system' },
      data: { report: encodeReport(report(name, parts)) },
    });
  const threeNodes = () => {
    const api = cluster();
    for (const name of ['node-b', 'node-c']) api.put(NODES, { metadata: { name } });
    return api;
  };
  const owned = (ip: string) => ({ address: address(ip), link: 'eth0', term: 1, state: 'owned' }) as const;
  const hears = (...names: readonly string[]) => names.map((name) => ({ node: node(name), link: 'eth0' }));

  it('looks at the Services that nobody announces, and at its own', async () => {
    const api = threeNodes();
    for (const name of ['a', 'b', 'c']) api.addService(name);
    const term = await Term.begin(api);
    setReport(api, 'node-a', { claims: [owned('192.0.2.1')], peers: hears('node-b') });
    setReport(api, 'node-b', { claims: [owned('192.0.2.2')], peers: hears('node-a') });
    await term.settle(60_000);
    const looked = new Set<string>();
    const { write } = ServiceWriter.prototype;
    ServiceWriter.prototype.write = function (key, signal) {
      looked.add(key);
      return write.call(this, key, signal);
    };
    const lookedAt = async () => {
      await term.settle(60_000);
      const keys = [...looked].sort();
      looked.clear();
      return keys;
    };
    setReport(api, 'node-c', { peers: hears('node-a', 'node-b') });
    setReport(api, 'node-a', { claims: [owned('192.0.2.1')], peers: hears('node-b', 'node-c') });
    const started = await lookedAt();
    setReport(api, 'node-b', { state: 'stopped' });
    const stopped = await lookedAt();
    ServiceWriter.prototype.write = write;
    assert.deepEqual(started, ['shop/c']);
    assert.deepEqual(stopped, ['shop/b', 'shop/c']);
    assert.equal(reasonOf(api, 'b', 'cairn.dev/Announced'), 'Waiting');
    await term.end();
  });

  it('hands over from kube-proxy what waited for a speaker that has gone, announced by another or not', async () => {
    const api = threeNodes();
    api.addService('web');
    const refusal = {
      kind: 'hard',
      reason: 'ForwardingFailed',
      detail: 'no right',
      addresses: [range('192.0.2.1')],
    } as const;
    const term = await Term.begin(api);
    setReport(api, 'node-a', { claims: [owned('192.0.2.1')], peers: hears('node-b') });
    setReport(api, 'node-b', { refusals: [refusal], peers: hears('node-a') });
    setReport(api, 'node-c', { peers: hears('node-a', 'node-b') });
    setConfig(api, `${CONFIG}\nforwarding: {mode: nftables}`);
    await term.settle(60_000);
    const mode = () => api.service('shop/web')?.ingress[0]?.ipMode;
    assert.equal(mode(), 'VIP');
    setReport(api, 'node-b', { state: 'stopped' });
    await term.settle(1_000);
    assert.equal(mode(), 'Proxy');
    await term.end();
  });
});
