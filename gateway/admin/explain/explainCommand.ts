// The command that asks the running gateway for the plans of a request.

import { readFile } from 'node:fs/promises'
import { Refusal } from '../../../tenants/refusal.ts'
import type { Input, LocalCommand } from '../command.ts'
import { ask, URL_OPTION } from '../observeCommands.ts'
import { printable } from '../table.ts'
import { UsageError, unreadableFile } from '../usage.ts'
import type { ExplainedStatement, Explanation } from './explain.ts'

const jsonIn = (text: string | undefined, option: string): unknown => {
  if (text === undefined) return undefined
  try {
    return JSON.parse(text)
  } catch (cause) {
    throw new Refusal('INVALID_INPUT', `--${option} is not valid JSON.`, { cause })
  }
}

/** The document, or the text of the file after an @. */
const documentOf = async (given: string): Promise<string> => {
  if (!given.startsWith('@')) return given
  return readFile(given.slice(1), 'utf8').catch(unreadableFile(given.slice(1)))
}

/** `GET /rest/companies?limit=1`, or the path alone. */
const restOf = (line: string, input: Input): unknown => {
  const [, method = 'GET', path = line] = /^([A-Za-z]+)\s+(.*)$/s.exec(line) ?? []
  return { method, path, body: jsonIn(input.text('body'), 'body') }
}

const bodyOf = async (line: string, input: Input) => {
  const query = input.text('query')
  if ((line === '') === (query === undefined))
    throw new UsageError('explain takes a request, such as "GET /rest/companies", or --query.')
  const stray = query === undefined ? 'variables' : 'body'
  if (input.text(stray) !== undefined)
    throw new UsageError(
      query === undefined
        ? '--variables belongs to --query.'
        : '--body belongs to a request, not to --query.',
    )
  const variables = jsonIn(input.text('variables'), 'variables')
  return {
    ...(line === '' ? {} : { request: restOf(line, input) }),
    ...(query === undefined ? {} : { query: await documentOf(query), variables }),
    role: input.text('role'),
    analyze: input.isSet('analyze'),
  }
}

interface PlanNode {
  readonly [name: string]: unknown
  readonly Plans?: readonly PlanNode[]
}

const SHOWN = ['Index Cond', 'Filter', 'Hash Cond', 'Join Filter', 'Sort Key', 'Group Key'] as const

/** One line per node, and its conditions below. */
const linesOf = (node: PlanNode, depth = 0): readonly string[] => {
  const indent = '  '.repeat(depth)
  const place = node['Index Name'] ?? node['Function Name'] ?? node['CTE Name']
  const table = [node.Operation, node['Relation Name']].filter((each) => each !== undefined)
  const actual =
    node['Actual Total Time'] === undefined
      ? ''
      : `, ${node['Actual Total Time']} ms, ${node['Actual Rows']} rows, ${node['Actual Loops']} loops`
  const head = `${node['Node Type']}${table.length === 0 ? '' : ` ${table.join(' ')}`}${place === undefined ? '' : ` by ${place}`}`
  return [
    `${indent}${head} (cost ${node['Total Cost']}, ${node['Plan Rows']} rows planned${actual})`,
    ...SHOWN.flatMap((name) => (node[name] === undefined ? [] : [`${indent}  ${name}: ${node[name]}`])),
    ...(node.Plans ?? []).flatMap((each) => linesOf(each, depth + 1)),
  ]
}

const isNode = (value: unknown): value is PlanNode => typeof value === 'object' && value !== null

const textOf = ({ field, kind, planningMs, executionMs, plan, error, sql }: ExplainedStatement): string => {
  const ran = executionMs === null ? '' : `, ran ${executionMs} ms`
  const title = `${field === null ? '' : `${field}: `}${kind}, planned in ${planningMs ?? '?'} ms${ran}`
  const root = isNode(plan) ? plan.Plan : undefined
  const lines = error === null ? (isNode(root) ? linesOf(root) : []) : [error.message]
  return [title, sql, ...lines].map(printable).join('\n')
}

const explain: LocalCommand = {
  summary: 'Print the plans of the statements that a request would run; no data is written',
  arguments: ['workspace'],
  optionalArgument: 'request',
  options: {
    body: { type: 'string', value: 'json', meaning: 'Body of the request, such as `POST /rest/companies`' },
    query: { type: 'string', value: 'document', meaning: 'A GraphQL document instead, or @ and a file name' },
    variables: { type: 'string', value: 'json', meaning: 'Its variables' },
    role: { type: 'string', value: 'role', meaning: 'Label or id of the role; default: Admin' },
    analyze: {
      type: 'boolean',
      meaning: 'Also run reads, in a read-only transaction, to measure their times',
    },
    ...URL_OPTION,
  },
  isLocal: true,
  run: async (config, input) => {
    const [workspace = '', line = ''] = input.arguments
    const path = `workspaces/${encodeURIComponent(workspace)}/explain`
    const json = await ask<Explanation>(config, input, path, await bodyOf(line, input))
    const omitted = json.omitted === 0 ? '' : `\n\n${json.omitted} more statements were not explained.`
    return { json, text: json.statements.map(textOf).join('\n\n') + omitted }
  },
}

export const EXPLAIN_COMMANDS: readonly (readonly [string, LocalCommand])[] = [['explain', explain]]
