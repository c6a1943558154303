/**
 * Configurations for tests: accepted ones as values, refused ones as the lines that a user reads.
 * @module
 */
import type { Config, Pool } from '../../src/config/config.js';
import { parseConfig } from '../../src/config/parse.js';
import { renderProblems } from '../../src/config/problem.js';
import type { ConfigMap } from '../../src/values/objects.js';

/** The configuration in a text that has to be right. */
export function config(text: string): Config {
  const parsed = parseConfig(text);
  if (!parsed.ok) throw new TypeError(`a test has a configuration with problems:\n${renderProblems(parsed.error)}`);
  return parsed.value;
}

/** The only pool of a text that has to be right. */
export function onlyPool(text: string): Pool {
  const [pool, ...others] = config(text).pools;
  if (pool === undefined || others.length > 0) throw new TypeError('a test wants a configuration with one pool');
  return pool;
}

/** What is wrong with a text, as it is shown; nothing for one that is accepted. */
export function problemsOf(text: string): readonly string[] {
  const parsed = parseConfig(text);
  return parsed.ok ? [] : renderProblems(parsed.error).split('\n');
}

/** A ConfigMap that holds `data`. */
export const configMap = (data: ConfigMap['data']): ConfigMap => ({
  meta: {
    namespace: 'cairn-system',
    name: 'cairn-config',
    uid: '0f0e0d0c-0000-4000-8000-000000000001',
    resourceVersion: '1',
    createdAt: '2026-01-01T00:00:00Z',
    deleting: false,
    labels: {},
    annotations: {},
  },
  data,
});
