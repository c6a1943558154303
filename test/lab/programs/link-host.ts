/**
 * A speaker's link side by itself, without Kubernetes: it holds the given addresses and says what it observes.
 *
 *   link-host --node node-1 --address 192.0.2.240 [--address …] [--alone]
 *
 * Runs from source (`node --import tsx`), because the worker has to be found beside its parent. Commands come over the IPC
 * channel: `stall` blocks the main thread, `memory` answers resident bytes, `stop` ends it. Lines on stdout: `ready`,
 * `observations`, `stalled`, `memory`, `failure`.
 * @module
 */
import { parseArgs } from 'node:util';
import { startLinkSide } from '../../../src/linux/link-side.js';
import { say } from '../../../src/playground/programs/lines.js';
import type { Observations } from '../../../src/speaker/messages.js';
import { type Address, formatAddress, parseAddress } from '../../../src/values/address.js';
import { parseNodeName } from '../../../src/values/names.js';

/** What a test may ask for. */
export type LinkHostCommand =
  | { readonly do: 'stall'; readonly ms: number }
  | { readonly do: 'memory' }
  | { readonly do: 'stop'; readonly leave: boolean };

const { values } = parseArgs({
  options: {
    node: { type: 'string', default: 'node-1' },
    address: { type: 'string', multiple: true, default: [] },
    alone: { type: 'boolean', default: false },
  },
});

const node = parseNodeName(values.node);
if (node === undefined) throw new Error(`not a node's name: ${values.node}`);
const addresses = values.address.map((text): Address => {
  const address = parseAddress(text);
  if (address === undefined) throw new Error(`not an address: ${text}`);
  return address;
});

const describe = ({ links, claims, counters }: Observations) => ({
  links: links.map(({ name, up, addresses: held }) => ({
    name,
    up,
    addresses: held.map((a) => formatAddress(a.address)),
  })),
  claims: claims.map((claim) => ({ ...claim, address: formatAddress(claim.address) })),
  counters,
});

const startedMs = performance.now();
const linkSide = startLinkSide({
  node,
  clusterId: 'lab',
  secretKeys: [new TextEncoder().encode('a key of 32 bytes, for tests only')],
  heartbeatIntervalMs: 100,
  heartbeatMisses: 3,
});
linkSide.onObservations((observations) => say({ event: 'observations', ...describe(observations) }));
linkSide.onFailure((error) => {
  say({
    event: 'failure',
    message: error.message,
    cause: (error.cause as { code?: string } | undefined)?.code ?? null,
  });
  process.exit(1);
});
linkSide.ready.then(
  () => say({ event: 'ready', afterMs: Math.round(performance.now() - startedMs) }),
  () => {}, // told by onFailure
);
linkSide.orders({
  wanted: addresses.map((address) => ({
    address,
    servicesHash: '0123456789abcdef',
    links: { kind: 'on-link' },
    refusals: [],
    ownedByKernel: false,
    takenPorts: [],
  })),
  excludeInterfaces: ['lo'],
  announceIntervalMs: 60_000,
  alone: values.alone,
});

process.on('message', (command: LinkHostCommand) => {
  switch (command.do) {
    case 'stall': {
      const untilMs = performance.now() + command.ms;
      while (performance.now() < untilMs);
      say({ event: 'stalled', sinceLastTurnMs: linkSide.sinceLastTurnMs() });
      break;
    }
    case 'memory':
      say({ event: 'memory', residentBytes: process.memoryUsage.rss() });
      break;
    case 'stop': {
      const stopMs = performance.now();
      linkSide.stop({ leave: command.leave }).then(() => {
        say({ event: 'stopped', afterMs: Math.round(performance.now() - stopMs) });
        process.exit(0);
      });
    }
  }
});
