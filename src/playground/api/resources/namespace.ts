/**
 * Namespaces: where named things live, and end.
 * @module
 */
import type { ApiObject } from '../object.js';
import type { Resource } from '../resource.js';
import { type Cause, forbidden as forbiddenObject } from '../status.js';
import { invalid, invalidEach } from './causes.js';
import { AGE, NAME, text } from './columns.js';
import { qualifiedName } from './formats.js';

/** Source: `k8s.io/apiserver` plugin/pkg/admission/namespace/lifecycle. */
const IMMORTAL = ['default', 'kube-system', 'kube-public'];
const NAME_LABEL = 'kubernetes.io/metadata.name';
/** Of `spec.finalizers`: the namespace controller takes it away when nothing is left inside. */
const KUBERNETES = 'kubernetes';

const phaseOf = (namespace: ApiObject): string => namespace['status']?.phase ?? '';

export const namespaces: Resource = {
  group: '',
  version: 'v1',
  kind: 'Namespace',
  plural: 'namespaces',
  singular: 'namespace',
  shortNames: ['ns'],
  categories: [],
  namespaced: false,
  subresources: ['status', 'finalize'],
  counted: false,
  names: 'dns-label',
  strategy: {
    setDefaults(namespace) {
      const { metadata } = namespace;
      if (metadata.name) metadata.labels = { ...metadata.labels, [NAME_LABEL]: metadata.name };
      namespace['spec'] ??= {};
      namespace['status'] = { ...namespace['status'], phase: phaseOf(namespace) || 'Active' };
    },
    prepare(namespace, old) {
      const { spec } = namespace;
      if (old !== undefined) {
        namespace['status'] = old['status'];
        if (old['spec'].finalizers === undefined) delete spec.finalizers;
        else spec.finalizers = old['spec'].finalizers;
        return;
      }
      namespace['status'] = { phase: 'Active' };
      const finalizers: readonly string[] = spec.finalizers ?? [];
      spec.finalizers = finalizers.includes(KUBERNETES) ? finalizers : [...finalizers, KUBERNETES];
    },
    validate: ({ spec }) =>
      ((spec.finalizers ?? []) as readonly string[]).flatMap((each) => validateFinalizer('spec.finalizers', each)),
    prepareStatus(namespace, old) {
      namespace['spec'] = old['spec'];
    },
    validateStatus: (namespace, old) => validatePhase(phaseOf(namespace), old.metadata.deletionTimestamp !== undefined),
    mayDelete({ metadata: { name } }) {
      const subject = { group: '', plural: 'namespaces', kind: 'Namespace', name };
      return IMMORTAL.includes(name) ? forbiddenObject(subject, 'this namespace may not be deleted') : undefined;
    },
    // A field of its own called name is a mistake that upstream cannot take back.
    fields: (namespace) => ({ 'status.phase': phaseOf(namespace), name: namespace.metadata.name }),
  },
  columns: [NAME, text('Status', 'Active, or Terminating while it is emptied.', phaseOf), AGE],
};

function validateFinalizer(field: string, finalizer: string): readonly Cause[] {
  const isKnown = finalizer.includes('/') || [KUBERNETES, 'orphan', 'foregroundDeletion'].includes(finalizer);
  const rule = 'name is neither a standard finalizer name nor is it fully qualified';
  return [
    ...invalidEach(field, finalizer, qualifiedName(finalizer)),
    ...(isKnown ? [] : [invalid(field, finalizer, rule)]),
  ];
}

function validatePhase(phase: string, isDeleted: boolean): readonly Cause[] {
  // Upstream's own capital P.
  const field = 'status.Phase';
  if (isDeleted) {
    const rule = "may only be 'Terminating' if `deletionTimestamp` is not empty";
    return phase === 'Terminating' ? [] : [invalid(field, phase, rule)];
  }
  return phase === 'Active' ? [] : [invalid(field, phase, "may only be 'Active' if `deletionTimestamp` is empty")];
}
