/**
 * Leader election over a coordination.k8s.io Lease.
 * @module
 */
import type { ApiClient } from './client.js';
import type { Clock } from './clock.js';
import type { Log } from './log.js';

export interface LeaderElectionOptions {
  readonly client: ApiClient;
  readonly clock: Clock;
  readonly log: Log;
  readonly namespace: string;
  readonly name: string;
  /** Another one for each process. */
  readonly identity: string;
  /** Leads until `signal` aborts; then has to end soon, as the lease is given up only after. */
  readonly onLeading: (signal: AbortSignal) => Promise<void>;
}

export declare class LeaderElection {
  constructor(options: LeaderElectionOptions);
  /** Asked right before every write: true only well inside the lease, by the monotonic clock. */
  isLeader(): boolean;
  /** Who holds the lease, as last seen; empty where nobody. */
  get holder(): string;
  /** Campaigns, leads, and campaigns again after a loss, until `signal` aborts; gives the lease up before it resolves. */
  run(signal: AbortSignal): Promise<void>;
}
