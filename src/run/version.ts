/**
 * Which version this is, from `package.json`; the bundler puts the text in its place.
 * @module
 */
import manifest from '../../package.json' with { type: 'json' };

export const VERSION: string = manifest.version;
