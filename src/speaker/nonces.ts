/**
 * The nonces that we ask peers to send back, and the newcomers whose answer is outstanding.
 *
 * Pure. Whoever sends back a nonce drawn a moment ago is no recording. Bounded whatever arrives.
 *
 * Source: docs/protocol.md ("trusted as alive only after its epoch echoed my nonce").
 * @module
 */
import { NONCE_BYTES, type Nonce, toNonce } from '../arp/envelope.js';

/**
 * A recording is worth something only as long as the nonce in it counts. The one before still does, since a beat may be
 * under way when the next is drawn.
 */
const DRAW_EVERY_MS = 1_000;

export class Nonces {
  readonly #randomBytes: (length: number) => Uint8Array;
  #current: Nonce;
  #previous: Nonce | undefined;
  #drawnMs: number;

  constructor(randomBytes: (length: number) => Uint8Array, nowMs: number) {
    this.#randomBytes = randomBytes;
    this.#current = toNonce(randomBytes(NONCE_BYTES));
    this.#drawnMs = nowMs;
  }

  /** The nonce for a beat that is sent now. */
  at(nowMs: number): Nonce {
    if (nowMs - this.#drawnMs >= DRAW_EVERY_MS) this.#draw(nowMs, this.#current);
    return this.#current;
  }

  /** After a freeze: only what is said from now on counts. */
  renew(nowMs: number): void {
    this.#draw(nowMs, undefined);
  }

  isEchoed(echoes: readonly Nonce[]): boolean {
    return echoes.includes(this.#current) || (this.#previous !== undefined && echoes.includes(this.#previous));
  }

  #draw(nowMs: number, previous: Nonce | undefined): void {
    this.#previous = previous;
    this.#current = toNonce(this.#randomBytes(NONCE_BYTES));
    this.#drawnMs = nowMs;
  }
}
