import assert from 'node:assert/strict';
import { describe, it } from 'mocha';
import { LinkTable } from '../../src/linux/links.js';
import { decodeNetlink, type NetlinkMessage } from '../../src/linux/netlink.js';
import { address, mac, prefix } from '../support/values.js';
import { netlinkVector } from './vectors.js';

const IFF = { up: 0x1, loopback: 0x8, noArp: 0x80, lowerUp: 0x1_0000 };
const RUNNING = IFF.up | IFF.lowerUp;
const ETHERNET = 1;
const link = {
  kind: 'link',
  index: 2,
  name: 'eth0',
  hardwareType: ETHERNET,
  flags: RUNNING,
  mac: mac('00:00:5e:00:53:01'),
} as const;
const v4 = { address: address('192.0.2.11'), onLink: prefix('192.0.2.0/24') };
const gained = { kind: 'address', index: 2, address: v4 } as const;
const lost = { kind: 'address-gone', index: 2, address: v4 } as const;

const tableOf = (...messages: readonly NetlinkMessage[]) => {
  const table = new LinkTable();
  for (const message of messages) table.take(message);
  return table;
};
const only = (...messages: readonly NetlinkMessage[]) => {
  const [first, ...others] = tableOf(...messages).links();
  assert.deepEqual(others, []);
  return first;
};

describe('LinkTable', () => {
  it('knows the links and addresses of a whole dump', () => {
    const dump = ['dump links #1', 'dump links #2', 'dump addresses #1', 'dump addresses #2'];
    const table = tableOf(...dump.flatMap((name) => decodeNetlink(netlinkVector(name)).messages));
    const eth0 = {
      index: 2,
      name: 'eth0',
      mac: mac('00:00:5e:00:53:01'),
      up: true,
      ethernet: true,
      addresses: [
        v4,
        { address: address('2001:db8::11'), onLink: prefix('2001:db8::/64') },
        { address: address('fe80::200:5eff:fe00:5301'), onLink: prefix('fe80::/64') },
      ],
    };
    const lo = { index: 1, name: 'lo', mac: mac('00:00:00:00:00:00'), up: false, ethernet: false, addresses: [] };
    assert.deepEqual(table.links(), [lo, eth0]);
  });

  const carriers = [
    { name: 'up with carrier', flags: RUNNING, up: true },
    { name: 'up without carrier', flags: IFF.up, up: false },
    { name: 'set down with carrier', flags: IFF.lowerUp, up: false },
  ];
  for (const { name, flags, up } of carriers) {
    it(`takes a link ${name} for ${up ? 'up' : 'down'}`, () => assert.equal(only({ ...link, flags })?.up, up));
  }

  const kinds: {
    name: string;
    change: Partial<typeof link | { mac: undefined; flags: number; hardwareType: number }>;
  }[] = [
    { name: 'a loopback', change: { flags: RUNNING | IFF.loopback } },
    { name: 'a link without ARP', change: { flags: RUNNING | IFF.noArp } },
    { name: 'a tunnel', change: { hardwareType: 768 } },
    { name: 'a link without a MAC', change: { mac: undefined } },
  ];
  for (const { name, change } of kinds) {
    it(`does not take ${name} for Ethernet`, () => {
      assert.equal(only({ ...link, ...change } as NetlinkMessage)?.ethernet, false);
    });
  }

  it('remembers an address that came before its link', () => {
    assert.deepEqual(only(gained, link)?.addresses, [v4]);
  });

  it('keeps the addresses when a link changes', () => {
    assert.deepEqual(only(link, gained, { ...link, flags: 0 })?.addresses, [v4]);
  });

  it('forgets the addresses with their link, also for one that gets its index again', () => {
    assert.deepEqual(only(link, gained, { kind: 'link-gone', index: 2 }, link)?.addresses, []);
  });

  it('tells equal addresses with different prefixes apart', () => {
    const narrow = { ...v4, onLink: prefix('192.0.2.0/28') };
    assert.deepEqual(only(link, gained, { ...gained, address: narrow }, lost)?.addresses, [narrow]);
  });

  const news: { name: string; before: readonly NetlinkMessage[]; message: NetlinkMessage; changed: boolean }[] = [
    { name: 'a new link', before: [], message: link, changed: true },
    { name: 'the same link again', before: [link], message: link, changed: false },
    {
      name: 'a flag that nobody looks at',
      before: [link],
      message: { ...link, flags: RUNNING | 0x40 },
      changed: false,
    },
    { name: 'a link that lost its carrier', before: [link], message: { ...link, flags: IFF.up }, changed: true },
    { name: 'a renamed link', before: [link], message: { ...link, name: 'lan0' }, changed: true },
    { name: 'another MAC', before: [link], message: { ...link, mac: mac('00:00:5e:00:53:02') }, changed: true },
    { name: 'a new address', before: [link], message: gained, changed: true },
    { name: 'the same address again', before: [link, gained], message: gained, changed: false },
    { name: 'an address that went', before: [link, gained], message: lost, changed: true },
    { name: 'an address that was not there', before: [link], message: lost, changed: false },
    { name: 'an address of an unknown link', before: [], message: gained, changed: false },
    { name: 'an unknown link that went', before: [], message: { kind: 'link-gone', index: 9 }, changed: false },
    { name: 'the end of a dump', before: [link], message: { kind: 'done', sequence: 1 }, changed: false },
  ];
  for (const { name, before, message, changed } of news) {
    it(`says that ${name} ${changed ? 'changes something' : 'changes nothing'}`, () => {
      assert.equal(tableOf(...before).take(message), changed);
    });
  }

  it('does not change what it has given out', () => {
    const table = tableOf(link);
    const before = table.links();
    table.take(gained);
    assert.deepEqual(before[0]?.addresses, []);
  });
});
