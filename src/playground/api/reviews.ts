/**
 * Who am I, and may I: the two questions that kubectl asks (`kubectl auth whoami`, `kubectl auth can-i`). Everybody is the one user, who
 * may do everything.
 * @module
 */
import type { JsonObject } from './object.js';
import { REVIEWS, type ReviewName } from './routes.js';

const USER = { username: 'admin', groups: ['system:masters', 'system:authenticated'] };

export function answerReview(plural: ReviewName, sent: JsonObject, time: string): JsonObject {
  const { group, kind } = REVIEWS[plural];
  const head = { kind, apiVersion: `${group}/v1`, metadata: { creationTimestamp: time } };
  return plural === 'selfsubjectreviews'
    ? { ...head, status: { userInfo: USER } }
    : { ...head, spec: sent['spec'] ?? {}, status: { allowed: true } };
}
