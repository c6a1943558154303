/**
 * Where the leading controller keeps what the API has no other place for, and where everyone finds the configuration that
 * was accepted last; and how Cairn's own ConfigMaps are marked.
 *
 * Source: docs/design.md §4 and §6.1.
 * @module
 */

/** On each ConfigMap that Cairn writes. */
export const labelsOf = (component: 'controller' | 'speaker') => ({
  'app.kubernetes.io/name': 'cairn',
  'app.kubernetes.io/component': component,
});

/** The ConfigMap, in the namespace that Cairn is installed in. */
export const STATE_CONFIG_MAP = 'cairn-state';
/** Its key with the text of the last configuration without a problem. */
export const ACCEPTED_CONFIG_KEY = 'accepted-config';
/**
 * Its key with a hash of the last refusal that was told and has not been mended since; a word where the ConfigMap was deleted
 * instead; empty where there is none.
 */
export const TOLD_REFUSAL_KEY = 'told-refusal';
