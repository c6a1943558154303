/**
 * The condition that says whether a Service has its address, as we write it.
 * @module
 */
import type { Condition } from '../../src/values/objects.js';

export const assigned = (status: Condition['status'], lastTransitionTime = '2026-07-01T10:00:00Z'): Condition => ({
  type: 'cairn.dev/AddressAssigned',
  status,
  reason: 'Assigned',
  message: '',
  observedGeneration: 0,
  lastTransitionTime,
});
