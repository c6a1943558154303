/**
 * Label selectors as they stand in the specs of workloads and Services.
 *
 * Pure. Source: https://kubernetes.io/docs/concepts/overview/working-with-objects/labels/#label-selectors
 * @module
 */
import { type Labels, matchesSelector } from '../../../values/labels.js';
import type { ApiObject, JsonObject } from '../object.js';

/** Whether `spec.selector` of a workload matches. One that says nothing matches nothing, so that nobody claims everything. */
export function workloadSelector(selector: JsonObject | undefined): (labels: Labels) => boolean {
  const { matchLabels = {}, matchExpressions = [] } = selector ?? {};
  if (Object.keys(matchLabels).length + matchExpressions.length === 0) return () => false;
  return (labels) => matchesSelector({ matchLabels, matchExpressions }, labels);
}

/** Whether a Service chooses its endpoints itself, and this pod is one. */
export const serviceSelects = (service: ApiObject, labels: Labels | undefined): boolean =>
  selectsPods(service) &&
  matchesSelector({ matchLabels: service['spec'].selector, matchExpressions: [] }, labels ?? {});

/** An ExternalName has no endpoints, and one without selector has those that somebody else makes. */
export const selectsPods = ({ spec }: ApiObject): boolean =>
  spec.type !== 'ExternalName' && spec.selector !== undefined && spec.selector !== null;
