/**
 * An expected outcome as a value: either what was asked for, or why not.
 *
 * Bad packets, bad config and full pools happen daily and are results; a kernel that refuses us is thrown.
 * @module
 */

export interface Ok<T> {
  readonly ok: true;
  readonly value: T;
}
export interface Err<E> {
  readonly ok: false;
  readonly error: E;
}
export type Result<T, E> = Ok<T> | Err<E>;

export const ok = <T>(value: T): Ok<T> => ({ ok: true, value });
export const err = <E>(error: E): Err<E> => ({ ok: false, error });
