import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'mocha';
import { runCheck } from '../../src/run/check.js';

const RIGHT = 'address-pools:\n- {name: a, protocol: layer2, addresses: [10.0.0.1]}\n';
const WRONG = 'address-pools:\n- {name: a, protocol: layer3, addresses: [10.0.0.300]}\n';
const MANIFEST = `apiVersion: v1
kind: Namespace
metadata: {name: cairn-system}
---
apiVersion: v1
kind: ConfigMap
metadata: {name: cairn-config, namespace: cairn-system}
data:
  config: |
    address-pools:
    - name: a
      protocol: layer3
      addresses: [10.0.0.1]
`;

let folder = '';

/** Runs the command in the folder; what it prints has the folder's name taken out. */
async function check(files: readonly string[], stdin: readonly (string | Uint8Array)[] = []) {
  const said = { stdout: '', stderr: '' };
  const exitCode = await runCheck(
    { files: files.map((file) => (file === '-' ? file : join(folder, file))) },
    {
      stdin: (async function* () {
        yield* stdin;
      })(),
      stdout: { write: (text) => (said.stdout += text) },
      stderr: { write: (text) => (said.stderr += text) },
    },
  );
  const lines = (text: string) => text.replaceAll(`${folder}/`, '').split('\n').slice(0, -1);
  return { exitCode, stdout: lines(said.stdout), stderr: lines(said.stderr) };
}

const PROBLEMS = [
  'wrong.yaml:2: address-pools.0.protocol: want "layer2" or "bgp", got "layer3"',
  'wrong.yaml:2: address-pools.0.addresses.0: want "first-last", "prefix/length" or an IP address, got "10.0.0.300"',
];

describe('cairn check', () => {
  before(() => {
    folder = mkdtempSync(join(tmpdir(), 'cairn-check-'));
    writeFileSync(join(folder, 'right.yaml'), RIGHT);
    writeFileSync(join(folder, 'wrong.yaml'), WRONG);
    writeFileSync(join(folder, 'manifest.yaml'), MANIFEST);
    writeFileSync(join(folder, 'empty.yaml'), '');
    writeFileSync(join(folder, 'latin1.yaml'), Buffer.from([0x61, 0xe9, 0x0a]));
  });
  after(() => rmSync(folder, { recursive: true }));

  it('says that a configuration has no problems, and ends with 0', async () => {
    assert.deepEqual(await check(['right.yaml', 'empty.yaml']), {
      exitCode: 0,
      stdout: ['right.yaml: no problems, 1 pool', 'empty.yaml: no problems, 0 pools'],
      stderr: [],
    });
  });

  it('prints every problem with file, line and path, and ends with 1', async () => {
    assert.deepEqual(await check(['wrong.yaml', 'right.yaml']), {
      exitCode: 1,
      stdout: [...PROBLEMS, 'right.yaml: no problems, 1 pool'],
      stderr: [],
    });
  });

  it('counts lines in the file that a person edits, not in the text inside', async () => {
    assert.deepEqual((await check(['manifest.yaml'])).stdout, [
      'manifest.yaml:12: address-pools.0.protocol: want "layer2" or "bgp", got "layer3"',
    ]);
  });

  it('reads standard input in pieces, even of one character', async () => {
    const bytes = Buffer.from(`# é\n${WRONG}`);
    const { exitCode, stdout } = await check(['-'], [bytes.subarray(0, 3), bytes.subarray(3)]);
    assert.deepEqual(
      [exitCode, stdout[0]],
      [1, 'stdin:3: address-pools.0.protocol: want "layer2" or "bgp", got "layer3"'],
    );
  });

  // biome-ignore format: table
  const unreadable = [
    { name: 'a file that is not there', file: 'none.yaml',   want: /^none\.yaml: could not read: ENOENT/ },
    { name: 'a folder',                 file: '.',           want: /: could not read: EISDIR/ },
    { name: 'a file that is no text',   file: 'latin1.yaml', want: /^latin1\.yaml: could not read: .*not valid/ },
  ];
  for (const { name, file, want } of unreadable) {
    it(`ends with 2 for ${name}, and checks the others all the same`, async () => {
      const { exitCode, stdout, stderr } = await check([file, 'wrong.yaml']);
      assert.deepEqual([exitCode, stdout, stderr.length], [2, PROBLEMS, 1]);
      assert.match(stderr[0] ?? '', want);
    });
  }

  it('ends with 2 for an endless input, and stops reading it', async () => {
    const megabyte = new Uint8Array(1024 * 1024).fill(0x20);
    const { exitCode, stderr } = await check(['-'], new Array(100).fill(megabyte));
    assert.deepEqual([exitCode, stderr], [2, ['stdin: could not read: more than 16777216 bytes']]);
  });
});
