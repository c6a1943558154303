/**
 * A speaker's claims on one link, and the sum over them that its beats carry: our own table, and our copy of each peer's.
 *
 * Pure. The sum does not depend on the order of the claims, and follows a change without a walk over the table.
 * @module
 */
import type { Claim } from '../arp/claims.js';
import { writeClaim } from '../arp/claims.js';
import { FieldWriter } from '../arp/fields.js';
import type { Address } from '../values/address.js';

export class ClaimTable {
  readonly #claims = new Map<Address, Claim>();
  #high = 0;
  #low = 0;

  get size(): number {
    return this.#claims.size;
  }

  /** 64 bits as 16 hexadecimal digits; equal tables have equal ones. */
  get digest(): string {
    return this.#high.toString(16).padStart(8, '0') + this.#low.toString(16).padStart(8, '0');
  }

  get(address: Address): Claim | undefined {
    return this.#claims.get(address);
  }

  values(): IterableIterator<Claim> {
    return this.#claims.values();
  }

  /** A released claim is one that the table no longer has. */
  set(claim: Claim): void {
    this.delete(claim.address);
    if (claim.state === 'released') return;
    this.#claims.set(claim.address, claim);
    this.#add(claim, 1);
  }

  delete(address: Address): void {
    const claim = this.#claims.get(address);
    if (claim === undefined) return;
    this.#claims.delete(address);
    this.#add(claim, -1);
  }

  /** Keeps the claims for which `keep` is true. */
  retain(keep: (address: Address) => boolean): void {
    for (const address of [...this.#claims.keys()]) if (!keep(address)) this.delete(address);
  }

  #add(claim: Claim, sign: 1 | -1): void {
    const writer = new FieldWriter();
    writeClaim(claim, writer);
    const [high, low] = sumOf(writer.toBytes());
    this.#high = (this.#high + sign * high) >>> 0;
    this.#low = (this.#low + sign * low) >>> 0;
  }
}

/** Two FNV-1a sums with different starts, each mixed so that similar claims do not cancel out when they are added. */
function sumOf(bytes: Uint8Array): readonly [number, number] {
  let high = 0x811c_9dc5;
  let low = 0x1b87_3593;
  for (const byte of bytes) {
    high = Math.imul(high ^ byte, 0x0100_0193);
    low = Math.imul(low ^ byte, 0x0100_0193);
  }
  return [stir(high), stir(low)];
}

function stir(value: number): number {
  const mixed = Math.imul(value ^ (value >>> 15), 0x85eb_ca6b);
  return (mixed ^ (mixed >>> 13)) >>> 0;
}
