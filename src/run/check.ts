/**
 * `cairn check FILE…`: says every problem of a configuration before a cluster does.
 *
 * Reads files and standard input, and no cluster. Problems go to stdout, one a line as `file:line: path: want …, got …`
 * with the line of the file that a person edits; what could not be read goes to stderr.
 *
 * Source: docs/design.md §3.
 * @module
 */
import { createReadStream } from 'node:fs';
import { findConfigs } from '../config/manifest.js';
import { notInEffect } from '../config/not-in-effect.js';
import { parseConfig } from '../config/parse.js';
import { inOrder, type Problem, renderProblem } from '../config/problem.js';
import type { CheckFlags, ExitCode } from './flags.js';

/** Far more than the API takes in one object, and little enough to be read at once. */
const MAX_FILE_BYTES = 16 * 1024 * 1024;

export interface CheckIo {
  readonly stdin: AsyncIterable<unknown>;
  readonly stdout: { write(text: string): unknown };
  readonly stderr: { write(text: string): unknown };
}

/** 0 fine, 1 problems, 2 could not read; of several files, the gravest. Never rejects. */
export async function runCheck({ files }: CheckFlags, io: CheckIo): Promise<ExitCode> {
  let exitCode: ExitCode = 0;
  for (const file of files) {
    const name = file === '-' ? 'stdin' : file;
    try {
      const { lines, hasProblems } = checkText(name, await readText(file === '-' ? io.stdin : createReadStream(file)));
      io.stdout.write(lines.map((line) => `${line}\n`).join(''));
      if (hasProblems && exitCode === 0) exitCode = 1;
    } catch (error) {
      io.stderr.write(`${name}: could not read: ${error instanceof Error ? error.message : String(error)}\n`);
      exitCode = 2;
    }
  }
  return exitCode;
}

interface Checked {
  readonly lines: readonly string[];
  readonly hasProblems: boolean;
}

function checkText(name: string, text: string): Checked {
  const show = (problem: Problem) => `${name}:${problem.line}: ${renderProblem(problem)}`;
  const sources = findConfigs(text);
  if (!sources.ok) return { lines: sources.error.map(show), hasProblems: true };

  const results = sources.value.map((source) => ({ source, result: parseConfig(source.text) }));
  const problems = results.flatMap(({ source, result }) =>
    result.ok ? [] : result.error.map((problem) => ({ ...problem, line: source.fileLine(problem.line) })),
  );
  if (problems.length > 0) return { lines: inOrder(problems).map(show), hasProblems: true };
  const configs = results.flatMap(({ result }) => (result.ok ? [result.value] : []));
  const pools = configs.flatMap((config) => config.pools);
  const count = pools.length === 1 ? '1 pool' : `${pools.length} pools`;
  const ignored = configs.flatMap(notInEffect).map((what) => `${name}: not in effect in this version: ${what}`);
  return { lines: [...ignored, `${name}: no problems, ${count}`], hasProblems: false };
}

async function readText(chunks: AsyncIterable<unknown>): Promise<string> {
  const decoder = new TextDecoder('utf-8', { fatal: true });
  let text = '';
  let bytes = 0;
  for await (const chunk of chunks) {
    const part = typeof chunk === 'string' ? new TextEncoder().encode(chunk) : (chunk as Uint8Array);
    bytes += part.length;
    if (bytes > MAX_FILE_BYTES) throw new Error(`more than ${MAX_FILE_BYTES} bytes`);
    text += decoder.decode(part, { stream: true });
  }
  return text + decoder.decode();
}
