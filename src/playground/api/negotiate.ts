/**
 * In which form a client wants its answer, and in which it sent its body. JSON and YAML are spoken;
 * protobuf is read, where it came in as JSON already (http.ts), and never written.
 *
 * Pure. Source: https://kubernetes.io/docs/reference/using-api/api-concepts/#alternate-representations-of-resources
 * @module
 */
import { err, ok, type Result } from '../../values/result.js';
import { notAcceptable, type Status, unsupportedMediaType } from './status.js';

export interface Wanted {
  readonly format: 'json' | 'yaml';
  readonly as: 'object' | 'Table' | 'PartialObjectMetadata' | 'PartialObjectMetadataList' | 'APIGroupDiscoveryList';
}

const SPOKEN = 'application/json, application/yaml';
const META = 'meta.k8s.io';
/** JSON of the object itself. */
export const PLAIN: Wanted = { format: 'json', as: 'object' };

/** The first clause of the `Accept:` header that can be served, those with a greater `q` before others. */
export function negotiate(accept: string | undefined): Result<Wanted, Status> {
  if (accept === undefined || accept.trim() === '') return ok(PLAIN);
  const clauses = accept
    .split(',')
    .slice(0, 64)
    .map(clauseOf)
    .sort((a, b) => b.quality - a.quality);
  for (const clause of clauses) {
    const wanted = wantedBy(clause);
    if (wanted !== undefined) return ok(wanted);
  }
  return err(notAcceptable(`only the following media types are accepted: ${SPOKEN}`));
}

interface Clause {
  readonly type: string;
  readonly parameters: Readonly<Record<string, string>>;
  readonly quality: number;
}

function clauseOf(text: string): Clause {
  const [type = '', ...rest] = text.split(';').map((part) => part.trim());
  const parameters = Object.fromEntries(
    rest.map((part) => {
      const equals = part.indexOf('=');
      return equals < 0 ? [part, ''] : [part.slice(0, equals).trim(), part.slice(equals + 1).trim()];
    }),
  );
  const quality = Number(parameters['q'] ?? 1);
  return { type: type.toLowerCase(), parameters, quality: Number.isFinite(quality) ? quality : 0 };
}

function wantedBy({ type, parameters, quality }: Clause): Wanted | undefined {
  const format = formatOf(type);
  if (format === undefined || quality === 0) return undefined;
  const { as, g, v } = parameters;
  if (as === undefined && g === undefined && v === undefined) return { format, as: 'object' };
  if (
    g === META &&
    v === 'v1' &&
    (as === 'Table' || as === 'PartialObjectMetadata' || as === 'PartialObjectMetadataList')
  )
    return { format, as };
  if (g === 'apidiscovery.k8s.io' && v === 'v2' && as === 'APIGroupDiscoveryList') return { format, as };
  return undefined;
}

function formatOf(type: string): Wanted['format'] | undefined {
  if (type === 'application/json' || type === 'application/*' || type === '*/*') return 'json';
  return type === 'application/yaml' ? 'yaml' : undefined;
}

export type BodyFormat = 'json' | 'yaml';

/** Of a body that is an object; patches have types of their own. */
export function bodyFormat(contentType: string | undefined): Result<BodyFormat, Status> {
  const type = mediaType(contentType);
  if (type === '' || type === 'application/json') return ok('json');
  if (type === 'application/yaml') return ok('yaml');
  return err(
    unsupportedMediaType(`the body of the request was in an unknown format - accepted media types include: ${SPOKEN}`),
  );
}

/** Without its parameters. */
export const mediaType = (contentType: string | undefined): string =>
  (contentType ?? '').split(';')[0]?.trim().toLowerCase() ?? '';

/** curl, wget and browsers are read by people. */
export function isPretty(query: URLSearchParams, userAgent: string | undefined): boolean {
  const asked = query.get('pretty');
  if (asked !== null && asked !== '') return ['1', 't', 'T', 'TRUE', 'true', 'True'].includes(asked);
  return /^(curl|Wget|Mozilla\/5\.0)/.test(userAgent ?? '');
}
