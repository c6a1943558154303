/**
 * JSON of unknown shape, asked for what it should hold. Nothing here throws: a wrong type is an absent value.
 * @module
 */
import type { Labels } from '../values/labels.js';

type Fields = Readonly<Record<string, unknown>>;
const NO_FIELDS: Fields = Object.freeze({});
const NO_TEXTS: Labels = Object.freeze({});

export const record = (raw: unknown): Fields =>
  typeof raw === 'object' && raw !== null && !Array.isArray(raw) ? (raw as Fields) : NO_FIELDS;
export const list = (raw: unknown): readonly unknown[] => (Array.isArray(raw) ? raw : []);
export const text = (raw: unknown): string => (typeof raw === 'string' ? raw : '');
export const number = (raw: unknown): number => (typeof raw === 'number' ? raw : 0);

/** One of `words`; the first of them, the API's default, for anything else. */
export const oneOf = <T extends string>(raw: unknown, words: readonly [T, ...T[]]): T =>
  words.find((word) => word === raw) ?? words[0];

/** Text values alone, under the names that are wanted; one shared empty record where there are none. */
export function texts(raw: unknown, isWanted: (name: string) => boolean = () => true): Labels {
  const fields = record(raw);
  const wanted = Object.keys(fields).filter((name) => typeof fields[name] === 'string' && isWanted(name));
  return wanted.length === 0 ? NO_TEXTS : Object.fromEntries(wanted.map((name) => [name, text(fields[name])]));
}
