/**
 * Leases of coordination.k8s.io: who leads, and until when.
 * @module
 */
import type { ApiObject } from '../object.js';
import type { Resource } from '../resource.js';
import type { Cause } from '../status.js';
import { invalid } from './causes.js';
import { AGE, NAME, text } from './columns.js';

export const leases: Resource = {
  group: 'coordination.k8s.io',
  version: 'v1',
  kind: 'Lease',
  plural: 'leases',
  singular: 'lease',
  shortNames: [],
  categories: [],
  namespaced: true,
  subresources: [],
  counted: false,
  names: 'dns-subdomain',
  createOnUpdate: true,
  versionRequired: true,
  strategy: {
    setDefaults(lease) {
      lease['spec'] ??= {};
    },
    prepare({ spec }) {
      // Of CoordinatedLeaderElection, which is off.
      delete spec.strategy;
      delete spec.preferredHolder;
    },
    validate: validateLease,
  },
  columns: [NAME, text('Holder', 'Who has it.', ({ spec }) => spec.holderIdentity ?? ''), AGE],
};

function validateLease({ spec }: ApiObject): readonly Cause[] {
  const { leaseDurationSeconds: seconds, leaseTransitions: transitions } = spec;
  return [
    ...(seconds != null && seconds <= 0
      ? [invalid('spec.leaseDurationSeconds', seconds, 'must be greater than 0')]
      : []),
    ...(transitions != null && transitions < 0
      ? [invalid('spec.leaseTransitions', transitions, 'must be greater than or equal to 0')]
      : []),
  ];
}
