/**
 * Quantities (`500m`, `64Mi`) in the one form that the API shows.
 *
 * Source: https://kubernetes.io/docs/reference/kubernetes-api/common-definitions/quantity/ ("canonical form": no precision is
 * lost, no fractional digits, the exponent or suffix as large as possible).
 * @module
 */
import { err, ok, type Result } from '../../../values/result.js';

const PATTERN = /^([+-]?)(\d*)(?:\.(\d*))?(n|u|m|k|M|G|T|P|E|[KMGTPE]i|[eE][+-]?\d+)?$/;
const NO_NUMBER = "quantities must match the regular expression '^([+-]?[0-9.]+)([eEinumkKMGTP]*[-+]?[0-9]*)$'";
const NO_SUFFIX = "unable to parse quantity's suffix";

const DECIMAL_SUFFIXES = ['n', 'u', 'm', '', 'k', 'M', 'G', 'T', 'P', 'E'] as const;
const BINARY_SUFFIXES = ['', 'Ki', 'Mi', 'Gi', 'Ti', 'Pi', 'Ei'] as const;
/** Everything is counted in billionths: nothing finer is kept, and what is finer is rounded up. */
const NANO_DIGITS = 9;
/** An amount with more digits than this, which a short text can ask for by its exponent, becomes upstream's largest one. */
const MAX_DIGITS = 60;
const LARGEST = (2n ** 63n - 1n) * 10n ** BigInt(NANO_DIGITS);

/** Also of a JSON number, which upstream takes for the quantity that it looks like. */
export function canonicalQuantity(value: unknown): Result<string, string> {
  const text = typeof value === 'number' ? String(value) : typeof value === 'string' ? value.trim() : '';
  const found = PATTERN.exec(text);
  const [, sign = '', whole = '', fraction = '', suffix = ''] = found ?? [];
  if (found === null) return err(/^[+-]?\d+(?:\.\d*)?[eEinumkKMGTP]+[-+]?\d*$/.test(text) ? NO_SUFFIX : NO_NUMBER);
  if (whole + fraction === '') return err(NO_NUMBER);
  const minus = sign === '-' ? '-' : '';
  const digits = BigInt(`${whole}${fraction}`);
  if (digits === 0n) return ok('0');
  if (suffix.endsWith('i')) {
    const nano = scaled(
      digits * 1024n ** BigInt(BINARY_SUFFIXES.indexOf(suffix as 'Ki')),
      NANO_DIGITS - fraction.length,
    );
    return ok(minus + formatBinary(nano));
  }
  const letter = /^([eE])./.exec(suffix)?.[1];
  const exponent = letter !== undefined ? Number(suffix.slice(1)) : 3 * (DECIMAL_SUFFIXES.indexOf(suffix as 'n') - 3);
  const nano = scaled(digits, NANO_DIGITS + exponent - fraction.length);
  return ok(minus + formatDecimal(nano, letter));
}

/** Times a power of ten, rounded up. */
function scaled(digits: bigint, exponent: number): bigint {
  const length = digits.toString().length + exponent;
  if (length > MAX_DIGITS) return LARGEST;
  if (length < 0) return 1n;
  const power = 10n ** BigInt(Math.abs(exponent));
  return exponent >= 0 ? digits * power : (digits + power - 1n) / power;
}

/** With a suffix, or with an exponent behind this letter. */
function formatDecimal(nano: bigint, exponentLetter?: string): string {
  let amount = nano;
  let step = 0;
  while (step < DECIMAL_SUFFIXES.length - 1 && amount % 1000n === 0n) {
    amount /= 1000n;
    step++;
  }
  const exponent = 3 * (step - 3);
  if (exponentLetter !== undefined && exponent !== 0) return `${amount}${exponentLetter}${exponent}`;
  return `${amount}${DECIMAL_SUFFIXES[step]}`;
}

/** Less than 1024, or with a fraction, it is written with decimal suffixes. */
function formatBinary(nano: bigint): string {
  const unit = 10n ** BigInt(NANO_DIGITS);
  let amount = nano / unit;
  if (nano % unit !== 0n || amount < 1024n) return formatDecimal(nano);
  let step = 0;
  while (step < BINARY_SUFFIXES.length - 1 && amount % 1024n === 0n) {
    amount /= 1024n;
    step++;
  }
  return `${amount}${BINARY_SUFFIXES[step]}`;
}
