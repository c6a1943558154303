/**
 * The programs that measure, as a test or a story starts them on a client.
 * @module
 */
import type { Host } from '../network/host.js';
import { program } from '../network/program.js';
import { Watcher } from '../network/watcher.js';

/** Asks for the addresses every 5 ms and records who answers; see programs/arp-watch.ts. */
export async function watchArp(host: Host, ...addresses: readonly string[]): Promise<Watcher> {
  const args = addresses.flatMap((address) => ['--address', address]);
  return Watcher.start(host, 'arp-watch', [...(await program('programs/arp-watch.ts')), ...args]);
}

/** Fetches the URL every 20 ms and records the longest time without an answer; see programs/http-probe.ts. */
export async function probeHttp(host: Host, url: string): Promise<Watcher> {
  return Watcher.start(host, 'http-probe', [...(await program('programs/http-probe.ts')), '--url', url]);
}
