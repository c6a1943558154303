/**
 * The pools of a churn, as data: the configuration's text, and which pool an address is in.
 * @module
 */

export interface TestPool {
  readonly name: string;
  readonly autoAssign: boolean;
  /** Consecutive addresses, lowest first. */
  readonly addresses: readonly string[];
}

/** `count` addresses from `<network>.1` on; in one /24, from RFC 2544's range for tests of devices. */
export const testPool = (name: string, network: string, count: number, autoAssign = true): TestPool => ({
  name,
  autoAssign,
  addresses: Array.from({ length: count }, (_, at) => `${network}.${at + 1}`),
});

export const configOf = (pools: readonly TestPool[]): string =>
  [
    'address-pools:',
    ...pools.map(
      ({ name, autoAssign, addresses }) =>
        `- {name: ${name}, protocol: layer2, auto-assign: ${autoAssign}, addresses: [${addresses[0]}-${addresses.at(-1)}]}`,
    ),
    '',
  ].join('\n');

export const poolHolding = (pools: readonly TestPool[], address: string): TestPool | undefined =>
  pools.find(({ addresses }) => addresses.includes(address));
