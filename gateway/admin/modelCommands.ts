// Commands about data models as documents: export to a file, apply from a file.

import { readFile } from 'node:fs/promises'
import { applyModel, diffModel, readModelDocument } from '../../tenants/model/document/apply.ts'
import type { ModelChange } from '../../tenants/model/document/diff.ts'
import type { ModelDocument } from '../../tenants/model/document/document.ts'
import type { ChangePlan } from '../../tenants/model/metadata.ts'
import { findWorkspace } from '../../tenants/workspace.ts'
import type { Command, CommandOutput, Input } from './command.ts'
import { tableText } from './table.ts'
import { UsageError, unreadableFile } from './usage.ts'

const readDocument = async (file: string): Promise<ModelDocument> => {
  const text = await readFile(file, 'utf8').catch(unreadableFile(file))
  let json: unknown
  try {
    json = JSON.parse(text)
  } catch (error) {
    throw new UsageError(`${file} is not JSON: ${error instanceof Error ? error.message : String(error)}`)
  }
  // Loaded lazily: no other command needs zod.
  const { parseDocument } = await import('../../tenants/model/document/parse.ts')
  return parseDocument(json)
}

const changesText = (changes: readonly ModelChange[]): string =>
  changes.length === 0
    ? 'No differences.'
    : tableText(
        ['CHANGE', 'OBJECT', 'FIELD OR INDEX', 'LOSES VALUES', 'PROPERTIES'],
        changes.map(({ kind, object, field, index, isDestructive, properties }) => [
          kind,
          object,
          field ?? index ?? '',
          isDestructive ? 'yes' : '',
          properties.map(({ name }) => name).join(', '),
        ]),
      )

const planText = ({ statements, locks, sizes, rewrites }: ChangePlan): string =>
  [
    ...statements.map((statement) => `${statement};`),
    ...locks.map(({ table, mode, why }) => `-- ${mode} on ${table}: ${why}`),
    ...sizes.map(({ table, rows, bytes }) => `-- ${table}: about ${rows} rows, ${bytes} bytes`),
    ...rewrites.map(({ table, seconds, needsAllowRewrite }) =>
      [`-- rewrites ${table}, roughly ${seconds} s`, needsAllowRewrite ? '; needs --allow-rewrite' : ''].join(
        '',
      ),
    ),
  ].join('\n')

const exportModel: Command = {
  summary: 'Print the data model of a workspace as a JSON document',
  arguments: ['workspace'],
  run: async ({ pool }, { arguments: [reference = ''] }) => {
    const { id } = await findWorkspace(pool, reference)
    const document = await readModelDocument(pool, id)
    return { json: document, text: JSON.stringify(document, null, 2) }
  },
}

const diff: Command = {
  summary: "Show the changes that would make a workspace's model match a document",
  arguments: ['workspace', 'model.json'],
  run: async ({ pool }, { arguments: [reference = '', file = ''] }) => {
    const { id } = await findWorkspace(pool, reference)
    const changes = await diffModel(pool, id, await readDocument(file))
    return { json: { changes }, text: changesText(changes) }
  },
}

const apply: Command = {
  summary: 'Apply a model document to a workspace, in one transaction',
  arguments: ['workspace', 'model.json'],
  options: {
    'dry-run': { type: 'boolean', meaning: 'Change nothing; print the SQL and its locks' },
    'allow-destructive': { type: 'boolean', meaning: 'Allow changes that lose values of records' },
    'allow-rewrite': {
      type: 'boolean',
      meaning: 'Allow changes that rewrite a table of 10,000 records or more',
    },
  },
  run: async ({ pool }, input) => {
    const [reference = '', file = ''] = input.arguments
    const { id } = await findWorkspace(pool, reference)
    const dryRun = input.isSet('dry-run')
    const { changes, plan } = await applyModel(pool, id, await readDocument(file), {
      dryRun,
      allowDestructive: input.isSet('allow-destructive'),
      allowRewrite: input.isSet('allow-rewrite'),
    })
    return {
      json: { changes, ...(dryRun ? { dryRun: plan } : {}) },
      text: [changesText(changes), ...(dryRun ? [planText(plan)] : [])].join('\n'),
    }
  },
}

/** Builds of the workspace that are not ready. */
const builds: Command = {
  summary: 'List unfinished builds of a workspace: indexes and validations of large tables',
  arguments: ['workspace'],
  options: {
    now: {
      type: 'boolean',
      meaning: 'Start pending builds outside the maintenance window, and wait for them',
    },
    retry: { type: 'boolean', meaning: 'Retry failed builds' },
  },
  run: async ({ pool }, input) => {
    const { id } = await findWorkspace(pool, input.arguments[0] ?? '')
    const { forceBuilds, readBuildStatus, retryBuilds } = await import(
      '../../tenants/model/change/run/buildStatus.ts'
    )
    const failed = (await readBuildStatus(pool, id)).filter(({ state }) => state === 'failed')
    if (input.isSet('retry') && failed.length > 0)
      await retryBuilds(
        pool,
        id,
        failed.map((step) => step.id),
      )
    if (input.isSet('now') && (await forceBuilds(pool, id)) > 0) {
      const { runBuilds } = await import('../../tenants/model/change/run/runBuilds.ts')
      await runBuilds(pool, { workspaceId: id })
    }
    const steps = await readBuildStatus(pool, id)
    const rows = steps.map(({ state, progress, statement, error }) => [
      state,
      progress === null ? '' : `${Math.round(progress * 100)} %`,
      statement,
      error ?? '',
    ])
    const text =
      rows.length === 0
        ? 'All builds are finished.'
        : tableText(['STATE', 'PROGRESS', 'STATEMENT', 'WHY'], rows)
    return { json: { builds: steps }, text }
  },
}

const typesAnswer = (types: string): CommandOutput => {
  const text = `// Written by \`tenantry types\`. Run it again after a change of the model.\n\n${types}`
  return { json: { types: text }, text }
}

const protocolOf = (input: Input): 'rest' | 'graphql' => {
  const protocol = input.text('protocol') ?? 'rest'
  if (protocol === 'rest' || protocol === 'graphql') return protocol
  throw new UsageError(`--protocol takes rest or graphql, not "${protocol}".`)
}

// Both are loaded lazily: no other command needs GraphQL's library.
const types: Command = {
  summary: "Print TypeScript types of a workspace's records",
  arguments: ['workspace or URL'],
  options: {
    protocol: { type: 'string', value: 'name', meaning: 'rest or graphql; default: rest' },
    key: {
      type: 'string',
      value: 'key',
      meaning: 'API key of the workspace; only with the URL of a gateway',
    },
  },
  runRemote: (input) => {
    const [reference = ''] = input.arguments
    const key = input.text('key')
    if (!URL.canParse(reference)) {
      if (key !== undefined) throw new UsageError('--key needs the URL of a gateway.')
      return null
    }
    if (key === undefined) throw new UsageError('The URL of a gateway needs --key.')
    const protocol = protocolOf(input)
    return import('../types/fetch.ts').then(async ({ fetchTypes }) =>
      typesAnswer(await fetchTypes({ url: new URL(reference), key }, protocol)),
    )
  },
  run: async ({ pool }, input) => {
    const [reference = ''] = input.arguments
    const protocol = protocolOf(input)
    const { id } = await findWorkspace(pool, reference)
    const { writeTypes } = await import('../types/write.ts')
    return typesAnswer(await writeTypes(pool, id, protocol))
  },
}

export const MODEL_COMMANDS: readonly (readonly [string, Command])[] = [
  ['model export', exportModel],
  ['model diff', diff],
  ['model apply', apply],
  ['model builds', builds],
  ['types', types],
]
