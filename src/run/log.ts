/**
 * The log: one JSON object a line on standard output, or lines for people where that is a terminal.
 *
 * Each line is handed on at once; `log-lines.ts` says when it is written.
 * @module
 */
import { type Logger, pino } from 'pino';
import type { LogLevel } from './flags.js';
import type { LineSink } from './log-lines.js';

export type { Logger } from 'pino';

export interface LogOptions {
  readonly level: LogLevel;
  /** Such as `controller`: on every line. */
  readonly daemon: string;
  readonly destination: LineSink;
}

export async function openLog({ level, daemon, destination }: LogOptions): Promise<Logger> {
  const options = {
    level,
    base: { daemon },
    messageKey: 'message',
    timestamp: () => `,"time":"${new Date().toISOString()}"`,
    formatters: { level: (label: string) => ({ level: label }) },
    serializers: { err: serializeError },
  };
  if (destination.isTTY !== true) return pino(options, destination);
  // Only who sits at a terminal pays for loading it.
  const { default: pinoPretty } = await import('pino-pretty');
  const pretty = pinoPretty.prettyFactory({
    colorize: true,
    messageKey: 'message',
    translateTime: 'HH:MM:ss.l',
    ignore: 'daemon',
  });
  return pino(options, { write: (line: string) => destination.write(pretty(line)) });
}

/** How many causes behind an error are shown. */
const MAX_CAUSES = 4;

/** Name, message, code and causes. The stack only of what nobody foresaw: an error class that is not ours. */
function serializeError(error: unknown, depth = 0): unknown {
  if (!(error instanceof Error)) return String(error);
  const { code, status, reason } = error as { code?: unknown; status?: unknown; reason?: unknown };
  const isSurprise =
    error.constructor === TypeError || error.constructor === RangeError || error.constructor === ReferenceError;
  return {
    name: error.name,
    message: error.message,
    ...(code === undefined ? {} : { code }),
    ...(status === undefined ? {} : { status, reason }),
    ...(isSurprise ? { stack: error.stack } : {}),
    ...(error.cause === undefined || depth >= MAX_CAUSES ? {} : { cause: serializeError(error.cause, depth + 1) }),
  };
}
