/**
 * A machine for classic BPF, as far as our filters need it: what the kernel would do with a frame.
 *
 * Source: Documentation/networking/filter.rst.
 * @module
 */
import type { BpfProgram } from '../../src/linux/bpf.js';

/** What the kernel knows of a frame beside its bytes. */
export interface Received {
  readonly frame: Uint8Array;
  /** include/uapi/linux/if_packet.h: 0 to us, 1 broadcast, 2 multicast, 3 to another host, 4 outgoing. */
  readonly packetType: number;
  /** Taken out of the frame; `undefined` when it had none. */
  readonly vlanTag: number | undefined;
}

const ANCILLARY = 0xffff_f000;

/** How many bytes of the frame the socket gets: 0 means that it gets nothing. */
export function runFilter(program: BpfProgram, received: Received): number {
  let accumulator = 0;
  for (let at = 0; at < program.length; at++) {
    const { code, jumpTrue, jumpFalse, k } = program[at] as BpfProgram[number];
    const jump = (condition: boolean) => {
      at += condition ? jumpTrue : jumpFalse;
    };
    if (code === 0x06) return k;
    if (code === 0x20 || code === 0x28) {
      const loaded = load(received, k, code === 0x20 ? 4 : 2);
      // The kernel ends the program there: the frame is too short to be what the filter wants.
      if (loaded === undefined) return 0;
      accumulator = loaded;
    } else if (code === 0x54) accumulator = (accumulator & k) >>> 0;
    else if (code === 0x15) jump(accumulator === k);
    else if (code === 0x25) jump(accumulator > k);
    else if (code === 0x35) jump(accumulator >= k);
    else throw new Error(`no such instruction: 0x${code.toString(16)}`);
  }
  throw new Error('the program does not end with a verdict');
}

function load({ frame, packetType, vlanTag }: Received, at: number, size: number): number | undefined {
  if (at === ANCILLARY + 4) return packetType;
  if (at === ANCILLARY + 44) return vlanTag ?? 0;
  if (at === ANCILLARY + 48) return vlanTag === undefined ? 0 : 1;
  if (at + size > frame.length) return undefined;
  return frame.subarray(at, at + size).reduce((value, byte) => value * 256 + byte, 0);
}
