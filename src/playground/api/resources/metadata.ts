/**
 * What may stand in `metadata`, the same for every kind.
 *
 * Source: `k8s.io/apimachinery` pkg/api/validation objectmeta.go.
 * @module
 */
import type { ApiObject, OwnerReference } from '../object.js';
import type { NameRule, Resource } from '../resource.js';
import type { Cause } from '../status.js';
import { validateCanonicalAddress } from './addresses.js';
import { forbidden, immutable, invalid, invalidEach, required, tooLong } from './causes.js';
import { dns1035Label, dnsLabel, dnsSubdomain, labelValue, pathSegment, qualifiedName } from './formats.js';

/** All keys and values of an object's annotations together: 256 KiB. */
const MAX_ANNOTATIONS_BYTES = 256 * 1024;

/** Each surplus controller is told with the whole list of owners; a few of them say enough. */
const MAX_SURPLUS_CONTROLLERS = 8;

const STANDARD_FINALIZERS = ['kubernetes', 'orphan', 'foregroundDeletion'];

const FORMS: Readonly<Record<Exclude<NameRule, 'ip-address'>, (text: string) => readonly string[]>> = {
  'dns-subdomain': dnsSubdomain,
  'dns-label': dnsLabel,
  'dns-1035-label': dns1035Label,
  'path-segment': pathSegment,
};

/** Everything that is wrong with the metadata of `object`, with `old` for an update. The name is final: generated before. */
export function validateMetadata(
  object: ApiObject,
  old: ApiObject | undefined,
  resource: Pick<Resource, 'namespaced' | 'names'>,
): readonly Cause[] {
  const { metadata } = object;
  return [
    ...validateNames(object, old, resource),
    ...validateNamespace(object, resource.namespaced),
    ...((metadata.generation ?? 0) < 0
      ? [invalid('metadata.generation', metadata.generation, 'must be greater than or equal to 0')]
      : []),
    ...validateLabels('metadata.labels', metadata.labels),
    ...validateAnnotations(metadata.annotations),
    ...validateOwners(metadata.ownerReferences ?? []),
    ...validateFinalizers(metadata.finalizers ?? []),
    ...validateManagers(metadata.managedFields ?? []),
    ...(old === undefined ? [] : validateChange(object, old)),
  ];
}

function validateNames(
  { metadata: { name, generateName } }: ApiObject,
  old: ApiObject | undefined,
  { names }: Pick<Resource, 'names'>,
): readonly Cause[] {
  const field = 'metadata.name';
  if (!name) return [required(field, 'name or generateName is required')];
  // What could be stored once may be written again.
  const rule = old === undefined ? names : 'path-segment';
  if (rule === 'ip-address') return validateCanonicalAddress(field, name);
  const form = FORMS[rule];
  const prefix = generateName && rule !== 'path-segment' ? generateName.replace(/(.)-$/, 'a') : generateName;
  return [
    ...(generateName ? invalidEach('metadata.generateName', generateName, form(prefix ?? '')) : []),
    ...invalidEach(field, name, form(name)),
  ];
}

function validateNamespace({ metadata: { namespace } }: ApiObject, namespaced: boolean): readonly Cause[] {
  const field = 'metadata.namespace';
  if (!namespaced) return namespace ? [forbidden(field, 'not allowed on this type')] : [];
  return namespace ? invalidEach(field, namespace, dnsLabel(namespace)) : [required(field)];
}

/** Labels, and selectors that are written as labels. */
export function validateLabels(field: string, labels: Readonly<Record<string, string>> | undefined): readonly Cause[] {
  return Object.entries(labels ?? {}).flatMap(([key, value]) => [
    ...invalidEach(field, key, qualifiedName(key)),
    ...invalidEach(field, value, labelValue(value)),
  ]);
}

function validateAnnotations(annotations: Readonly<Record<string, string>> = {}): readonly Cause[] {
  const field = 'metadata.annotations';
  const entries = Object.entries(annotations);
  const bytes = entries.reduce((sum, [key, value]) => sum + Buffer.byteLength(key) + Buffer.byteLength(value), 0);
  return [
    ...entries.flatMap(([key]) => invalidEach(field, key, qualifiedName(key.toLowerCase()))),
    ...(bytes > MAX_ANNOTATIONS_BYTES ? [tooLong(field, MAX_ANNOTATIONS_BYTES)] : []),
  ];
}

function validateOwners(owners: readonly OwnerReference[]): readonly Cause[] {
  const field = 'metadata.ownerReferences';
  const [first, ...others] = owners.filter((owner) => owner.controller === true);
  const surplus = new Set(others.slice(0, MAX_SURPLUS_CONTROLLERS));
  return owners.flatMap((owner) => {
    const rule = 'Only one reference can have Controller set to true. Found "true" in references for';
    const pair = `${first?.kind}/${first?.name} and ${owner.kind}/${owner.name}`;
    return [...validateOwner(field, owner), ...(surplus.has(owner) ? [invalid(field, owners, `${rule} ${pair}`)] : [])];
  });
}

function validateOwner(field: string, owner: OwnerReference): readonly Cause[] {
  return [
    ...(owner.apiVersion ? [] : [invalid(`${field}.apiVersion`, '', 'version must not be empty')]),
    ...(['kind', 'name', 'uid'] as const)
      .filter((key) => !owner[key])
      .map((key) => invalid(`${field}.${key}`, '', 'must not be empty')),
    ...(owner.apiVersion === 'v1' && owner.kind === 'Event'
      ? [invalid(field, owner, '/v1, Kind=Event is disallowed from being an owner')]
      : []),
  ];
}

function validateFinalizers(finalizers: readonly string[]): readonly Cause[] {
  const field = 'metadata.finalizers';
  const both = finalizers.includes('orphan') && finalizers.includes('foregroundDeletion');
  return [
    ...finalizers.flatMap((finalizer) => invalidEach(field, finalizer, qualifiedName(finalizer))),
    ...(both ? [invalid(field, finalizers, 'finalizer orphan and foregroundDeletion cannot be both set')] : []),
    ...finalizers.flatMap((finalizer, at) =>
      finalizer.includes('/') || STANDARD_FINALIZERS.includes(finalizer)
        ? []
        : [
            invalid(
              `${field}[${at}]`,
              finalizer,
              'name is neither a standard finalizer name nor is it fully qualified',
            ),
          ],
    ),
  ];
}

function validateManagers(entries: readonly Record<string, unknown>[]): readonly Cause[] {
  return entries.flatMap(({ operation, fieldsType }, at) => {
    const field = `metadata.managedFields[${at}]`;
    return [
      ...(operation === 'Apply' || operation === 'Update'
        ? []
        : [invalid(`${field}.operation`, operation ?? '', 'must be `Apply` or `Update`')]),
      ...(fieldsType === undefined || fieldsType === '' || fieldsType === 'FieldsV1'
        ? []
        : [invalid(`${field}.fieldsType`, fieldsType, 'must be `FieldsV1`')]),
    ];
  });
}

/** What an update may not do. */
function validateChange({ metadata }: ApiObject, { metadata: old }: ApiObject): readonly Cause[] {
  const added = (metadata.finalizers ?? []).filter((each) => !(old.finalizers ?? []).includes(each));
  const list = added.sort().map((each) => JSON.stringify(each));
  const rule = `no new finalizers can be added if the object is being deleted, found new finalizers []string{${list.join(', ')}}`;
  return [
    ...(old.deletionTimestamp !== undefined && added.length > 0 ? [forbidden('metadata.finalizers', rule)] : []),
    ...(metadata.resourceVersion
      ? []
      : [invalid('metadata.resourceVersion', metadata.resourceVersion ?? '', 'must be specified for an update')]),
    ...(['name', 'namespace', 'uid', 'creationTimestamp', 'deletionTimestamp', 'deletionGracePeriodSeconds'] as const)
      .map((key) => immutable(`metadata.${key}`, metadata[key], old[key]))
      .filter((cause) => cause !== undefined),
  ];
}
