/**
 * What may stand in front of a YAML document: `%YAML 1.1` and `%TAG`, each once.
 *
 * Pure. MetalLB's reader knows YAML 1.1 alone and refuses any other version, which the `yaml` package takes as it comes.
 *
 * Source: `parserc.go` and `scannerc.go` of gopkg.in/yaml.v2.
 * @module
 */

export interface Directive {
  /** Where it stands in the text. */
  readonly offset: number;
  /** `%YAML 1.1`. */
  readonly source: string;
}

/** A directive that MetalLB's reader refuses, and what would be right in its place. */
export interface WrongDirective extends Directive {
  readonly want: string;
}

const VERSION = /^0*1\.0*1$/;

export function wrongDirectives(directives: readonly Directive[]): readonly WrongDirective[] {
  const seen = new Set<string>();
  return directives.flatMap((directive) => {
    const [name = '', first = ''] = directive.source.trim().split(/[ \t]+/);
    // A document has one version, and one meaning for each handle of its tags.
    const what = name === '%TAG' ? `${name} ${first}` : name;
    const isRepeated = seen.has(what);
    seen.add(what);
    const want = isRepeated ? `${what} once` : wantInstead(name, first);
    return want === undefined ? [] : [{ ...directive, want }];
  });
}

function wantInstead(name: string, first: string): string | undefined {
  if (name === '%TAG') return undefined;
  if (name !== '%YAML') return 'no directive but %YAML and %TAG';
  return VERSION.test(first) ? undefined : '%YAML 1.1, or no %YAML at all';
}
