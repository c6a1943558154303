/**
 * The lab's network: cables, the switch's rules, pods, and two networks with the same addresses beside each other.
 *
 * Needs root.
 * @module
 */
import assert from 'node:assert/strict';
import { after, before, describe, it } from 'mocha';
import { ETHERTYPE } from '../../src/arp/ethernet.js';
import type { FrameRule } from '../../src/playground/network/frame-rules.js';
import type { Host } from '../../src/playground/network/host.js';
import { Network } from '../../src/playground/network/network.js';
import { Run } from '../../src/playground/network/run.js';
import { waitFor } from '../../src/playground/network/wait.js';

/** RFC 894. */
const IPV4_ETHER_TYPE = 0x0800;

/** Whether a TCP connection from `host` gets as far as being refused: packets pass both ways, with no server needed. */
async function reaches(host: Host, address: string): Promise<boolean> {
  const { stderr } = await host.tryRun([
    'curl',
    '--silent',
    '--show-error',
    '--max-time',
    '0.7',
    `http://${address}:9/`,
  ]);
  return /Failed to connect|Connection refused/.test(stderr) && !/timed out|Timeout/i.test(stderr);
}

describe('the lab network', () => {
  let run: Run;
  let network: Network;
  let hosts: readonly [Host, Host, Host];

  before(async () => {
    run = Run.start();
    network = await Network.create(run);
    hosts = (await network.addHosts(
      ['one', 'two', 'three'].map((name, at) => ({ name, address: `192.0.2.${11 + at}`, forwarding: true })),
    )) as unknown as typeof hosts;
  });
  after(() => run.remove());

  it('connects its hosts', async () => {
    const [one, two] = hosts;
    assert.ok(await reaches(one, two.address));
  });

  it('gives a host the same MAC in every run', () => assert.equal(hosts[0].mac, '02:00:c0:00:02:0b'));

  it('cuts a cable so that the host sees its carrier go, and plugs it in again', async () => {
    const [one, two, three] = hosts;
    const carrier = async () => !(await one.run(['ip', 'link', 'show', 'eth0'])).includes('NO-CARRIER');
    await network.cut(one);
    await waitFor('the carrier is gone', async () => !(await carrier()));
    assert.deepEqual([await reaches(two, one.address), await reaches(two, three.address)], [false, true]);
    await network.plug(one);
    await waitFor('the carrier is back', carrier);
    await waitFor('packets pass', () => reaches(two, one.address));
  });

  // What `two` reaches under each rule: `one`, and `three`.
  const cases: readonly { readonly name: string; readonly rule: () => FrameRule; readonly want: readonly boolean[] }[] =
    [
      {
        name: 'an EtherType dropped for everybody',
        rule: () => ({ kind: 'drop-ether-type', etherType: IPV4_ETHER_TYPE }),
        want: [false, false],
      },
      {
        name: 'an EtherType dropped at one port',
        rule: () => ({ kind: 'drop-ether-type', etherType: IPV4_ETHER_TYPE, at: hosts[0] }),
        want: [false, true],
      },
      {
        name: 'another EtherType dropped',
        rule: () => ({ kind: 'drop-ether-type', etherType: ETHERTYPE.cairn }),
        want: [true, true],
      },
      { name: 'a host isolated', rule: () => ({ kind: 'isolate', at: hosts[0] }), want: [false, true] },
      {
        name: 'a host that is not heard',
        rule: () => ({ kind: 'isolate', at: hosts[0], direction: 'from-host' }),
        want: [false, true],
      },
      {
        name: 'a host that hears nothing',
        rule: () => ({ kind: 'isolate', at: hosts[0], direction: 'to-host' }),
        want: [false, true],
      },
      {
        name: 'a partition',
        rule: () => ({ kind: 'partition', sides: [[hosts[0]], [hosts[1], hosts[2]]] }),
        want: [false, true],
      },
      {
        name: 'almost every frame of one port lost',
        rule: () => ({ kind: 'lose', ratio: 0.9999, at: hosts[0] }),
        want: [false, true],
      },
    ];
  for (const { name, rule, want } of cases) {
    it(`obeys the rule, and no longer when it is taken back: ${name}`, async () => {
      const [one, two, three] = hosts;
      const restore = await network.apply(rule());
      assert.deepEqual([await reaches(two, one.address), await reaches(two, three.address)], want);
      await restore();
      assert.deepEqual([await reaches(two, one.address), await reaches(two, three.address)], [true, true]);
    });
  }

  it('holds several rules that come at once, and takes back the one that is asked for', async () => {
    const [one, two, three] = hosts;
    const [restoreOne, restoreThree] = await Promise.all([
      network.apply({ kind: 'isolate', at: one }),
      network.apply({ kind: 'isolate', at: three }),
    ]);
    assert.deepEqual([await reaches(two, one.address), await reaches(two, three.address)], [false, false]);
    await restoreOne();
    assert.deepEqual([await reaches(two, one.address), await reaches(two, three.address)], [true, false]);
    await restoreThree();
  });

  it('routes between a pod behind a node and the hosts', async () => {
    const [one, two] = hosts;
    const pod = await network.addPod(one, 'pod', '10.244.0.2');
    await network.routeBehind(one, '10.244.0.0/24');
    assert.ok(await reaches(two, pod.address));
    assert.ok(await reaches(pod, two.address));
  });

  it('is not disturbed by another with the same names and addresses', async () => {
    const other = Run.start();
    try {
      const beside = await Network.create(other);
      const [theirs] = await beside.addHosts([{ name: 'one', address: hosts[0].address }]);
      const [, two, three] = hosts;
      await network.cut(hosts[0]);
      assert.ok(theirs);
      assert.ok(!(await theirs.run(['ip', 'link', 'show', 'eth0'])).includes('NO-CARRIER'));
      assert.ok(!(await reaches(two, hosts[0].address)), 'the other network answers');
      other.remove();
      assert.ok(await reaches(two, three.address));
    } finally {
      other.remove();
      await network.plug(hosts[0]);
    }
  });
});
