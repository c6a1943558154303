/**
 * The sentence that says what is wrong with the text of an address range.
 *
 * Pure. Source: docs/design.md §4.
 * @module
 */
import type { RangeDefect } from '../values/range.js';

/** What would be right in place of `text`, which is no range because of `defect`. */
export function wantInstead(defect: RangeDefect, text: string): string {
  switch (defect.kind) {
    case 'not-an-address':
      return defect.text === text
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
