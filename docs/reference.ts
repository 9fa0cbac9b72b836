// Tables of the reference pages: the command line, the metadata API, metrics and limits, each from the code
// that has them. docs/tables.ts puts them into the pages.

import { type GraphQLSchema, isObjectType } from 'postgraphile/graphql'
import type { Command } from '../gateway/admin/command.ts'
import { COMMANDS } from '../gateway/admin/run.ts'
import * as changes from '../gateway/changes/changesRequest.ts'
import { DOCUMENT_LIMITS } from '../gateway/graphql/validation/limits.ts'
import * as metadataRest from '../gateway/metadata/model/metadataRequest.ts'
import { createMetadataSchema } from '../gateway/metadata/schema.ts'
import { describeMetadata } from '../gateway/openapi/metadata.ts'
import { MAX_DUPLICATES } from '../gateway/records/duplicates/likeness.ts'
import { MAX_RECORDS } from '../gateway/records/duplicates/merge.ts'
import { MAX_PREDICATES } from '../gateway/records/read/filter.ts'
import { DEFAULT_GROUPS, MAX_GROUPS } from '../gateway/records/read/groupBy.ts'
import { DEFAULT_RECORD_LIMIT, MAX_RECORD_LIMIT } from '../gateway/records/read/listArgument.ts'
import { NESTED_RECORDS } from '../gateway/records/read/pageArguments.ts'
import { MAX_RANKED, MAX_RESULTS } from '../gateway/records/read/search.ts'
import { MOST_COUNTED } from '../gateway/records/select/total.ts'
import { MAX_KEY_LENGTH } from '../gateway/records/write/idempotency.ts'
import { SETTINGS } from '../gateway/settings.ts'
import { MAX_ATTEMPTS } from '../gateway/webhooks/schedule.ts'
import { MAX_PAGE } from '../tenants/listPage.ts'
import { SETTINGS_FLAGS, TOOL_FLAGS } from '../tenants/permission/flag.ts'
import { MAX_NETWORKS } from '../tenants/permission/networks.ts'
import { allMetrics } from './allMetrics.ts'
import { code, table } from './table.ts'

/** Cells of Markdown tables have no pipes and no line breaks. */
const cell = (text: string): string => text.replaceAll('|', '\\|').replaceAll('\n', ' ')

const optionsOf = ({ options = {} }: Command): string =>
  Object.entries(options)
    .map(([name, { type, value, meaning }]) => {
      const given = type === 'string' ? ` <${value}>` : ''
      return `<br>${code(`--${name}${given}`)} ${cell(meaning)}`
    })
    .join('')

const argumentsOf = (command: Command): string =>
  [
    ...command.arguments.map((name) => ` <${name}>`),
    ...(command.optionalArgument === undefined ? [] : [` [${command.optionalArgument}]`]),
  ].join('')

export const commandReference = (): string =>
  table(
    ['Command', 'What it does, and its options'],
    [...COMMANDS].map(([name, command]) => [
      cell(code(name + argumentsOf(command))),
      `${cell(command.summary)}${optionsOf(command)}`,
    ]),
  )

const metadataSchema = (): GraphQLSchema => createMetadataSchema([])

const rootFields = (typeName: string): string => {
  const type = metadataSchema().getType(typeName)
  if (!isObjectType(type)) throw new Error(`/metadata has no ${typeName}.`)
  return table(
    ['Field', 'Arguments', 'Answer', 'Meaning'],
    Object.values(type.getFields()).map(({ name, args, type: answer, description }) => [
      code(name),
      args.map((argument) => code(`${argument.name}: ${argument.type}`)).join(', ') || '–',
      code(String(answer)),
      cell(description ?? ''),
    ]),
  )
}

export const metadataQueries = (): string => rootFields('Query')
export const metadataMutations = (): string => rootFields('Mutation')

const METHODS = ['get', 'post', 'put', 'patch', 'delete']

export const metadataPaths = (): string => {
  const { paths } = describeMetadata({
    schema: metadataSchema(),
    isFlat: false,
    flags: new Set([...SETTINGS_FLAGS, ...TOOL_FLAGS]),
  })
  const rows = Object.entries(paths).flatMap(([path, item]) =>
    Object.entries(item as Readonly<Record<string, { readonly summary?: string }>>)
      .filter(([method]) => METHODS.includes(method))
      .map(([method, { summary }]) => [code(`${method.toUpperCase()} ${path}`), cell(summary ?? '')]),
  )
  return table(['Request', 'What it does'], rows)
}

export const metrics = (): string =>
  table(
    ['Metric', 'Type', 'Labels', 'Meaning'],
    allMetrics().map(({ name, type, labels, help }) => [
      code(name),
      type,
      labels.map(code).join(', ') || '–',
      cell(help),
    ]),
  )

export const limits = (): string => {
  const { maxBatchRecords, bodyLimitBytes, requestTimeoutMs, maxWebhooks } = SETTINGS
  const setting = ({ variable, defaultText }: { variable: string; defaultText: string | null }): string =>
    `${defaultText} (${code(variable)})`
  const rows: readonly (readonly [string, string | number])[] = [
    ['Records of a page', `${DEFAULT_RECORD_LIMIT}, at most ${MAX_RECORD_LIMIT}`],
    ['Records of a list inside a record', `at most ${NESTED_RECORDS}`],
    ['Groups of a `groupBy`', `${DEFAULT_GROUPS}, at most ${MAX_GROUPS}`],
    ['Records of a batch', setting(maxBatchRecords)],
    ['Records of a merge', MAX_RECORDS],
    ['Duplicates of a record', MAX_DUPLICATES],
    ['Records that `count=estimated` counts', MOST_COUNTED],
    ['Results of `search`', MAX_RESULTS],
    ['Matches of an object that `search` ranks', MAX_RANKED],
    ['Conditions of a filter', MAX_PREDICATES],
    ['Characters of an `Idempotency-Key`', MAX_KEY_LENGTH],
    ['Bytes of a body', setting(bodyLimitBytes)],
    ['Milliseconds of a statement', setting(requestTimeoutMs)],
    ['Fields of a GraphQL document', DOCUMENT_LIMITS.fields],
    ['Fields, fragments and variables of all operations of a document', DOCUMENT_LIMITS.selections],
    ['Root fields of a GraphQL document', DOCUMENT_LIMITS.rootFields],
    ['Depth of a GraphQL document', DOCUMENT_LIMITS.depth],
    ['Complexity of a GraphQL document', DOCUMENT_LIMITS.complexity],
    ['Lists inside records of a GraphQL document', DOCUMENT_LIMITS.relatedLists],
    [
      'Changes of a page of `/changes`',
      `${changes.DEFAULT_CHANGES_LIMIT}, at most ${changes.MAX_CHANGES_LIMIT}`,
    ],
    ['Seconds that `wait` waits', changes.MAX_WAIT_SECONDS],
    [
      'Objects or fields of a page of the metadata',
      `${metadataRest.DEFAULT_METADATA_LIMIT}, at most ${metadataRest.MAX_METADATA_LIMIT}`,
    ],
    ['Keys, roles or workspaces of a page', `at most ${MAX_PAGE}`],
    ['Networks of a key or a role', MAX_NETWORKS],
    ['Webhooks of a workspace', setting(maxWebhooks)],
    ['Attempts of a delivery', MAX_ATTEMPTS],
  ]
  return table(
    ['Limit', 'Value'],
    rows.map(([name, value]) => [name, String(value)]),
  )
}
