/**
 * How long ago, in the two largest units that still say something: `5m30s`, `3h`, `2d4h`.
 *
 * Source: `k8s.io/apimachinery` pkg/util/duration HumanDuration, as every printer of Kubernetes uses it.
 * @module
 */

/** `<unknown>` for what never was. */
export function ageOf(timestamp: string | undefined | null, nowMs: number): string {
  const thenMs = timestamp ? Date.parse(timestamp) : Number.NaN;
  return Number.isNaN(thenMs) ? '<unknown>' : humanDuration(nowMs - thenMs);
}

export function humanDuration(durationMs: number): string {
  const seconds = Math.trunc(durationMs / 1000);
  // A clock that is a little behind is no news; one that is far behind is.
  if (seconds < -1) return '<invalid>';
  if (seconds < 0) return '0s';
  if (seconds < 2 * 60) return `${seconds}s`;
  const minutes = Math.trunc(seconds / 60);
  if (minutes < 10) return withRest(minutes, 'm', seconds % 60, 's');
  if (minutes < 3 * 60) return `${minutes}m`;
  const hours = Math.trunc(minutes / 60);
  if (hours < 8) return withRest(hours, 'h', minutes % 60, 'm');
  if (hours < 2 * 24) return `${hours}h`;
  const days = Math.trunc(hours / 24);
  if (days < 8) return withRest(days, 'd', hours % 24, 'h');
  if (days < 2 * 365) return `${days}d`;
  const years = Math.trunc(days / 365);
  return years < 8 ? withRest(years, 'y', days % 365, 'd') : `${years}y`;
}

const withRest = (count: number, unit: string, rest: number, smaller: string) =>
  rest === 0 ? `${count}${unit}` : `${count}${unit}${rest}${smaller}`;
