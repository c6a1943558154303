/**
 * Addresses of both families as text and as numbers, read with none of the program's code.
 * @module
 */

export type FamilyName = 'IPv4' | 'IPv6';

export interface Ip {
  readonly family: FamilyName;
  readonly value: bigint;
}

export function ipFrom(text: string): Ip | undefined {
  if (/^\d+(\.\d+){3}$/.test(text)) {
    const parts = text.split('.');
    if (parts.some((part) => part !== String(Number(part)) || Number(part) > 255)) return undefined;
    return { family: 'IPv4', value: parts.reduce((sum, part) => sum * 256n + BigInt(part), 0n) };
  }
  if (!/^[0-9a-fA-F:]+$/.test(text) || !text.includes(':')) return undefined;
  const [head = '', tail, ...more] = text.split('::');
  if (more.length > 0) return undefined;
  const words = (part: string) => (part === '' ? [] : part.split(':'));
  const given = [...words(head), ...words(tail ?? '')];
  const zeros = tail === undefined ? 0 : 8 - given.length;
  const all = [...words(head), ...Array<string>(Math.max(0, zeros)).fill('0'), ...words(tail ?? '')];
  if (all.length !== 8 || all.some((word) => !/^[0-9a-fA-F]{1,4}$/.test(word))) return undefined;
  return { family: 'IPv6', value: all.reduce((sum, word) => sum * 65_536n + BigInt(`0x${word}`), 0n) };
}

export function textOf({ family, value }: Ip): string {
  if (family === 'IPv4') return [24n, 16n, 8n, 0n].map((shift) => (value >> shift) & 255n).join('.');
  const words = Array.from({ length: 8 }, (_, at) => ((value >> BigInt(16 * (7 - at))) & 65_535n).toString(16));
  // RFC 5952 §4.2: the longest run of two or more zeros, the first of several.
  const runs = [...words.join(':').matchAll(/(?:^|:)0(?::0)+(?=:|$)/g)].map(([run]) => run);
  const longest = runs.reduce(
    (best, run) => (run.replace(/^:/, '').length > best.replace(/^:/, '').length ? run : best),
    '',
  );
  if (longest === '') return words.join(':');
  const joined = words.join(':');
  const start = joined.indexOf(longest);
  return `${joined.slice(0, start)}::${joined.slice(start + longest.length).replace(/^:/, '')}`;
}
