import assert from 'node:assert/strict';
import { describe, it } from 'mocha';
import { notInEffect } from '../../src/config/not-in-effect.js';
import { config } from '../support/config.js';

const POOL = 'address-pools: [{name: p, protocol: layer2, addresses: [192.0.2.1/32]';

describe('notInEffect', () => {
  // biome-ignore format: table
  const cases = [
    { name: 'is silent where every default stands',   text: `${POOL}}]`,                                              want: [] },
    { name: 'is silent about either forwarding mode',  text: `${POOL}}]\nforwarding: {mode: nftables}`,                want: [] },
    { name: 'names echo replies',                     text: `${POOL}}]\nannouncements: {ping: true}`,                 want: [/^announcements\.ping/] },
    { name: 'names the uplink check',                 text: `${POOL}}]\nannouncements: {uplink-check: true}`,         want: [/uplink-check/] },
    { name: 'names a pool that would not be probed',  text: `${POOL}, conflict-check: false}]`,                       want: [/pool "p"/] },
    { name: 'names a pool that nobody announces',     text: 'address-pools: [{name: p, protocol: bgp, addresses: [192.0.2.1/32]}]', want: [/bgp of pool "p"/] },
  ];
  for (const { name, text, want } of cases) {
    it(name, () => {
      const told = notInEffect(config(text));
      assert.equal(told.length, want.length);
      for (const [at, pattern] of want.entries()) assert.match(told[at] ?? '', pattern);
    });
  }
});
