// Commands about the capture of changes.

import { listCapture, resetCapture, setCapture } from '../../tenants/changes/capture.ts'
import { findWorkspace } from '../../tenants/workspace.ts'
import type { Answer, Command } from './command.ts'
import { tableText } from './table.ts'

const turned = async (
  pool: Parameters<typeof setCapture>[0],
  reference: string,
  captures: boolean | null,
): Promise<Answer> => {
  const { id, subdomain } = await findWorkspace(pool, reference)
  const tables = await setCapture(pool, id, captures)
  const state = captures === null ? 'inherited from CAPTURE' : captures ? 'on' : 'off'
  return {
    json: { id, subdomain, captures, tables },
    text: `Capture of ${subdomain} is ${state}; ${tables} tables changed.`,
  }
}

const on: Command = {
  summary: 'Log the changes of a workspace',
  arguments: ['workspace'],
  run: ({ pool }, { arguments: [reference = ''] }) => turned(pool, reference, true),
}

const off: Command = {
  summary: 'Stop logging the changes of a workspace',
  arguments: ['workspace'],
  run: ({ pool }, { arguments: [reference = ''] }) => turned(pool, reference, false),
}

const inherit: Command = {
  summary: 'Let the setting CAPTURE decide whether the changes of a workspace are logged',
  arguments: ['workspace'],
  run: ({ pool }, { arguments: [reference = ''] }) => turned(pool, reference, null),
}

const reset: Command = {
  summary: 'Restart capture where its triggers are missing or disabled',
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

export const EVENT_COMMANDS: readonly (readonly [string, Command])[] = [
  ['events on', on],
  ['events off', off],
  ['events inherit', inherit],
  ['events status', status],
  ['events reset', reset],
]
