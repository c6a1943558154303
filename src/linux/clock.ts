/**
 * The time that the speaker's promises are measured in: since the machine started, time asleep included.
 *
 * CLOCK_MONOTONIC stands still while a machine is suspended or a virtual machine paused. An owner that slept must notice that
 * others had time to take over (docs/protocol.md, rule 5), so the loop runs on CLOCK_BOOTTIME.
 *
 * Source: clock_gettime(2).
 * @module
 */
import { clockGettime } from './libc.js';

/** include/uapi/linux/time.h */
const CLOCK_BOOTTIME = 7;

/** struct timespec of a 64-bit machine: seconds and nanoseconds, 8 bytes each. */
const timespec = Buffer.alloc(16);
/** Four 32-bit words; the low halves of both numbers hold 136 years and a whole second. */
const words = new Uint32Array(timespec.buffer, timespec.byteOffset, 4);

/** Milliseconds with their fraction. */
export function boottimeMs(): number {
  clockGettime(CLOCK_BOOTTIME, timespec);
  return (words[0] as number) * 1_000 + (words[2] as number) / 1_000_000;
}
