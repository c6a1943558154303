/**
 * Reading the file of `--secret-file`; `secret-keys.ts` says what is in it.
 * @module
 */
import { readFile } from 'node:fs/promises';
import type { Log } from '../kube/log.js';
import { readSecretKeys, tellSecretDefect } from './secret-keys.js';

/** Empty without a file. Throws where a file was named and there is no key in it. */
export async function readSecretFile(file: string | undefined, log: Log): Promise<readonly Uint8Array[]> {
  if (file === undefined) {
    log.warn(
      {},
      'heartbeats are not signed: any host on the link can forge them; give every speaker the same --secret-file',
    );
    return [];
  }
  const keys = readSecretKeys(
    await readFile(file).catch((error: Error) => {
      throw new Error(`--secret-file ${file} cannot be read`, { cause: error });
    }),
  );
  if (!keys.ok) throw new Error(`the secret file ${file} is of no use: ${tellSecretDefect(keys.error)}`);
  return keys.value;
}
