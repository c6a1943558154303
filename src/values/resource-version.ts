/**
 * Versions of what the API server keeps, in the order in which they came.
 *
 * Source: Kubernetes API concepts ("Resource versions").
 * @module
 */

const DECIMAL = /^[0-9]+$/;

/** Those of one kind of object compare as integers of any length. Any others do not compare, and neither is the older. */
export const isOlderVersion = (one: string, other: string): boolean =>
  DECIMAL.test(one) && DECIMAL.test(other) && BigInt(one) < BigInt(other);
