// Commands about the capture of changes.

import { listCapture, resetCapture, setCapture, settleWorkspace } from '../../tenants/changes/capture.ts'
import { eraseRecord } from '../../tenants/changes/erase.ts'
import { fillHistory } from '../../tenants/changes/history.ts'
import { setObjectChangeLog } from '../../tenants/changes/objectSettings.ts'
import { Refusal } from '../../tenants/refusal.ts'
import { findWorkspace } from '../../tenants/workspace.ts'
import { updateWorkspaceSettings } from '../../tenants/workspaceSettings.ts'
import type { Answer, Command, Input, Option } from './command.ts'
import { tableText } from './table.ts'

const WAITING = ' A table is in use; capture follows within minutes.'

const TABLE: Option = { type: 'string', value: 'table', meaning: 'One table; default: the whole workspace' }

const turned = async (
  pool: Parameters<typeof setCapture>[0],
  input: Input,
  captures: boolean | null,
): Promise<Answer> => {
  const [reference = ''] = input.arguments
  const { id, subdomain } = await findWorkspace(pool, reference)
  const table = input.text('table')
  const state = captures === null ? 'inherited from CAPTURE' : captures ? 'on' : 'off'
  if (table !== undefined) {
    await setObjectChangeLog(pool, id, table, { capture: captures })
    const isSettled = await settleWorkspace(pool, id)
    return {
      json: { id, subdomain, table, captures, isSettled },
      text: `Capture of ${table} is ${state}.${isSettled ? '' : WAITING}`,
    }
  }
  const tables = await setCapture(pool, id, captures)
  return {
    json: { id, subdomain, captures, tables },
    text: `Capture of ${subdomain} is ${state}; ${tables} tables changed.`,
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
  summary: 'Use the setting CAPTURE for a workspace',
  arguments: ['workspace'],
  options: { table: TABLE },
  run: ({ pool }, input) => turned(pool, input, null),
}

const reset: Command = {
  summary: 'Repair capture if its triggers are missing or disabled',
  arguments: ['workspace'],
  run: async ({ pool }, { arguments: [reference = ''] }) => {
    const { id, subdomain } = await findWorkspace(pool, reference)
    const tables = await resetCapture(pool, id)
    return {
      json: { id, subdomain, tables },
      text: `Restarted the capture of ${tables} tables of ${subdomain}.`,
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
        ['TABLE', 'CAPTURE'],
        tables.map(({ table, capture }) => [table, capture]),
      ),
    }
  },
}

const STATES = { on: true, off: false, inherit: null } as const

const isState = (text: string): text is keyof typeof STATES => Object.hasOwn(STATES, text)

const history: Command = {
  summary: 'Keep the history of records, or stop keeping it',
  arguments: ['workspace', 'on|off|inherit'],
  options: { table: TABLE },
  run: async ({ pool }, input) => {
    const [reference = '', state = ''] = input.arguments
    if (!isState(state)) throw new Refusal('INVALID_INPUT', `"${state}" is not one of on, off and inherit`)
    const { id, subdomain } = await findWorkspace(pool, reference)
    const table = input.text('table')
    if (table !== undefined) await setObjectChangeLog(pool, id, table, { history: STATES[state] })
    else await updateWorkspaceSettings(pool, id, { history: STATES[state] })
    const isSettled = await settleWorkspace(pool, id)
    return {
      json: { id, subdomain, table: table ?? null, history: STATES[state], isSettled },
      text: `History of ${table ?? subdomain}: ${state}.${isSettled ? '' : WAITING}`,
    }
  },
}

const erase: Command = {
  summary: 'Erase the past values of one record from the feed and the history',
  arguments: ['workspace', 'table', 'id'],
  run: async ({ pool }, { arguments: [reference = '', table = '', recordId = ''] }) => {
    const { id, subdomain } = await findWorkspace(pool, reference)
    await fillHistory(pool)
    const changes = await eraseRecord(pool, { workspaceId: id, table, recordId })
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
