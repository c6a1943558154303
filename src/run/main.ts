#!/usr/bin/env node
/**
 * The program `cairn`: understands the command line, runs the command, and ends with its exit code.
 *
 * A command's code is loaded when it runs, so that `cairn check` does not pay for a Kubernetes client.
 * @module
 */
import { hostname } from 'node:os';
import { type Invocation, understand } from './cli.js';
import { runDaemon } from './daemon.js';
import type { ExitCode } from './flags.js';
import { VERSION } from './version.js';

async function run(invocation: Invocation): Promise<ExitCode> {
  switch (invocation.command) {
    case 'controller': {
      const { runController } = await import('./controller.js');
      return runDaemon('controller', invocation.flags, runController);
    }
    case 'speaker': {
      const { runSpeaker } = await import('./speaker.js');
      return runDaemon('speaker', invocation.flags, runSpeaker);
    }
    case 'check': {
      const { runCheck } = await import('./check.js');
      return runCheck(invocation.flags, process);
    }
    case 'move': {
      const { moveOnCluster } = await import('./move-command.js');
      return moveOnCluster(invocation.flags, process);
    }
    case 'playground': {
      const { runPlayground } = await import('../playground/command.js');
      return runPlayground(invocation.flags);
    }
    case 'say':
      (invocation.exitCode === 0 ? process.stdout : process.stderr).write(invocation.text);
      return invocation.exitCode;
  }
}

const surroundings = { env: process.env, hostName: hostname(), version: VERSION };
const exitCode = await run(understand(process.argv.slice(2), surroundings));
// A daemon that has ended owes nothing more: a socket that lingers must not keep its process.
process.exit(exitCode);
