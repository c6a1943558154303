/**
 * An answer as bytes: headers, warnings, JSON or YAML.
 * @module
 */
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { WholeAnswer } from './exchange.js';
import { isPretty, type Wanted } from './negotiate.js';

/** Rejects, before anything was sent, for a body that cannot be written. */
export async function send(
  message: IncomingMessage,
  response: ServerResponse,
  wanted: Wanted,
  answer: WholeAnswer,
): Promise<void> {
  response.setHeader('Cache-Control', 'no-cache, private');
  // The rest of a body that nobody read would be taken for the next request.
  if (!message.complete) response.setHeader('Connection', 'close');
  if (answer.kind === 'bytes') {
    response.writeHead(200, { 'Content-Type': answer.contentType, 'Content-Length': answer.bytes.length });
    response.end(answer.bytes);
    return;
  }
  if (answer.kind === 'text') {
    response.writeHead(answer.code, {
      'Content-Type': 'text/plain; charset=utf-8',
      'Content-Length': Buffer.byteLength(answer.text),
    });
    response.end(answer.text);
    return;
  }
  const { code, body, warnings = [], contentType } = answer;
  for (const text of warnings) response.appendHeader('Warning', warningOf(text));
  const { retryAfterSeconds } = ('details' in body ? body.details : undefined) ?? {};
  if (code >= 400 && retryAfterSeconds !== undefined) response.setHeader('Retry-After', String(retryAfterSeconds));
  if (wanted.format === 'yaml' && contentType === undefined) return sendYaml(response, code, body);
  const { query } = splitUrl(message.url);
  const text = `${JSON.stringify(body, undefined, isPretty(query, message.headers['user-agent']) ? 2 : undefined)}\n`;
  response.writeHead(code, {
    'Content-Type': contentType ?? 'application/json',
    'Content-Length': Buffer.byteLength(text),
  });
  response.end(text);
}

async function sendYaml(response: ServerResponse, code: number, body: object): Promise<void> {
  const { stringify } = await import('yaml');
  // Through JSON: what is shared within an object is written twice rather than as an anchor.
  const text = stringify(JSON.parse(JSON.stringify(body)), { sortMapEntries: true });
  response.writeHead(code, { 'Content-Type': 'application/yaml', 'Content-Length': Buffer.byteLength(text) });
  response.end(text);
}

/** RFC 7234 §5.5, as Kubernetes has it: 299 and no agent. */
export const warningOf = (text: string): string =>
  `299 - "${text.replace(/[^\x20-\x7e]/g, ' ').replace(/["\\]/g, '\\$&')}"`;

export function splitUrl(url = '/'): { readonly path: string; readonly query: URLSearchParams } {
  const mark = url.indexOf('?');
  return mark < 0
    ? { path: url, query: new URLSearchParams() }
    : { path: url.slice(0, mark), query: new URLSearchParams(url.slice(mark + 1)) };
}
