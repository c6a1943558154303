import assert from 'node:assert/strict';
import { describe, it } from 'mocha';
import { type Meaning, meaningOf } from '../../src/config/yaml11.js';

const text: Meaning = { kind: 'text' };
const none: Meaning = { kind: 'null' };
const bool = (value: boolean): Meaning => ({ kind: 'bool', value });
const int = (value: number): Meaning => ({ kind: 'int', value });
const float = (value: number): Meaning => ({ kind: 'float', value });

describe('meaningOf', () => {
  // biome-ignore format: table
  const cases: { name: string; of: readonly string[]; want: Meaning }[] = [
    { name: 'takes words of consent for true',     of: ['y', 'Y', 'yes', 'Yes', 'YES', 'on', 'On', 'ON', 'true', 'True', 'TRUE'],   want: bool(true) },
    { name: 'takes words of refusal for false',    of: ['n', 'N', 'no', 'No', 'NO', 'off', 'Off', 'OFF', 'false', 'False', 'FALSE'], want: bool(false) },
    { name: 'takes nothing for null',              of: ['', '~', 'null', 'Null', 'NULL'],                    want: none },
    { name: 'leaves words with odd capitals text', of: ['yEs', 'oN', 'tRUE', 'nULL', 'YEs'],                 want: text },
    { name: 'reads decimals, signed or not',       of: ['12', '+12', '1_2', '1__2'],                         want: int(12) },
    { name: 'reads negative numbers',              of: ['-8', '-010', '-0x8', '-0b1000'],                    want: int(-8) },
    { name: 'reads octals with and without an o',  of: ['010', '0o10', '0O10', '+010', '0_10'],              want: int(8) },
    { name: 'reads hexadecimals',                  of: ['0x1F', '0X1f', '0x1_f', '+0x1f'],                   want: int(31) },
    { name: 'reads binaries',                      of: ['0b101', '0B101'],                                   want: int(5) },
    { name: 'reads zero',                          of: ['0', '00', '0x0'],                                   want: int(0) },
    { name: 'takes octals with an 8 for floats',   of: ['08', '8.', '8.0', '0.8e1', '8e0', '8E+0'],          want: float(8) },
    { name: 'reads floats that begin with a point', of: ['.5', '+.5', '5e-1'],                               want: float(0.5) },
    { name: 'knows the infinite',                  of: ['.inf', '.Inf', '.INF', '+.inf', '1e999'],           want: float(Number.POSITIVE_INFINITY) },
    { name: 'knows the infinitely small',          of: ['-.inf', '-.Inf', '-.INF'],                          want: float(Number.NEGATIVE_INFINITY) },
    { name: 'knows no sexagesimal numbers',        of: ['12:30', '1:2:3', '65535:65282', '190:20:30.15'],    want: text },
    { name: 'leaves addresses and versions text',  of: ['10.0.0.1', '1.2.3', '10.0.0.0/8', '::1', '2001:db8::'], want: text },
    { name: 'leaves dates text',                   of: ['2001-01-01', '2001-12-14T21:59:43Z'],               want: text },
    { name: 'leaves half numbers text',            of: ['0x', '0b', '0o', '0o8', '0b2', '1e', '+', '-', '.', '..5', '._5', '.5_0', '_1'], want: text },
    { name: 'leaves other things text',            of: ['<<', '=', 'shop', 'a b', '@x'],                     want: text },
  ];
  for (const { name, of, want } of cases) {
    it(name, () => {
      for (const source of of) assert.deepEqual(meaningOf(source), want, source);
    });
  }

  it('takes no time over a number without end', () => {
    assert.deepEqual(meaningOf('9'.repeat(1_000_000)), text);
  });
});
