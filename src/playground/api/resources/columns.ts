/**
 * Columns that every kind has, and how printers write what many have.
 *
 * Source: `k8s.io/kubernetes` pkg/printers/internalversion.
 * @module
 */
import type { Column } from '../resource.js';
import { ageOf } from './age.js';

export const NAME: Column = {
  name: 'Name',
  type: 'string',
  format: 'name',
  description: 'Unique within its namespace; how the object is asked for.',
  priority: 0,
  cell: (object) => object.metadata.name,
};

export const AGE: Column = {
  name: 'Age',
  type: 'string',
  description: 'How long ago the object was created.',
  priority: 0,
  cell: (object, nowMs) => ageOf(object.metadata.creationTimestamp, nowMs),
};
