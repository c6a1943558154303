/**
 * Classic BPF: the filters of our packet sockets, and how such a program is written down.
 *
 * A filter is data. The kernel runs it for each frame before a copy is made, so that what we do not need costs nothing.
 * These filters let pass only what a decoder might accept; they do not replace its checks.
 *
 * Sources: Documentation/networking/filter.rst, include/uapi/linux/{bpf_common,filter}.h; RFC 826 for the layout of ARP.
 * @module
 */
import { ETHERTYPE } from '../arp/ethernet.js';

/** One instruction, struct sock_filter: jumps count the instructions that are skipped. */
export interface Instruction {
  readonly code: number;
  readonly jumpTrue: number;
  readonly jumpFalse: number;
  readonly k: number;
}

export type BpfProgram = readonly Instruction[];

/** include/uapi/linux/bpf_common.h: class | size or operation | mode or source. */
const CODE = {
  loadHalf: 0x28,
  loadWord: 0x20,
  and: 0x54,
  jumpEqual: 0x15,
  jumpGreater: 0x25,
  jumpAtLeast: 0x35,
  give: 0x06,
} as const;

/** include/uapi/linux/filter.h: negative offsets read what the kernel knows of the frame. */
const ANCILLARY = 0xffff_f000;
const PACKET_TYPE = ANCILLARY + 4;
const VLAN_TAG = ANCILLARY + 44;
const VLAN_TAG_PRESENT = ANCILLARY + 48;

/** include/uapi/linux/if_packet.h: 0 to us, 1 broadcast, 2 multicast; 3 to another host, 4 our own on its way out. */
const LAST_PACKET_TYPE_FOR_US = 2;
const VLAN_ID_MASK = 0x0fff;

const ETHERTYPE_AT = 12;
const PAYLOAD_AT = 14;

/** A step of the assembler: a plain instruction, or a test that rejects the frame when it fails. */
type Step =
  | { readonly do: 'load'; readonly size: 'loadHalf' | 'loadWord'; readonly at: number }
  | { readonly do: 'and'; readonly mask: number }
  | { readonly do: 'want-equal'; readonly value: number }
  | { readonly do: 'want-at-most'; readonly value: number }
  | { readonly do: 'want-at-least'; readonly value: number }
  /** Passes over the next `steps` steps when the value is zero. */
  | { readonly do: 'skip-if-zero'; readonly steps: number };

const load = (size: 'loadHalf' | 'loadWord', at: number): Step => ({ do: 'load', size, at });
const wantEqual = (value: number): Step => ({ do: 'want-equal', value });
const wantAtMost = (value: number): Step => ({ do: 'want-at-most', value });

/**
 * Addressed to us or to everybody, and not of a VLAN that shares the wire. The card or the kernel has taken the tag out of
 * the frame; what is left of it is the ancillary word. VLAN 0 is a priority and no network (IEEE 802.1Q §6.9.1).
 */
const FOR_THIS_LINK: readonly Step[] = [
  load('loadWord', PACKET_TYPE),
  wantAtMost(LAST_PACKET_TYPE_FOR_US),
  load('loadWord', VLAN_TAG_PRESENT),
  { do: 'skip-if-zero', steps: 3 },
  load('loadWord', VLAN_TAG),
  { do: 'and', mask: VLAN_ID_MASK },
  wantEqual(0),
];

/** How much of an accepted frame is kept: all of it. */
const ACCEPT_BYTES = 0xffff;

/** Every test jumps to the one rejection at the end when it fails. */
export function assemble(steps: readonly Step[]): BpfProgram {
  const program = steps.map((step, at) => encodeStep(step, steps.length - at));
  return [...program, instruction(CODE.give, ACCEPT_BYTES), instruction(CODE.give, 0)];
}

/** `toReject`: how many instructions lie between this one and the last. */
function encodeStep(step: Step, toReject: number): Instruction {
  switch (step.do) {
    case 'load':
      return instruction(CODE[step.size], step.at);
    case 'and':
      return instruction(CODE.and, step.mask);
    case 'want-equal':
      return instruction(CODE.jumpEqual, step.value, 0, toReject);
    case 'want-at-most':
      return instruction(CODE.jumpGreater, step.value, toReject, 0);
    case 'want-at-least':
      return instruction(CODE.jumpAtLeast, step.value, 0, toReject);
    case 'skip-if-zero':
      return instruction(CODE.jumpEqual, 0, step.steps, 0);
  }
}

function instruction(code: number, k: number, jumpTrue = 0, jumpFalse = 0): Instruction {
  return { code, jumpTrue, jumpFalse, k: k >>> 0 };
}

/** ARP requests and replies for IPv4 over Ethernet. */
export const ARP_FILTER: BpfProgram = assemble([
  ...FOR_THIS_LINK,
  load('loadHalf', ETHERTYPE_AT),
  wantEqual(ETHERTYPE.arp),
  load('loadWord', PAYLOAD_AT),
  wantEqual(0x0001_0800),
  load('loadHalf', PAYLOAD_AT + 4),
  wantEqual(0x0604),
  load('loadHalf', PAYLOAD_AT + 6),
  { do: 'want-at-least', value: 1 },
  wantAtMost(2),
]);

/** The speakers' own frames. */
export const BEAT_FILTER: BpfProgram = assemble([
  ...FOR_THIS_LINK,
  load('loadHalf', ETHERTYPE_AT),
  wantEqual(ETHERTYPE.cairn),
]);

/** sizeof(struct sock_filter). */
const INSTRUCTION_BYTES = 8;

/** The program as the kernel takes it: struct sock_filter, in the machine's (little-endian) order. */
export function encodeProgram(program: BpfProgram): Uint8Array {
  const bytes = Buffer.alloc(program.length * INSTRUCTION_BYTES);
  program.forEach(({ code, jumpTrue, jumpFalse, k }, index) => {
    const at = index * INSTRUCTION_BYTES;
    bytes.writeUInt16LE(code, at);
    bytes.writeUInt8(jumpTrue, at + 2);
    bytes.writeUInt8(jumpFalse, at + 3);
    bytes.writeUInt32LE(k, at + 4);
  });
  return bytes;
}
