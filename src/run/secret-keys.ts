/**
 * The secret file: the keys that sign heartbeats, the newest last.
 *
 * A file of printable ASCII holds a key in each line; empty lines do not count. Any other file is one key, every byte
 * of it, such as 32 bytes from /dev/urandom. The format is described for users in `docs/speaker.md`.
 *
 * Pure.
 * @module
 */
import { err, ok, type Result } from '../values/result.js';

/** RFC 2104 §3: a key shorter than the hash's 32 bytes would weaken the tag. */
export const MIN_KEY_BYTES = 32;

export type SecretDefect =
  | { readonly kind: 'empty' }
  | { readonly kind: 'too-short'; readonly line: number | undefined; readonly gotBytes: number };

export function tellSecretDefect(defect: SecretDefect): string {
  if (defect.kind === 'empty') return 'it holds no key; write one with `openssl rand -base64 48`';
  const where = defect.line === undefined ? 'its key' : `the key in line ${defect.line}`;
  return `${where} has ${defect.gotBytes} bytes, fewer than ${MIN_KEY_BYTES}; write one with \`openssl rand -base64 48\``;
}

export function readSecretKeys(bytes: Uint8Array): Result<readonly Uint8Array[], SecretDefect> {
  if (bytes.length === 0) return err({ kind: 'empty' });
  if (!bytes.every(isPrintable)) {
    return bytes.length < MIN_KEY_BYTES
      ? err({ kind: 'too-short', line: undefined, gotBytes: bytes.length })
      : ok([Uint8Array.from(bytes)]);
  }
  const keys: Uint8Array[] = [];
  for (const [at, line] of new TextDecoder().decode(bytes).split('\n').entries()) {
    const key = new TextEncoder().encode(line.trim());
    if (key.length === 0) continue;
    if (key.length < MIN_KEY_BYTES) return err({ kind: 'too-short', line: at + 1, gotBytes: key.length });
    keys.push(key);
  }
  return keys.length === 0 ? err({ kind: 'empty' }) : ok(keys);
}

/** Printable ASCII, tab, and the ends of lines. */
const isPrintable = (byte: number): boolean =>
  (byte >= 0x20 && byte <= 0x7e) || byte === 0x09 || byte === 0x0a || byte === 0x0d;
