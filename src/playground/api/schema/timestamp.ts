/**
 * Times as the API writes them, and what it says of text that is none.
 *
 * Sources: https://kubernetes.io/docs/reference/kubernetes-api/common-definitions/ (Time, MicroTime); the words are those of Go's
 * `time.Parse`, https://pkg.go.dev/time#Parse.
 * @module
 */
import { err, ok, type Result } from '../../../values/result.js';

export type Precision = 'seconds' | 'microseconds';

interface Part {
  /** As Go's layouts name it. */
  readonly layout: string;
  readonly pattern: RegExp;
}

const FRACTION: Part = { layout: '.000000', pattern: /^\.\d{6}/ };
/** Go reads a fraction behind the seconds even where the layout has none. */
const SECONDS: Part = { layout: '05', pattern: /^\d{2}(?:[.,]\d+)?/ };
const PLAIN_SECONDS: Part = { layout: '05', pattern: /^\d{2}/ };
const UNTIL_SECONDS: readonly Part[] = [
  { layout: '2006', pattern: /^\d{4}/ },
  { layout: '-', pattern: /^-/ },
  { layout: '01', pattern: /^\d{2}/ },
  { layout: '-', pattern: /^-/ },
  { layout: '02', pattern: /^\d{2}/ },
  { layout: 'T', pattern: /^T/ },
  { layout: '15', pattern: /^\d{2}/ },
  { layout: ':', pattern: /^:/ },
  { layout: '04', pattern: /^\d{2}/ },
  { layout: ':', pattern: /^:/ },
];
const ZONE: Part = { layout: 'Z07:00', pattern: /^(?:Z|[+-]\d{2}:\d{2})/ };

const LAYOUTS: Readonly<Record<Precision, readonly Part[]>> = {
  seconds: [...UNTIL_SECONDS, SECONDS, ZONE],
  microseconds: [...UNTIL_SECONDS, PLAIN_SECONDS, FRACTION, ZONE],
};

/** The time in UTC as the API shows it, or what is wrong with the text. */
export function canonicalTime(text: string, precision: Precision): Result<string, string> {
  const layout = LAYOUTS[precision];
  let rest = text;
  for (const { layout: part, pattern } of layout) {
    const found = pattern.exec(rest)?.[0];
    if (found === undefined) return err(cannotParse(text, layout, `cannot parse "${rest}" as "${part}"`));
    rest = rest.slice(found.length);
  }
  if (rest !== '') return err(`parsing time "${text}": extra text: "${rest}"`);
  const outOfRange = partOutOfRange(text);
  if (outOfRange !== undefined) return err(`parsing time "${text}": ${outOfRange} out of range`);
  const [untilSeconds = ''] = new Date(inUtcMs(text)).toISOString().split('.');
  // A Date keeps no microseconds; they are the text's own, whatever its zone.
  const fraction = precision === 'seconds' ? '' : (/\.\d{6}/.exec(text)?.[0] ?? '');
  return ok(`${untilSeconds}${fraction}Z`);
}

/** The first part of a date and time in digits that no calendar or clock shows. */
function partOutOfRange(text: string): string | undefined {
  const [year = 0, month = 0, day = 0, hour = 0, minute = 0, second = 0] = (text.match(/\d+/g) ?? []).map(Number);
  if (month < 1 || month > 12) return 'month';
  if (hour > 23) return 'hour';
  if (minute > 59) return 'minute';
  if (second > 59) return 'second';
  const daysInMonth = new Date(Date.UTC(year, month, 0)).getUTCDate();
  if (day < 1 || day > daysInMonth) return 'day';
  const [, zoneHour = 0, zoneMinute = 0] = (/[+-](\d{2}):(\d{2})$/.exec(text) ?? []).map(Number);
  if (zoneHour > 24) return 'time zone offset hour';
  return zoneMinute > 60 ? 'time zone offset minute' : undefined;
}

/** Go's zones go up to 24:60, further than a Date reads one. */
function inUtcMs(text: string): number {
  const [, clock = '', sign, hours, minutes] = /^(.*?)(?:Z|([+-])(\d{2}):(\d{2}))$/.exec(text) ?? [];
  const offsetMinutes = sign === undefined ? 0 : Number(`${sign}1`) * (60 * Number(hours) + Number(minutes));
  return Date.parse(`${clock.replace(',', '.')}Z`) - offsetMinutes * 60_000;
}

const cannotParse = (text: string, layout: readonly Part[], why: string) =>
  `parsing time "${text}" as "${layout.map((part) => part.layout).join('')}": ${why}`;
