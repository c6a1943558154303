import assert from 'node:assert/strict';
import { describe, it } from 'mocha';
import { addressesIn, both, type Concerned, isConcerned, NONE, UNCLAIMED } from '../../src/speaker/report-changes.js';
import { SpeakerReports } from '../../src/speaker/reports.js';
import { formatAddress } from '../../src/values/address.js';
import { report } from '../support/reports.js';
import { address, node, range } from '../support/values.js';

const of = (addresses: readonly string[], ranges: readonly string[] = []): Concerned => ({
  addresses: new Set(addresses.map(address)),
  ranges: ranges.map(range),
});

describe('addressesIn', () => {
  // biome-ignore format: table
  const cases: readonly { name: string; concerned: Concerned; want: readonly string[] | undefined }[] = [
    { name: 'names addresses',                          concerned: of(['192.0.2.1', '2001:db8::1']),             want: ['192.0.2.1', '2001:db8::1'] },
    { name: 'names those of small ranges',              concerned: of(['192.0.2.1'], ['192.0.2.1-192.0.2.3', '2001:db8::/127']), want: ['192.0.2.1', '192.0.2.2', '192.0.2.3', '2001:db8::', '2001:db8::1'] },
    { name: 'ends with the last address of a family',   concerned: of([], ['255.255.255.254-255.255.255.255', 'ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff/128']), want: ['255.255.255.254', '255.255.255.255', 'ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff'] },
    { name: 'counts ranges of the largest pool',        concerned: of([], ['2001:db8::/32']),                    want: undefined },
    { name: 'counts all ranges together',               concerned: of([], ['192.0.2.0/29', '198.51.100.0/29']),  want: undefined },
    { name: 'names none where any may be concerned',    concerned: UNCLAIMED,                                    want: undefined },
    { name: 'names none where none is',                 concerned: NONE,                                         want: [] },
  ];
  for (const { name, concerned, want } of cases) {
    it(name, () => {
      const addresses = addressesIn(concerned, 10);
      assert.deepEqual(addresses && [...addresses].map(formatAddress), want);
    });
  }
});

describe('both', () => {
  it('is what either says', () => {
    const one = both(of(['192.0.2.1']), of(['192.0.2.2'], ['198.51.100.0/24']));
    const all = ['192.0.2.1', '192.0.2.2', '198.51.100.9', '203.0.113.1'].map(address);
    assert.deepEqual(
      all.map((each) => isConcerned(one, each)),
      [true, true, true, false],
    );
    assert.equal(one.unclaimed, undefined);
    for (const all of [both(of(['192.0.2.1']), UNCLAIMED), both(UNCLAIMED, of(['192.0.2.1']))]) {
      assert.equal(all.unclaimed, true);
      assert.equal(isConcerned(all, address('192.0.2.1')), true);
    }
    assert.equal(both(NONE, NONE), NONE);
  });
});

describe('a report of one among many refusals', () => {
  const refusal = (...ranges: string[]) => ({
    kind: 'hard' as const,
    reason: 'ForwardingPending',
    detail: 'no rules yet',
    addresses: ranges.map(range),
  });
  it('concerns the ranges that came and went, and no others of the same reason', () => {
    const reports = new SpeakerReports();
    const before = report('node-a', { refusals: [refusal('192.0.2.1', '192.0.2.3', '198.51.100.0/24')] });
    reports.set(node('node-a'), before);
    const after = report('node-a', { refusals: [refusal('192.0.2.3', '192.0.2.5', '198.51.100.0/24')] });
    const addresses = addressesIn(reports.set(node('node-a'), after), 10);
    assert.deepEqual([...(addresses ?? [])].map(formatAddress).sort(), ['192.0.2.1', '192.0.2.5']);
  });
});
