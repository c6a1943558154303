/**
 * The C library's socket calls, through koffi.
 *
 * Calls that fail only when something is wrong throw a {@link LibcError}. Calls of the hot path answer as the kernel does: a
 * count, or a negative errno, because "nothing to read" and "link is down" happen all day. Nothing here allocates on the hot
 * path, blocks (but `poll`), or knows what the bytes mean. For 64-bit little-endian Linux.
 *
 * The functions are looked up in the running process (`dlopen(NULL)`), so that glibc and musl are served alike.
 *
 * Sources: man pages of section 2 (socket, bind, setsockopt, poll, recv, send, pipe2, clock_gettime), include/uapi/linux.
 * @module
 */
import { constants, endianness } from 'node:os';
import { getSystemErrorName } from 'node:util';
import koffi from 'koffi';

declare const brand: unique symbol;

/** A file descriptor of this process. */
export type Fd = number & { readonly [brand]: 'Fd' };

/** The kernel refused. `code` is the errno's name, such as `EPERM`. */
export class LibcError extends Error {
  override readonly name = 'LibcError';
  readonly code: string;
  readonly errno: number;
  readonly syscall: string;
  constructor(syscall: string, errno: number, doing: string, options?: ErrorOptions) {
    const code = errnoName(errno);
    super(`${doing}: ${syscall} failed with ${code}`, options);
    this.code = code;
    this.errno = errno;
    this.syscall = syscall;
  }
}

/** `EPERM` for 1. A number that libuv has no name for stays a number. */
export function errnoName(errno: number): string {
  const name = errno > 0 ? getSystemErrorName(-errno) : '';
  return name.startsWith('E') ? name : `errno ${errno}`;
}

export const ERRNO = constants.errno;

/** include/linux/net.h: ORed into a socket's type. Every socket of ours is read in one poll loop and inherited by nobody. */
const SOCK_NONBLOCK = 0o4000;
const SOCK_CLOEXEC = 0o2000000;
/** include/uapi/asm-generic/fcntl.h */
const O_NONBLOCK = 0o4000;
const O_CLOEXEC = 0o2000000;

/** include/uapi/asm-generic/poll.h */
export const POLLIN = 0x001;
/** struct pollfd: fd, events, revents. */
export const POLLFD_BYTES = 8;

const lib = koffi.load(null);
const c = {
  socket: lib.func('socket', 'int', ['int', 'int', 'int']),
  bind: lib.func('bind', 'int', ['int', 'void *', 'uint32']),
  setsockopt: lib.func('setsockopt', 'int', ['int', 'int', 'int', 'void *', 'uint32']),
  poll: lib.func('poll', 'int', ['void *', 'unsigned long', 'int']),
  recv: lib.func('recv', 'intptr_t', ['int', 'void *', 'size_t', 'int']),
  send: lib.func('send', 'intptr_t', ['int', 'void *', 'size_t', 'int']),
  pipe2: lib.func('pipe2', 'int', ['void *', 'int']),
  read: lib.func('read', 'intptr_t', ['int', 'void *', 'size_t']),
  write: lib.func('write', 'intptr_t', ['int', 'void *', 'size_t']),
  close: lib.func('close', 'int', ['int']),
  clockGettime: lib.func('clock_gettime', 'int', ['int', 'void *']),
};

/** `returned`, unless it says failure. */
function check(returned: number, syscall: string, doing: string): number {
  if (returned < 0) throw new LibcError(syscall, koffi.errno(), doing);
  return returned;
}

const orErrno = (returned: number): number => (returned < 0 ? -koffi.errno() : returned);

/** A socket that never blocks and is not inherited. `doing` begins the sentence that an error ends. */
export function openSocket(domain: number, type: number, protocol: number, doing: string): Fd {
  return check(c.socket(domain, type | SOCK_NONBLOCK | SOCK_CLOEXEC, protocol), 'socket', doing) as Fd;
}

export function bind(fd: Fd, sockaddr: Uint8Array, doing: string): void {
  check(c.bind(fd, sockaddr, sockaddr.length), 'bind', doing);
}

export function setsockopt(fd: Fd, level: number, option: number, value: Uint8Array, doing: string): void {
  check(c.setsockopt(fd, level, option, value, value.length), 'setsockopt', doing);
}

/** An option that older kernels do not know: `false` instead of an error. */
export const trySetsockopt = (fd: Fd, level: number, option: number, value: Uint8Array): boolean =>
  c.setsockopt(fd, level, option, value, value.length) === 0;

/** Where the bytes are now. They must be kept reachable for as long as the address is used. */
export const addressOf = (bytes: Uint8Array): bigint => koffi.address(bytes);

/** Waits until one of the descriptors is ready: how many are, or a negative errno (`-EINTR`). Blocks this thread. */
export const poll = (pollfds: Uint8Array, count: number, timeoutMs: number): number =>
  orErrno(c.poll(pollfds, count, timeoutMs));

/** Bytes received, or a negative errno: `-EAGAIN` when the queue is empty. */
export const recv = (fd: Fd, into: Uint8Array, flags = 0): number => orErrno(c.recv(fd, into, into.length, flags));

/** Bytes sent, or a negative errno: `-ENETDOWN`, `-ENXIO`, `-ENOBUFS`. */
export const send = (fd: Fd, bytes: Uint8Array): number => orErrno(c.send(fd, bytes, bytes.length, 0));

/** Bytes read, or a negative errno. */
export const read = (fd: Fd, into: Uint8Array): number => orErrno(c.read(fd, into, into.length));

/** Bytes written, or a negative errno: `-EAGAIN` when the pipe is full. */
export const write = (fd: Fd, bytes: Uint8Array): number => orErrno(c.write(fd, bytes, bytes.length));

/** A pipe that never blocks. */
export function openPipe(): { readonly readEnd: Fd; readonly writeEnd: Fd } {
  const ends = Buffer.alloc(8);
  check(c.pipe2(ends, O_NONBLOCK | O_CLOEXEC), 'pipe2', 'opening a pipe');
  return { readEnd: ends.readInt32LE(0) as Fd, writeEnd: ends.readInt32LE(4) as Fd };
}

/** Linux has freed the descriptor whatever close answers, so it is never tried again. */
export function close(fd: Fd): void {
  c.close(fd);
}

/** Fills a struct timespec with the time of `clock`. */
export function clockGettime(clock: number, timespec: Uint8Array): void {
  check(c.clockGettime(clock, timespec), 'clock_gettime', 'reading a clock');
}

/** Structures are read as such a machine lays them out. */
if (endianness() !== 'LE' || koffi.sizeof('long') !== 8) {
  throw new Error(`the link side runs on 64-bit little-endian machines only, and this is ${process.arch}`);
}
