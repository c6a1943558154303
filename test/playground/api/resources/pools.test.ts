import assert from 'node:assert/strict';
import fc from 'fast-check';
import { describe, it } from 'mocha';
import { type Block, parseBlock } from '../../../../src/playground/api/resources/addresses.js';
import { AddressPool, PortPool } from '../../../../src/playground/api/resources/service/pools.js';

const block = (text: string): Block => {
  const parsed = parseBlock(text);
  if (parsed === undefined) throw new Error(`no block: ${text}`);
  return parsed;
};
const pool = (text: string, random = () => 0) => new AddressPool(block(text), random);

describe('AddressPool', () => {
  // biome-ignore format: table
  const first = [
    { name: 'keeps 16 of a /24',                          cidr: '10.0.0.0/24',        want: '10.0.0.17' },
    { name: 'keeps a sixteenth of a /22',                 cidr: '10.0.0.0/22',        want: '10.0.0.65' },
    { name: 'keeps no more than 256 of a /16',            cidr: '10.96.0.0/16',       want: '10.96.1.1' },
    { name: 'keeps none of a /28',                        cidr: '10.0.0.0/28',        want: '10.0.0.1' },
    { name: 'keeps 256 of a /112',                        cidr: 'fd00::/112',         want: 'fd00::101' },
    { name: 'costs nothing in the size of a /64',         cidr: 'fd00::/64',          want: 'fd00::101' },
  ];
  for (const { name, cidr, want } of first) {
    it(name, () => assert.equal(pool(cidr).next(), want));
  }

  it('gives every address once, those that are kept last, and neither the first nor the last', () => {
    fc.assert(
      fc.property(fc.infiniteStream(fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true })), (numbers) => {
        const addresses = pool('10.0.0.0/27', () => numbers.next().value);
        const given: string[] = [];
        for (let address = addresses.next(); address !== undefined; address = addresses.next()) {
          addresses.take(address);
          given.push(address);
        }
        const last = (text: string) => Number(text.split('.')[3]);
        assert.equal(new Set(given).size, 30);
        assert.ok(given.slice(0, 14).every((address) => last(address) > 16));
        assert.ok(given.every((address) => last(address) >= 1 && last(address) <= 30));
      }),
    );
  });

  it('knows an address by any of its texts', () => {
    const addresses = pool('fd00::/112');
    addresses.take('fd00:0::0001');
    assert.equal(addresses.refusal('fd00::1'), 'provided IP is already allocated');
    addresses.giveBack('fd00::1');
    assert.equal(addresses.refusal('fd00::1'), undefined);
  });
});

describe('PortPool', () => {
  it('gives no port that is taken, or that the same Service is to have', () => {
    const ports = new PortPool({ first: 30_000, last: 30_002 }, () => 0);
    ports.take(30_000);
    assert.equal(ports.next(new Set([30_001])), 30_002);
    assert.equal(ports.next(new Set([30_001, 30_002])), undefined);
    assert.equal(ports.refusal(30_001, new Set([30_001])), 'provided port is already allocated');
    ports.giveBack(30_000);
    assert.equal(ports.refusal(30_000, new Set()), undefined);
  });
});
