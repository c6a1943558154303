import assert from 'node:assert/strict';
import fc from 'fast-check';
import { describe, it } from 'mocha';
import type { WantedAddress } from '../../src/speaker/messages.js';
import { ownReport } from '../../src/speaker/own-report.js';
import { encodeReport, MAX_REPORT_BYTES, rangesOf, reportName, type SpeakerReport } from '../../src/speaker/report.js';
import { decodeReport, tellReportDefect } from '../../src/speaker/report-decode.js';
import { offset } from '../../src/values/range.js';
import { report } from '../support/reports.js';
import { address, mac, node, range } from '../support/values.js';

const FULL: SpeakerReport = report('node-a', {
  links: [{ name: 'eth0', mac: mac('00:00:5e:00:53:01'), up: true }],
  claims: [
    { address: address('192.0.2.1'), link: 'eth0', term: 3, state: 'owned' },
    { address: address('2001:db8::1'), link: 'eth0', term: 1, state: 'probing' },
  ],
  ownAddresses: [address('192.0.2.9')],
  refusals: [
    {
      kind: 'soft',
      reason: 'ExcludeLabel',
      detail: 'node node-a has the label',
      addresses: [range('192.0.2.2-192.0.2.5'), range('192.0.2.7')],
    },
  ],
  warnings: [{ link: 'eth0', warning: 'Isolated' }],
  takenPorts: [{ address: address('192.0.2.9'), protocol: 'TCP', port: 22 }],
  unservedPorts: [{ address: address('192.0.2.1'), protocol: 'UDP', port: 53 }],
  conflicts: [{ address: address('192.0.2.3'), link: 'eth0', mac: mac('00:00:5e:00:53:66') }],
  peers: [{ node: node('node-b'), link: 'eth0' }],
});

/** The text of {@link FULL} with one change. */
function changed(change: (raw: Record<string, unknown>) => void): string {
  const raw = JSON.parse(encodeReport(FULL));
  change(raw);
  return JSON.stringify(raw);
}

describe('ownReport', () => {
  it('tells of each address which ports are not served there', () => {
    const [one, other] = [address('192.0.2.1'), address('192.0.2.2')];
    const wanted = [one, other].map(
      (each): WantedAddress => ({
        address: each,
        servicesHash: '0123456789abcdef',
        links: { kind: 'on-link' },
        refusals: [],
        ownedByKernel: false,
        takenPorts: [],
        ...(each === other ? { unservedPorts: [{ protocol: 'TCP', port: 80 }] } : {}),
      }),
    );
    const orders = { wanted, excludeInterfaces: [], announceIntervalMs: 60_000, alone: false };
    const { unservedPorts } = ownReport({
      node: node('node-a'),
      waitingFor: undefined,
      orders,
      observations: undefined,
    });
    assert.deepEqual(unservedPorts, [{ address: other, protocol: 'TCP', port: 80 }]);
  });
});

describe('encodeReport with decodeReport', () => {
  it('gives back the report', () => {
    assert.deepEqual(decodeReport(encodeReport(FULL)), { ok: true, value: FULL });
  });

  it('writes the same text for the same facts in another order', () => {
    const turned = {
      ...FULL,
      claims: [...FULL.claims].reverse(),
      peers: [...FULL.peers, { node: node('node-c'), link: 'eth0' }],
    };
    const other = { ...turned, claims: FULL.claims, peers: [...turned.peers].reverse() };
    assert.equal(encodeReport(turned), encodeReport(other));
  });

  it('is read back whatever a pool or an interface is called', () => {
    fc.assert(
      fc.property(
        fc.string({ unit: 'binary', maxLength: 800 }),
        fc.string({ unit: 'binary', minLength: 1, maxLength: 40 }),
        (detail, link) => {
          const odd = report('node-a', {
            waitingFor: detail,
            refusals: [{ kind: 'hard', reason: 'NodeSelector', detail, addresses: [] }],
            links: [{ name: link, mac: mac('00:00:5e:00:53:01'), up: false }],
          });
          const decoded = decodeReport(encodeReport(odd));
          assert.ok(decoded.ok, decoded.ok ? '' : tellReportDefect(decoded.error));
        },
      ),
      { seed: 7_301 },
    );
  });

  it('keeps to the size of a ConfigMap, and leaves out refusals before claims', () => {
    const addresses = Array.from({ length: 20_000 }, (_, at) => offset(address('10.0.0.0'), BigInt(2 * at)));
    const large = report('node-a', {
      claims: addresses.map((one) => ({ address: one, link: 'eth0', term: 12, state: 'owned' as const })),
      refusals: ['A', 'B'].map((reason) => ({
        kind: 'soft' as const,
        reason,
        detail: 'x',
        addresses: rangesOf(addresses),
      })),
    });
    const text = encodeReport(large);
    assert.ok(Buffer.byteLength(text) <= MAX_REPORT_BYTES);
    const decoded = decodeReport(text);
    assert.ok(decoded.ok);
    assert.equal(decoded.value.claims.length, 20_000);
    assert.equal(decoded.value.shortened, true);
  });
});

describe('decodeReport', () => {
  // biome-ignore format: table
  const cases: { name: string; text: string; want: string }[] = [
    { name: 'refuses no text',               text: '',                                                           want: 'not JSON' },
    { name: 'refuses half a text',           text: encodeReport(FULL).slice(0, 200),                             want: 'not JSON' },
    { name: 'refuses null',                  text: 'null',                                                       want: 'not version 1' },
    { name: 'refuses a later version',       text: changed((raw) => { raw['version'] = 2; }),                    want: 'not version 1' },
    { name: 'refuses more than fits',        text: ' '.repeat(MAX_REPORT_BYTES + 1),                             want: '1000001 characters, more than a report may have' },
    { name: 'refuses a node that is none',   text: changed((raw) => { raw['node'] = '../node-b'; }),             want: 'node: want a node name' },
    { name: 'refuses an unknown state',      text: changed((raw) => { raw['state'] = 'asleep'; }),               want: 'state: want starting or running or stopped' },
    { name: 'refuses a missing list',        text: changed((raw) => { delete raw['peers']; }),                   want: 'peers: want a list' },
    { name: 'refuses an object for a list',  text: changed((raw) => { raw['claims'] = { length: 1 }; }),         want: 'claims: want a list' },
    { name: 'refuses a claim of nothing',    text: changed((raw) => { raw['claims'] = [null]; }),                want: 'claims.0.0: want an address' },
    { name: 'refuses a loose address',       text: changed((raw) => { raw['claims'] = [['192.0.2.01', 'eth0', 1, 'owned']]; }), want: 'claims.0.0: want an address' },
    { name: 'refuses a term below zero',     text: changed((raw) => { raw['claims'] = [['192.0.2.1', 'eth0', -1, 'owned']]; }), want: 'claims.0.2: want a term' },
    { name: 'refuses a term of 2^53',        text: changed((raw) => { raw['claims'] = [['192.0.2.1', 'eth0', 2 ** 53, 'owned']]; }), want: 'claims.0.2: want a term' },
    { name: 'refuses a released claim',      text: changed((raw) => { raw['claims'] = [['192.0.2.1', 'eth0', 1, 'released']]; }), want: 'claims.0.3: want probing or owned or offered' },
    { name: 'refuses a link with a newline', text: changed((raw) => { raw['warnings'] = [{ link: 'eth0\n', warning: 'Isolated' }]; }), want: 'warnings.0.link: want the name of an interface' },
    { name: 'refuses a reason in words',     text: changed((raw) => { raw['warnings'] = [{ link: 'eth0', warning: 'not good' }]; }), want: 'warnings.0.warning: want a CamelCase word' },
    { name: 'refuses an escape sequence',    text: changed((raw) => { raw['waitingFor'] = '\u001b[2J'; }),       want: 'waitingFor: want printable text of at most 300 characters' },
    { name: 'refuses a turned direction',    text: changed((raw) => { raw['waitingFor'] = '\u202eabc'; }),       want: 'waitingFor: want printable text of at most 300 characters' },
    { name: 'refuses a very long sentence',  text: changed((raw) => { raw['waitingFor'] = 'x'.repeat(601); }),   want: 'waitingFor: want printable text of at most 300 characters' },
    { name: 'refuses too many links',        text: changed((raw) => { raw['links'] = new Array(257).fill(0); }), want: 'links: more than 256 entries' },
    { name: 'refuses a MAC that is none',    text: changed((raw) => { raw['conflicts'] = [{ address: '192.0.2.1', link: 'eth0', mac: 'x' }]; }), want: 'conflicts.0.mac: want a MAC address' },
    { name: 'refuses ranges out of order',   text: changed((raw) => { raw['refusals'] = [{ kind: 'soft', reason: 'A', detail: '', addresses: ['192.0.2.7', '192.0.2.1'] }]; }), want: 'refusals.0.addresses: want ranges in ascending order' },
    { name: 'refuses ranges that overlap',   text: changed((raw) => { raw['refusals'] = [{ kind: 'soft', reason: 'A', detail: '', addresses: ['192.0.2.1-192.0.2.7', '192.0.2.7'] }]; }), want: 'refusals.0.addresses: want ranges in ascending order' },
  ];
  for (const { name, text, want } of cases) {
    it(name, () => {
      const decoded = decodeReport(text);
      assert.equal(decoded.ok ? 'a report' : tellReportDefect(decoded.error), want);
    });
  }

  it('passes over keys that a newer speaker writes', () => {
    assert.deepEqual(
      decodeReport(
        changed((raw) => {
          raw['later'] = [1];
        }),
      ),
      { ok: true, value: FULL },
    );
  });

  it('takes the range of all IPv6 addresses for what it is, one range', () => {
    const text = changed((raw) => {
      raw['refusals'] = [{ kind: 'soft', reason: 'A', detail: '', addresses: ['::/0'] }];
    });
    const decoded = decodeReport(text);
    assert.ok(decoded.ok);
    assert.equal(decoded.value.refusals[0]?.addresses.length, 1);
  });

  it('never throws, whatever JSON it is given', () => {
    fc.assert(
      fc.property(fc.json(), (text) => void decodeReport(text)),
      { seed: 7_302 },
    );
    const keys = Object.keys(JSON.parse(encodeReport(FULL)));
    fc.assert(
      fc.property(fc.constantFrom(...keys), fc.jsonValue(), (key, value) => {
        decodeReport(
          changed((raw) => {
            raw[key] = value;
          }),
        );
      }),
      { seed: 7_303, numRuns: 1_000 },
    );
  });
});

describe('reportName', () => {
  it('is the node’s, with what tells it from other ConfigMaps', () => {
    assert.equal(reportName(node('node-a')), 'cairn-speaker-node-a');
  });

  it('is a name of its own for each of two long nodes', () => {
    const long = `${'a'.repeat(62)}.`.repeat(4).slice(0, 250);
    const names = ['x', 'y'].map((last) => reportName(node(`${long}${last}`)));
    assert.notEqual(names[0], names[1]);
    for (const name of names) assert.match(name, /^[a-z0-9.-]{1,253}$/);
  });
});

describe('rangesOf', () => {
  // biome-ignore format: table
  const cases = [
    { name: 'joins neighbours, in whatever order they come', given: ['192.0.2.3', '192.0.2.1', '192.0.2.2'],      want: ['192.0.2.1-192.0.2.3'] },
    { name: 'keeps a gap',                                   given: ['192.0.2.1', '192.0.2.3'],                   want: ['192.0.2.1', '192.0.2.3'] },
    { name: 'keeps families apart',                          given: ['255.255.255.255', '::'],                    want: ['255.255.255.255', '::'] },
    { name: 'takes an address once',                         given: ['192.0.2.1', '192.0.2.1'],                   want: ['192.0.2.1'] },
    { name: 'is empty for nothing',                          given: [],                                           want: [] },
  ];
  for (const { name, given, want } of cases) {
    it(name, () => assert.deepEqual(rangesOf(given.map(address)), want.map(range)));
  }
});
