import assert from 'node:assert/strict';
import { describe, it } from 'mocha';
import { readSecretKeys, tellSecretDefect } from '../../src/run/secret-keys.js';
import { noiseFrom } from '../support/values.js';

const bytes = (text: string) => new TextEncoder().encode(text);
const OLD = 'o'.repeat(32);
const NEW = 'n'.repeat(64);

describe('readSecretKeys', () => {
  // biome-ignore format: table
  const cases: { name: string; file: Uint8Array; want: number[] | string }[] = [
    { name: 'reads one key',                             file: bytes(OLD),                       want: [32] },
    { name: 'reads a key in each line, the last newest', file: bytes(`${OLD}\n${NEW}\n`),        want: [32, 64] },
    { name: 'passes over empty lines and their ends',    file: bytes(`\r\n${OLD}\r\n\n  \n`),    want: [32] },
    { name: 'takes any other file for one key',          file: Uint8Array.of(...noiseFrom(2104)(31), 0), want: [32] },
    { name: 'does not part such a file at its newlines', file: Uint8Array.of(0, ...bytes(`${OLD}\n${NEW}`)), want: [98] },
    { name: 'refuses an empty file',                     file: bytes(''),                        want: 'it holds no key' },
    { name: 'refuses a file of empty lines',             file: bytes('\n\n'),                    want: 'it holds no key' },
    { name: 'refuses 31 characters, and says where',     file: bytes(`${NEW}\n${OLD.slice(1)}`), want: 'the key in line 2 has 31 bytes' },
    { name: 'refuses 31 bytes',                          file: new Uint8Array(31),               want: 'its key has 31 bytes' },
  ];
  for (const { name, file, want } of cases) {
    it(name, () => {
      const keys = readSecretKeys(file);
      if (typeof want === 'string') assert.ok(!keys.ok && tellSecretDefect(keys.error).startsWith(want));
      else assert.deepEqual(keys.ok && keys.value.map((key) => key.length), want);
    });
  }
});
