/**
 * What is wrong with an applied configuration before it is merged, in the words that server-side apply has for it upstream.
 * @module
 */
import { type FieldType, fieldsOf, type ListType, type ScalarType } from '../schema/types.js';
import { fieldStep, type Path, printPath } from './field-set.js';
import { goPrint } from './go-print.js';
import { isLeafType, stepOf } from './typed.js';

/** Everything that is wrong, in one text; undefined when nothing is. */
export function typeDefects(value: unknown, type: FieldType): string | undefined {
  const defects: string[] = [];
  visit(value, type, [], (path, why) => defects.push(path.length === 0 ? why : `${printPath(path)}: ${why}`));
  if (defects.length <= 1) return defects[0];
  return ['errors:', ...defects.map((defect) => `  ${defect}`)].join('\n');
}

type Report = (path: Path, why: string) => void;

function visit(value: unknown, type: FieldType, path: Path, report: Report): void {
  if (value === null || value === undefined) return;
  if (type.is === 'list') visitList(value, type, path, report);
  else if (type.is === 'map' || type.is === 'object') visitMembers(value, type, path, report);
  else if (!isScalarOf(value, type)) report(path, misfit(value, type));
}

function visitMembers(value: unknown, type: FieldType, path: Path, report: Report): void {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    report(path, `expected map, got &{${goPrint(value)}}`);
    return;
  }
  for (const [name, member] of Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1))) {
    const memberPath = [...path, fieldStep(name)];
    const memberType =
      type.is === 'map' ? type.of : type.is === 'object' ? fieldsOf(type.model).get(name)?.type : undefined;
    if (memberType === undefined) report(memberPath, 'field not declared in schema');
    else visit(member, memberType, memberPath, report);
  }
}

function visitList(value: unknown, type: ListType, path: Path, report: Report): void {
  if (!Array.isArray(value)) {
    report(path, `expected list, got &{${goPrint(value)}}`);
    return;
  }
  const seen = new Set<string>();
  for (const [at, item] of value.entries()) {
    const defect = isLeafType(type) ? undefined : elementDefect(item, type);
    if (defect !== undefined) {
      report(path, `element ${at}: ${defect}`);
      return;
    }
    const step = stepOf(item, type.elements) ?? `i:${at}`;
    if (seen.has(step)) report(path, `duplicate entries for key ${printPath([step])}`);
    seen.add(step);
    visit(item, type.of, [...path, step], report);
  }
}

/** Why an element cannot be told from the others. */
function elementDefect(item: unknown, { elements }: ListType): string | undefined {
  if (elements.are !== 'keyed') {
    if (item === null) return "associative list without keys has an element that's an explicit null";
    return typeof item === 'object' ? "associative list without keys has an element that's a map type" : undefined;
  }
  if (item === null) return 'associative list with keys may not have a null element';
  if (typeof item !== 'object') return 'associative list with keys may not have non-map elements';
  if (stepOf(item, elements) !== undefined) return undefined;
  const keys = elements.keys.map((key) => JSON.stringify(key)).join(' ');
  const defaults = "(and doesn't have default values for any key fields)";
  return `associative list with keys has an element that omits all key fields [${keys}] ${defaults}`;
}

function misfit(value: unknown, { is }: ScalarType): string {
  switch (is) {
    case 'boolean':
      return `expected boolean, got &{${goPrint(value)}}`;
    case 'int32':
    case 'int64':
    case 'number':
      return `expected numeric (int or float), got ${typeof value === 'boolean' ? 'bool' : typeof value}`;
    default:
      return `expected string, got &value.valueUnstructured{Value:${goPrint(value)}}`;
  }
}

function isScalarOf(value: unknown, { is }: ScalarType): boolean {
  switch (is) {
    case 'any':
      return true;
    case 'date':
    case 'micro-date':
    case 'quantity':
    case 'int-or-string':
      return typeof value !== 'object';
    case 'boolean':
      return typeof value === 'boolean';
    case 'int32':
    case 'int64':
    case 'number':
      return typeof value === 'number';
    default:
      return typeof value === 'string';
  }
}
