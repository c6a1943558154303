import assert from 'node:assert/strict';
import { describe, it } from 'mocha';
import { HandOver } from '../../src/run/hand-over.js';
import { SpeakerReports } from '../../src/speaker/reports.js';
import type { Service } from '../../src/values/objects.js';
import { service } from '../support/objects.js';
import { report } from '../support/reports.js';
import { address, node } from '../support/values.js';

const IP = address('192.0.2.7');
const START_MS = 1_000;
const LATER_MS = START_MS + 5_000;
const inMode = (ipMode: string): Service => ({
  ...service('web'),
  ingress: [{ ip: '192.0.2.7', hostname: '', ipMode }],
});

/** One speaker that runs and refuses the address for these reasons. */
function reports(...reasons: readonly string[]): SpeakerReports {
  const all = new SpeakerReports();
  const refusals = reasons.map((reason) => ({
    kind: 'soft' as const,
    reason,
    detail: 'a test says so',
    addresses: [{ first: IP, last: IP }],
  }));
  all.set(node('node-a'), { ...report('node-a'), refusals });
  return all;
}

describe('HandOver', () => {
  // biome-ignore format: table
  const cases = [
    { name: 'waits for the speakers to read the configuration',      mode: 'nftables',   ipMode: 'VIP',   reasons: [],                    nowMs: START_MS + 2_000, want: 3_000 },
    { name: 'hands over once they had time for it',                  mode: 'nftables',   ipMode: 'VIP',   reasons: [],                    nowMs: LATER_MS,         want: 0 },
    { name: 'waits for a speaker that cannot set its rules',         mode: 'nftables',   ipMode: 'VIP',   reasons: ['ForwardingFailed'],  nowMs: LATER_MS,         want: undefined },
    { name: 'waits for a speaker that has not set them yet',         mode: 'nftables',   ipMode: 'VIP',   reasons: ['ForwardingPending'], nowMs: LATER_MS,         want: undefined },
    { name: 'waits for no speaker that refuses for something else',  mode: 'nftables',   ipMode: 'VIP',   reasons: ['ExcludeLabel'],      nowMs: LATER_MS,         want: 0 },
    { name: 'has no second thoughts',                                mode: 'nftables',   ipMode: 'Proxy', reasons: ['ForwardingFailed'],  nowMs: START_MS,         want: 0 },
    { name: 'gives back at once',                                    mode: 'kube-proxy', ipMode: 'Proxy', reasons: [],                    nowMs: START_MS,         want: 0 },
    { name: 'waits for nothing where there is no ipMode',            mode: 'nftables',   ipMode: '',      reasons: [],                    nowMs: START_MS,         want: 0 },
  ] as const;
  for (const { name, mode, ipMode, reasons, nowMs, want } of cases) {
    it(name, () => {
      const handOver = new HandOver();
      handOver.modeIs(mode, START_MS);
      handOver.modeIs(mode, nowMs);
      assert.equal(handOver.waitMs(inMode(ipMode), [IP], reports(...reasons), nowMs), want);
    });
  }

  it('does not wait for an address that nobody had', () => {
    const handOver = new HandOver();
    handOver.modeIs('nftables', START_MS);
    assert.equal(handOver.waitMs(service('web'), [IP], reports(), START_MS), 0);
  });
});
