/**
 * What the API server says when it refuses, as an error that programs and people can read.
 *
 * Source: `metav1.Status`; RFC 9110 §10.2.3 (Retry-After).
 * @module
 */
import type { IncomingHttpHeaders } from 'node:http';
import { number, record, text } from './json.js';

/** The API server refused, or could not be reached (status 0). */
export class ApiError extends Error {
  override readonly name = 'ApiError';
  /** HTTP status; 0 when no usable answer came. */
  readonly status: number;
  /**
   * `metav1.StatusReason` such as `NotFound`, `AlreadyExists`, `Conflict`, `Expired`. With status 0 one of ours:
   * `Unreachable`, `Timeout`, `Aborted` (by the caller's signal), `Withheld` (by the caller's `mayBeSent`), `BadAnswer`.
   */
  readonly reason: string;
  /** How long the server asks to be left alone. */
  readonly retryAfterMs: number | undefined;

  constructor(
    status: number,
    reason: string,
    message: string,
    options: ErrorOptions & { readonly retryAfterMs?: number | undefined } = {},
  ) {
    super(message, options);
    this.status = status;
    this.reason = reason;
    this.retryAfterMs = options.retryAfterMs;
  }
}

/** 410, or the reason that stands for it: what was asked for is no longer in the server's history. */
export const isExpired = (error: unknown): boolean =>
  error instanceof ApiError && (error.status === 410 || error.reason === 'Expired' || error.reason === 'Gone');

/** Of an answer's body, which is a `Status` unless a proxy answered in the server's place. */
export function refusalFrom(status: number, headers: IncomingHttpHeaders, body: string): ApiError {
  let answer: unknown;
  try {
    answer = JSON.parse(body);
  } catch {
    answer = undefined;
  }
  return refusalOf(answer, status, retryAfterMs(status, [headers['retry-after']].flat()[0]), body);
}

/** Of a `Status` object, as an ERROR event of a watch carries one. It is an answer, so that one without a code is a 500. */
export function refusalOf(answer: unknown, httpStatus?: number, retryMs?: number, body = ''): ApiError {
  const said = record(answer);
  const status = httpStatus ?? (number(said['code']) || 500);
  const message = text(said['message']) || body.trim().slice(0, 200) || `HTTP status ${status}`;
  return new ApiError(status, text(said['reason']) || 'Unknown', message, { retryAfterMs: retryMs });
}

/** Seconds; the API server never sends the date form. Only 429 and 503 promise that nothing was done. */
function retryAfterMs(status: number, header: string | undefined): number | undefined {
  if (status !== 429 && status !== 503) return undefined;
  return header !== undefined && /^\d{1,5}$/.test(header.trim()) ? Number(header) * 1_000 : undefined;
}
