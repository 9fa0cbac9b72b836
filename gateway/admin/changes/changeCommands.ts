// The command that prints the changes of all workspaces.

import type { Config } from '../../config.ts'
import type { CommandOption, Input, LocalCommand } from '../command.ts'
import { ask, URL_OPTION } from '../observeCommands.ts'
import { printable, tableText } from '../table.ts'

interface Entry {
  readonly at: string
  readonly kind: string
  readonly subdomain: string | null
  readonly workspaceId: string | null
  readonly object?: string
  readonly operation?: string
  readonly event?: string
  readonly id?: string | null
  readonly changedFields?: readonly string[]
  readonly details?: Readonly<Record<string, unknown>>
}

interface ChangesAnswer {
  readonly data: { readonly changes: readonly Entry[] }
  readonly hasMore: boolean
  readonly position: string
  readonly reset?: true
}

const FILTERS = ['workspaces', 'kinds', 'operations', 'events', 'include'] as const

const filter = (meaning: string): CommandOption => ({ type: 'string', value: 'names', meaning })

/** How long a request waits for a change. */
const WAIT_SECONDS = '20'

const rowOf = (each: Entry): readonly string[] => [
  each.at,
  each.subdomain ?? each.workspaceId ?? '',
  each.event ?? (each.kind === 'reset' ? each.kind : [each.object ?? '', each.operation].join('.')),
  each.id ?? (each.details === undefined ? '' : JSON.stringify(each.details)),
  each.changedFields?.join(',') ?? '',
]

const read = (config: Config, input: Input, more: Readonly<Record<string, string>>) => {
  const filters = FILTERS.flatMap((name): [string, string][] => {
    const value = input.text(name)
    return value === undefined ? [] : [[name, value]]
  })
  const query = new URLSearchParams([...Object.entries(more), ...filters])
  return ask<ChangesAnswer>(config, input, `changes?${query}`)
}

/** Prints changes as they come. It ends with an error or a signal. */
const follow = async (
  config: Config,
  input: Input,
  after: string,
  print: (line: string) => void,
): Promise<never> => {
  const lineOf = input.isSet('json')
    ? (each: Entry): string => JSON.stringify(each)
    : (each: Entry): string => rowOf(each).map(printable).join('  ').trimEnd()
  for (let position = after; ; ) {
    const answer = await read(config, input, { after: position, wait: WAIT_SECONDS })
    for (const each of answer.data.changes) print(lineOf(each))
    position = answer.position
  }
}

const changes: LocalCommand = {
  summary: 'Print the changes in all workspaces, and operator events: ids and field names',
  arguments: [],
  options: {
    after: { type: 'string', value: 'position', meaning: 'oldest, now, or a position; default: oldest' },
    limit: {
      type: 'string',
      value: 'number',
      meaning: 'Maximum number of changes, from 10 to 1000; default: 100',
    },
    workspaces: filter('Ids or subdomains'),
    kinds: filter('records, events; default: both'),
    operations: filter('Operations of records; default: all'),
    events: filter('Operator events, for example workspace.*; default: all'),
    include: filter('record, previous: print values, in JSON; requires the scope events:values'),
    follow: { type: 'boolean', meaning: 'Keep printing new changes; default for --after: now' },
    ...URL_OPTION,
  },
  isLocal: true,
  run: async (config, input, print) => {
    if (input.isSet('follow')) return follow(config, input, input.text('after') ?? 'now', print)
    const json = await read(config, input, {
      after: input.text('after') ?? 'oldest',
      limit: input.text('limit') ?? '100',
    })
    const more = json.hasMore ? `\nThere are more: --after ${json.position}` : ''
    const rows = json.data.changes.map(rowOf)
    return { json, text: tableText(['AT', 'WORKSPACE', 'CHANGE', 'ID OR DETAILS', 'FIELDS'], rows) + more }
  },
}

export const CHANGE_COMMANDS: readonly (readonly [string, LocalCommand])[] = [['changes', changes]]
