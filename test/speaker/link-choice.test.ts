import assert from 'node:assert/strict';
import { describe, it } from 'mocha';
import { chooseLinks } from '../../src/speaker/link-choice.js';
import { isExcluded, matchesName } from '../../src/speaker/link-names.js';
import type { Link } from '../../src/speaker/messages.js';
import { address, ip, mac, prefix } from '../support/values.js';

describe('matchesName', () => {
  // biome-ignore format: table
  const cases = [
    { name: 'takes a name for itself',                pattern: 'eth0',   link: 'eth0',    want: true },
    { name: 'takes no name for the start of one',     pattern: 'eth',    link: 'eth0',    want: false },
    { name: 'lets a star stand for an end',           pattern: 'veth*',  link: 'veth12',  want: true },
    { name: 'lets a star stand for nothing',          pattern: 'veth*',  link: 'veth',    want: true },
    { name: 'lets a star stand for a start',          pattern: '*0',     link: 'bond0',   want: true },
    { name: 'lets a star stand in the middle',        pattern: 'e*s0',   link: 'enp3s0',  want: true },
    { name: 'lets two stars stand',                   pattern: '*p*s*',  link: 'enp3s0',  want: true },
    { name: 'takes nothing twice',                    pattern: 'a*a',    link: 'a',       want: false },
    { name: 'wants the parts in their order',         pattern: '*s*p*',  link: 'enp3',    want: false },
    { name: 'takes a dot for a dot',                  pattern: 'eth0.1', link: 'eth0x1',  want: false },
    { name: 'lets a star alone stand for all',        pattern: '*',      link: 'anything', want: true },
  ];
  for (const { name, pattern, link, want } of cases) {
    it(name, () => assert.equal(matchesName(pattern, link), want));
  }
});

describe('isExcluded', () => {
  it('is so when any pattern fits', () => assert.equal(isExcluded('cali1', ['veth*', 'cali*']), true));
  it('is not so when none does', () => assert.equal(isExcluded('eth0', ['veth*', 'cali*']), false));
});

describe('chooseLinks', () => {
  const link = (index: number, name: string, on: string, over: Partial<Link> = {}): Link => ({
    index,
    name,
    mac: mac(`00:00:5e:00:53:0${index}`),
    up: true,
    ethernet: true,
    addresses: [{ address: address(on.split('/')[0] ?? ''), onLink: prefix(on) }],
    ...over,
  });
  const ETH0 = link(2, 'eth0', '192.0.2.10/24');
  const ETH1 = link(3, 'eth1', '198.51.100.10/24');
  const DOWN = link(4, 'eth2', '192.0.2.11/24', { up: false });
  const VETH = link(5, 'veth9', '192.0.2.12/24');
  const LO = link(1, 'lo', '127.0.0.1/8', { ethernet: false });
  const VIP = ip('192.0.2.240');
  const ON_LINK = { kind: 'on-link' } as const;
  const named = (...patterns: string[]) => ({ kind: 'named', patterns }) as const;
  // biome-ignore format: table
  const cases = [
    { name: 'takes the link whose prefix holds the address',         at: VIP,                 choice: ON_LINK,        links: [LO, ETH0, ETH1], want: { links: [2], offLink: false, reasons: [] } },
    { name: 'takes every such link',                                 at: VIP,                 choice: ON_LINK,        links: [ETH0, link(6, 'eth5', '192.0.2.13/24')], want: { links: [2, 6], offLink: false, reasons: [] } },
    { name: 'takes no link that is down, and says so',               at: VIP,                 choice: ON_LINK,        links: [DOWN, ETH1],     want: { links: [], offLink: false, reasons: ['LinkDown'] } },
    { name: 'takes no link that is excluded, and says so',           at: VIP,                 choice: ON_LINK,        links: [VETH, ETH1],     want: { links: [], offLink: false, reasons: ['InterfaceExcluded'] } },
    { name: 'takes every link where none has such a prefix',         at: ip('203.0.113.1'),   choice: ON_LINK,        links: [LO, ETH0, ETH1, DOWN, VETH], want: { links: [2, 3], offLink: true, reasons: ['NoOnLinkPrefix'] } },
    { name: 'takes a named link, whatever its prefix',               at: VIP,                 choice: named('eth1'),  links: [ETH0, ETH1],     want: { links: [3], offLink: false, reasons: [] } },
    { name: 'takes no named link that is down',                      at: VIP,                 choice: named('eth2'),  links: [ETH0, DOWN],     want: { links: [], offLink: false, reasons: ['LinkDown'] } },
    { name: 'takes no other link where no name fits',                at: VIP,                 choice: named('bond*'), links: [ETH0, ETH1],     want: { links: [], offLink: false, reasons: ['InterfaceExcluded'] } },
    { name: 'takes no link that is not Ethernet',                    at: ip('127.0.0.9'),     choice: ON_LINK,        links: [LO],             want: { links: [], offLink: false, reasons: ['NoOnLinkPrefix'] } },
  ];
  for (const { name, at, choice, links, want } of cases) {
    it(name, () => {
      const { links: chosen, offLink, refusals } = chooseLinks(at, choice, links, ['veth*']);
      assert.deepEqual({ links: chosen, offLink, reasons: refusals.map(({ reason }) => reason) }, want);
    });
  }
});
