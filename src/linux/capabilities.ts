/**
 * What the kernel lets this process do, and what to tell a person when it does not.
 *
 * Nothing is tested beforehand: the socket call itself is the test, because only it knows seccomp, user namespaces and
 * security modules too.
 *
 * Sources: capabilities(7) on CAP_NET_RAW, packet(7).
 * @module
 */
import { ERRNO, LibcError } from './libc.js';

/** The process may not open packet sockets. The message names the remedy; `cause` is what the kernel said. */
export class CapabilityError extends Error {
  override readonly name = 'CapabilityError';
  readonly code = 'CAP_NET_RAW_MISSING';
  readonly capability = 'CAP_NET_RAW';
  constructor(options?: ErrorOptions) {
    super(
      'cannot open a packet socket: CAP_NET_RAW is missing. In a Pod, set securityContext.capabilities.add: ["NET_RAW"] ' +
        'on the speaker container (with hostNetwork: true, and runAsUser: 0 or a binary that has the capability); ' +
        'outside Kubernetes, run as root or `setcap cap_net_raw+ep` on the node binary',
      options,
    );
  }
}

/** What `open` returns; its EPERM or EACCES becomes a {@link CapabilityError}. */
export function requireNetRaw<T>(open: () => T): T {
  try {
    return open();
  } catch (cause) {
    if (cause instanceof LibcError && (cause.errno === ERRNO.EPERM || cause.errno === ERRNO.EACCES)) {
      throw new CapabilityError({ cause });
    }
    throw cause;
  }
}
