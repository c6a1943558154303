/**
 * The kernel's connections, through the program `conntrack`: UDP over IPv4, as that is all that has to be cleared.
 *
 * Source: conntrack(8); the lines are `/proc/net/nf_conntrack`'s, the original direction first, then the reply's.
 * @module
 */
import type { UdpFlow } from '../speaker/forwarding-flows.js';
import { isMissing, runProgram } from './programs.js';

/** There is no program `conntrack`, or it may not do its work. */
export class ConntrackError extends Error {
  override readonly name = 'ConntrackError';
  readonly code = 'CONNTRACK_FAILED';
}

const UDP = ['--family', 'ipv4', '--proto', 'udp'] as const;
const TUPLE = 'src=(\\S+) dst=(\\S+) sport=(\\d+) dport=(\\d+)';
/** Between the directions stand flags and, where the kernel counts, packets and bytes. */
const FLOW = new RegExp(`${TUPLE} .*?${TUPLE}`);

/** Reads the lines that `conntrack -L` prints; anything else is passed over. */
export function readFlows(text: string): readonly UdpFlow[] {
  return text.split('\n').flatMap((line) => {
    const [
      ,
      source = '',
      destination = '',
      sourcePort = '',
      destinationPort = '',
      answeredBy = '',
      ,
      answeredFrom = '',
    ] = FLOW.exec(line) ?? [];
    return source === '' ? [] : [{ source, sourcePort, destination, destinationPort, answeredBy, answeredFrom }];
  });
}

export async function listUdpFlows(): Promise<readonly UdpFlow[]> {
  return readFlows(await conntrack(['-L', ...UDP]));
}

/** One that is gone by then is as good as removed. */
export async function removeUdpFlow({ source, sourcePort, destination, destinationPort }: UdpFlow): Promise<void> {
  const tuple = ['--src', source, '--dst', destination, '--sport', sourcePort, '--dport', destinationPort];
  await conntrack(['-D', ...UDP, ...tuple]);
}

/** Exit code 1 with "0 flow entries" is what `conntrack` says of nothing to remove. */
const NOTHING_THERE = /0 flow entries/;

async function conntrack(args: readonly string[]): Promise<string> {
  const output = await runProgram('conntrack', args).catch((cause: unknown) => {
    if (!isMissing(cause)) throw cause;
    throw new ConntrackError('the program conntrack is not there: install the package conntrack', { cause });
  });
  if (output.exitCode !== 0 && !NOTHING_THERE.test(output.stderr)) {
    throw new ConntrackError(`conntrack failed (exit ${output.exitCode}): ${output.stderr.trim().split('\n')[0]}`);
  }
  return output.stdout;
}
