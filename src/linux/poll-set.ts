/**
 * The descriptors that one poll(2) waits for, in the kernel's own form, so that a turn of the loop copies nothing.
 *
 * Source: poll(2), struct pollfd: a 32-bit descriptor, 16 bits of what is waited for, 16 bits of what happened.
 * @module
 */
import { type Fd, POLLFD_BYTES, POLLIN } from './libc.js';

export class PollSet {
  #bytes = Buffer.alloc(0);
  /** The same bytes as 16-bit words: what happened is the fourth of each descriptor. */
  #words = new Int16Array(0);
  #places = new Map<Fd, number>();

  /** For poll(2): read and written by the kernel. */
  get bytes(): Uint8Array {
    return this.#bytes;
  }

  get count(): number {
    return this.#places.size;
  }

  /** Waits for these from now on. None of them is ready before the next poll. */
  watch(descriptors: Iterable<Fd>): void {
    this.#places = new Map([...descriptors].map((fd, place) => [fd, place]));
    this.#bytes = Buffer.from(new ArrayBuffer(this.#places.size * POLLFD_BYTES));
    this.#words = new Int16Array(this.#bytes.buffer);
    for (const [fd, place] of this.#places) {
      this.#bytes.writeInt32LE(fd, place * POLLFD_BYTES);
      this.#bytes.writeInt16LE(POLLIN, place * POLLFD_BYTES + 4);
    }
  }

  /** Whether the last poll found something: bytes, or an error that the next read tells. */
  isReady(fd: Fd): boolean {
    const place = this.#places.get(fd);
    return place !== undefined && this.#words[place * (POLLFD_BYTES / 2) + 3] !== 0;
  }
}
