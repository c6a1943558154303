import assert from 'node:assert/strict';
import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, it } from 'mocha';
import { ConntrackError, listUdpFlows, readFlows, removeUdpFlow } from '../../src/linux/conntrack.js';
import { applyRuleset, hasTable, NftError, NftMissingError } from '../../src/linux/nft.js';

/** A folder with programs of the test's own comes first in PATH, so that none of the machine is run. */
class Programs {
  readonly #folder = mkdtempSync(join(tmpdir(), 'cairn-nft-'));
  readonly #path = process.env['PATH'];

  constructor() {
    process.env['PATH'] = `${this.#folder}:${this.#path}`;
  }

  put(name: string, script: string): void {
    const file = join(this.#folder, name);
    writeFileSync(file, `#!/bin/sh\n${script}\n`);
    chmodSync(file, 0o755);
  }

  remove(): void {
    process.env['PATH'] = this.#path;
    rmSync(this.#folder, { recursive: true, force: true });
  }
}

const FLOW = {
  source: '192.0.2.1',
  sourcePort: '46122',
  destination: '192.0.2.240',
  destinationPort: '7',
  answeredBy: '10.244.2.2',
  answeredFrom: '7007',
};

describe('programs of the system', () => {
  let programs: Programs;
  beforeEach(() => {
    programs = new Programs();
  });
  afterEach(() => programs.remove());

  it('give nft the whole text on its standard input', async () => {
    programs.put('nft', `[ "$*" = "-f -" ] && [ "$(wc -c)" -eq 1000000 ]`);
    await applyRuleset('#'.repeat(1_000_000));
  });

  // biome-ignore format: table
  const refusals = [
    { name: 'what nft says first',          script: 'echo "Error: no such thing\nmore" >&2; exit 1',     want: /exit 1\): Error: no such thing$/ },
    { name: 'the capability that is missing', script: 'echo "Operation not permitted" >&2; exit 1',      want: /CAP_NET_ADMIN is missing.*securityContext/ },
  ];
  for (const { name, script, want } of refusals) {
    it(`tell ${name} when it refuses`, async () => {
      programs.put('nft', script);
      await assert.rejects(applyRuleset('x'), (error: unknown) => {
        assert.ok(error instanceof NftError);
        assert.equal(error.exitCode, 1);
        assert.match(error.message, want);
        return true;
      });
    });
  }

  it('find a table by its whole name', async () => {
    programs.put('nft', 'echo "table ip cairn-other"; echo "table ip nat"');
    assert.equal(await hasTable('ip', 'cairn'), false);
    assert.equal(await hasTable('ip', 'cairn-other'), true);
  });

  it('read what conntrack lists, with and without counters', () => {
    const original = 'src=192.0.2.1 dst=192.0.2.240 sport=46122 dport=7';
    const reply = 'src=10.244.2.2 dst=192.0.2.11 sport=7007 dport=61001';
    const text = [
      `udp      17 29 ${original} ${reply} mark=0 use=1`,
      `udp      17 29 ${original} [UNREPLIED] ${reply} mark=0 use=1`,
      `udp      17 119 ${original} packets=3 bytes=96 ${reply} packets=3 bytes=96 [ASSURED] mark=0 use=1`,
      'icmp     1 29 src=192.0.2.1 dst=192.0.2.240 type=8 code=0 id=5',
      '',
    ].join('\n');
    assert.deepEqual(readFlows(text), [FLOW, FLOW, FLOW]);
  });

  it('take a connection that is gone already for removed', async () => {
    programs.put(
      'conntrack',
      'echo "conntrack v1.4.7 (conntrack-tools): 0 flow entries have been deleted." >&2; exit 1',
    );
    await removeUdpFlow(FLOW);
  });

  it('tell that conntrack failed', async () => {
    programs.put('conntrack', 'echo "Operation failed: sorry, you must be root" >&2; exit 1');
    await assert.rejects(listUdpFlows(), ConntrackError);
  });
});

describe('an error about nft', () => {
  it('names the package where there is no program', () => {
    assert.match(new NftMissingError().message, /package nftables/);
  });

  it('tells of a program that did not end', () => {
    assert.match(new NftError(null, '').message, /did not end in time/);
  });
});
