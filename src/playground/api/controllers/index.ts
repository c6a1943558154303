/**
 * The controllers that a cluster of the embedded API server has: what kube-controller-manager and kube-scheduler do for the
 * kinds that it knows, in small.
 *
 * They act on the store in the same process. Repeated runs are harmless: everything they know is in the objects.
 * @module
 */
import type { Store } from '../store.js';
import type { Controller } from './controller.js';
import { deployments } from './deployment.js';
import { endpointSlices } from './endpoint-slices.js';
import { endpoints } from './endpoints.js';
import { eventExpiry } from './event-expiry.js';
import { garbage } from './garbage.js';
import { type LoopOptions, runControllers } from './loop.js';
import { mirroring } from './mirroring.js';
import { namespaces } from './namespaces.js';
import { nodeLifecycle } from './node-lifecycle.js';
import { replicaSets } from './replica-set.js';
import { scheduler } from './schedule.js';

export type { LoopOptions as ControllerOptions } from './loop.js';

const all = (): readonly Controller[] => [
  deployments,
  replicaSets,
  scheduler,
  endpointSlices,
  endpoints,
  mirroring,
  namespaces,
  garbage,
  nodeLifecycle(),
  eventExpiry,
];

/** Begins with what the store holds already. */
export const startControllers = (store: Store, options: LoopOptions = {}): { stop(): void } =>
  runControllers(store, all(), options);
