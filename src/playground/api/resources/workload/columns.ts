/**
 * Columns that show what is in a template.
 * @module
 */
import type { ApiObject, JsonObject } from '../../object.js';
import type { Column } from '../../resource.js';
import { formatSelector, text } from '../columns.js';

const containersOf = ({ spec }: ApiObject): readonly JsonObject[] => spec.template?.spec?.containers ?? [];
const listOf = (object: ApiObject, key: string) =>
  containersOf(object)
    .map((container): string => container[key] ?? '')
    .join(',');

export const templateColumns: readonly Column[] = [
  text('Containers', 'Names of its containers.', (object) => listOf(object, 'name'), 1),
  text('Images', 'Images of its containers.', (object) => listOf(object, 'image'), 1),
  text('Selector', 'By which labels its pods are known.', ({ spec }) => formatSelector(spec.selector), 1),
];
