// Help and usage errors of the command line. A UsageError means that the command line itself is wrong (exit
// code 2), every other error that the command failed (exit code 1).

import { Refusal } from '../../tenants/refusal.ts'
import type { Command } from './command.ts'

/** Handles a failed read of a file that an argument names. */
export const unreadableFile =
  (path: string) =>
  (cause: unknown): never => {
    throw new Refusal('INVALID_INPUT', `The file ${path} cannot be read.`, { cause })
  }

export class UsageError extends Error {
  constructor(message: string) {
    super(message)
    this.name = 'UsageError'
  }
}

export const usageOf = (name: string, command: Command): string =>
  [
    'tenantry',
    name,
    ...command.arguments.map((argument) => `<${argument}>`),
    ...(command.optionalArgument === undefined ? [] : [`[${command.optionalArgument}]`]),
    ...Object.keys(command.options ?? {}).map(optionText(command)),
  ].join(' ')

const optionText =
  (command: Command) =>
  (name: string): string => {
    const option = command.options?.[name]
    return option?.type === 'string' ? `[--${name} <${option.value}>]` : `[--${name}]`
  }

export const helpOf = (name: string, command: Command): string => {
  const options = Object.entries(command.options ?? {}).map(
    ([option, { meaning }]) => `  --${option.padEnd(12)} ${meaning}`,
  )
  return [
    `Usage: ${usageOf(name, command)}`,
    '',
    command.summary,
    '',
    ...options,
    `  --${'json'.padEnd(12)} Print JSON`,
  ].join('\n')
}

export const generalHelp = (commands: ReadonlyMap<string, Command>): string => {
  const width = Math.max(...[...commands.keys()].map((name) => name.length))
  return [
    'Usage: tenantry <command> [arguments] [--json]',
    '',
    'Commands:',
    ...[...commands].map(([name, { summary }]) => `  ${name.padEnd(width)}  ${summary}`),
    '',
    '`tenantry start` runs the gateway. `tenantry <command> --help` shows the details. <workspace> is a subdomain or an id.',
    'The database is DATABASE_URL, or without it the embedded Postgres under DATA_DIR, which is started for the command if no',
    'gateway runs.',
    'Exit codes: 0 done, 1 failed, 2 wrong usage.',
  ].join('\n')
}
