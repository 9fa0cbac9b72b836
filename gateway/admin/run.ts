// Runs one command line: prints the answer or the error and returns an exit code. The tables of commands are
// in workspaceCommands.ts, keyCommands.ts and so on; database.ts chooses the database.

import { parseArgs } from 'node:util'
import { suggestionList } from 'graphql/jsutils/suggestionList.js'
import { Refusal } from '../../tenants/refusal.ts'
import type { Config } from '../config.ts'
import { VERSION } from '../version.ts'
import { AUDIT_COMMANDS } from './audit/auditCommand.ts'
import { recording } from './audit/commandAudit.ts'
import { CHANGE_COMMANDS } from './changes/changeCommands.ts'
import type { Command, CommandSession, Input } from './command.ts'
import { completionCommands } from './completion.ts'
import { DATABASE_COMMANDS } from './databaseCommands.ts'
import { EVENT_COMMANDS } from './eventCommands.ts'
import { EXPLAIN_COMMANDS } from './explain/explainCommand.ts'
import { KEY_COMMANDS } from './keyCommands.ts'
import { MEMBER_COMMANDS } from './memberCommands.ts'
import { MODEL_COMMANDS } from './modelCommands.ts'
import { NODE_COMMANDS } from './nodes/nodeCommands.ts'
import { OBSERVE_COMMANDS } from './observeCommands.ts'
import { OPERATOR_COMMANDS } from './operatorCommands.ts'
import { PROCESS_COMMANDS } from './processCommands.ts'
import { LIMIT_COMMANDS } from './quota/limitCommands.ts'
import { USAGE_COMMANDS } from './quota/usageCommand.ts'
import { SETUP_COMMANDS } from './setup/setupCommand.ts'
import { SIGNING_COMMANDS } from './signingCommands.ts'
import { generalHelp, helpOf, UsageError, usageOf } from './usage.ts'
import { WEBHOOK_COMMANDS } from './webhooks/webhookCommands.ts'
import { WORKSPACE_COMMANDS } from './workspaceCommands.ts'

interface Surroundings {
  readonly print: (line: string) => void
  readonly complain: (line: string) => void
  /** Rejects with a ConfigError. */
  readonly readConfig: () => Promise<Config>
  /** Opens the database, runs the work, and closes the database. */
  readonly withSession: <T>(work: (session: CommandSession) => Promise<T>) => Promise<T>
}

export const COMMANDS: ReadonlyMap<string, Command> = new Map<string, Command>([
  ...WORKSPACE_COMMANDS,
  ...NODE_COMMANDS,
  ...LIMIT_COMMANDS,
  ...USAGE_COMMANDS,
  ...KEY_COMMANDS,
  ...SIGNING_COMMANDS,
  ...OPERATOR_COMMANDS,
  ...MEMBER_COMMANDS,
  ...DATABASE_COMMANDS,
  ...SETUP_COMMANDS,
  ...MODEL_COMMANDS,
  ...EVENT_COMMANDS,
  ...PROCESS_COMMANDS,
  ...OBSERVE_COMMANDS,
  ...EXPLAIN_COMMANDS,
  ...CHANGE_COMMANDS,
  ...AUDIT_COMMANDS,
  ...WEBHOOK_COMMANDS,
  ...completionCommands(() => COMMANDS),
])

const findCommand = (
  words: readonly string[],
): { name: string; command: Command; rest: readonly string[] } => {
  for (const length of [1, 2, 3]) {
    const name = words.slice(0, length).join(' ')
    const command = COMMANDS.get(name)
    if (command !== undefined) return { name, command, rest: words.slice(length) }
  }
  const given = words.slice(0, 3).filter((word) => !word.startsWith('-'))
  const names = [...COMMANDS.keys(), 'start']
  const alike = names.filter((candidate) => candidate.split(' ')[0] === words[0])
  // Within a group its first word would make every command look near.
  const group = alike.length > 0 ? `${words[0]} ` : ''
  const groups = new Set(names.map((candidate) => candidate.split(' ')[0] ?? ''))
  const [nearest] = suggestionList(
    given.join(' ').slice(group.length),
    (alike.length > 0 ? alike : [...names, ...groups]).map((candidate) => candidate.slice(group.length)),
  )
  const known = `There are: ${(alike.length > 0 ? alike : names).join(', ')}.`
  throw new UsageError(
    `There is no command "${given.slice(0, 2).join(' ')}". ${nearest === undefined ? known : `Did you mean "${group}${nearest}"?`}`,
  )
}

/** Node's own sentence explains how to pass an argument that begins with a dash. */
const faultOf = (error: unknown, options: readonly string[]): string => {
  const message = error instanceof Error ? error.message : String(error)
  const unknown = /^Unknown option '(-+([^']+))'/.exec(message)
  if (unknown === null) return message
  const [nearest] = suggestionList(unknown[2] ?? '', [...options, 'json', 'help'])
  return `There is no option ${unknown[1]}.${nearest === undefined ? '' : ` Did you mean --${nearest}?`}`
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
    if (repeated !== undefined) throw new Error(`--${repeated} is set twice.`)
    return parsed
  } catch (error) {
    throw new UsageError(`${faultOf(error, Object.keys(options))}\nUsage: ${usageOf(name, command)}`)
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

/** As in "1 argument", "1 or 2 arguments". */
const countOf = (least: number, most: number): string =>
  `${least < most ? `${least} or ${most}` : most} ${most === 1 ? 'argument' : 'arguments'}`

/** @returns the exit code */
const execute = async (
  words: readonly string[],
  { print, readConfig, withSession }: Surroundings,
): Promise<number> => {
  const show = (text: string): number => {
    print(text)
    return 0
  }

  const [first] = words
  if (first === undefined) throw new UsageError(`Which command?\n\n${generalHelp(COMMANDS)}`)
  if (first === '--version' || first === '-v') return show(`tenantry ${VERSION}`)
  if (first === '--help' || first === '-h' || first === 'help') return show(generalHelp(COMMANDS))
  const { name, command, rest } = findCommand(words)
  const { values, positionals } = parse(name, command, rest)
  if (values.help === true) return show(helpOf(name, command))
  const most = command.arguments.length + (command.optionalArgument === undefined ? 0 : 1)
  if (positionals.length < command.arguments.length || positionals.length > most)
    throw new UsageError(
      `${name} takes ${countOf(command.arguments.length, most)}.\nUsage: ${usageOf(name, command)}`,
    )
  const input = inputOf(values, positionals)
  const answer =
    command.isLocal === true
      ? await command.run(await readConfig(), input, print)
      : await (command.runRemote?.(input) ??
          withSession((session) =>
            recording(session.pool, { name, arguments: command.arguments }, input, () =>
              command.run(session, input, print),
            ),
          ))
  if (answer.isPrinted !== true)
    print(values.json === true ? JSON.stringify(answer.json, null, 2) : answer.text)
  return answer.hasFailed === true ? 1 : 0
}

/** @returns 0 done, 1 failed, 2 wrong usage. */
export const runCommandLine = async (
  words: readonly string[],
  surroundings: Surroundings,
): Promise<number> => {
  try {
    return await execute(words, surroundings)
  } catch (error) {
    surroundings.complain(complaintOf(error, words.includes('--json')))
    return error instanceof UsageError ? 2 : 1
  }
}
