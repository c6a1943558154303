/**
 * The command line, understood: which command, with which flags. Runs nothing, prints nothing.
 *
 * Source: docs/design.md §3.
 * @module
 */
import { Command, CommanderError, Option } from 'commander';
import { isDnsLabel } from '../values/names.js';
import {
  type CheckFlags,
  CONTROLLER_FLAGS,
  type ControllerFlags,
  controllerProblems,
  type ExitCode,
  type Flag,
  type FlagTable,
  MOVE_FLAGS,
  type MoveFlags,
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
  | { readonly command: 'move'; readonly flags: MoveFlags }
  | { readonly command: 'playground'; readonly flags: PlaygroundFlags }
  /** Nothing to do but to say this: help and version (0, for stdout), or what was wrong (2, for stderr). */
  | { readonly command: 'say'; readonly text: string; readonly exitCode: ExitCode };

export interface Surroundings {
  readonly env: Texts;
  readonly hostName: string;
  readonly version: string;
}

/** As kubectl writes it: `service/web`. */
const SERVICE_PREFIX = /^(?:svc|services?)\//;

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

  function flagged<F>(
    name: string,
    says: string,
    table: FlagTable<F>,
    then: (flags: F, args: readonly string[]) => Invocation,
  ): Command {
    const command = program.command(name).description(says).helpOption('-h, --help', 'say how this is used');
    const flags = Object.values<Flag<unknown>>(table);
    for (const flag of flags) command.addOption(optionOf(flag));
    return command.action(() => {
      const options = command.opts<Readonly<Record<string, string | true | undefined>>>();
      const given = Object.fromEntries(
        flags.map((flag) => [flag.name, options[optionOf(flag).attributeName()]?.toString()]),
      );
      const read = readFlags(table, given, env);
      invocation = read.ok ? then(read.value, command.args) : wrongUsage(name, read.error);
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
  flagged('move', 'give a Service another address, before it loses the one it has', MOVE_FLAGS, (flags, [service]) => {
    const name = (service ?? '').replace(SERVICE_PREFIX, '');
    return isDnsLabel(name)
      ? { command: 'move', flags: { ...flags, service: name } }
      : wrongUsage('move', [`SERVICE: want the name of a Service, got ${JSON.stringify(service)}`]);
  }).argument('<service>', "the Service's name");
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
  const { name, short, says, form, fallback } = flag;
  const facts = [...(fallback === undefined ? [] : [`default ${fallback}`]), `env ${variableOf(flag)}`];
  const description = `${says} (${facts.join(', ')})`;
  return form.placeholder === undefined
    ? new Option(`--${name} [true|false]`, description)
    : new Option(`${short === undefined ? '' : `-${short}, `}--${name} <${form.placeholder}>`, description);
}

function wrongUsage(command: string, problems: readonly string[]): Invocation {
  const help = `See 'cairn ${command} --help'.`;
  return {
    command: 'say',
    text: `${[...problems.map((problem) => `error: ${problem}`), help].join('\n')}\n`,
    exitCode: 2,
  };
}
