/**
 * Of a Service's own JSON: what the controller wrote, what is its user's, and what is somebody else's.
 * @module
 */
import type { ApiObject } from '../../../src/playground/api/object.js';
import { conditionOf, type Terms, termsOf } from './reading.js';
import { ASSIGNED } from './scene.js';

const OURS = ['served-by', 'allocated-from-pool', 'shared-as', 'announced-by'].map((name) => `cairn.dev/${name}`);

export const isMarked = (service: ApiObject): boolean =>
  OURS.some((name) => service.metadata.annotations?.[name] !== undefined) ||
  conditionOf(service, ASSIGNED) !== undefined;
export const othersConditions = (service: ApiObject): string =>
  JSON.stringify(
    (service['status']?.conditions ?? []).filter(({ type }: { type: string }) => !type.startsWith('cairn.dev/')),
  );
/** Under which it was let share, as the controller wrote it down. */
export function writtenTerms(service: ApiObject): Terms {
  const text = service.metadata.annotations?.['cairn.dev/shared-as'];
  return text === undefined ? termsOf(service) : (JSON.parse(text) as Terms);
}

/** Addresses were put back into the status, and nothing was said: conditions and marks are as they were. */
export const isRepair = (service: ApiObject, previous: ApiObject): boolean => saidIn(service) === saidIn(previous);
const saidIn = ({ metadata, ['status']: status }: ApiObject): string =>
  JSON.stringify([metadata.annotations, status?.conditions]);

/** All of a Service that is its user's: the spec, the labels, and the annotations that no controller writes. */
export function wishTextOf({ metadata, ['spec']: spec }: ApiObject): string {
  const annotations = Object.entries(metadata.annotations ?? {}).filter(([name]) => !OURS.includes(name));
  return JSON.stringify([spec, metadata.labels, annotations.sort(), metadata.deletionTimestamp]);
}
