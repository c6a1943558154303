/**
 * A process told apart from every other, also from one that later gets the same pid.
 *
 * Reads /proc only; never sends a signal.
 * Source: proc_pid_stat(5), fields 3 (state) and 22 (starttime).
 * @module
 */
import fs from 'node:fs';

export interface ProcessId {
  readonly pid: number;
  /** Clock ticks between boot and the start of the process. */
  readonly startTicks: number;
}

/** `undefined` when there is no such process, or only its exit status is left of it. */
export function readProcessId(pid: number): ProcessId | undefined {
  let stat: string;
  try {
    stat = fs.readFileSync(`/proc/${pid}/stat`, 'utf8');
  } catch {
    return undefined;
  }
  // The second field is the program's name in parentheses and may itself hold spaces and parentheses.
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  const [state] = fields;
  const startTicks = Number(fields[22 - 3]);
  return state === 'Z' || state === 'X' ? undefined : { pid, startTicks };
}

/** As {@link readProcessId} for a process that is known to live. */
export function processId(pid: number): ProcessId {
  const id = readProcessId(pid);
  if (id === undefined) throw new Error(`no process ${pid}`);
  return id;
}

export const sameProcess = (id: ProcessId): boolean => readProcessId(id.pid)?.startTicks === id.startTicks;
