/**
 * What the switch does to frames, as data, and the nftables ruleset of it.
 *
 * Pure. The whole table is replaced in one transaction, so that no frame ever meets half of the rules.
 * Source: nft(8), family bridge. Frames that come in pass prerouting once; forward is passed once for each port they leave by.
 * @module
 */
import type { Host } from './host.js';

export type FrameRule =
  /** Frames of one EtherType vanish; `at`: only on this host's port, in both directions. */
  | { readonly kind: 'drop-ether-type'; readonly etherType: number; readonly at?: Host }
  /** Random loss (a ratio below 1; `isolate` drops everything), in each direction of the port of `at`, or of every port. */
  | { readonly kind: 'lose'; readonly ratio: number; readonly at?: Host }
  /** Nothing passes the port although its carrier stays up: what a host sees when the path behind its first switch is cut. */
  | { readonly kind: 'isolate'; readonly at: Host; readonly direction?: 'both' | 'to-host' | 'from-host' }
  /** The two sides do not hear each other. */
  | { readonly kind: 'partition'; readonly sides: readonly [readonly Host[], readonly Host[]] };

export function renderFrameRules(rules: readonly FrameRule[]): string {
  const rendered = rules.map(render);
  return `add table bridge lab
delete table bridge lab
table bridge lab {
  chain in {
    type filter hook prerouting priority -300; policy accept;
    ${rendered.flatMap((each) => each.in).join('\n    ')}
  }
  chain out {
    type filter hook forward priority 0; policy accept;
    ${rendered.flatMap((each) => each.out).join('\n    ')}
  }
}
`;
}

interface Rendered {
  readonly in: readonly string[];
  readonly out: readonly string[];
}

function render(rule: FrameRule): Rendered {
  switch (rule.kind) {
    case 'drop-ether-type': {
      const match = `ether type 0x${rule.etherType.toString(16).padStart(4, '0')} drop`;
      return rule.at ? bothWays(rule.at, match) : { in: [match], out: [] };
    }
    case 'lose': {
      const RESOLUTION = 10_000;
      const match = `numgen random mod ${RESOLUTION} < ${Math.round(rule.ratio * RESOLUTION)} drop`;
      return rule.at ? bothWays(rule.at, match) : { in: [match], out: [match] };
    }
    case 'isolate': {
      const { in: from, out: to } = bothWays(rule.at, 'drop');
      const { direction = 'both' } = rule;
      return { in: direction === 'to-host' ? [] : from, out: direction === 'from-host' ? [] : to };
    }
    case 'partition': {
      const [one, other] = rule.sides.map((side) => `{ ${side.map((host) => `"${host.name}"`).join(', ')} }`);
      return { in: [], out: [`iifname ${one} oifname ${other} drop`, `iifname ${other} oifname ${one} drop`] };
    }
  }
}

const bothWays = (host: Host, match: string): Rendered => ({
  in: [`iifname "${host.name}" ${match}`],
  out: [`oifname "${host.name}" ${match}`],
});
