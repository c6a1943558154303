import assert from 'node:assert/strict';
import { describe, it } from 'mocha';
import { LossWindow, missesToSuspect, roundsToAsk } from '../../src/speaker/loss.js';
import { chanceFrom } from '../support/values.js';

describe('missesToSuspect', () => {
  // biome-ignore format: table
  const cases = [
    { name: 'is 3 where nothing is lost',                       ratio: 0,       least: 3, want: 3 },
    { name: 'is 3 where one beat in 128 is lost',               ratio: 1 / 128, least: 3, want: 3 },
    { name: 'is 4 where two in 128 are lost',                   ratio: 2 / 128, least: 3, want: 4 },
    { name: 'is 6 where a tenth is lost',                       ratio: 0.0999,  least: 3, want: 6 },
    { name: 'is 12 where 30 % are lost',                        ratio: 0.3,     least: 3, want: 12 },
    { name: 'goes no further where half is lost',               ratio: 0.5,     least: 3, want: 16 },
    { name: 'goes no further where all is lost',                ratio: 1,       least: 3, want: 16 },
    { name: 'follows a user who wants to wait longer',          ratio: 0,       least: 10, want: 10 },
    { name: 'follows a user who wants to wait longest',         ratio: 0.5,     least: 30, want: 30 },
  ];
  for (const { name, ratio, least, want } of cases) {
    it(name, () => assert.equal(missesToSuspect(ratio, least), want));
  }
});

describe('roundsToAsk', () => {
  // biome-ignore format: table
  const cases = [
    { name: 'is the least where nothing is lost', ratio: 0,    least: 3, want: 3 },
    { name: 'is 5 where a tenth is lost',         ratio: 0.1,  least: 1, want: 5 },
    { name: 'is 10 where 30 % are lost',          ratio: 0.3,  least: 3, want: 10 },
    { name: 'goes no further',                    ratio: 0.9,  least: 3, want: 10 },
    { name: 'goes no further where all is lost',  ratio: 1,    least: 3, want: 10 },
  ];
  for (const { name, ratio, least, want } of cases) {
    it(name, () => assert.equal(roundsToAsk(ratio, least), want));
  }
});

describe('LossWindow', () => {
  it('knows of no loss before the first beat', () => assert.equal(new LossWindow().ratio, 0));

  it('finds the ratio that chance loses beats with', () => {
    const window = new LossWindow();
    const chance = chanceFrom(7);
    let missed = 0;
    for (let beat = 0; beat < 2_000; beat++) {
      if (chance() < 0.3) missed += 1;
      else {
        window.arrived(missed);
        missed = 0;
      }
    }
    assert.ok(Math.abs(window.ratio - 0.3) < 0.1, `${window.ratio}`);
  });

  it('forgets what is more than 128 beats ago', () => {
    const window = new LossWindow();
    for (let n = 0; n < 20; n++) window.arrived(3);
    for (let n = 0; n < 128; n++) window.arrived(0);
    assert.equal(window.ratio, 0);
  });

  it('takes a long outage for one, and not for the way of the link', () => {
    const window = new LossWindow();
    for (let n = 0; n < 100; n++) window.arrived(0);
    window.arrived(100);
    assert.equal(window.ratio, 0);
  });

  it('takes a gap that loss may explain for losses, but not for many', () => {
    const window = new LossWindow();
    for (let n = 0; n < 100; n++) window.arrived(0);
    window.arrived(15);
    assert.ok(missesToSuspect(window.ratio, 3) === 5, `${window.ratio}`);
  });
});
