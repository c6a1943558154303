/**
 * The rooms of `src/` as a fact: who may import whom, and what a pure room never touches; and that tests keep to themselves.
 * @module
 */
import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { join, sep } from 'node:path';
import { describe, it } from 'mocha';
import { codeIn, importsIn, resolveImport, type SourceFile } from './support/imports.js';

/** A file may import from its own room and from the rooms of the groups below its own. */
const GROUPS = [['run'], ['playground'], ['kube', 'linux'], ['allocator', 'speaker'], ['arp', 'config'], ['values']];
/** No I/O, no clock, no environment, no log. */
const PURE: ReadonlySet<string> = new Set(['allocator', 'speaker', 'arp', 'config', 'values']);
/** Packages that only turn values into values. */
const PURE_PACKAGES: ReadonlySet<string> = new Set(['node:crypto', 'netmask', 'yaml', 'zod']);

/** What reads the world or changes it. */
const IMPURE = [
  /\bprocess\b(?!\s*:)/,
  /\bDate\.now\b/,
  /\bnew Date\(\s*\)/,
  /\bperformance\b/,
  /\bMath\.random\b/,
  /\bimport\s*\{[^}]*\brandom(?:Bytes|Int|UUID|Fill|FillSync)\b/,
  /\bcrypto\.random\w+/,
  /\bgetRandomValues\b/,
  /\bset(?:Timeout|Interval|Immediate)\b/,
  /\bconsole\b/,
  /\bglobalThis\b/,
  /\bfetch\s*\(/,
  /\bimport\((?!\s*')/,
];

const groupOf = (room: string): number => GROUPS.findIndex((group) => group.includes(room));
const roomOf = (path: string): string => path.split('/')[1] ?? '';

/** Every breach of the rules in these files, each as a sentence. */
function breaches(files: readonly SourceFile[]): string[] {
  return files.flatMap((file) => [...placeBreaches(file), ...importBreaches(file), ...impureBreaches(file)]);
}

function placeBreaches({ path }: SourceFile): string[] {
  return groupOf(roomOf(path)) < 0 ? [`${path} is in no room`] : [];
}

function importBreaches({ path, text }: SourceFile): string[] {
  const room = roomOf(path);
  return importsIn(text).flatMap((specifier) => {
    const target = resolveImport(path, specifier);
    if (target === undefined) {
      const fine = !PURE.has(room) || PURE_PACKAGES.has(specifier);
      return fine ? [] : [`${path} imports ${specifier}, and ${room} is pure`];
    }
    if (!target.startsWith('src/')) return [`${path} imports ${target}, outside src`];
    const fine = roomOf(target) === room || groupOf(roomOf(target)) > groupOf(room);
    return fine ? [] : [`${path} imports ${target}, and ${room} does not know ${roomOf(target)}`];
  });
}

function impureBreaches({ path, text }: SourceFile): string[] {
  if (!PURE.has(roomOf(path))) return [];
  const code = codeIn(text);
  return IMPURE.flatMap((pattern) => {
    const found = pattern.exec(code);
    return found === null ? [] : [`${path} uses ${found[0]}, and ${roomOf(path)} is pure`];
  });
}

/** The files of the first import cycle found, the first of them again at the end; undefined where there is none. */
function cycleIn(files: readonly SourceFile[]): string[] | undefined {
  const imports = new Map(
    files.map(({ path, text }) => [path, importsIn(text).map((specifier) => resolveImport(path, specifier))]),
  );
  const done = new Set<string>();
  const visit = (path: string, trail: readonly string[]): string[] | undefined => {
    if (trail.includes(path)) return [...trail.slice(trail.indexOf(path)), path];
    if (done.has(path)) return undefined;
    for (const next of imports.get(path) ?? []) {
      const cycle = next === undefined ? undefined : visit(next, [...trail, path]);
      if (cycle !== undefined) return cycle;
    }
    done.add(path);
    return undefined;
  };
  for (const { path } of files) {
    const cycle = visit(path, []);
    if (cycle !== undefined) return cycle;
  }
  return undefined;
}

const SOURCES: readonly SourceFile[] = readdirSync('src', { recursive: true, encoding: 'utf8' })
  .filter((name) => /\.[cm]?[jt]sx?$/.test(name))
  .map((name) => ({ path: `src/${name.split(sep).join('/')}`, text: readFileSync(join('src', name), 'utf8') }));

describe('the rooms of src', () => {
  it('are found, with imports between them', () => {
    assert.ok(SOURCES.length > 20, `only ${SOURCES.length} files`);
    const imports = SOURCES.flatMap(({ path, text }) => importsIn(text).map((name) => resolveImport(path, name)));
    assert.ok(imports.filter((target) => target !== undefined).length > SOURCES.length, 'hardly any import was found');
    assert.ok(imports.includes('src/values/result.ts'));
  });

  it('import files that exist', () => {
    const paths = new Set(SOURCES.map(({ path }) => path));
    const missing = SOURCES.flatMap(({ path, text }) =>
      importsIn(text)
        .map((specifier) => resolveImport(path, specifier))
        .filter((target) => target !== undefined && !paths.has(target))
        .map((target) => `${path} imports ${target}`),
    );
    assert.deepEqual(missing, []);
  });

  it('know only rooms below their own, and pure ones touch nothing outside', () => {
    assert.deepEqual(breaches(SOURCES), []);
  });

  it('have no import cycle', () => assert.equal(cycleIn(SOURCES), undefined));
});

describe('the rules of the rooms', () => {
  const arp = (text: string): SourceFile => ({ path: 'src/arp/arp.ts', text });
  const impure = (what: string) => [`src/arp/arp.ts uses ${what}, and arp is pure`];
  // biome-ignore format: table
  const cases = [
    { name: 'let a room import one below',         file: arp("import { a } from '../values/a.js';"),                 want: [] },
    { name: 'let a room import itself',            file: arp("import { a } from './a.js';"),                         want: [] },
    { name: 'let a pure room hash',                file: arp("import { createHash } from 'node:crypto';"),           want: [] },
    { name: 'let an impure room read files',       file: { path: 'src/kube/a.ts', text: "import 'node:fs'; process.env" }, want: [] },
    { name: 'forbid an import upwards',            file: arp("import { a } from '../speaker/a.js';"),                want: ['src/arp/arp.ts imports src/speaker/a.ts, and arp does not know speaker'] },
    { name: 'forbid an import sideways',           file: arp("import { a } from '../config/a.js';"),                 want: ['src/arp/arp.ts imports src/config/a.ts, and arp does not know config'] },
    { name: 'let the command line start the playground', file: { path: 'src/run/a.ts', text: "import '../playground/a.js'" }, want: [] },
    { name: 'forbid the playground the daemons',   file: { path: 'src/playground/a.ts', text: "import '../run/a.js'" },  want: ['src/playground/a.ts imports src/run/a.ts, and playground does not know run'] },
    { name: 'forbid a type-only import',           file: arp("import type {\n  A,\n} from '../speaker/a.js';"),      want: ['src/arp/arp.ts imports src/speaker/a.ts, and arp does not know speaker'] },
    { name: 'forbid an inline type import',        file: arp("type A = import('../kube/a.js').A;"),                  want: ['src/arp/arp.ts imports src/kube/a.ts, and arp does not know kube'] },
    { name: 'forbid a dynamic import',             file: arp("const a = await import('../kube/a.js');"),             want: ['src/arp/arp.ts imports src/kube/a.ts, and arp does not know kube'] },
    { name: 'forbid handing on',                   file: arp("export * from '../kube/a.js';"),                       want: ['src/arp/arp.ts imports src/kube/a.ts, and arp does not know kube'] },
    { name: 'forbid an import for its effect',     file: arp("import '../kube/a.js';"),                              want: ['src/arp/arp.ts imports src/kube/a.ts, and arp does not know kube'] },
    { name: 'forbid an import of a test',          file: arp("import '../../test/a.js';"),                           want: ['src/arp/arp.ts imports test/a.ts, outside src'] },
    { name: 'forbid a file in no room',            file: { path: 'src/utils.ts', text: '' },                         want: ['src/utils.ts is in no room'] },
    { name: 'forbid node:fs in a pure room',       file: arp("import { readFileSync } from 'node:fs';"),             want: ['src/arp/arp.ts imports node:fs, and arp is pure'] },
    { name: 'forbid node:net by its old name',     file: arp("import net from 'net';"),                              want: ['src/arp/arp.ts imports net, and arp is pure'] },
    { name: 'forbid node:child_process',           file: arp("import { spawn } from 'node:child_process';"),         want: ['src/arp/arp.ts imports node:child_process, and arp is pure'] },
    { name: 'forbid a dynamic import of a name',   file: arp('await import(name);'),                                 want: impure('import(') },
    { name: 'forbid the environment',              file: arp("const a = process.env['A'];"),                         want: impure('process') },
    { name: 'forbid the clock',                    file: arp('const a = Date.now();'),                               want: impure('Date.now') },
    { name: 'forbid a date of now',                file: arp('const a = new Date();'),                               want: impure('new Date()') },
    { name: 'forbid the fine clock',               file: arp('const a = performance.now();'),                        want: impure('performance') },
    { name: 'forbid chance',                       file: arp('const a = Math.random();'),                            want: impure('Math.random') },
    { name: 'forbid random bytes',                 file: arp("import { randomBytes } from 'node:crypto';"),          want: impure('import { randomBytes') },
    { name: 'forbid random bytes of the global',   file: arp('const a = crypto.randomUUID();'),                      want: impure('crypto.randomUUID') },
    { name: 'let chance be an argument',           file: arp('const a = ({ randomBytes }: A) => randomBytes(8);'),   want: [] },
    { name: 'forbid timeouts',                     file: arp('setTimeout(() => {}, 1);'),                            want: impure('setTimeout') },
    { name: 'forbid intervals',                    file: arp('setInterval(() => {}, 1);'),                           want: impure('setInterval') },
    { name: 'forbid the console',                  file: arp("console.log('a');"),                                   want: impure('console') },
    { name: 'forbid them inside a template',       file: arp('const a = `\x24{Date.now()}`;'),                       want: impure('Date.now') },
    { name: 'overlook words in comments',          file: arp("/* process.env */ // import 'node:fs'\n"),             want: [] },
    { name: 'overlook words in strings',           file: arp("const a = 'https://console/'; const b = 'Date.now';"), want: [] },
    { name: 'overlook words in patterns',          file: arp("const a = /'process/; const b = 'x';"),                want: [] },
    { name: 'see code after an address in a string', file: arp("const a = 'https://x'; process.exit();"),            want: impure('process') },
  ];
  for (const { name, file, want } of cases) {
    it(name, () => assert.deepEqual(breaches([file]), want));
  }

  it('find a cycle of three files, type-only imports included', () => {
    const cycle = cycleIn([
      { path: 'src/arp/a.ts', text: "import { b } from './b.js';" },
      { path: 'src/arp/b.ts', text: "import type { C } from './c.js';" },
      { path: 'src/arp/c.ts', text: "export { b } from './b.js';" },
    ]);
    assert.deepEqual(cycle, ['src/arp/b.ts', 'src/arp/c.ts', 'src/arp/b.ts']);
  });

  it('find no cycle where two ways lead to one file', () => {
    const diamond = [
      { path: 'src/arp/a.ts', text: "import './b.js';\nimport './c.js';" },
      { path: 'src/arp/b.ts', text: "import './c.js';" },
      { path: 'src/arp/c.ts', text: '' },
    ];
    assert.equal(cycleIn(diamond), undefined);
  });
});

describe('the tests', () => {
  // All files of a run have one root: what stands there would happen to each of some thousands of cases.
  it('prepare and clean up in their own suites alone', () => {
    const files = readdirSync('test', { recursive: true, encoding: 'utf8' }).filter((name) =>
      name.endsWith('.test.ts'),
    );
    const atRoot = files.filter((name) =>
      /^(?:before|after)(?:Each)?\(/m.test(readFileSync(join('test', name), 'utf8')),
    );
    assert.ok(files.length > 100, `only ${files.length} files`);
    assert.deepEqual(atRoot, []);
  });
});
