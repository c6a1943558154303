/**
 * What an error says, for the end of a sentence of ours.
 * @module
 */

/** Node says nothing but a code when it tried several addresses of a name in vain; a plugin may fail without a word. */
export const wordsOf = (cause: unknown): string =>
  cause instanceof Error
    ? cause.message || ((cause as NodeJS.ErrnoException).code ?? 'no reason given')
    : String(cause);
