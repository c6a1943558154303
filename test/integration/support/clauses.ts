/**
 * The sentences of the condition `cairn.dev/AddressAssigned`, taken apart into clauses with their facts.
 * @module
 */

export interface Clause {
  readonly kind: string;
  readonly text: string;
  readonly groups: Readonly<Record<string, string | undefined>>;
}

const POOL = 'pool "(?<pool>[^"]+)"';
const IP = '(?<ip>[0-9a-f.:]+)';
const HOLDER = '(?<holder>[^ ,;:]+)';
const TO_SHARE = ': to share it both need ';
/** All sentences that docs/conditions.md has a reason for; what fits none is a finding. */
const CLAUSES: readonly (readonly [kind: string, pattern: RegExp])[] = (
  [
    ['full', `${POOL} has no (?<family>IPv[46]) address left: (?<rest>.*)`],
    ['quarantined', `${POOL} has no other (?<family>IPv[46]) address that is free, and ${IP} is left alone until .*`],
    ['all-resting', `${POOL} has only (?<family>IPv[46]) addresses that were freed lately.*`],
    ['not-dual', `${POOL} has no (?<family>IPv[46]) addresses, and the Service needs both families.*`],
    ['no-family', `${POOL} has no (?<family>IPv[46]) addresses`],
    ['namespace', `${POOL} does not serve namespace "[^"]+"`],
    ['labels', `${POOL} does not select this Service's labels .*`],
    ['on-request', `${POOL} is given only on request \\(auto-assign: false\\)`],
    ['bgp', `${POOL} is a bgp pool, given only on request`],
    ['unknown-pool', `no pool is named "(?<name>[^"]+)"`],
    ['retired', `${POOL} is retired and hands out nothing new`],
    ['outside-every', `${IP} is in no pool`],
    ['outside-named', `${IP} is not in ${POOL}, which the Service names`],
    ['buggy', `${IP} ends in .0 or .255, which ${POOL} avoids .*`],
    ['shared-port', `${IP} is held by ${HOLDER}, which has (?<protocol>\\w+) port (?<port>\\d+) too`],
    ['held-key', `${IP} is held by ${HOLDER}${TO_SHARE}.*`],
    ['held', `${IP} is held by ${HOLDER}`],
    [
      'shared-port',
      `${IP} is kept, but can no longer be shared with ${HOLDER}, which has (?<protocol>\\w+) port (?<port>\\d+) too`,
    ],
    ['held-key', `${IP} is kept, but can no longer be shared with ${HOLDER}${TO_SHARE}.*`],
    ['reserved', `${IP} is reserved for ${HOLDER}`],
    ['resting', `${IP} was freed by ${HOLDER} and is kept for it until .*`],
    ['two-pools', `[0-9a-f.:]+ is from pool "[^"]+" and .*`],
    ['no-pools', 'the configuration has no pools'],
    ['no-common-pool', `[0-9a-f.:]+ is in no pool, so no pool has an .*`],
  ] as const
).map(([kind, pattern]) => [kind, new RegExp(`^${pattern}$`, 's')] as const);
/** What to do about it, after the clause that says what is. */
const ADVICE =
  /^(name it in the annotation|add it to one|add one to address-pools|both addresses of a Service|drop one of|ask for another address|ask for an IPv[46] address|name another pool|edit namespaces or|the first may be given|name a pool with both|it stays until|there (?:is|are) |the configuration has none|none)/;

export function clausesOf(message: string): readonly Clause[] {
  const parts = message
    .replace(/[^;]*; for another address: /, (head) => `${head.replace('; for another address: ', '')}; `)
    .replace(/^([0-9a-f.:]+) cannot be given: /, '')
    .split('; ')
    .filter((part) => !ADVICE.test(part));
  return parts.map((text): Clause => {
    for (const [kind, pattern] of CLAUSES) {
      const match = pattern.exec(text);
      if (match !== null) return { kind, text, groups: match.groups ?? {} };
    }
    return { kind: 'unknown', text, groups: { text } };
  });
}
