/**
 * The shape of the configuration: every key, its type, its limits and its default, in one place.
 *
 * Pure. From here come the reading of YAML (which scalar is text and which a number), the problems of shape, the draft
 * that `pools.ts` and `bgp.ts` turn into values, and `config/config.schema.json` for editors. What needs more than one
 * value to judge, or an address to be parsed, is not here.
 *
 * The `error` of each part is the `want` of the problem that a user reads.
 *
 * Sources: docs/design.md §4; MetalLB v0.12 `internal/config` for the names, types and limits of its keys.
 * @module
 */
import * as z from 'zod';

/** `metav1.LabelSelectorOperator`. */
const OPERATORS = ['In', 'NotIn', 'Exists', 'DoesNotExist'] as const;

const ASN_MAX = 2 ** 32 - 1;
const PORT_MAX = 2 ** 16 - 1;
/** `int32`, as MetalLB's own later `priority`. */
const INT32_MAX = 2 ** 31 - 1;

const text = (want = 'text') => z.string({ error: want });
const nonEmpty = (want: string) => z.string({ error: want }).min(1, { error: want });
const flag = () => z.boolean({ error: 'true or false' });
const list = <T extends z.ZodType>(item: T) => z.array(item, { error: 'a list' });
const mapping = <T extends z.ZodRawShape>(shape: T) => z.strictObject(shape, { error: 'a mapping' });
const table = <T extends z.ZodType>(value: T) => z.record(z.string(), value, { error: 'a mapping' });

function whole(min: number, max: number) {
  const error = `a whole number from ${min} to ${max}`;
  return z.int({ error }).min(min, { error }).max(max, { error });
}

function oneOf<const T extends readonly string[]>(...words: T) {
  const quoted = words.map((word) => JSON.stringify(word));
  return z.enum(words, { error: `${quoted.slice(0, -1).join(', ')} or ${quoted.at(-1)}` });
}

const duration = () => text('a duration such as "90s" or "5m"');

const selector = mapping({
  'match-labels': table(text()).default({}).describe('Labels that must be there with exactly these values.'),
  'match-expressions': list(
    mapping({
      key: text('a label key').describe('A label key, with or without a DNS prefix.'),
      operator: oneOf(...OPERATORS).describe('How the label relates to the values.'),
      values: list(text()).default([]).describe('For In and NotIn only.'),
    }),
  )
    .default([])
    .describe('Requirements that must all hold.'),
}).meta({ id: 'labelSelector', description: 'A Kubernetes label selector. An empty one matches everything.' });

/** The defaults are told to editors alone: to leave a key out is another advertisement than to write its default. */
const bgpAdvertisement = mapping({
  'aggregation-length': whole(0, 32)
    .optional()
    .meta({ default: 32, description: 'Roll IPv4 addresses up into prefixes of this length.' }),
  'aggregation-length-v6': whole(0, 128)
    .optional()
    .meta({ default: 128, description: 'Roll IPv6 addresses up into prefixes of this length.' }),
  localpref: whole(0, ASN_MAX).optional().meta({ default: 0, description: 'LOCAL_PREF, for iBGP peers.' }),
  communities: list(text('a community: "number:number" or a name from bgp-communities'))
    .optional()
    .meta({ default: [], description: 'Communities, as "number:number" or a name from bgp-communities.' }),
});

const pool = mapping({
  name: nonEmpty('a name').describe('What Services ask for with the annotation cairn.dev/address-pool.'),
  protocol: oneOf('layer2', 'bgp').describe('layer2 answers ARP; NDP and bgp are understood, and not announced yet.'),
  addresses: list(text('an address range'))
    .min(1, { error: 'at least one address range' })
    .describe('Ranges as "first-last", "prefix/length" or one bare address.'),
  'auto-assign': flag().default(true).describe('false: only for Services that ask for this pool or an address of it.'),
  'avoid-buggy-ips': flag()
    .default(false)
    .describe('true: hand out an IPv4 address that ends in .0 or .255 to nobody but whom it is reserved for.'),
  'bgp-advertisements': list(bgpAdvertisement).default([]).describe('How a bgp pool is advertised; not for layer2.'),
  priority: whole(-INT32_MAX - 1, INT32_MAX)
    .optional()
    .describe('Lower is tried first; a pool without one, last.'),
  namespaces: list(text('a namespace')).default([]).describe('Namespaces that may draw from the pool; none: all.'),
  'namespace-selectors': list(selector).default([]).describe('Namespaces that may draw, by their labels.'),
  'service-selectors': list(selector).default([]).describe('Services that may draw, by their labels; none: all.'),
  'node-selectors': list(selector).default([]).describe('Nodes that may announce the addresses; none: all.'),
  interfaces: list(text('an interface name'))
    .default([])
    .describe('Interfaces to announce on; none: those whose own network holds the address.'),
  reserved: table(text('a Service as "namespace/name"'))
    .default({})
    .describe('Addresses of this pool that are kept for one Service each.'),
  'reuse-delay': duration().default('0s').describe('How long a freed address is kept from other Services.'),
  retired: flag().default(false).describe('true: hand out nothing new; addresses in use stay.'),
  'conflict-check': flag().default(true).describe('Probe an address before it is used for the first time (RFC 5227).'),
});

const peer = mapping({
  'my-asn': whole(1, ASN_MAX).describe('AS number of our end.'),
  'peer-asn': whole(1, ASN_MAX).describe('AS number of the router.'),
  'peer-address': text('an IP address').describe('Address of the router.'),
  'peer-port': whole(0, PORT_MAX).default(179).describe('Port of the router; 0 is 179.'),
  'source-address': text('an IP address').default('').describe('Address to connect from.'),
  'hold-time': duration().default('90s').describe('0, or 3s and longer.'),
  'keepalive-time': duration().default('').describe('A third of hold-time where it is not set.'),
  'router-id': text('an IP address').default('').describe('BGP identifier; default: the address of the node.'),
  'node-selectors': list(selector).default([]).describe('Nodes that connect to this peer; none: all.'),
  password: text().default('').describe('TCP MD5 password.'),
  'bfd-profile': text().default('').describe('Name of one of bfd-profiles.'),
  'ebgp-multihop': flag().default(false).describe('The router is more than one hop away; not for iBGP.'),
});

const bfdProfile = mapping({
  name: nonEmpty('a name').describe("What a peer's bfd-profile refers to."),
  'receive-interval': whole(10, 60_000).optional().describe('Milliseconds.'),
  'transmit-interval': whole(10, 60_000).optional().describe('Milliseconds.'),
  'detect-multiplier': whole(2, 255).optional().describe('Packets missed before the session counts as down.'),
  'echo-interval': whole(10, 60_000).optional().describe('Milliseconds.'),
  'echo-mode': flag().default(false),
  'passive-mode': flag().default(false),
  'minimum-ttl': whole(1, 254).optional().describe('For multi-hop sessions.'),
});

const announcements = mapping({
  interval: duration().default('60s').describe('How often an owner repeats its announcement; 1s to 24h.'),
  ping: flag().default(false).describe('Answer ICMP echo requests to announced addresses.'),
  caretaker: flag().default(true).describe('Care for the addresses of a living node whose speaker fell silent.'),
  'uplink-check': flag().default(false).describe('Announce only on links whose gateway answers.'),
  'exclude-interfaces': list(text('an interface name'))
    .default(['veth*', 'cali*', 'docker*', 'cni*', 'flannel*', 'kube-ipvs*', 'lo'])
    .describe('Interfaces that are never announced on; * stands for any characters.'),
});

const forwarding = mapping({
  mode: oneOf('kube-proxy', 'nftables')
    .default('kube-proxy')
    .describe('Who carries packets to pods: kube-proxy, or rules that Cairn writes itself.'),
});

export const configSchema = mapping({
  'address-pools': list(pool).default([]).describe('Where external IPs come from.'),
  announcements: announcements.prefault({}).describe('How addresses are announced.'),
  forwarding: forwarding.prefault({}).describe('How packets reach pods.'),
  peers: list(peer).default([]).describe('BGP routers.'),
  'bfd-profiles': list(bfdProfile).default([]).describe('Settings of BFD sessions.'),
  'bgp-communities': table(text('a community as "number:number"')).default({}).describe('Names for communities.'),
});

/** What a part of the schema becomes once problems of shape are cut out: anything may be missing. */
export type Draft<T> = T extends readonly (infer Item)[]
  ? readonly (Draft<Item> | undefined)[]
  : T extends object
    ? { readonly [Key in keyof T]?: Draft<T[Key]> | undefined }
    : T;

export type ConfigDraft = Draft<z.output<typeof configSchema>>;
export type PoolDraft = Draft<z.output<typeof pool>>;
export type PeerDraft = Draft<z.output<typeof peer>>;
export type BfdProfileDraft = Draft<z.output<typeof bfdProfile>>;
export type BgpAdvertisementDraft = Draft<z.output<typeof bgpAdvertisement>>;
export type SelectorDraft = Draft<z.output<typeof selector>>;
export type AnnouncementsDraft = Draft<z.output<typeof announcements>>;

/** Whether nothing was cut out of these keys. Defaults are in a draft already: what is missing was wrong. */
export function isWhole<D extends object, K extends keyof D>(
  draft: D,
  ...keys: readonly K[]
): draft is D & { readonly [Key in K]-?: NonNullable<D[Key]> } {
  return keys.every((key) => draft[key] !== undefined);
}
