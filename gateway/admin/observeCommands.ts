// Commands that query the running gateway over its operator API, because only it has this state.

import { Refusal } from '../../tenants/refusal.ts'
import type { Config } from '../config.ts'
import { localUrl } from '../demo/address.ts'
import type { RunningStatement, Statements } from '../observe/statements.ts'
import { type HeavyWorkspace, MEASURES, WINDOWS_MINUTES } from '../observe/top.ts'
import type { CommandOption, Input, LocalCommand } from './command.ts'
import { tableText } from './table.ts'

const ANSWER_WITHIN_MS = 30_000

export const URL_OPTION: Readonly<Record<string, CommandOption>> = {
  url: { type: 'string', value: 'url', meaning: 'Address of the gateway; default: from the configuration' },
}

const addressOf = (config: Config, input: Input): string => {
  const { adminApi, adminHost, adminPort, host, port } = config
  const isPrivate = adminApi === 'private' && adminPort !== null
  return (
    input.text('url')?.replace(/\/+$/, '') ??
    (isPrivate ? localUrl(adminHost, adminPort) : localUrl(host, port))
  )
}

const messageOf = (text: string): string => {
  try {
    const { messages } = JSON.parse(text)
    return String(messages[0])
  } catch {
    return text.slice(0, 200)
  }
}

/** Asks the running gateway, with the operator's key. */
export const ask = async <T>(
  config: Config,
  input: Input,
  path: string,
  body?: unknown,
  method = body === undefined ? 'GET' : 'POST',
): Promise<T> => {
  const { operatorKey } = config
  if (operatorKey === null)
    throw new Refusal('INVALID_INPUT', 'OPERATOR_KEY is not set.', {
      hint: '`tenantry operator key create <name>` prints a key.',
    })
  const address = addressOf(config, input)
  const sent = await fetch(`${address}/admin/${path}`, {
    method,
    headers: { authorization: `Bearer ${operatorKey}`, 'content-type': 'application/json' },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    redirect: 'error',
    signal: AbortSignal.timeout(ANSWER_WITHIN_MS),
  }).catch((cause: unknown) => {
    throw new Refusal('CONFLICT', `The gateway at ${address} does not answer.`, {
      hint: 'Its address comes from --url, or from HOST and PORT (ADMIN_HOST and ADMIN_PORT if ADMIN_API is private).',
      cause,
    })
  })
  const text = await sent.text()
  if (sent.ok) return JSON.parse(text)
  throw new Refusal('CONFLICT', `The gateway returned ${sent.status}: ${messageOf(text)}`)
}

const lineOf = (each: RunningStatement): readonly string[] => [
  String(each.pid),
  each.backendStart,
  each.requestId ?? each.startedAt,
  each.kind,
  each.workspace?.subdomain ?? '',
  each.pgRole ?? '',
  each.workspaceMemberId ?? each.keyId ?? '',
  `${(each.ms / 1000).toFixed(1)} s`,
  each.waitEvent ?? '',
  each.blockedBy.join(' '),
  each.operation,
]

const HEADINGS = [
  'PID',
  'BACKEND START',
  'REQUEST OR START',
  'KIND',
  'WORKSPACE',
  'ROLE',
  'CALLER',
  'AGE',
  'WAITS FOR',
  'BLOCKED BY',
  'OPERATION',
]

const ps: LocalCommand = {
  summary: 'List running statements with their workspace, caller and request',
  arguments: [],
  options: URL_OPTION,
  isLocal: true,
  run: async (config, input) => {
    const json = await ask<Awaited<ReturnType<Statements['list']>>>(config, input, 'statements')
    const hidden =
      json.hidden === 0
        ? ''
        : `\n${json.hidden} more are hidden: grant pg_read_all_stats to the role of DATABASE_URL.`
    return { json, text: `${tableText(HEADINGS, json.statements.map(lineOf))}${hidden}` }
  },
}

const cancel: LocalCommand = {
  summary: 'Cancel a statement listed by `tenantry ps`, unless it has ended',
  arguments: ['pid', 'backend start', 'request or start'],
  options: URL_OPTION,
  isLocal: true,
  run: async (config, input) => {
    const [pid = '', backendStart = '', name = ''] = input.arguments
    const isTime = /^\d{4}-\d\d-\d\dT[\d:.]+Z$/.test(name)
    const json = await ask(config, input, 'statements/cancel', {
      pid: Number(pid),
      backendStart,
      ...(isTime ? { startedAt: name } : { requestId: name }),
    })
    return { json, text: `Cancelled the statement of backend ${pid}.` }
  },
}

interface TopAnswer {
  readonly workspaces: readonly (HeavyWorkspace & { readonly subdomain: string | null })[]
}

const heaviest: LocalCommand = {
  summary: 'List the busiest workspaces of a gateway in the last minutes',
  arguments: [],
  options: {
    by: { type: 'string', value: 'measure', meaning: `${MEASURES.join(', ')}; default: ${MEASURES[0]}` },
    minutes: {
      type: 'string',
      value: 'n',
      meaning: `${WINDOWS_MINUTES.join(', ')}; default: ${WINDOWS_MINUTES[0]}`,
    },
    ...URL_OPTION,
  },
  isLocal: true,
  run: async (config, input) => {
    const query = new URLSearchParams({
      by: input.text('by') ?? MEASURES[0],
      minutes: input.text('minutes') ?? String(WINDOWS_MINUTES[0]),
    })
    const json = await ask<TopAnswer>(config, input, `top?${query}`)
    const rows = json.workspaces.map((each) => [
      each.subdomain ?? each.workspaceId,
      each.time === null ? '' : `${(each.time / 1000).toFixed(1)} s`,
      ...[each.requests, each.errors, each.rows].map((value) => (value === null ? '' : String(value))),
    ])
    return { json, text: tableText(['WORKSPACE', 'TIME', 'REQUESTS', 'ERRORS', 'ROWS'], rows) }
  },
}

export const OBSERVE_COMMANDS: readonly (readonly [string, LocalCommand])[] = [
  ['top', heaviest],
  ['ps', ps],
  ['cancel', cancel],
]
