/**
 * nftables through the program `nft`: one text, one transaction, which the kernel takes as a whole or not at all.
 *
 * Knows nothing of what is in a ruleset. A speaker that is killed in the middle leaves `nft` with half a text, which is no
 * ruleset, so nothing changes.
 *
 * Source: nft(8).
 * @module
 */
import { isMissing, runProgram } from './programs.js';

/** The kernel, or `nft` itself, did not take it. The message names the remedy where there is a known one. */
export class NftError extends Error {
  override readonly name = 'NftError';
  readonly code = 'NFT_REFUSED';
  readonly exitCode: number | null;
  constructor(exitCode: number | null, stderr: string, options?: ErrorOptions) {
    super(tell(exitCode, stderr), options);
    this.exitCode = exitCode;
  }
}

/** There is no program `nft`. */
export class NftMissingError extends Error {
  override readonly name = 'NftMissingError';
  readonly code = 'NFT_MISSING';
  constructor(options?: ErrorOptions) {
    super('the program nft is not there: install the package nftables (the image of Cairn has it)', options);
  }
}

/** A refused ruleset of 5,000 lines is shown to the user in its first ones. */
const TOLD_CHARACTERS = 200;

function tell(exitCode: number | null, stderr: string): string {
  if (exitCode === null) return 'nft did not end in time';
  if (/operation not permitted/i.test(stderr)) {
    return (
      'nft may not change the rules of the kernel: CAP_NET_ADMIN is missing; in a Pod, add NET_ADMIN to ' +
      'securityContext.capabilities.add of the speaker container'
    );
  }
  const [first = ''] = stderr.trim().split('\n');
  return `nft refused the ruleset (exit ${exitCode}): ${first.slice(0, TOLD_CHARACTERS)}`;
}

/** Throws {@link NftError} or {@link NftMissingError}; the kernel's rules are then what they were. */
export async function applyRuleset(ruleset: string): Promise<void> {
  await nft(['-f', '-'], ruleset);
}

/** Throws as {@link applyRuleset} does; without CAP_NET_ADMIN nobody can tell. */
export async function hasTable(family: string, table: string): Promise<boolean> {
  const listed = await nft(['list', 'tables', family]);
  return listed.split('\n').includes(`table ${family} ${table}`);
}

async function nft(args: readonly string[], input = ''): Promise<string> {
  const { exitCode, stdout, stderr } = await runProgram('nft', args, input).catch((cause: unknown) => {
    throw isMissing(cause) ? new NftMissingError({ cause }) : cause;
  });
  if (exitCode !== 0) throw new NftError(exitCode, stderr);
  return stdout;
}
