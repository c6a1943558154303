/**
 * What the conditions of a namespace say while something in it is not gone yet.
 *
 * Pure. Texts as upstream's namespace controller has them.
 * @module
 */
import { toTime } from '../../../kube/clock.js';
import type { ApiObject } from '../object.js';
import type { Resource } from '../resource.js';
import { type Condition, conditionOf } from './conditions.js';

export interface Content {
  readonly resource: Resource;
  readonly object: ApiObject;
}

/** Nothing of this can fail here; a real cluster says the same when nothing did. */
const WELL: readonly Condition[] = [
  {
    type: 'NamespaceDeletionDiscoveryFailure',
    status: 'False',
    reason: 'ResourcesDiscovered',
    message: 'All resources successfully discovered',
  },
  {
    type: 'NamespaceDeletionGroupVersionParsingFailure',
    status: 'False',
    reason: 'ParsedGroupVersions',
    message: 'All legacy kube types successfully parsed',
  },
  {
    type: 'NamespaceDeletionContentFailure',
    status: 'False',
    reason: 'ContentDeleted',
    message: 'All content successfully deleted, may be waiting on finalization',
  },
];

/** `content` is not empty, and all of it is being deleted. */
export function waitingConditions(
  namespace: ApiObject,
  content: readonly Content[],
  nowMs: number,
): readonly Condition[] {
  const resources = counted(content.map(({ resource: { group, plural } }) => `${plural}.${group} has`));
  const finalizers = counted(
    content.flatMap(({ object }) => object.metadata.finalizers ?? []).map((each) => `${each} in`),
  );
  const wanted: readonly Condition[] = [
    ...WELL,
    {
      type: 'NamespaceContentRemaining',
      status: 'True',
      reason: 'SomeResourcesRemain',
      message: `Some resources are remaining: ${resources}`,
    },
    finalizers === ''
      ? {
          type: 'NamespaceFinalizersRemaining',
          status: 'False',
          reason: 'ContentHasNoFinalizers',
          message: 'All content-preserving finalizers finished',
        }
      : {
          type: 'NamespaceFinalizersRemaining',
          status: 'True',
          reason: 'SomeFinalizersRemain',
          message: `Some content in the namespace has finalizers remaining: ${finalizers}`,
        },
  ];
  return wanted.map((condition) => {
    const current = conditionOf(namespace, condition.type);
    const isSame = current?.status === condition.status && current.message === condition.message;
    return isSame ? current : { ...condition, lastTransitionTime: toTime(nowMs) };
  });
}

/** `configmaps. has 2 resource instances, pods. has 1 resource instances` */
function counted(names: readonly string[]): string {
  const counts = new Map<string, number>();
  for (const name of names) counts.set(name, (counts.get(name) ?? 0) + 1);
  return [...counts]
    .map(([name, count]) => `${name} ${count} resource instances`)
    .sort()
    .join(', ');
}
