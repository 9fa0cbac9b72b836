// Commands about workspaces.

import type { Pool } from 'pg'
import { insertDemo } from '../../tenants/demo.ts'
import { type ImportResult, importSql } from '../../tenants/importSql.ts'
import { deleteWorkspace, restoreWorkspace } from '../../tenants/life/deletion.ts'
import { dropWorkspace } from '../../tenants/life/purge.ts'
import * as workspaces from '../../tenants/workspace.ts'
import { setCountMode } from '../../tenants/workspaceSettings.ts'
import type { Command, CommandOutput, Input } from './command.ts'
import { readDump } from './dumpFile.ts'
import { answerList, LIST_OPTIONS } from './listOptions.ts'
import { tableText } from './table.ts'
import { UsageError } from './usage.ts'

const describe = (workspace: workspaces.Workspace): string =>
  tableText(
    ['SUBDOMAIN', 'NAME', 'STATUS', 'SCHEMA', 'ID'],
    [[workspace.subdomain, workspace.name, workspace.status, workspace.schemaName, workspace.id]],
  )

const answer = (workspace: workspaces.Workspace): CommandOutput => ({
  json: workspace,
  text: describe(workspace),
})

const create: Command = {
  summary: 'Create a workspace with the standard objects',
  arguments: ['name'],
  options: {
    subdomain: { type: 'string', value: 'name', meaning: 'Subdomain; default: derived from the name' },
    empty: { type: 'boolean', meaning: 'Without the standard objects' },
    demo: { type: 'boolean', meaning: 'With a few hundred demo records' },
  },
  run: async ({ pool }, input) => {
    const [name = ''] = input.arguments
    const isEmpty = input.isSet('empty')
    if (isEmpty && input.isSet('demo'))
      throw new UsageError('--demo needs the standard objects, so it cannot be combined with --empty.')
    const subdomain = input.text('subdomain')
    const workspace = await workspaces.createWorkspace(pool, {
      name,
      standardObjects: !isEmpty,
      ...(subdomain === undefined ? {} : { subdomain }),
    })
    if (input.isSet('demo')) await insertDemo(pool, workspace.id, { now: new Date() })
    return answer(workspace)
  },
}

const listOthers = (pool: Pool, input: Input): Promise<CommandOutput> =>
  answerList(
    input,
    (page) => workspaces.listWorkspaces(pool, page),
    ['SUBDOMAIN', 'NAME', 'STATUS', 'SCHEMA', 'CREATED'],
    ({ subdomain, name, status, schemaName, createdAt }) => [
      subdomain,
      name,
      status,
      schemaName,
      createdAt.toISOString(),
    ],
  )

const listDeleted = (pool: Pool, input: Input): Promise<CommandOutput> =>
  answerList(
    input,
    (page) => workspaces.listWorkspaces(pool, { ...page, isDeleted: true }),
    ['SUBDOMAIN', 'NAME', 'SCHEMA', 'DELETED', 'PURGED AFTER'],
    ({ subdomain, name, schemaName, deletedAt, purgeAfter }) => [
      subdomain,
      name,
      schemaName,
      deletedAt?.toISOString() ?? '',
      purgeAfter?.toISOString() ?? '',
    ],
  )

const list: Command = {
  summary: 'List workspaces',
  arguments: [],
  options: {
    ...LIST_OPTIONS,
    deleted: { type: 'boolean', meaning: 'Only deleted ones, with their purge date' },
  },
  run: ({ pool }, input) => (input.isSet('deleted') ? listDeleted(pool, input) : listOthers(pool, input)),
}

const suspend: Command = {
  summary: 'Suspend a workspace: its keys are rejected until it is resumed',
  arguments: ['workspace'],
  run: async ({ pool }, { arguments: [reference = ''] }) => {
    const { id } = await workspaces.findWorkspace(pool, reference)
    return answer(await workspaces.suspendWorkspace(pool, id))
  },
}

const resume: Command = {
  summary: 'Resume a suspended workspace',
  arguments: ['workspace'],
  run: async ({ pool }, { arguments: [reference = ''] }) => {
    const { id } = await workspaces.findWorkspace(pool, reference)
    return answer(await workspaces.resumeWorkspace(pool, id))
  },
}

const rename: Command = {
  summary: 'Rename a workspace; its subdomain and schema stay',
  arguments: ['workspace', 'name'],
  run: async ({ pool }, { arguments: [reference = '', name = ''] }) => {
    const { id } = await workspaces.findWorkspace(pool, reference)
    return answer(await workspaces.renameWorkspace(pool, id, name))
  },
}

const count: Command = {
  summary: 'Set how lists find their total: by counting, by an estimate above 10,000, or not at all',
  arguments: ['workspace', 'exact|estimated|none|default'],
  run: async ({ pool }, { arguments: [reference = '', mode = ''] }) => {
    const { id, subdomain } = await workspaces.findWorkspace(pool, reference)
    const countMode = await setCountMode(pool, id, mode === 'default' ? null : mode)
    return { json: { id, subdomain, countMode }, text: `Totals of ${subdomain}: ${countMode}.` }
  },
}

const dropNow = async (pool: Pool, { id, subdomain }: workspaces.Workspace): Promise<CommandOutput> => {
  const { keptPgRoles } = await dropWorkspace(pool, id)
  const kept = keptPgRoles.map(
    (role) => `\nThe Postgres role ${role} holds privileges elsewhere and was left.`,
  )
  return { json: { id, subdomain, keptPgRoles }, text: `Removed ${subdomain}.${kept.join('')}` }
}

const drop: Command = {
  summary: 'Delete a workspace; it can be restored for WORKSPACE_GRACE_DAYS days',
  arguments: ['workspace'],
  options: {
    now: { type: 'boolean', meaning: 'Remove all its data, keys and roles immediately and permanently' },
    yes: { type: 'boolean', meaning: 'Do not ask for confirmation' },
  },
  run: async ({ pool, confirm, graceDays }, input) => {
    const [reference = ''] = input.arguments
    const workspace = await workspaces.findWorkspace(pool, reference)
    const { id, name, subdomain } = workspace
    const isNow = input.isSet('now')
    const question = isNow
      ? `Remove workspace "${name}" (${subdomain}) and all its data permanently?`
      : `Delete workspace "${name}" (${subdomain})? Its keys and sessions stop working immediately.`
    if (!input.isSet('yes') && !(await confirm(question)))
      throw new UsageError('Nothing was removed. To confirm, repeat the command with --yes.')
    if (isNow) return dropNow(pool, workspace)
    const deleted = await deleteWorkspace(pool, id, graceDays)
    return {
      json: deleted,
      text: `Deleted ${subdomain}. Until ${deleted.purgeAfter?.toISOString()}: tenantry workspace restore ${subdomain}`,
    }
  },
}

const restore: Command = {
  summary: 'Restore a deleted workspace; its keys work again',
  arguments: ['workspace'],
  run: async ({ pool }, { arguments: [reference = ''] }) => {
    const { id } = await workspaces.findWorkspace(pool, reference)
    return answer(await restoreWorkspace(pool, id))
  },
}

const importedText = (subdomain: string, file: string, { arrived, rows, leftOut }: ImportResult): string =>
  [
    `${subdomain} has adopted ${file}: ${arrived.length} objects, ${rows} rows.`,
    ...(arrived.length === 0
      ? []
      : [
          tableText(
            ['KIND', 'NAME'],
            arrived.map(({ kind, name }) => [kind, name]),
          ),
        ]),
    ...(leftOut.length === 0 ? [] : [`Skipped, because it has no effect here: ${leftOut.join(', ')}.`]),
  ].join('\n')

const importScript: Command = {
  summary: "Import an SQL script or a dump into a workspace's schema; its tables become objects of the API",
  arguments: ['workspace', 'file'],
  options: {
    'from-schema': {
      type: 'string',
      value: 'names',
      meaning: "Comma-separated schemas of the file, such as public, to import into the workspace's schema",
    },
  },
  run: async ({ pool }, input) => {
    const [reference = '', file = ''] = input.arguments
    const { id, subdomain } = await workspaces.findWorkspace(pool, reference)
    const fromSchemas = (input.text('from-schema') ?? '').split(',').flatMap((name) => name.trim() || [])
    const imported = await importSql(pool, id, await readDump(file), { fromSchemas })
    const workspace = await workspaces.findWorkspace(pool, id)
    return { json: { ...workspace, ...imported }, text: importedText(subdomain, file, imported) }
  },
}

export const WORKSPACE_COMMANDS: readonly (readonly [string, Command])[] = [
  ['workspace create', create],
  ['workspace list', list],
  ['workspace suspend', suspend],
  ['workspace resume', resume],
  ['workspace rename', rename],
  ['workspace count', count],
  ['workspace drop', drop],
  ['workspace restore', restore],
  ['workspace adopt', importScript],
]
