/**
 * The text of a configuration to values: {@link parseConfig}.
 *
 * Pure; never throws, whatever the text.
 * @module
 */
import type { Result } from '../values/result.js';
import type { Config } from './config.js';
import type { Problem } from './problem.js';

export declare function parseConfig(text: string): Result<Config, readonly Problem[]>;
