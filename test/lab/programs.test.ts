/**
 * The clients that other tests trust: what they must see, they see.
 *
 * Needs root and packet sockets.
 * @module
 */
import assert from 'node:assert/strict';
import { after, before, describe, it } from 'mocha';
import type { Host } from '../../src/playground/network/host.js';
import { Network } from '../../src/playground/network/network.js';
import { program } from '../../src/playground/network/program.js';
import { Run } from '../../src/playground/network/run.js';
import { waitFor } from '../../src/playground/network/wait.js';
import { labProgram } from './program.js';

const SHARED = '192.0.2.50';

interface ArpLine {
  readonly event: string;
  readonly macs?: readonly string[];
  readonly addresses?: readonly {
    readonly doubles: number;
    readonly longestGapMs: number;
    readonly answersByMac: Readonly<Record<string, number>>;
  }[];
}

describe('the clients of the lab', function () {
  this.timeout(60_000);
  let run: Run;
  let network: Network;
  let client: Host;
  let first: Host;
  let second: Host;

  const watchArp = async (address: string) => {
    const stdout = await client.run([
      ...(await program('programs/arp-watch.ts')),
      '--address',
      address,
      '--for-ms',
      '1500',
    ]);
    return stdout
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line) as ArpLine);
  };

  before(async () => {
    run = Run.start();
    network = await Network.create(run);
    [client, first, second] = (await network.addHosts([
      { name: 'client', address: '192.0.2.10' },
      { name: 'first', address: '192.0.2.11' },
      { name: 'second', address: '192.0.2.12' },
    ])) as [Host, Host, Host];
  });
  after(() => run?.remove());

  it('see two hosts that answer one request', async () => {
    for (const host of [first, second]) await host.run(['ip', 'addr', 'add', `${SHARED}/32`, 'dev', 'eth0']);
    const lines = await watchArp(SHARED);
    const double = lines.find(({ event }) => event === 'double');
    assert.deepEqual([...(double?.macs ?? [])].sort(), [first.mac, second.mac]);
    assert.ok((lines.at(-1)?.addresses?.[0]?.doubles ?? 0) > 100);
  });

  it('see no double answer where one host answers', async () => {
    const summary = (await watchArp(first.address)).at(-1)?.addresses?.[0];
    assert.equal(summary?.doubles, 0);
    assert.deepEqual(Object.keys(summary?.answersByMac ?? {}), [first.mac]);
  });

  it('measure the gap of a cable that was cut for a while', async () => {
    const echo = await first.spawnProgram('images/echo.ts', [], { env: { ...process.env, PORT: '7' } });
    const args = ['--address', first.address, '--port', '7', '--every-ms', '5'];
    const probe = client.spawn([...(await labProgram('udp-probe')), ...args], { name: 'udp-probe', stdout: 'pipe' });
    const seen: { readonly event: string; readonly longestGapMs?: number }[] = [];
    const reading = (async () => {
      for await (const line of probe.lines()) seen.push(JSON.parse(line));
    })();
    await waitFor('the probe is answered', () => seen.some(({ event }) => event === 'answering'));
    await network.cut(first);
    await first.run(['sleep', '0.3']);
    await network.plug(first);
    await waitFor('the gap is told', () => seen.some(({ event }) => event === 'gap'));
    await probe.stop();
    await reading;
    assert.ok((seen.at(-1)?.longestGapMs ?? 0) >= 290, JSON.stringify(seen.at(-1)));
    await echo.stop();
  });
});
