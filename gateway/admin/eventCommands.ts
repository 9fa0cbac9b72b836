// Commands about the capture of changes.

import { listCapture, resetCapture, setCapture } from '../../tenants/changes/capture.ts'
import { eraseRecord, keyOfParts } from '../../tenants/changes/erase.ts'
import { fillHistory } from '../../tenants/changes/history.ts'
import { setObjectChangeLog } from '../../tenants/changes/objectSettings.ts'
import { type Settlement, settleWorkspace } from '../../tenants/changes/settle.ts'
import { Refusal } from '../../tenants/refusal.ts'
import { findWorkspace } from '../../tenants/workspace.ts'
import { updateWorkspaceSettings } from '../../tenants/workspaceSettings.ts'
import { decodePercent } from '../http/query.ts'
import type { Command, CommandOption, CommandOutput, Input } from './command.ts'
import { tableText } from './table.ts'

const TABLE: CommandOption = {
  type: 'string',
  value: 'table',
  meaning: 'One table; default: the whole workspace',
}

type CommandPool = Parameters<typeof setCapture>[0]

/** How many tables have followed a setting, which ones wait, and since when all changes are logged. */
const outcome = async (
  pool: CommandPool,
  workspaceId: string,
  { settled, waiting }: Settlement,
  table?: string,
) => {
  const times = (await listCapture(pool, workspaceId)).flatMap((each) =>
    each.since !== null && (table ?? each.table) === each.table ? [each.since.getTime()] : [],
  )
  const isSettled = waiting.length === 0
  const since = isSettled && times.length > 0 ? new Date(Math.max(...times)).toISOString() : null
  return {
    json: { tables: settled.length, isSettled, waiting, capturedSince: since },
    text: [
      `${settled.length} tables changed.`,
      isSettled ? '' : ` In use, and settled within minutes: ${waiting.join(', ')}.`,
      since === null ? '' : ` All changes are logged since ${since}.`,
    ].join(''),
  }
}

const turned = async (pool: CommandPool, input: Input, captures: boolean | null): Promise<CommandOutput> => {
  const [reference = ''] = input.arguments
  const { id, subdomain } = await findWorkspace(pool, reference)
  const table = input.text('table')
  if (table !== undefined) await setObjectChangeLog(pool, id, table, { capture: captures })
  const settlement =
    table === undefined ? await setCapture(pool, id, captures) : await settleWorkspace(pool, id)
  const { json, text } = await outcome(pool, id, settlement, table)
  const state = captures === null ? 'inherited from CAPTURE' : captures ? 'on' : 'off'
  return {
    json: { id, subdomain, ...(table === undefined ? {} : { table }), captures, ...json },
    text: `Capture of ${table ?? subdomain} is ${state}; ${text}`,
  }
}

const on: Command = {
  summary: 'Log the changes of a workspace',
  arguments: ['workspace'],
  options: { table: TABLE },
  run: ({ pool }, input) => turned(pool, input, true),
}

const off: Command = {
  summary: 'Stop logging the changes of a workspace',
  arguments: ['workspace'],
  options: { table: TABLE },
  run: ({ pool }, input) => turned(pool, input, false),
}

const inherit: Command = {
  summary: 'Follow the setting CAPTURE for a workspace',
  arguments: ['workspace'],
  options: { table: TABLE },
  run: ({ pool }, input) => turned(pool, input, null),
}

const reset: Command = {
  summary: 'Repair capture, and restart the change feed of a workspace that misses changes',
  arguments: ['workspace'],
  run: async ({ pool }, { arguments: [reference = ''] }) => {
    const { id, subdomain } = await findWorkspace(pool, reference)
    const { json, text } = await outcome(pool, id, await resetCapture(pool, id))
    return {
      json: { id, subdomain, ...json },
      text: `Restarted the capture of ${subdomain}; ${text} Readers of its changes must start over.`,
    }
  },
}

const status: Command = {
  summary: 'List the tables of a workspace and whether their changes are logged',
  arguments: ['workspace'],
  run: async ({ pool }, { arguments: [reference = ''] }) => {
    const { id } = await findWorkspace(pool, reference)
    const tables = await listCapture(pool, id)
    return {
      json: tables,
      text: tableText(
        ['TABLE', 'CAPTURE', 'SINCE'],
        tables.map(({ table, capture, since }) => [table, capture, since?.toISOString() ?? '']),
      ),
    }
  },
}

const STATES = { on: true, off: false, inherit: null } as const

const isState = (text: string): text is keyof typeof STATES => Object.hasOwn(STATES, text)

const history: Command = {
  summary: 'Turn the history of records on or off',
  arguments: ['workspace', 'on|off|inherit'],
  options: { table: TABLE },
  run: async ({ pool }, input) => {
    const [reference = '', state = ''] = input.arguments
    if (!isState(state)) throw new Refusal('INVALID_INPUT', `"${state}" is not one of on, off and inherit`)
    const { id, subdomain } = await findWorkspace(pool, reference)
    const table = input.text('table')
    if (table !== undefined) await setObjectChangeLog(pool, id, table, { history: STATES[state] })
    else await updateWorkspaceSettings(pool, id, { history: STATES[state] })
    const { json, text } = await outcome(pool, id, await settleWorkspace(pool, id), table)
    return {
      json: { id, subdomain, table: table ?? null, history: STATES[state], ...json },
      text: `History of ${table ?? subdomain}: ${state}; ${text}`,
    }
  },
}

const erase: Command = {
  summary: 'Erase the past values of one record from the change feed and the history',
  arguments: ['workspace', 'table', 'id'],
  run: async ({ pool }, { arguments: [reference = '', table = '', recordId = ''] }) => {
    const { id, subdomain } = await findWorkspace(pool, reference)
    await fillHistory(pool)
    const key = await keyOfParts(pool, id, table, recordId.split(',').map(decodePercent))
    const changes = await eraseRecord(pool, { workspaceId: id, table, key })
    return {
      json: { id, subdomain, table, record: recordId, changes },
      text: `Erased the values of ${changes} changes.`,
    }
  },
}

export const EVENT_COMMANDS: readonly (readonly [string, Command])[] = [
  ['events on', on],
  ['events off', off],
  ['events inherit', inherit],
  ['events status', status],
  ['events reset', reset],
  ['events history', history],
  ['events erase', erase],
]
