/**
 * Services that are not ours, and the addresses in their statuses: held by them, so that nobody else is given one.
 *
 * Pure. Another provider may serve them from the same pools, or they were ours until now and their statuses still have what
 * we wrote. Costs nothing for a Service without an address.
 * @module
 */
import type { Address } from '../values/address.js';
import type { ServiceKey } from '../values/names.js';
import type { Service } from '../values/objects.js';
import { addressesIn, isOlder } from './adopt.js';
import type { Ledger } from './ledger.js';
import { lookUp } from './look-up.js';

interface Bystander {
  readonly meta: Service['meta'];
  readonly addresses: readonly Address[];
}

export interface Exchange {
  readonly taken: readonly Address[];
  readonly lost: readonly Address[];
}

const NO_ADDRESSES: readonly Address[] = [];
const NOTHING: Exchange = { taken: NO_ADDRESSES, lost: NO_ADDRESSES };

export class Bystanders {
  readonly #ledger: Ledger;
  readonly #all = new Map<ServiceKey, Bystander>();

  constructor(ledger: Ledger) {
    this.#ledger = ledger;
  }

  /** It has been noted as it was later than this, whosever it was then. */
  knowsLater(service: Service): boolean {
    const known = lookUp(this.#all, service.key);
    return known !== undefined && service.meta.uid === known.meta.uid && isOlder(service, known);
  }

  /**
   * A Service that is not ours as it is now; undefined when it is gone, or ours. Returns what it holds more than before, and
   * what is to be given back in its name.
   */
  note(key: ServiceKey, service: Service | undefined): Exchange {
    const before = lookUp(this.#all, key);
    if (before === undefined && (service === undefined || service.ingress.length === 0)) return NOTHING;
    const addresses = service === undefined ? NO_ADDRESSES : addressesIn(service);
    if (service === undefined || addresses.length === 0) this.#all.delete(key);
    else this.#all.set(key, { meta: service.meta, addresses });
    for (const address of addresses) this.#ledger.take(address, key);
    const had = before?.addresses ?? NO_ADDRESSES;
    return {
      taken: addresses.filter((address) => !had.includes(address)),
      lost: had.filter((address) => !addresses.includes(address)),
    };
  }
}
