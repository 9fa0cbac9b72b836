// Commands about workspaces.

import { readFile } from 'node:fs/promises'
import { adoptSql } from '../../tenants/adopt.ts'
import { insertDemo } from '../../tenants/demo.ts'
import * as workspaces from '../../tenants/workspace.ts'
import type { Answer, Command } from './command.ts'
import { tableText } from './table.ts'
import { UsageError } from './usage.ts'

const describe = (workspace: workspaces.Workspace): string =>
  tableText(
    ['SUBDOMAIN', 'NAME', 'STATUS', 'SCHEMA', 'ID'],
    [[workspace.subdomain, workspace.name, workspace.status, workspace.schemaName, workspace.id]],
  )

const answer = (workspace: workspaces.Workspace): Answer => ({ json: workspace, text: describe(workspace) })

const create: Command = {
  summary: 'Create a workspace with the standard objects',
  arguments: ['name'],
  options: {
    subdomain: { type: 'string', value: 'name', meaning: 'Its subdomain; derived from the name when absent' },
    empty: { type: 'boolean', meaning: 'Without the standard objects' },
    demo: { type: 'boolean', meaning: 'With a few hundred demo records' },
  },
  run: async ({ pool }, input) => {
    const [name = ''] = input.arguments
    const isEmpty = input.isSet('empty')
    if (isEmpty && input.isSet('demo'))
      throw new UsageError('--demo needs the standard objects, so --empty cannot stand beside it.')
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

const list: Command = {
  summary: 'List all workspaces',
  arguments: [],
  run: async ({ pool }) => {
    const found = await workspaces.listWorkspaces(pool)
    const rows = found.map(({ subdomain, name, status, schemaName, createdAt }) => [
      subdomain,
      name,
      status,
      schemaName,
      createdAt.toISOString(),
    ])
    return { json: found, text: tableText(['SUBDOMAIN', 'NAME', 'STATUS', 'SCHEMA', 'CREATED'], rows) }
  },
}

const suspend: Command = {
  summary: 'Refuse the keys of a workspace until it is resumed',
  arguments: ['workspace'],
  run: async ({ pool }, { arguments: [reference = ''] }) => {
    const { id } = await workspaces.findWorkspace(pool, reference)
    return answer(await workspaces.suspendWorkspace(pool, id))
  },
}

const resume: Command = {
  summary: 'Let the keys of a suspended workspace in again',
  arguments: ['workspace'],
  run: async ({ pool }, { arguments: [reference = ''] }) => {
    const { id } = await workspaces.findWorkspace(pool, reference)
    return answer(await workspaces.resumeWorkspace(pool, id))
  },
}

const rename: Command = {
  summary: 'Give a workspace another name; subdomain and schema stay',
  arguments: ['workspace', 'name'],
  run: async ({ pool }, { arguments: [reference = '', name = ''] }) => {
    const { id } = await workspaces.findWorkspace(pool, reference)
    return answer(await workspaces.renameWorkspace(pool, id, name))
  },
}

const drop: Command = {
  summary: 'Remove a workspace with all its data, keys and roles',
  arguments: ['workspace'],
  options: { yes: { type: 'boolean', meaning: 'Do not ask' } },
  run: async ({ pool, confirm }, input) => {
    const [reference = ''] = input.arguments
    const { id, name, subdomain } = await workspaces.findWorkspace(pool, reference)
    if (
      !input.isSet('yes') &&
      !(await confirm(`Remove workspace "${name}" (${subdomain}) and all its data?`))
    )
      throw new UsageError(`Nothing was removed. Confirm with --yes that "${subdomain}" is to go.`)
    const { keptPgRoles } = await workspaces.dropWorkspace(pool, id)
    const kept = keptPgRoles.map(
      (role) => `\nThe Postgres role ${role} holds privileges elsewhere and was left.`,
    )
    return { json: { id, subdomain, keptPgRoles }, text: `Removed ${subdomain}.${kept.join('')}` }
  },
}

const adopt: Command = {
  summary: "Run an SQL script inside a workspace's schema; its tables become objects of the API",
  arguments: ['workspace', 'file.sql'],
  run: async ({ pool }, { arguments: [reference = '', file = ''] }) => {
    const { id, subdomain } = await workspaces.findWorkspace(pool, reference)
    await adoptSql(pool, id, await readFile(file, 'utf8'))
    const workspace = await workspaces.findWorkspace(pool, id)
    return { json: workspace, text: `${subdomain} has adopted ${file}.` }
  },
}

export const WORKSPACE_COMMANDS: readonly (readonly [string, Command])[] = [
  ['workspace create', create],
  ['workspace list', list],
  ['workspace suspend', suspend],
  ['workspace resume', resume],
  ['workspace rename', rename],
  ['workspace drop', drop],
  ['workspace adopt', adopt],
]
