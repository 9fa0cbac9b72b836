// Runs one command line: prints the answer or the error and returns an exit code. The tables of commands are
// in workspaceCommands.ts, keyCommands.ts and so on; database.ts chooses the database.

import { parseArgs } from 'node:util'
import { Refusal } from '../../tenants/refusal.ts'
import type { Command, Input, Session } from './command.ts'
import { DATABASE_COMMANDS } from './databaseCommands.ts'
import { EVENT_COMMANDS } from './eventCommands.ts'
import { KEY_COMMANDS } from './keyCommands.ts'
import { MEMBER_COMMANDS } from './memberCommands.ts'
import { MODEL_COMMANDS } from './modelCommands.ts'
import { OPERATOR_COMMANDS } from './operatorCommands.ts'
import { SIGNING_COMMANDS } from './signingCommands.ts'
import { generalHelp, helpOf, UsageError, usageOf } from './usage.ts'
import { WORKSPACE_COMMANDS } from './workspaceCommands.ts'

export interface Surroundings {
  readonly print: (line: string) => void
  readonly complain: (line: string) => void
  /** Opens the database, runs the work, and closes the database. */
  readonly withSession: <T>(work: (session: Session) => Promise<T>) => Promise<T>
}

export const COMMANDS: ReadonlyMap<string, Command> = new Map([
  ...WORKSPACE_COMMANDS,
  ...KEY_COMMANDS,
  ...SIGNING_COMMANDS,
  ...OPERATOR_COMMANDS,
  ...MEMBER_COMMANDS,
  ...DATABASE_COMMANDS,
  ...MODEL_COMMANDS,
  ...EVENT_COMMANDS,
])

const findCommand = (
  words: readonly string[],
): { name: string; command: Command; rest: readonly string[] } => {
  for (const length of [1, 2, 3]) {
    const name = words.slice(0, length).join(' ')
    const command = COMMANDS.get(name)
    if (command !== undefined) return { name, command, rest: words.slice(length) }
  }
  const name = words.slice(0, 2).join(' ')
  const alike = [...COMMANDS.keys()].filter((candidate) => candidate.split(' ')[0] === words[0])
  const known = alike.length > 0 ? alike : [...COMMANDS.keys()]
  throw new UsageError(`There is no command "${name}". There are: ${known.join(', ')}.`)
}

const parse = (name: string, command: Command, rest: readonly string[]) => {
  const options = Object.fromEntries(
    Object.entries(command.options ?? {}).map(([option, { type }]) => [option, { type }]),
  )
  try {
    const parsed = parseArgs({
      args: [...rest],
      options: { ...options, json: { type: 'boolean' }, help: { type: 'boolean', short: 'h' } },
      allowPositionals: true,
      tokens: true,
    })
    const given = parsed.tokens.flatMap((token) => (token.kind === 'option' ? token.name : []))
    const repeated = given.find((option, index) => given.indexOf(option) < index)
    if (repeated !== undefined) throw new Error(`--${repeated} is given twice.`)
    return parsed
  } catch (error) {
    throw new UsageError(
      `${error instanceof Error ? error.message : String(error)}\nUsage: ${usageOf(name, command)}`,
    )
  }
}

const inputOf = (values: Readonly<Record<string, unknown>>, positionals: readonly string[]): Input => ({
  arguments: positionals,
  text: (option) => {
    const value = values[option]
    return typeof value === 'string' ? value : undefined
  },
  isSet: (option) => values[option] === true,
})

const complaintOf = (error: unknown, isJson: boolean): string => {
  const message = error instanceof Error ? error.message : String(error)
  const { code, hint } = error instanceof Refusal ? error : { code: undefined, hint: undefined }
  if (isJson) return JSON.stringify({ error: { code: code ?? 'FAILED', message, hint } })
  return `tenantry: ${message}${hint === undefined ? '' : `\n${hint}`}`
}

const execute = async (words: readonly string[], { print, withSession }: Surroundings): Promise<void> => {
  const [first] = words
  if (first === undefined) throw new UsageError(`Which command?\n\n${generalHelp(COMMANDS)}`)
  if (first === '--help' || first === '-h' || first === 'help') return print(generalHelp(COMMANDS))
  const { name, command, rest } = findCommand(words)
  const { values, positionals } = parse(name, command, rest)
  if (values.help === true) return print(helpOf(name, command))
  const most = command.arguments.length + (command.optionalArgument === undefined ? 0 : 1)
  if (positionals.length < command.arguments.length || positionals.length > most)
    throw new UsageError(
      `${name} takes ${most === command.arguments.length ? most : `${command.arguments.length} or ${most}`} arguments.\nUsage: ${usageOf(name, command)}`,
    )
  const answer = await withSession((session) => command.run(session, inputOf(values, positionals)))
  print(values.json === true ? JSON.stringify(answer.json, null, 2) : answer.text)
}

/** @returns 0 done, 1 failed, 2 wrong usage. */
export const runCommandLine = async (
  words: readonly string[],
  surroundings: Surroundings,
): Promise<number> => {
  try {
    await execute(words, surroundings)
    return 0
  } catch (error) {
    surroundings.complain(complaintOf(error, words.includes('--json')))
    return error instanceof UsageError ? 2 : 1
  }
}
