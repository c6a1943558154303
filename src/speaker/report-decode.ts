/**
 * Reads what a speaker published of itself; the inverse of `encodeReport`.
 *
 * Pure. Never throws and bounds all that it lets in: a taken-over node can put anything into its ConfigMap, and what is
 * read here ends in conditions, logs and terminals. Unknown keys are passed over: a newer speaker may write more.
 * @module
 */
import { type Address, compareAddresses, parseAddress } from '../values/address.js';
import { parseMac } from '../values/mac.js';
import { parseNodeName } from '../values/names.js';
import { parseRange, type Range } from '../values/range.js';
import { err, ok, type Result } from '../values/result.js';
import {
  MAX_DETAIL_CHARACTERS,
  MAX_ENTRIES,
  MAX_LINK_NAME_CHARACTERS,
  MAX_REPORT_BYTES,
  REPORT_VERSION,
  type SpeakerReport,
  UNPRINTABLE,
} from './report.js';

/** Why a text is no report. `path` is like `claims.3.1`. */
export type ReportDefect =
  | { readonly kind: 'too-large'; readonly gotCharacters: number }
  | { readonly kind: 'not-json' }
  | { readonly kind: 'unknown-version' }
  | { readonly kind: 'too-many'; readonly path: string; readonly max: number }
  | { readonly kind: 'wrong-value'; readonly path: string; readonly want: string };

export function tellReportDefect(defect: ReportDefect): string {
  switch (defect.kind) {
    case 'too-large':
      return `${defect.gotCharacters} characters, more than a report may have`;
    case 'not-json':
      return 'not JSON';
    case 'unknown-version':
      return `not version ${REPORT_VERSION}`;
    case 'too-many':
      return `${defect.path}: more than ${defect.max} entries`;
    case 'wrong-value':
      return `${defect.path}: want ${defect.want}`;
  }
}

export function decodeReport(text: string): Result<SpeakerReport, ReportDefect> {
  if (text.length > MAX_REPORT_BYTES) return err({ kind: 'too-large', gotCharacters: text.length });
  let raw: unknown;
  try {
    raw = JSON.parse(text);
  } catch {
    return err({ kind: 'not-json' });
  }
  const reading = new Reading();
  const report = fields(raw);
  if (report['version'] !== REPORT_VERSION) return err({ kind: 'unknown-version' });
  const value = readReport(reading, report);
  return reading.defect === undefined && value !== undefined ? ok(value) : err(reading.defect ?? { kind: 'not-json' });
}

type Fields = Readonly<Record<string, unknown>>;

/** What is no object has no fields, so that the first field that is missed says what is wrong. */
const fields = (raw: unknown): Fields => (typeof raw === 'object' && raw !== null ? (raw as Fields) : {});

function readReport(read: Reading, raw: Fields): SpeakerReport | undefined {
  const report = {
    node: read.with('node', raw['node'], 'a node name', (value) => parseNodeName(value)),
    state: read.oneOf('state', raw['state'], ['starting', 'running', 'stopped']),
    waitingFor: read.sentence('waitingFor', raw['waitingFor']),
    links: read.list('links', raw['links'], MAX_ENTRIES.links, (path, entry) => {
      const { name, mac, up } = fields(entry);
      return all({
        name: read.link(`${path}.name`, name),
        mac: read.with(`${path}.mac`, mac, 'a MAC address', parseMac),
        up: read.flag(`${path}.up`, up),
      });
    }),
    claims: read.list('claims', raw['claims'], MAX_ENTRIES.claims, (path, entry) => {
      const [address, link, term, state] = Array.isArray(entry) ? entry : [];
      return all({
        address: read.address(`${path}.0`, address),
        link: read.link(`${path}.1`, link),
        term: read.term(`${path}.2`, term),
        state: read.oneOf(`${path}.3`, state, ['probing', 'owned', 'offered']),
      });
    }),
    ownAddresses: read.list('ownAddresses', raw['ownAddresses'], MAX_ENTRIES.ownAddresses, (path, entry) =>
      read.address(path, entry),
    ),
    takenPorts: portsUnder(read, 'takenPorts', raw),
    ...(raw['unservedPorts'] === undefined ? {} : { unservedPorts: portsUnder(read, 'unservedPorts', raw) }),
    refusals: read.list('refusals', raw['refusals'], MAX_ENTRIES.refusals, (path, entry) => {
      const { kind, reason, detail, addresses } = fields(entry);
      return all({
        kind: read.oneOf(`${path}.kind`, kind, ['soft', 'hard']),
        reason: read.word(`${path}.reason`, reason),
        detail: read.sentence(`${path}.detail`, detail),
        addresses: read.ranges(`${path}.addresses`, addresses),
      });
    }),
    warnings: read.list('warnings', raw['warnings'], MAX_ENTRIES.warnings, (path, entry) => {
      const { link, warning } = fields(entry);
      return all({ link: read.link(`${path}.link`, link), warning: read.word(`${path}.warning`, warning) });
    }),
    conflicts: read.list('conflicts', raw['conflicts'], MAX_ENTRIES.conflicts, (path, entry) => {
      const { address, link, mac } = fields(entry);
      return all({
        address: read.address(`${path}.address`, address),
        link: read.link(`${path}.link`, link),
        mac: read.with(`${path}.mac`, mac, 'a MAC address', parseMac),
      });
    }),
    peers: read.list('peers', raw['peers'], MAX_ENTRIES.peers, (path, entry) => {
      const { node, link } = fields(entry);
      return all({
        node: read.with(`${path}.node`, node, 'a node name', parseNodeName),
        link: read.link(`${path}.link`, link),
      });
    }),
    shortened: read.flag('shortened', raw['shortened']),
  };
  return all(report);
}

/** Not there in reports of speakers that have none, or knew nothing of them. */
const portsUnder = (read: Reading, name: 'takenPorts' | 'unservedPorts', raw: Fields) =>
  read.list(name, raw[name] ?? [], MAX_ENTRIES[name], (path, entry) => {
    const [address, protocol, port] = Array.isArray(entry) ? entry : [];
    return all({
      address: read.address(`${path}.0`, address),
      protocol: read.oneOf(`${path}.1`, protocol, ['TCP', 'UDP', 'SCTP']),
      port: read.port(`${path}.2`, port),
    });
  });

type All<T> = { readonly [K in keyof T]: Exclude<T[K], undefined> };

/** The object itself if every field was read. */
const all = <T extends object>(read: T): All<T> | undefined =>
  Object.values(read).includes(undefined) ? undefined : (read as All<T>);

/** Reads values one by one; each is undefined if it is not what it should be, and the first such is the defect. */
class Reading {
  defect: ReportDefect | undefined;

  #refuse(path: string, want: string): undefined {
    this.defect ??= { kind: 'wrong-value', path, want };
    return undefined;
  }

  with<T>(path: string, raw: unknown, want: string, parse: (text: string) => T | undefined): T | undefined {
    return (typeof raw === 'string' ? parse(raw) : undefined) ?? this.#refuse(path, want);
  }

  oneOf<T extends string>(path: string, raw: unknown, words: readonly T[]): T | undefined {
    return words.find((word) => word === raw) ?? this.#refuse(path, words.join(' or '));
  }

  flag(path: string, raw: unknown): boolean | undefined {
    return typeof raw === 'boolean' ? raw : this.#refuse(path, 'true or false');
  }

  term(path: string, raw: unknown): number | undefined {
    return Number.isSafeInteger(raw) && Number(raw) >= 0 ? Number(raw) : this.#refuse(path, 'a term');
  }

  port(path: string, raw: unknown): number | undefined {
    return Number.isInteger(raw) && Number(raw) >= 1 && Number(raw) <= 65_535
      ? Number(raw)
      : this.#refuse(path, 'a port');
  }

  address(path: string, raw: unknown): Address | undefined {
    return this.with(path, raw, 'an address', parseAddress);
  }

  link(path: string, raw: unknown): string | undefined {
    return this.with(path, raw, 'the name of an interface', (text) =>
      text !== '' && text.length <= 2 * MAX_LINK_NAME_CHARACTERS && !/[\s/]/u.test(text) && !UNPRINTABLE.test(text)
        ? text
        : undefined,
    );
  }

  /** A reason: CamelCase, as in Kubernetes' conditions. */
  word(path: string, raw: unknown): string | undefined {
    return this.with(path, raw, 'a CamelCase word', (text) =>
      /^[A-Z][A-Za-z0-9]{0,63}$/.test(text) ? text : undefined,
    );
  }

  sentence(path: string, raw: unknown): string | undefined {
    // Twice: a character outside the basic plane is two units of a string's length.
    return this.with(path, raw, `printable text of at most ${MAX_DETAIL_CHARACTERS} characters`, (text) =>
      text.length <= 2 * MAX_DETAIL_CHARACTERS && !UNPRINTABLE.test(text) ? text : undefined,
    );
  }

  list<T>(
    path: string,
    raw: unknown,
    max: number,
    entry: (path: string, raw: unknown) => T | undefined,
  ): readonly T[] | undefined {
    if (!Array.isArray(raw)) return this.#refuse(path, 'a list');
    if (raw.length > max) {
      this.defect ??= { kind: 'too-many', path, max };
      return undefined;
    }
    const entries: T[] = [];
    for (const [at, value] of raw.entries()) {
      const read = entry(`${path}.${at}`, value);
      if (read === undefined) return undefined;
      entries.push(read);
    }
    return entries;
  }

  /** In ascending order and apart, so that whoever looks for an address may halve its way. */
  ranges(path: string, raw: unknown): readonly Range[] | undefined {
    const ranges = this.list(path, raw, MAX_ENTRIES.claims, (at, value) =>
      this.with(at, value, 'an address or first-last', (text) => {
        const range = parseRange(text);
        return range.ok ? range.value : undefined;
      }),
    );
    const ascending = ranges?.every((range, at) => {
      const before = ranges[at - 1];
      return before === undefined || compareAddresses(before.last, range.first) < 0;
    });
    return ascending === false ? this.#refuse(path, 'ranges in ascending order') : ranges;
  }
}
