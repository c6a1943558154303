/**
 * The command line, understood: which command, with which flags. Runs nothing, prints nothing.
 *
 * Source: docs/design.md §3.
 * @module
 */
import { Command, CommanderError, Option } from 'commander';
import {
  type CheckFlags,
  CONTROLLER_FLAGS,
  type ControllerFlags,
  controllerProblems,
  type ExitCode,
  type Flag,
  type FlagTable,
  PLAYGROUND_FLAGS,
  type PlaygroundFlags,
  readFlags,
  type SpeakerFlags,
  speakerFlags,
  type Texts,
  variableOf,
} from './flags.js';

export type Invocation =
  | { readonly command: 'controller'; readonly flags: ControllerFlags }
  | { readonly command: 'speaker'; readonly flags: SpeakerFlags }
  | { readonly command: 'check'; readonly flags: CheckFlags }
  | { readonly command: 'playground'; readonly flags: PlaygroundFlags }
  /** Nothing to do but to say this: help and version (0, for stdout), or what was wrong (2, for stderr). */
  | { readonly command: 'say'; readonly text: string; readonly exitCode: ExitCode };

export interface Surroundings {
  readonly env: Texts;
  readonly hostName: string;
  readonly version: string;
}

/** `args` are those after the program's name. Never throws. */
export function understand(args: readonly string[], { env, hostName, version }: Surroundings): Invocation {
  let invocation: Invocation | undefined;
  let said = '';
  const say = (text: string) => {
    said += text;
  };
  const program = new Command('cairn')
    .description('External IPs that answer, for Services of type LoadBalancer on the network you have')
    .version(version, '--version', 'say which version this is')
    .helpOption('-h, --help', 'say how this is used')
    .exitOverride()
    .configureOutput({ writeOut: say, writeErr: say })
    .showSuggestionAfterError();

  function flagged<F>(name: string, says: string, table: FlagTable<F>, then: (flags: F) => Invocation): void {
    const command = program.command(name).description(says).helpOption('-h, --help', 'say how this is used');
    const flags = Object.values<Flag<unknown>>(table);
    for (const flag of flags) command.addOption(optionOf(flag));
    command.action((options: Readonly<Record<string, string | true | undefined>>) => {
      const given = Object.fromEntries(
        flags.map((flag) => [flag.name, options[optionOf(flag).attributeName()]?.toString()]),
      );
      const read = readFlags(table, given, env);
      invocation = read.ok ? then(read.value) : wrongUsage(name, read.error);
    });
  }

  flagged('controller', 'give addresses to Services; runs in the cluster, once or more', CONTROLLER_FLAGS, (flags) => {
    const problems = controllerProblems(flags);
    return problems.length > 0 ? wrongUsage('controller', problems) : { command: 'controller', flags };
  });
  flagged('speaker', 'answer for the addresses on the network; runs on each node', speakerFlags(hostName), (flags) => ({
    command: 'speaker',
    flags,
  }));
  flagged(
    'playground',
    'a small network with Cairn in it, on this machine and apart from it',
    PLAYGROUND_FLAGS,
    (flags) =>
      flags.once && flags.shell
        ? wrongUsage('playground', ['--once and --shell: want one of the two, got both'])
        : { command: 'playground', flags },
  );
  program
    .command('check')
    .description('say every problem of a configuration, with its path and line')
    .helpOption('-h, --help', 'say how this is used')
    .argument('<files...>', 'ConfigMap manifests or bare configurations; "-" is standard input')
    .action((files: readonly string[]) => {
      invocation = { command: 'check', flags: { files } };
    });

  try {
    program.parse(args, { from: 'user' });
  } catch (error) {
    if (!(error instanceof CommanderError)) throw error;
    return { command: 'say', text: said, exitCode: error.exitCode === 0 ? 0 : 2 };
  }
  return invocation ?? { command: 'say', text: program.helpInformation(), exitCode: 2 };
}

/** A yes or no may stand alone and then means yes. */
function optionOf(flag: Flag<unknown>): Option {
  const { name, says, form, fallback } = flag;
  const facts = [...(fallback === undefined ? [] : [`default ${fallback}`]), `env ${variableOf(flag)}`];
  const description = `${says} (${facts.join(', ')})`;
  return form.placeholder === undefined
    ? new Option(`--${name} [true|false]`, description)
    : new Option(`--${name} <${form.placeholder}>`, description);
}

function wrongUsage(command: string, problems: readonly string[]): Invocation {
  const help = `See 'cairn ${command} --help'.`;
  return {
    command: 'say',
    text: `${[...problems.map((problem) => `error: ${problem}`), help].join('\n')}\n`,
    exitCode: 2,
  };
}
