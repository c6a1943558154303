import assert from 'node:assert/strict';
import { describe, it } from 'mocha';
import { afterAnnouncing, postponed, startCadence } from '../../src/speaker/cadence.js';
import { afterSilence, OPEN, reopened } from '../../src/speaker/fence.js';
import { mayClaimAtMs } from '../../src/speaker/start.js';

describe('afterAnnouncing', () => {
  const INTERVAL = 60_000;

  it('repeats for five seconds, and after that once in an interval with jitter', () => {
    let cadence = startCadence(1_000);
    const at: number[] = [];
    for (let n = 0; n < 9; n++) {
      at.push(cadence.nextMs - 1_000);
      cadence = afterAnnouncing(cadence, cadence.nextMs, INTERVAL, n % 2);
    }
    assert.deepEqual(at, [0, 250, 1_200, 2_200, 3_200, 4_200, 5_000, 5_000 + 54_000, 5_000 + 54_000 + 66_000]);
  });

  it('catches up with nothing that it was too late for', () => {
    const late = afterAnnouncing(startCadence(0), 10_000, INTERVAL, 0);
    assert.equal(late.nextMs, 10_000);
  });
});

describe('postponed', () => {
  it('puts the same announcement off', () => {
    assert.deepEqual(postponed(startCadence(0), 500, 1_000), { startMs: 0, sent: 0, nextMs: 1_500 });
  });
});

describe('afterSilence', () => {
  it('leaves the fence open up to the limit', () => assert.equal(afterSilence(OPEN, 0, 300, 300), OPEN));
  it('closes it past the limit', () => {
    assert.deepEqual(afterSilence(OPEN, 0, 301, 300), { is: 'closed', sinceMs: 301 });
  });
  it('closes it anew for a second freeze', () => {
    assert.deepEqual(afterSilence({ is: 'closed', sinceMs: 10 }, 20, 400, 300), { is: 'closed', sinceMs: 400 });
  });
});

describe('reopened', () => {
  const closed = { is: 'closed', sinceMs: 1_000 } as const;
  // biome-ignore format: table
  const cases = [
    { name: 'stays closed for an interval, whoever spoke',      nowMs: 1_099, spoke: true,  want: closed },
    { name: 'opens after it when everybody spoke',              nowMs: 1_100, spoke: true,  want: OPEN },
    { name: 'stays closed while a peer is silent',              nowMs: 1_499, spoke: false, want: closed },
    { name: 'leaves a peer that stays silent to its suspicion', nowMs: 1_500, spoke: false, want: OPEN },
  ];
  for (const { name, nowMs, spoke, want } of cases) {
    it(name, () => assert.deepEqual(reopened(closed, nowMs, 100, spoke), want));
  }
});

describe('mayClaimAtMs', () => {
  // biome-ignore format: table
  const cases = [
    { name: 'listens for 1.2 s',                                   foreignMs: 1_001,     alone: false, want: 2_200 },
    { name: 'waits for a first frame',                             foreignMs: 9_000,     alone: false, want: 9_000 },
    { name: 'waits no longer than a spanning tree does',           foreignMs: undefined, alone: false, want: 36_000 },
    { name: 'waits no longer where the first frame comes later',   foreignMs: 99_000,    alone: false, want: 36_000 },
    { name: 'listens for nobody where nobody else is',             foreignMs: undefined, alone: true,  want: 1_000 },
  ];
  for (const { name, foreignMs, alone, want } of cases) {
    it(name, () => assert.equal(mayClaimAtMs({ sinceMs: 1_000, foreignMs, alone }), want));
  }
});
