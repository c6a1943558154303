/**
 * The link side on a real link: a worker thread in a network namespace, and clients that watch it from outside.
 *
 * Needs root and packet sockets.
 * @module
 */
import assert from 'node:assert/strict';
import { createRequire } from 'node:module';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { after, afterEach, before, beforeEach, describe, it } from 'mocha';
import type { Host } from '../../src/playground/network/host.js';
import { Network } from '../../src/playground/network/network.js';
import type { Command, LabProcess } from '../../src/playground/network/process.js';
import { program } from '../../src/playground/network/program.js';
import { Run } from '../../src/playground/network/run.js';
import { waitFor } from '../../src/playground/network/wait.js';
import { labProgram } from './program.js';
import type { LinkHostCommand } from './programs/link-host.js';

const ADDRESS = '192.0.2.240';
const LINK_HOST = path.join(path.dirname(fileURLToPath(import.meta.url)), 'programs/link-host.ts');

/** A line that link-host has printed: `event` says which of the others it has. */
interface Line {
  readonly event: string;
  readonly links?: readonly SeenLink[];
  readonly claims?: readonly { readonly state: string }[];
  readonly counters?: { readonly links_read_again: number };
  readonly sinceLastTurnMs?: number;
  readonly residentBytes?: number;
  readonly afterMs?: number;
  readonly cause?: string;
  readonly message?: string;
}

interface SeenLink {
  readonly name: string;
  readonly up: boolean;
  readonly addresses: readonly string[];
}

/** What arp-watch says of one address at its end. */
interface Watched {
  readonly requests: number;
  readonly answered: number;
  readonly doubles: number;
  readonly answersByMac: Readonly<Record<string, number>>;
}

interface BeatSummary {
  readonly speakers: Readonly<Record<string, { readonly frames: number; readonly longestSilenceMs: number }>>;
}

interface HostileSummary {
  readonly sent: number;
  readonly answers: number;
  readonly undue: number;
}

/** A link side of its own in a host's namespace. */
class LinkHost {
  readonly process: LabProcess;
  readonly lines: Line[] = [];

  constructor(host: Host, { through = [], args = [] }: { through?: readonly string[]; args?: readonly string[] } = {}) {
    const tsx = createRequire(import.meta.url).resolve('tsx');
    const command = [
      ...through,
      process.execPath,
      '--import',
      tsx,
      LINK_HOST,
      '--address',
      ADDRESS,
      '--alone',
      ...args,
    ];
    this.process = host.spawn(command as readonly string[] as Command, {
      name: 'link-host',
      stdout: 'pipe',
      ipc: true,
    });
    void this.#read();
  }

  async #read(): Promise<void> {
    for await (const line of this.process.lines()) this.lines.push(JSON.parse(line) as Line);
  }

  tell(command: LinkHostCommand): void {
    this.process.child.send(command);
  }

  /** The first line from `from` on of which this is true. */
  line(what: string, is: (line: Line) => boolean, from = 0): Promise<Line> {
    return waitFor(what, () => this.lines.slice(from).find(is), { timeoutMs: 20_000, everyMs: 10 });
  }

  event(event: string, from = 0): Promise<Line> {
    return this.line(`a line ${event}`, (line) => line.event === event, from);
  }

  async owned(): Promise<void> {
    await this.line(`${ADDRESS} is owned`, ({ claims = [] }) => claims.some(({ state }) => state === 'owned'));
  }

  /** The links as they were said to be last. */
  links(): readonly SeenLink[] {
    return this.lines.findLast(({ links }) => links !== undefined)?.links ?? [];
  }

  eth0(): SeenLink | undefined {
    return this.links().find(({ name }) => name === 'eth0');
  }

  async residentBytes(): Promise<number> {
    const from = this.lines.length;
    this.tell({ do: 'memory' });
    const { residentBytes = Number.NaN } = await this.event('memory', from);
    return residentBytes;
  }
}

describe('the link side on a link', function () {
  this.timeout(60_000);
  let run: Run;
  let network: Network;
  let speaker: Host;
  let client: Host;
  let linkHost: LinkHost;

  /** Runs one of the lab's programs on the client; its last line is its summary. */
  const summaryOf = async <T>(command: Command, args: readonly string[]): Promise<T> => {
    const stdout = await client.run([...command, ...args]);
    return JSON.parse(stdout.trimEnd().split('\n').at(-1) ?? '') as T;
  };
  const watchArp = async (forMs: number): Promise<Watched> => {
    const args = ['--address', ADDRESS, '--for-ms', String(forMs)];
    const { addresses } = await summaryOf<{ addresses: readonly Watched[] }>(
      await program('programs/arp-watch.ts'),
      args,
    );
    assert.ok(addresses[0] !== undefined);
    return addresses[0];
  };

  before(async () => {
    run = Run.start();
    network = await Network.create(run);
    [speaker, client] = (await network.addHosts([
      { name: 'speaker', address: '192.0.2.11' },
      { name: 'client', address: '192.0.2.12' },
    ])) as [Host, Host];
  });
  after(() => run?.remove());

  describe('once it owns an address', () => {
    beforeEach(async () => {
      linkHost = new LinkHost(speaker);
      await linkHost.owned();
    });
    afterEach(() => linkHost.process.kill());

    it('loses no beat and no ARP reply while the main thread is blocked for 2 s', async () => {
      const listening = summaryOf<BeatSummary>(await labProgram('beat-watch'), ['--for-ms', '4000']);
      const watching = watchArp(4_000);
      linkHost.tell({ do: 'stall', ms: 2_000 });
      const watched = await watching;
      // The reply to the last request is still on its way when the watch ends.
      assert.ok(watched.requests - watched.answered <= 1, JSON.stringify(watched));
      assert.ok(watched.requests > 300);
      assert.deepEqual(Object.keys(watched.answersByMac), [speaker.mac]);
      assert.equal(watched.doubles, 0);
      const heard = (await listening).speakers[speaker.mac];
      assert.ok(heard !== undefined && heard.frames >= 30 && heard.longestSilenceMs < 1_000, JSON.stringify(heard));
      const { sinceLastTurnMs = Number.NaN } = await linkHost.event('stalled');
      assert.ok(sinceLastTurnMs < 1_000, 'the loop turned all the while');
    });

    it('sees its cable cut and plugged in again, and answers again', async () => {
      await network.cut(speaker);
      await waitFor('the link is seen down', () => linkHost.eth0()?.up === false);
      await network.plug(speaker);
      await waitFor('the link is seen up', () => linkHost.eth0()?.up);
      await waitFor('the address is answered for again', async () => (await watchArp(300)).answered > 0);
    });

    it('sees addresses come and go', async () => {
      const has = (address: string) => linkHost.eth0()?.addresses.includes(address);
      await speaker.run(['ip', 'addr', 'add', '198.51.100.7/24', 'dev', 'eth0']);
      await waitFor('the new address is seen', () => has('198.51.100.7'));
      await speaker.run(['ip', 'addr', 'del', '198.51.100.7/24', 'dev', 'eth0']);
      await waitFor('the address is seen to be gone', () => has('198.51.100.7') === false);
    });

    it('takes a link that is made later into use, and lets go of one that is removed', async () => {
      await speaker.run(['ip', 'link', 'add', 'late0', 'type', 'veth', 'peer', 'name', 'late1']);
      for (const link of ['late0', 'late1']) await speaker.run(['ip', 'link', 'set', link, 'up']);
      const late = () => linkHost.links().find(({ name }) => name === 'late1');
      await waitFor('the link is seen', () => late()?.up);
      await speaker.run(['ip', 'link', 'del', 'late0']);
      await waitFor('the link is seen to be gone', () => late() === undefined);
      assert.ok((await watchArp(300)).answered > 0);
    });

    it('knows its links after more news than its socket could hold', async () => {
      const news = Array.from({ length: 3_000 }, (_, at) => `link set lo mtu ${60_000 + at}`);
      const pairs = ['passes', 'stays'].map((name) => `link add ${name}0 type veth peer name ${name}1`);
      linkHost.process.freeze();
      const input = [pairs[0], ...news, 'link del passes0', pairs[1]].join('\n');
      await speaker.run(['ip', '-batch', '-'], { input });
      linkHost.process.thaw();
      await waitFor('the last links are known', () => linkHost.links().some(({ name }) => name === 'stays0'));
      const names = linkHost.links().map(({ name }) => name);
      assert.deepEqual(names, ['lo', 'eth0', 'stays1', 'stays0']);
      await waitFor('news was lost', () =>
        linkHost.lines.some(({ counters }) => (counters?.links_read_again ?? 0) > 0),
      );
      await speaker.run(['ip', 'link', 'del', 'stays0']);
    });

    it('stands 10,000 hostile frames: no undue answer, and memory stays flat', async () => {
      const attack = async (seed: number) => {
        const args = ['--address', ADDRESS, '--seed', String(seed), '--frames', '10000'];
        return summaryOf<HostileSummary>(await labProgram('hostile'), args);
      };
      // The first attack warms compilers and heaps up.
      await attack(1);
      const before = await linkHost.residentBytes();
      const { sent, answers, undue } = await attack(2);
      const grownMegabytes = ((await linkHost.residentBytes()) - before) / 1e6;
      assert.equal(sent, 10_000);
      assert.equal(undue, 0);
      assert.ok(answers > 0, 'requests that survived their mutation are answered');
      assert.ok(grownMegabytes < 10, `${grownMegabytes} MB more`);
      assert.ok(linkHost.process.running);
    });

    it('leaves within 2 s when it is told to, and answers no more', async () => {
      linkHost.tell({ do: 'stop', leave: true });
      const { afterMs = Number.NaN } = await linkHost.event('stopped');
      assert.ok(afterMs < 2_000);
      assert.equal((await linkHost.process.exited).code, 0);
      assert.equal((await watchArp(300)).answered, 0);
    });
  });

  it('says what is missing without CAP_NET_RAW, and how to grant it', async () => {
    const without = new LinkHost(speaker, { through: ['setpriv', '--bounding-set=-net_raw', '--'] });
    const failure = await without.event('failure');
    assert.equal(failure.cause, 'CAP_NET_RAW_MISSING');
    assert.match(failure.message ?? '', /CAP_NET_RAW is missing.*NET_RAW/);
    assert.equal((await without.process.exited).code, 1);
  });
});
