/**
 * The annotations of a Service that ask for something.
 *
 * Pure. Here, as allocator and speaker both ask for the sharing key. Cairn's own prefix is read first, then MetalLB's new one, then its old one, so that a cluster taken over from
 * MetalLB keeps its meaning and one annotation of ours overrides it.
 *
 * Source: docs/design.md §5.
 * @module
 */
import type { Service } from './objects.js';
import { ANNOTATION_PREFIXES } from './service-marks.js';

export interface Found {
  /** The annotation's full name, for sentences. */
  readonly source: string;
  readonly text: string;
}

/** The annotation under the first prefix that has it, without the white space around it; an empty one is none. */
export function annotationOf(service: Service, name: string): Found | undefined {
  const { annotations } = service.meta;
  for (const prefix of ANNOTATION_PREFIXES) {
    const source = `${prefix}${name}`;
    const text = Object.hasOwn(annotations, source) ? (annotations[source]?.trim() ?? '') : '';
    if (text !== '') return { source, text };
  }
  return undefined;
}
