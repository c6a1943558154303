/**
 * Services of the core group: the resource that the whole project is about.
 * @module
 */
import type { Resource } from '../../resource.js';
import { moveAllocation, type Pools, planAllocation } from './allocation.js';
import { serviceColumns } from './columns.js';
import { setServiceDefaults } from './defaults.js';
import { dropUnused, keepAllocated } from './prepare.js';
import { validateServiceStatus } from './status.js';
import { validateService } from './validation.js';
import { serviceStatusWarnings, serviceWarnings } from './warnings.js';

/** `pools` are this server's own. */
export const createServices = (pools: Pools): Resource => ({
  group: '',
  version: 'v1',
  kind: 'Service',
  plural: 'services',
  singular: 'service',
  shortNames: ['svc'],
  categories: ['all'],
  namespaced: true,
  subresources: ['status'],
  counted: false,
  // A DNS-1123 label since 1.36 (RelaxedServiceNameValidation); it was a DNS-1035 label before.
  names: 'dns-label',
  createOnUpdate: true,
  strategy: {
    setDefaults: setServiceDefaults,
    plan(service, old) {
      keepAllocated(service, old);
      return planAllocation(service, old, pools);
    },
    prepare(service, old) {
      service['status'] = old === undefined ? { loadBalancer: {} } : old['status'];
      if (old !== undefined) dropUnused(service, old);
      // Defaulted in vain for ExternalName, and shown to nobody.
      if (service['spec'].type === 'ExternalName') delete service['spec'].internalTrafficPolicy;
    },
    validate: validateService,
    allocate: (service, old) => moveAllocation(service, old, pools),
    release: (service) => moveAllocation(undefined, service, pools),
    prepareStatus(service, old) {
      service['spec'] = old['spec'];
    },
    validateStatus: validateServiceStatus,
    warnings: serviceWarnings,
    statusWarnings: serviceStatusWarnings,
    fields: ({ spec }) => ({ 'spec.clusterIP': spec.clusterIP ?? '', 'spec.type': spec.type ?? '' }),
  },
  columns: serviceColumns,
});
