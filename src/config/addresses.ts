/**
 * The addresses of pools: the text of a range to a value, and the sentence that says what is wrong with it.
 *
 * Pure. Source: design.md §4; MetalLB v0.12 takes the first two forms and no bare address.
 * @module
 */
import { type Address, isIPv6, parseAddress } from '../values/address.js';
import { parseRange, type Range, type RangeDefect } from '../values/range.js';
import { err, type Result } from '../values/result.js';

/** RFC 4291 §2.5.5.2: `::ffff:0:0/96`. */
const MAPPED_BITS = 0xffffn;
const LOW_BITS = 32n;

/** A range of a pool, or what would be right in its place. */
export function readRange(text: string): Result<Range, string> {
  // Blanks belong around the dash of a range and nowhere else, as in MetalLB.
  const trimmed = text.includes('-') ? text : text.trim();
  if (trimmed !== text) return err('an address range without blanks around it');
  const range = parseRange(text);
  if (!range.ok) return err(wantInstead(range.error, text));
  return isMapped(range.value.first) || isMapped(range.value.last)
    ? err('an IPv4 address in its own form, such as "192.0.2.1"')
    : range;
}

/** One address, as strictly as {@link readRange}. */
export function readAddress(text: string): Address | undefined {
  const address = parseAddress(text);
  return address === undefined || isMapped(address) ? undefined : address;
}

/** An IPv4 address in IPv6 clothes: two spellings of one address would be two addresses. */
const isMapped = (address: Address): boolean => isIPv6(address) && address >> LOW_BITS === MAPPED_BITS;

function wantInstead(defect: RangeDefect, text: string): string {
  switch (defect.kind) {
    case 'not-an-address':
      return defect.text.trim() === text.trim()
        ? '"first-last", "prefix/length" or an IP address'
        : `an IP address in place of ${JSON.stringify(defect.text)}`;
    case 'bad-length':
      return `a prefix length from 0 to ${defect.maxBits}`;
    case 'mixed-families':
      return 'a range whose ends are of one family';
    case 'reversed':
      return 'a range whose first address is not after its last';
  }
}
