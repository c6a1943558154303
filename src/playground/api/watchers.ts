/**
 * Every watch that is running: told of each change, and now and then how far it is.
 * @module
 */
import type { Faults } from './faults.js';
import { matchesTarget } from './faults.js';
import type { Store } from './store.js';
import type { WatchStream } from './watch-stream.js';

/** Upstream: about once a minute. */
export const BOOKMARK_MS = 60_000;

export class Watchers {
  readonly #streams = new Set<WatchStream>();
  readonly #release: () => void;
  #cancelBookmarks: () => void = () => {};

  constructor(store: Store, faults: Faults, bookmarkMs = BOOKMARK_MS) {
    this.#release = store.storage.onChange(() => this.#pump());
    faults.onRelease(() => this.#pump());
    faults.onDisconnect((target) => {
      for (const stream of [...this.#streams]) if (matchesTarget(target, stream.asked)) stream.abandon();
    });
    const bookmarkLater = () => {
      this.#cancelBookmarks = store.clock.after(bookmarkMs, () => {
        for (const stream of [...this.#streams]) stream.bookmark();
        bookmarkLater();
      });
    };
    bookmarkLater();
  }

  add(stream: WatchStream): void {
    this.#streams.add(stream);
  }

  remove(stream: WatchStream): void {
    this.#streams.delete(stream);
  }

  /** Cuts all. */
  stop(): void {
    this.#release();
    this.#cancelBookmarks();
    for (const stream of [...this.#streams]) stream.abandon();
  }

  #pump(): void {
    for (const stream of [...this.#streams]) stream.pump();
  }
}
