/**
 * Which version this is. A test holds it to `package.json`, which an installed bundle need not have beside it.
 * @module
 */
export const VERSION = '0.1.0';
