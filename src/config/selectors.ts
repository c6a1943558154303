/**
 * Label selectors: the draft to values that `values/labels.ts` matches.
 *
 * Pure. Source: `metav1.LabelSelectorAsSelector` and `k8s.io/apimachinery/pkg/util/validation`.
 * @module
 */
import type { LabelExpression, LabelSelector } from '../values/labels.js';
import { isDnsSubdomain } from '../values/names.js';
import { compareText } from '../values/text.js';
import type { Findings } from './findings.js';
import type { Path } from './problem.js';
import type { SelectorDraft } from './schema.js';

type ExpressionDraft = NonNullable<NonNullable<SelectorDraft['match-expressions']>[number]>;

/** `IsQualifiedName` and `IsValidLabelValue`: up to 63 letters, digits, `-`, `_` and `.`, not at the ends. */
const NAME = /^[A-Za-z0-9](?:[-A-Za-z0-9_.]{0,61}[A-Za-z0-9])?$/;

const WANT_KEY = 'a label key such as "rack" or "example.com/rack"';
const WANT_VALUE = 'a label value: up to 63 letters, digits, "-", "_" and ".", not at its ends';

export function selectorsFrom(
  drafts: readonly (SelectorDraft | undefined)[] | undefined,
  path: Path,
  findings: Findings,
): readonly LabelSelector[] {
  return (drafts ?? []).flatMap((draft, at) =>
    draft === undefined ? [] : [selectorFrom(draft, [...path, at], findings)],
  );
}

/**
 * Equal for selectors that MetalLB takes for the same: however labels and expressions are spread and ordered, as it sorts
 * them by key; none, an empty list and one empty selector are all "everything".
 */
export function likenessOfSelectors(selectors: readonly LabelSelector[]): string {
  const each = selectors.map(({ matchLabels, matchExpressions }) => [
    ...Object.entries(matchLabels).map(([key, value]) => ({ key, operator: '=', values: [value] })),
    ...matchExpressions,
  ]);
  const sorted = each.map((requirements) => requirements.toSorted((a, b) => compareText(a.key, b.key)));
  return JSON.stringify(sorted.length === 0 ? [[]] : sorted);
}

function selectorFrom(draft: SelectorDraft, path: Path, findings: Findings): LabelSelector {
  const labels = Object.entries(draft['match-labels'] ?? {});
  for (const [key, value] of labels) {
    const at = [...path, 'match-labels', key];
    if (!isLabelKey(key)) findings.add(at, WANT_KEY, key);
    if (value !== undefined && !isLabelValue(value)) findings.add(at, WANT_VALUE, value);
  }
  const matchExpressions = (draft['match-expressions'] ?? []).flatMap(
    (expression, at) => (expression && expressionFrom(expression, [...path, 'match-expressions', at], findings)) ?? [],
  );
  // A label whose value was cut out is a problem already.
  const sound = labels.flatMap(([key, value]) => (value === undefined ? [] : [[key, value] as const]));
  return { matchLabels: Object.fromEntries(sound), matchExpressions };
}

function expressionFrom(draft: ExpressionDraft, path: Path, findings: Findings): LabelExpression | undefined {
  const { key, operator } = draft;
  if (key !== undefined && !isLabelKey(key)) findings.add([...path, 'key'], WANT_KEY, key);
  const values = (draft.values ?? []).flatMap((value, at) => {
    if (value !== undefined && !isLabelValue(value)) findings.add([...path, 'values', at], WANT_VALUE, value);
    return value ?? [];
  });
  if (key === undefined || operator === undefined) return undefined;
  if (operator === 'In' || operator === 'NotIn') {
    if (values.length === 0) findings.add([...path, 'values'], `at least one value for ${operator}`, draft.values);
    return { key, operator, values };
  }
  if (values.length > 0) findings.add([...path, 'values'], `no values for ${operator}`, draft.values);
  return { key, operator };
}

const isLabelValue = (text: string): boolean => text === '' || NAME.test(text);

function isLabelKey(text: string): boolean {
  const slash = text.indexOf('/');
  const prefixIsRight = slash < 0 || isDnsSubdomain(text.slice(0, slash));
  return prefixIsRight && NAME.test(text.slice(slash + 1));
}
