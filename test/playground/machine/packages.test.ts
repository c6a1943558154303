import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, it } from 'mocha';
import { FOR_KUBE_PROXY, FOR_NETWORK, missingPackages } from '../../../src/playground/machine/packages.js';

describe('missingPackages', () => {
  let folder: string;
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'cairn-packages-'));
    mkdirSync(join(folder, 'bin'));
  });
  afterEach(() => rmSync(folder, { recursive: true, force: true }));
  const install = (...programs: readonly string[]) => {
    for (const program of programs) writeFileSync(join(folder, 'bin', program), '');
  };
  const searchPath = () => `:/does/not/exist:${folder}/bin`;

  it('names each package of a bare machine once', () => {
    assert.deepEqual(missingPackages(FOR_NETWORK, searchPath()), ['iproute2', 'mount', 'nftables', 'util-linux']);
    assert.deepEqual(missingPackages(FOR_KUBE_PROXY, searchPath()), ['conntrack', 'iptables']);
  });

  it('names only what is missing', () => {
    install('ip', 'mount', 'nsenter', 'setpriv', 'unshare');
    assert.deepEqual(missingPackages(FOR_NETWORK, searchPath()), ['nftables']);
  });

  it('names none when all programs are there', () => {
    install(...FOR_NETWORK);
    assert.deepEqual(missingPackages(FOR_NETWORK, searchPath()), []);
  });
});
