import assert from 'node:assert/strict';
import { describe, it } from 'mocha';
import { announcementOf } from '../../src/speaker/announced.js';
import type { ClaimState } from '../../src/speaker/messages.js';
import type { ReportedClaim, ReportedPeer, ReportedRefusal, SpeakerReport } from '../../src/speaker/report.js';
import { isConcerned } from '../../src/speaker/report-changes.js';
import { SpeakerReports } from '../../src/speaker/reports.js';
import { report } from '../support/reports.js';
import { address, mac, node, range } from '../support/values.js';

const IP = address('192.0.2.1');
const MAC = mac('00:00:5e:00:53:66');

const claim = (term: number, state: ClaimState = 'owned', ip = IP): ReportedClaim => ({
  address: ip,
  link: 'eth0',
  term,
  state,
});
const refusal = (reason: string, kind: 'soft' | 'hard' = 'soft'): ReportedRefusal => ({
  kind,
  reason,
  detail: `because of ${reason}`,
  addresses: [range('192.0.2.1-192.0.2.9')],
});
const hears = (...names: string[]): ReportedPeer[] => names.map((name) => ({ node: node(name), link: 'eth0' }));

function reportsOf(...all: readonly SpeakerReport[]): SpeakerReports {
  const reports = new SpeakerReports();
  for (const one of all) reports.set(one.node, one);
  return reports;
}

describe('announcementOf says', () => {
  const both = { peers: hears('node-a', 'node-b') };
  interface Case {
    name: string;
    reports: SpeakerReport[];
    want: string;
    by?: string;
    says: RegExp;
  }
  // biome-ignore format: table
  const cases: Case[] = [
    { name: 'that no speaker runs',                       reports: [],                                                                         want: 'False NoSpeakerReady',   says: /no speaker runs on any node/ },
    { name: 'what a speaker waits for',                   reports: [report('node-a', { state: 'starting', waitingFor: 'a config' })],          want: 'False NoSpeakerReady',   says: /: no speaker is ready \(node node-a waits: a config\)$/ },
    { name: 'nothing of a speaker that stopped',          reports: [report('node-a', { state: 'stopped', claims: [claim(1)] })],               want: 'False NoSpeakerReady',   says: /no speaker runs/ },
    { name: 'who announces it',                           reports: [report('node-a', { claims: [claim(1)], ...both }), report('node-b', both)], want: 'True Announced', by: '192.0.2.1=node-a', says: /^192\.0\.2\.1 is announced by node node-a on eth0$/ },
    { name: 'that nobody can verify the only speaker',    reports: [report('node-a', { claims: [claim(1)] })],                                 want: 'True Announced', by: '192.0.2.1=node-a', says: /unverified/ },
    { name: 'the owner with the highest term',            reports: [report('node-a', { claims: [claim(1)], ...both }), report('node-b', { claims: [claim(2)], ...both })], want: 'True Announced', by: '192.0.2.1=node-b', says: /node-b/ },
    { name: 'the owner while another still probes',       reports: [report('node-a', { claims: [claim(1)], ...both }), report('node-b', { claims: [claim(2, 'probing')], ...both })], want: 'True Announced', by: '192.0.2.1=node-a', says: /node-a/ },
    { name: 'that a speaker probes',                      reports: [report('node-a', { claims: [claim(1, 'probing')] })],                      want: 'False Probing',          says: /node-a is asking/ },
    { name: 'who may, before anyone has',                 reports: [report('node-a'), report('node-b', { refusals: [refusal('ExcludeLabel')] })], want: 'False Waiting',       says: /it may be announced by node-a$/ },
    { name: 'who may, as soon as its rules are set',      reports: [report('node-a'), report('node-b', { refusals: [refusal('ForwardingPending')] })], want: 'False Waiting',   says: /it may be announced by node-a, node-b$/ },
    { name: 'that rules are being set, which is no refusal', reports: [report('node-a', { refusals: [refusal('ForwardingPending')] }), report('node-b', { refusals: [refusal('ForwardingPending'), refusal('ExcludeLabel')] })], want: 'False Waiting', says: /yet: the forwarding rules for it are being set on node-a$/ },
    { name: 'why no node may',                            reports: [report('node-a', { refusals: [refusal('NodeSelector')] }), report('node-b', { refusals: [refusal('NodeSelector'), refusal('LinkDown', 'hard')] })], want: 'False NoCandidate', says: /LinkDown on node-b, NodeSelector on node-a, node-b$/ },
    { name: 'that the owner should not but goes on',      reports: [report('node-a', { claims: [claim(1, 'offered')], refusals: [refusal('ExcludeLabel')] })], want: 'True IneligibleOwner', by: '192.0.2.1=node-a', says: /though because of ExcludeLabel: no better node/ },
    { name: 'that a node’s kernel answers',               reports: [report('node-a', { ownAddresses: [IP] }), report('node-b', { refusals: [refusal('NodeAddressElsewhere', 'hard')] })], want: 'True NodeAddress', by: '192.0.2.1=node-a', says: /kernel answers/ },
    { name: 'that a stranger has it',                     reports: [report('node-a', { conflicts: [{ address: IP, link: 'eth0', mac: MAC }] })], want: 'False AddressConflict', says: /00:00:5e:00:53:66 answers for it, seen by node node-a on eth0/ },
    { name: 'that a stranger answers besides the owner',  reports: [report('node-a', { claims: [claim(1)], conflicts: [{ address: IP, link: 'eth0', mac: MAC }] })], want: 'True AddressConflict', by: '192.0.2.1=node-a', says: /announced by node node-a on eth0, but 00:00/ },
    { name: 'that it is the owner whom a node took for a stranger', reports: [report('node-a', { claims: [claim(1)], ...both, links: [{ name: 'eth0', mac: MAC, up: true }] }), report('node-b', { ...both, conflicts: [{ address: IP, link: 'eth0', mac: MAC }] })], want: 'True Announced', by: '192.0.2.1=node-a', says: /announced by node node-a on eth0$/ },
    { name: 'that a stranger has the MAC that a stopped speaker had', reports: [report('node-a', { claims: [claim(1)], ...both }), report('node-b', { ...both, conflicts: [{ address: IP, link: 'eth0', mac: MAC }] }), report('node-c', { state: 'stopped', links: [{ name: 'eth0', mac: MAC, up: true }] })], want: 'True AddressConflict', by: '192.0.2.1=node-a', says: /but 00:00/ },
    { name: 'that the owner fell silent',                 reports: [report('node-a', { claims: [claim(1)], peers: hears('node-b') }), report('node-b')], want: 'Unknown OwnerUnheard', by: '192.0.2.1=node-a', says: /no other speaker hears it/ },
    { name: 'what the owner’s link warns of',             reports: [report('node-a', { claims: [claim(1)], ...both, warnings: [{ link: 'eth0', warning: 'OffLink' }, { link: 'eth1', warning: 'Isolated' }] }), report('node-b', both)], want: 'True Announced', by: '192.0.2.1=node-a', says: /\(OffLink\)$/ },
  ];
  for (const { name, reports, want, by, says } of cases) {
    it(name, () => {
      const told = announcementOf(reportsOf(...reports), [{ address: IP, protocol: 'layer2' }]);
      assert.equal(`${told?.status} ${told?.reason}`, want);
      assert.equal(told?.announcedBy, by);
      assert.match(told?.message ?? '', says);
    });
  }

  it('nothing of a Service without an address', () => {
    assert.equal(announcementOf(reportsOf(), []), undefined);
  });

  it('that bgp is not announced yet', () => {
    const told = announcementOf(reportsOf(), [{ address: IP, protocol: 'bgp' }]);
    assert.equal(`${told?.status} ${told?.reason}`, 'False BgpNotAnnounced');
  });

  it('the worst of several addresses, and who announces each', () => {
    const reports = reportsOf(
      report('node-a', { claims: [claim(1), claim(1, 'owned', address('192.0.2.2'))], ...both }),
      report('node-b', both),
    );
    const told = announcementOf(
      reports,
      ['192.0.2.1', '192.0.2.2', '192.0.2.3'].map((ip) => ({ address: address(ip), protocol: 'layer2' as const })),
    );
    assert.equal(`${told?.status} ${told?.reason}`, 'False Waiting');
    assert.equal(told?.announcedBy, '192.0.2.1=node-a,192.0.2.2=node-a');
  });

  it('of each address what is so, one after the other', () => {
    const addresses = ['192.0.2.1', '2001:db8::1'].map((ip) => ({ address: address(ip), protocol: 'layer2' as const }));
    const second = '2001:db8::1 is an IPv6 address, and only IPv4 is announced yet';
    const told = (...reports: SpeakerReport[]) => announcementOf(reportsOf(...reports), addresses)?.message;
    assert.equal(told(), `nobody announces 192.0.2.1: no speaker runs on any node; ${second}`);
    assert.equal(told(report('node-a')), `nobody announces 192.0.2.1 yet: it may be announced by node-a; ${second}`);
  });

  it('the first few nodes and counts the others', () => {
    const names = Array.from({ length: 300 }, (_, at) => `node-${String(at).padStart(3, '0')}`);
    const told = announcementOf(
      reportsOf(...names.map((name) => report(name, { refusals: [refusal('NodeSelector')] }))),
      [{ address: IP, protocol: 'layer2' }],
    );
    assert.match(told?.message ?? '', /NodeSelector on node-000, node-001, node-002, node-003, node-004 and 295 more$/);
  });
});

describe('SpeakerReports.set tells that an address changed', () => {
  const before = report('node-a', { claims: [claim(1)], refusals: [refusal('ExcludeLabel')] });
  // biome-ignore format: table
  const cases: { name: string; after: SpeakerReport | undefined; here: boolean; unclaimed: boolean }[] = [
    { name: 'never for the same report',                 after: structuredClone(before),                                              here: false, unclaimed: false },
    { name: 'never for a link that came',                after: { ...before, links: [{ name: 'eth1', mac: MAC, up: true }] },         here: false, unclaimed: false },
    { name: 'for a claim with another term',             after: { ...before, claims: [claim(2)] },                                    here: true,  unclaimed: false },
    { name: 'for a claim that went',                     after: { ...before, claims: [] },                                            here: true,  unclaimed: false },
    { name: 'for a conflict',                            after: { ...before, conflicts: [{ address: IP, link: 'eth0', mac: MAC }] },  here: true,  unclaimed: false },
    { name: 'for a refusal that went',                   after: { ...before, refusals: [] },                                          here: true,  unclaimed: false },
    { name: 'for a warning on the owner’s node',         after: { ...before, warnings: [{ link: 'eth0', warning: 'Isolated' }] },     here: true,  unclaimed: false },
    { name: 'for a peer that runs, which the owner hears',          after: { ...before, peers: hears('node-b') },                                here: true,  unclaimed: false },
    { name: 'never for a peer that is not there',        after: { ...before, peers: hears('node-c') },                                here: false, unclaimed: false },
    { name: 'that nobody claims when a speaker stops',   after: { ...before, state: 'stopped' },                                      here: true,  unclaimed: true },
    { name: 'that nobody claims when a report is gone',   after: undefined,                                                            here: true,  unclaimed: true },
  ];
  for (const { name, after, here, unclaimed } of cases) {
    it(name, () => {
      const changed = reportsOf(before, report('node-b')).set(node('node-a'), after);
      assert.equal(isConcerned(changed, IP), here);
      assert.equal(isConcerned(changed, address('198.51.100.7')), false);
      assert.equal(changed.unclaimed ?? false, unclaimed);
    });
  }

  it('when the one that was taken for a stranger says its MAC', () => {
    const seen = report('node-b', { conflicts: [{ address: IP, link: 'eth0', mac: MAC }] });
    const changed = reportsOf(before, seen).set(node('node-a'), {
      ...before,
      links: [{ name: 'eth0', mac: MAC, up: true }],
    });
    assert.equal(isConcerned(changed, IP), true);
    assert.equal(isConcerned(changed, address('198.51.100.7')), false);
  });

  it('when another speaker hears the owner no more', () => {
    const reports = reportsOf(before, report('node-b', { peers: hears('node-a') }));
    assert.equal(isConcerned(reports.set(node('node-b'), report('node-b')), IP), true);
  });
});

describe('announcementOf with a node’s own address', () => {
  const ssh = { protocol: 'TCP', port: 22 } as const;
  const reports = reportsOf(report('node-a', { ownAddresses: [IP], takenPorts: [{ address: IP, ...ssh }] }));
  const told = (...ports: { protocol: 'TCP' | 'UDP'; port: number }[]) => {
    const { status, reason, message } =
      announcementOf(reports, [{ address: IP, protocol: 'layer2' }], ports) ?? assert.fail();
    return `${status} ${reason}: ${message}`;
  };

  it('says which port a program of the node has', () => {
    assert.match(
      told(ssh),
      /^False HostPortTaken: 192\.0\.2\.1 is the address of node node-a.* listens on TCP port 22:/,
    );
  });

  it('says nothing of it to a Service with other ports', () => {
    for (const port of [{ protocol: 'TCP', port: 80 } as const, { protocol: 'UDP', port: 22 } as const]) {
      assert.match(told(port), /^True NodeAddress/);
    }
  });

  it('knows that the port is free again', () => {
    const free = report('node-a', { ownAddresses: [IP] });
    assert.equal(isConcerned(reports.set(node('node-a'), free), IP), true);
    assert.match(told(ssh), /^True NodeAddress/);
  });
});

describe('announcementOf with a Service that has to go from an address that others share', () => {
  const [its, ofOthers] = [{ protocol: 'TCP', port: 81 } as const, { protocol: 'TCP', port: 80 } as const];
  const unservedPorts = [{ address: IP, ...its }];
  const peers = hears('node-a', 'node-b');
  const told = (reports: SpeakerReports, ...ports: (typeof its | typeof ofOthers)[]) => {
    const { status, reason, message } =
      announcementOf(reports, [{ address: IP, protocol: 'layer2' }], ports) ?? assert.fail();
    return `${status} ${reason}: ${message}`;
  };
  const owned = report('node-a', { claims: [claim(1)], peers, unservedPorts });

  it('says that it gets no traffic, and not so of the others', () => {
    const reports = reportsOf(owned, report('node-b', { peers }));
    assert.equal(
      told(reports, its),
      'True IneligibleOwner: 192.0.2.1 is announced by node node-a on eth0, though externalTrafficPolicy is Local and ' +
        'node node-a has no ready endpoint: the Services that share the address and still fit decide where it is',
    );
    assert.match(told(reports, ofOthers), /^True Announced/);
  });

  it('says nothing of a node that does not announce it', () => {
    const reports = reportsOf(
      report('node-a', { claims: [claim(1)], peers }),
      report('node-b', { peers, unservedPorts }),
    );
    assert.match(told(reports, its), /^True Announced/);
  });

  it('says it of a node’s own address', () => {
    const reports = reportsOf(report('node-a', { ownAddresses: [IP], unservedPorts }));
    assert.match(told(reports, its), /^True IneligibleOwner: .* whose kernel answers for it, though externalTraffic/);
    assert.match(told(reports, ofOthers), /^True NodeAddress/);
  });

  it('knows that it has an endpoint there again', () => {
    const reports = reportsOf(owned, report('node-b', { peers }));
    const after = report('node-a', { claims: [claim(1)], peers });
    assert.equal(isConcerned(reports.set(node('node-a'), after), IP), true);
    assert.match(told(reports, its), /^True Announced/);
  });
});

describe('a report of a speaker that cannot be at work', () => {
  const owner = report('node-a', { claims: [claim(1)], peers: hears('node-b') });
  const told = (reports: SpeakerReports) => {
    const { status, reason, message } = announcementOf(reports, [{ address: IP, protocol: 'layer2' }]) ?? assert.fail();
    return `${status} ${reason}: ${message}`;
  };

  it('counts no more, and the condition says why', () => {
    const reports = reportsOf(owner);
    const changed = reports.setSilence(node('node-a'), 'node node-a is not ready');
    assert.equal(isConcerned(changed, IP), true);
    assert.match(told(reports), /^False NoSpeakerReady: .*no speaker is ready \(node node-a is not ready\)$/);
    assert.deepEqual(reports.running(), []);
  });

  it('tells all Services anew why nobody runs when that is another reason', () => {
    const reports = reportsOf(owner);
    reports.setSilence(node('node-a'), 'node node-a is not ready');
    assert.equal(reports.setSilence(node('node-a'), 'no speaker runs on node node-a').unclaimed, true);
    assert.match(told(reports), /no speaker runs on node node-a\)$/);
    assert.equal(reports.set(node('node-a'), undefined).unclaimed, true);
  });

  it('counts again when its node is back', () => {
    const reports = reportsOf(owner);
    reports.setSilence(node('node-a'), 'node node-a is not ready');
    assert.equal(isConcerned(reports.setSilence(node('node-a'), undefined), IP), true);
    assert.match(told(reports), /^True Announced/);
  });

  it('counts while a speaker that works still hears it: its kubelet alone is away', () => {
    const hearer = report('node-b', { peers: hears('node-a') });
    const reports = reportsOf(owner, hearer);
    assert.equal(isConcerned(reports.setSilence(node('node-a'), 'node node-a is not ready'), IP), false);
    assert.match(told(reports), /^True Announced/);
    assert.equal(isConcerned(reports.set(node('node-b'), report('node-b')), IP), true);
    assert.match(told(reports), /^False Waiting/);
    reports.set(node('node-b'), hearer);
    assert.match(told(reports), /^True Announced/);
  });

  it('is vouched for by none that cannot be at work either', () => {
    const reports = reportsOf(owner, report('node-b', { peers: hears('node-a') }));
    for (const name of ['node-a', 'node-b']) reports.setSilence(node(name), `no speaker runs on node ${name}`);
    assert.match(
      told(reports),
      /^False NoSpeakerReady: .*no speaker runs on node node-a, no speaker runs on node node-b\)$/,
    );
  });

  it('is looked at again when whoever vouches for it stops, and no other report is', () => {
    const names = Array.from({ length: 300 }, (_, at) => `silent-${at}`);
    const reports = reportsOf(
      owner,
      report('node-b', { peers: hears('node-a') }),
      ...names.map((name) => report(name)),
    );
    for (const name of ['node-a', ...names]) reports.setSilence(node(name), `no speaker runs on node ${name}`);
    assert.match(told(reports), /^True Announced/);
    assert.equal(isConcerned(reports.set(node('node-b'), report('node-b', { state: 'stopped' })), IP), true);
    assert.match(told(reports), /^False NoSpeakerReady/);
    reports.set(node('node-b'), report('node-b', { peers: hears('node-a', 'silent-7') }));
    assert.match(told(reports), /^True Announced/);
    assert.deepEqual(reports.running(), ['node-a', 'node-b', 'silent-7']);
    reports.setSilence(node('node-b'), 'node node-b is not ready');
    assert.deepEqual(reports.running(), []);
  });

  it('does not count either when it comes later', () => {
    const reports = reportsOf();
    reports.setSilence(node('node-a'), 'node node-a is not ready');
    assert.equal(reports.set(node('node-a'), owner).unclaimed, true);
    assert.match(told(reports), /^False NoSpeakerReady: .*node node-a is not ready\)$/);
  });

  it('is one that speaks of an end in good order still', () => {
    const reports = reportsOf(report('node-a', { state: 'stopped' }));
    reports.setSilence(node('node-a'), 'node node-a is not ready');
    assert.match(told(reports), /no speaker runs on any node$/);
  });
});

describe('SpeakerReports', () => {
  it('forgets what a report no longer says', () => {
    const reports = reportsOf(report('node-a', { claims: [claim(1)], peers: hears('node-b') }));
    reports.set(node('node-a'), report('node-a'));
    assert.deepEqual(reports.mentionsOf(IP), []);
    assert.equal(reports.hearing(node('node-b')), 'alone');
  });

  it('finds an address in many ranges as a look at each of them does', () => {
    const addresses = Array.from({ length: 50 }, (_, at) => range(`192.0.2.${4 * at + 1}-192.0.2.${4 * at + 2}`));
    const reports = reportsOf(report('node-a', { refusals: [{ kind: 'soft', reason: 'A', detail: '', addresses }] }));
    for (let last = 0; last < 256; last++) {
      const at = address(`192.0.2.${last}`);
      const want = last < 200 && (last % 4 === 1 || last % 4 === 2);
      assert.equal(reports.refusalsOf(node('node-a'), at).length === 1, want, `192.0.2.${last}`);
    }
  });
});
