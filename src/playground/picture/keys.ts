/**
 * What a key means, and what it asks for first: which node, which Service.
 *
 * Pure.
 * @module
 */

/** What is asked at the bottom of the picture; `idle`: nothing. */
export type Prompt =
  | { readonly kind: 'idle' }
  | { readonly kind: 'which'; readonly verb: Verb; readonly choices: readonly Choice[] };

export type Verb = 'cut' | 'plug' | 'kill' | 'delete' | 'contest';

/** One digit and what it stands for. */
export interface Choice {
  readonly digit: number;
  readonly name: string;
}

export type Action =
  | { readonly kind: Verb; readonly target: string }
  | { readonly kind: 'toggle-api' }
  | { readonly kind: 'new-service' }
  | { readonly kind: 'end-contest' }
  | { readonly kind: 'quit' };

/** What there is to choose from. */
export interface Choosable {
  /** Every node, in order; keys stay the same whatever state they are in. */
  readonly nodes: readonly { readonly name: string; readonly cable: 'plugged in' | 'cut' }[];
  readonly services: readonly string[];
  readonly withAddress: readonly string[];
  /** The Service whose address a stranger answers for just now. */
  readonly contested: string | undefined;
}

export interface Pressed {
  readonly prompt: Prompt;
  readonly action?: Action;
}

/** Every key with its meaning, in the order of the bottom line. */
export const KEYS: readonly { readonly key: string; readonly says: string }[] = [
  { key: 'c', says: 'cut' },
  { key: 'p', says: 'plug' },
  { key: 'k', says: 'kill speaker' },
  { key: 'a', says: 'API on/off' },
  { key: 'n', says: 'new' },
  { key: 'd', says: 'delete' },
  { key: 'x', says: 'conflict' },
  { key: 'q', says: 'quit' },
];

const IDLE: Prompt = { kind: 'idle' };
const INTERRUPT = '\x03';
const END_OF_INPUT = '\x04';

export function press(key: string, prompt: Prompt, there: Choosable): Pressed {
  if (key === INTERRUPT || key === END_OF_INPUT) return { prompt: IDLE, action: { kind: 'quit' } };
  if (prompt.kind === 'which') {
    const chosen = prompt.choices.find(({ digit }) => String(digit) === key);
    if (chosen !== undefined) return { prompt: IDLE, action: { kind: prompt.verb, target: chosen.name } };
    // Whatever else is pressed is not lost: it ends the question and means what it always means.
  }
  switch (key) {
    case 'c':
      return which(
        'cut',
        there.nodes.flatMap(({ name, cable }, at) => (cable === 'cut' ? [] : [choice(at, name)])),
      );
    case 'p':
      return theOnly(
        'plug',
        there.nodes.flatMap(({ name, cable }, at) => (cable === 'cut' ? [choice(at, name)] : [])),
      );
    case 'k':
      return which(
        'kill',
        there.nodes.map(({ name }, at) => choice(at, name)),
      );
    case 'd':
      return which(
        'delete',
        there.services.map((name, at) => choice(at, name)),
      );
    case 'x':
      if (there.contested !== undefined) return { prompt: IDLE, action: { kind: 'end-contest' } };
      return theOnly(
        'contest',
        there.services.flatMap((name, at) => (there.withAddress.includes(name) ? [choice(at, name)] : [])),
      );
    case 'a':
      return { prompt: IDLE, action: { kind: 'toggle-api' } };
    case 'n':
      return { prompt: IDLE, action: { kind: 'new-service' } };
    case 'q':
      return { prompt: IDLE, action: { kind: 'quit' } };
    default:
      return { prompt: IDLE };
  }
}

const choice = (at: number, name: string): Choice => ({ digit: at + 1, name });

/** Only nine can be chosen by a digit; the others have to be reached with kubectl. */
function which(verb: Verb, choices: readonly Choice[]): Pressed {
  const reachable = choices.filter(({ digit }) => digit < 10);
  return { prompt: reachable.length === 0 ? IDLE : { kind: 'which', verb, choices: reachable } };
}

/** Asks nothing where there is nothing to choose. */
function theOnly(verb: Verb, choices: readonly Choice[]): Pressed {
  const [first, ...others] = choices;
  if (first === undefined || others.length > 0) return which(verb, choices);
  return { prompt: IDLE, action: { kind: verb, target: first.name } };
}
