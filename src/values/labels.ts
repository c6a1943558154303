/**
 * Kubernetes label selectors: as values, and whether a set of labels matches one.
 *
 * Pure. Source: `k8s.io/apimachinery` meta/v1 LabelSelector. An empty selector matches everything.
 * @module
 */
export type Labels = Readonly<Record<string, string>>;

export interface LabelSelector {
  readonly matchLabels: Labels;
  readonly matchExpressions: readonly LabelExpression[];
}

export type LabelExpression =
  | { readonly operator: 'In' | 'NotIn'; readonly key: string; readonly values: readonly string[] }
  | { readonly operator: 'Exists' | 'DoesNotExist'; readonly key: string };

/** Every requirement holds. */
export const matchesSelector = (selector: LabelSelector, labels: Labels): boolean =>
  Object.entries(selector.matchLabels).every(([key, value]) => labelOf(labels, key) === value) &&
  selector.matchExpressions.every((expression) => matchesExpression(expression, labels));

/** At least one selector matches; an empty list matches nothing. */
export const matchesAnySelector = (selectors: readonly LabelSelector[], labels: Labels): boolean =>
  selectors.some((selector) => matchesSelector(selector, labels));

/** `NotIn` holds for a label that is absent, as in Kubernetes. */
function matchesExpression(expression: LabelExpression, labels: Labels): boolean {
  const value = labelOf(labels, expression.key);
  switch (expression.operator) {
    case 'In':
      return value !== undefined && expression.values.includes(value);
    case 'NotIn':
      return value === undefined || !expression.values.includes(value);
    case 'Exists':
      return value !== undefined;
    case 'DoesNotExist':
      return value === undefined;
  }
}

/** Own keys only: a label named `constructor` is one that a user may write. */
const labelOf = (labels: Labels, key: string): string | undefined =>
  Object.hasOwn(labels, key) ? labels[key] : undefined;

export function areSameLabels(one: Labels, other: Labels): boolean {
  const names = Object.keys(one);
  return names.length === Object.keys(other).length && names.every((name) => one[name] === other[name]);
}
