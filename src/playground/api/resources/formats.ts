/**
 * The forms of names and values that many fields share. Each function answers the rules that are broken: none, when all is well.
 *
 * Sources: `k8s.io/apimachinery` pkg/util/validation and pkg/api/validate/content; RFC 1123 §2.1, RFC 1035 §2.3.1.
 * @module
 */
const LABEL = '[a-z0-9]([-a-z0-9]*[a-z0-9])?';
const SUBDOMAIN = `${LABEL}(\\.${LABEL})*`;
const LABEL_1035 = '[a-z]([-a-z0-9]*[a-z0-9])?';
const KEY = '([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9]';
const VALUE = `(${KEY})?`;
const CONFIG_KEY = '[-._a-zA-Z0-9]+';

const MAX_LABEL_LENGTH = 63;
const MAX_SUBDOMAIN_LENGTH = 253;
const MAX_PORT_NAME_LENGTH = 15;

const matches = (form: string, text: string) => new RegExp(`^(?:${form})$`).test(text);

/** A rule with examples and the expression itself, as upstream ends such sentences. */
export const ruleWithExamples = (rule: string, form: string, ...examples: readonly string[]): string =>
  examples.length === 0
    ? `${rule} (regex used for validation is '${form}')`
    : `${rule} (e.g. ${examples.map((each) => `'${each}', `).join(' or ')}regex used for validation is '${form}')`;

/** Upstream counts bytes in both cases, and says so only of labels. */
const tooLongBy = (text: string, max: number, unit: 'characters' | 'bytes' = 'characters') =>
  Buffer.byteLength(text) > max ? [`must be no more than ${max} ${unit}`] : [];

export function dnsLabel(text: string): readonly string[] {
  const rule =
    "a lowercase RFC 1123 label must consist of lower case alphanumeric characters or '-', and must start and end with an alphanumeric character";
  return [
    ...tooLongBy(text, MAX_LABEL_LENGTH),
    ...(matches(LABEL, text)
      ? []
      : [matches(SUBDOMAIN, text) ? 'must not contain dots' : ruleWithExamples(rule, LABEL, 'my-name', '123-abc')]),
  ];
}

export function dnsSubdomain(text: string): readonly string[] {
  const rule =
    "a lowercase RFC 1123 subdomain must consist of lower case alphanumeric characters, '-' or '.', and must start and end with an alphanumeric character";
  return [
    ...tooLongBy(text, MAX_SUBDOMAIN_LENGTH),
    ...(matches(SUBDOMAIN, text) ? [] : [ruleWithExamples(rule, SUBDOMAIN, 'example.com')]),
  ];
}

export function wildcardDnsSubdomain(text: string): readonly string[] {
  const form = `\\*\\.${SUBDOMAIN}`;
  const rule =
    "a wildcard DNS-1123 subdomain must start with '*.', followed by a valid DNS subdomain, which must consist of lower case alphanumeric characters, '-' or '.' and end with an alphanumeric character";
  return [
    ...tooLongBy(text, MAX_SUBDOMAIN_LENGTH),
    ...(matches(form, text) ? [] : [ruleWithExamples(rule, form, '*.example.com')]),
  ];
}

export function dns1035Label(text: string): readonly string[] {
  const rule =
    "a DNS-1035 label must consist of lower case alphanumeric characters or '-', start with an alphabetic character, and end with an alphanumeric character";
  return [
    ...tooLongBy(text, MAX_LABEL_LENGTH),
    ...(matches(LABEL_1035, text) ? [] : [ruleWithExamples(rule, LABEL_1035, 'my-name', 'abc-123')]),
  ];
}

/** Of labels, annotations, finalizers, condition types, classes: `example.com/name` or `name`. */
export function qualifiedName(text: string): readonly string[] {
  const form =
    "must consist of alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric character";
  const rule = (subject: string) => ruleWithExamples(`${subject} ${form}`, KEY, 'MyName', 'my.name', '123-abc');
  const parts = text.split('/');
  if (parts.length > 2) {
    return [`${rule('a valid label key')} with an optional DNS subdomain prefix and '/' (e.g. 'example.com/MyName')`];
  }
  const name = parts.at(-1) ?? '';
  const prefix = parts.length === 2 ? parts[0] : undefined;
  return [
    ...(prefix === '' ? ['prefix part must be non-empty'] : []),
    ...(prefix ? dnsSubdomain(prefix).map((each) => `prefix part ${each}`) : []),
    ...(name === ''
      ? ['name part must be non-empty']
      : tooLongBy(name, MAX_LABEL_LENGTH, 'bytes').map((each) => `name part ${each}`)),
    ...(matches(KEY, name) ? [] : [rule('name part')]),
  ];
}

export function labelValue(text: string): readonly string[] {
  const rule =
    "a valid label must be an empty string or consist of alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric character";
  return [
    ...tooLongBy(text, MAX_LABEL_LENGTH, 'bytes'),
    ...(matches(VALUE, text) ? [] : [ruleWithExamples(rule, VALUE, 'MyValue', 'my_value', '12345')]),
  ];
}

/** Of a ConfigMap's or a Secret's data. */
export function configKey(text: string): readonly string[] {
  const rule = "a valid config key must consist of alphanumeric characters, '-', '_' or '.'";
  return [
    ...tooLongBy(text, MAX_SUBDOMAIN_LENGTH),
    ...(matches(CONFIG_KEY, text) ? [] : [ruleWithExamples(rule, CONFIG_KEY, 'key.name', 'KEY_NAME', 'key-name')]),
    ...(text === '.' || text === '..'
      ? [`must not be '${text}'`]
      : text.startsWith('..')
        ? ["must not start with '..'"]
        : []),
  ];
}

export function environmentName(text: string): readonly string[] {
  return [
    ...(text === '' ? ['environment variable name must be non-empty'] : []),
    ...(/^[\x20-\x3c\x3e-\x7e]*$/.test(text)
      ? []
      : ["a valid environment variable name must consist only of printable ASCII characters other than '='"]),
  ];
}

const inRange = (value: number, min: number, max: number): readonly string[] =>
  value >= min && value <= max ? [] : [`must be between ${min} and ${max}, inclusive`];

export const portNumber = (port: number): readonly string[] => inRange(port, 1, 65_535);

/** RFC 6335 §5.1, lower case alone. */
export function portName(text: string): readonly string[] {
  return [
    ...tooLongBy(text, MAX_PORT_NAME_LENGTH),
    ...(/^[-a-z0-9]+$/.test(text) ? [] : ['must contain only alpha-numeric characters (a-z, 0-9), and hyphens (-)']),
    ...(/[a-z]/.test(text) ? [] : ['must contain at least one letter (a-z)']),
    ...(text.includes('--') ? ['must not contain consecutive hyphens'] : []),
    ...(text.startsWith('-') || text.endsWith('-') ? ['must not begin or end with a hyphen'] : []),
  ];
}

/** A number or a container port's name. */
export const portNumberOrName = (port: unknown): readonly string[] =>
  typeof port === 'string' ? portName(port) : portNumber(Number(port ?? 0));

/** What stands for itself between two slashes of a URL. */
export function pathSegment(text: string): readonly string[] {
  if (text === '.' || text === '..') return [`may not be '${text}'`];
  return ['/', '%'].filter((each) => text.includes(each)).map((each) => `may not contain '${each}'`);
}
