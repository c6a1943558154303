/**
 * Fields that a JSON text gives twice, which `JSON.parse` does not tell.
 *
 * Pure. For text that has been parsed already: what is no JSON is read as far as it goes.
 * @module
 */
const STRING = /"(?:[^"\\]|\\.)*"/y;
const SPACE = /[\s,:]+/y;
const SCALAR = /[^\s,:{}[\]"]+/y;

/** Deeper is no object of Kubernetes; what lies there is passed over. */
const MAX_DEPTH = 200;

type Frame =
  | { readonly kind: 'object'; readonly seen: Set<string>; readonly path: string; key: string | undefined }
  | { readonly kind: 'array'; readonly path: string; index: number };

/** `duplicate field "spec.ports[0].name"`, in the order met. */
export function duplicateFields(text: string): readonly string[] {
  const found: string[] = [];
  const frames: Frame[] = [];
  for (let at = 0; at < text.length; ) {
    at = skip(SPACE, text, at);
    const letter = text.charAt(at);
    if (letter === '') break;
    if (letter === '{' || letter === '[') {
      if (frames.length >= MAX_DEPTH) return found;
      const path = pathOf(frames.at(-1));
      frames.push(
        letter === '{' ? { kind: 'object', seen: new Set(), path, key: undefined } : { kind: 'array', path, index: 0 },
      );
      at++;
    } else if (letter === '}' || letter === ']') {
      frames.pop();
      valueDone(frames.at(-1));
      at++;
    } else {
      const end = skip(letter === '"' ? STRING : SCALAR, text, at);
      const frame = frames.at(-1);
      const isKey = frame?.kind === 'object' && frame.key === undefined;
      if (end === at || (isKey && letter !== '"')) return found;
      if (frame?.kind === 'object' && frame.key === undefined) nameKey(frame, text.slice(at, end), found);
      else valueDone(frame);
      at = end;
    }
  }
  return found;
}

function nameKey(frame: Extract<Frame, { kind: 'object' }>, literal: string, found: string[]): void {
  const key = textOf(literal);
  frame.key = key;
  if (frame.seen.has(key)) found.push(`duplicate field ${JSON.stringify(pathOf(frame))}`);
  frame.seen.add(key);
}

/** YAML knows escapes that JSON does not have; there no field is given twice. */
function textOf(literal: string): string {
  try {
    return String(JSON.parse(literal));
  } catch {
    return literal;
  }
}

function pathOf(frame: Frame | undefined): string {
  if (frame === undefined) return '';
  if (frame.kind === 'array') return `${frame.path}[${frame.index}]`;
  return frame.path === '' ? (frame.key ?? '') : `${frame.path}.${frame.key}`;
}

function valueDone(frame: Frame | undefined): void {
  if (frame?.kind === 'object') frame.key = undefined;
  else if (frame !== undefined) frame.index++;
}

function skip(pattern: RegExp, text: string, at: number): number {
  pattern.lastIndex = at;
  return pattern.test(text) ? pattern.lastIndex : at;
}
