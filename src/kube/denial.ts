/**
 * The API server does not believe who we are (401) or does not let us (403): in words, and whether it lasts.
 *
 * One that starts, or reads its rules anew, denies for some seconds; what lasts is for people to see to. A server that is
 * busy, fails or cannot be reached has said nothing of our rights: that is no denial, and takes none back.
 *
 * Pure: the time is an argument.
 *
 * Source: Kubernetes documentation, "Controlling Access to the Kubernetes API".
 * @module
 */
import { ApiError } from './api-error.js';

/** Twice as long as the longest pause between two tries, so that it takes three of them at least. */
const LASTS_AFTER_MS = 30_000;
const NAMES: ReadonlyMap<number, string> = new Map([
  [401, '401 Unauthorized'],
  [403, '403 Forbidden'],
]);

/** On one line: `403 Forbidden: services is forbidden: …`. Undefined for any other failure. */
export function denialIn(error: unknown): string | undefined {
  const name = error instanceof ApiError ? NAMES.get(error.status) : undefined;
  if (name === undefined) return undefined;
  // A proxy answers with a page.
  const said = (error as ApiError).message.replace(/\s+/g, ' ');
  // Of a token that it does not know, the API server says the name alone.
  return name.endsWith(` ${said}`) ? name : `${name}: ${said}`;
}

/** Of the tries to read one thing. */
export class Denial {
  #words: string | undefined;
  #latestMs: number | undefined;
  /** Between denials that came one after the other. */
  #deniedMs = 0;

  /** What was said last, once every try has been denied for {@link LASTS_AFTER_MS}, until one is let through. */
  get lasting(): string | undefined {
    return this.#deniedMs >= LASTS_AFTER_MS ? this.#words : undefined;
  }

  failed(error: unknown, nowMs: number): void {
    const words = denialIn(error);
    if (words === undefined) {
      this.#latestMs = undefined;
      return;
    }
    this.#deniedMs += nowMs - (this.#latestMs ?? nowMs);
    this.#latestMs = nowMs;
    this.#words = words;
  }

  letThrough(): void {
    this.#words = undefined;
    this.#latestMs = undefined;
    this.#deniedMs = 0;
  }
}
