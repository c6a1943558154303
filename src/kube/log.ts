/**
 * Where this room reports what it met: facts first, then a short constant sentence. A pino logger is one.
 * @module
 */

export interface Log {
  debug(facts: object, message: string): void;
  info(facts: object, message: string): void;
  warn(facts: object, message: string): void;
  error(facts: object, message: string): void;
}
