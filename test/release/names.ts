// The names that clients, scripts and dashboards depend on, by owner: operations and schemas of OpenAPI,
// types of GraphQL, commands, metrics, error codes and settings. A release commits them as one line an owner.

import {
  type GraphQLNamedType,
  type GraphQLSchema,
  isEnumType,
  isInputObjectType,
  isObjectType,
} from 'postgraphile/graphql'
import { allMetrics } from '../../docs/allMetrics.ts'
import { COMMANDS } from '../../gateway/admin/run.ts'
import { KINDS } from '../../gateway/error/problem.ts'
import { compileSchema } from '../../gateway/graphql/schema/compile.ts'
import { createMetadataSchema } from '../../gateway/metadata/schema.ts'
import { type DocumentedApi, type DocumentParts, documentOf } from '../../gateway/openapi/base.ts'
import { describeCore } from '../../gateway/openapi/core.ts'
import { describeMetadata } from '../../gateway/openapi/metadata.ts'
import type { Setting } from '../../gateway/setting.ts'
import { SETTINGS } from '../../gateway/settings.ts'
import type { Model } from '../../tenants/model/model.ts'
import { SETTINGS_FLAGS, TOOL_FLAGS } from '../../tenants/permission/flag.ts'
import type { Json } from '../openapi/contract.ts'

export type Names = ReadonlyMap<string, readonly string[]>
type Entry = readonly [owner: string, names: readonly string[]]

const METHODS = ['get', 'post', 'put', 'patch', 'delete']

const openApiNames = async (subject: DocumentedApi, parts: DocumentParts): Promise<readonly Entry[]> => {
  const { paths, components }: Json = await documentOf(subject, parts)
  const nameOf = (parameter: Json): string =>
    parameter.$ref === undefined
      ? parameter.name
      : components.parameters[parameter.$ref.split('/').at(-1)].name
  const operations = Object.entries<Json>(paths).flatMap(([path, item]) =>
    METHODS.filter((method) => item[method] !== undefined).map((method): Entry => {
      const { operationId, parameters = [] } = item[method]
      return [`openapi ${subject} ${method} ${path}`, [operationId, ...parameters.map(nameOf)]]
    }),
  )
  const schemas = Object.entries<Json>(components.schemas).flatMap(
    ([name, { properties }]): readonly Entry[] =>
      properties === undefined ? [] : [[`openapi ${subject} ${name}`, Object.keys(properties)]],
  )
  return [...operations, ...schemas]
}

const membersOf = (type: GraphQLNamedType): readonly string[] => {
  if (isEnumType(type)) return type.getValues().map(({ name }) => name)
  if (isInputObjectType(type)) return Object.keys(type.getFields())
  if (!isObjectType(type)) return []
  return Object.values(type.getFields()).flatMap(({ name, args }) => [
    name,
    ...args.map((argument) => `${name}(${argument.name})`),
  ])
}

const graphqlNames = (endpoint: string, schema: GraphQLSchema): readonly Entry[] =>
  Object.values(schema.getTypeMap())
    .filter(({ name }) => !name.startsWith('__'))
    .map((type) => [`${endpoint} ${type.name}`, membersOf(type)])

const commandNames = (): readonly Entry[] =>
  [...COMMANDS].map(([name, command]) => [
    `command ${name}`,
    [...command.arguments, ...Object.keys(command.options ?? {}).map((option) => `--${option}`)].map((each) =>
      each.replaceAll(' ', '-'),
    ),
  ])

const NO_TEXT = { title: null, description: null }
const NO_TEXTS = { ofObject: () => NO_TEXT, ofField: () => NO_TEXT, fingerprint: '' }

/** @param model the standard objects */
export const readNames = async (model: Model): Promise<Names> => {
  const metadata = createMetadataSchema([])
  const flags = new Set([...SETTINGS_FLAGS, ...TOOL_FLAGS])
  const core = await describeCore({ model, texts: NO_TEXTS, maxBatchRecords: 60, mayChangeModel: true })
  return new Map([
    ...(await openApiNames('core', core)),
    ...(await openApiNames('metadata', describeMetadata({ schema: metadata, isFlat: false, flags }))),
    ...graphqlNames('/graphql', (await compileSchema(model)).schema),
    ...graphqlNames('/metadata', metadata),
    ...commandNames(),
    ...allMetrics().map(({ name, labels }): Entry => [`metric ${name}`, labels]),
    ['errors', Object.values(KINDS).flatMap(({ rest, graphql }) => [rest, graphql])],
    ['settings', Object.values<Setting<unknown>>(SETTINGS).map(({ variable }) => variable)],
  ])
}

export const writeNames = (names: Names): string =>
  [...names]
    .map(([owner, own]) => `${owner}: ${[...new Set(own)].toSorted().join(' ')}`.trimEnd())
    .toSorted()
    .join('\n')
    .concat('\n')

export const parseNames = (text: string): Names =>
  new Map(
    text
      .trim()
      .split('\n')
      .map((line): Entry => {
        const [owner = '', own = ''] = line.split(/:(?= |$)/)
        return [owner, own.split(' ').filter((name) => name !== '')]
      }),
  )

/** `owner` or `owner: name` of everything that is gone. */
export const brokenNames = (released: Names, current: Names): readonly string[] =>
  [...released].flatMap(([owner, names]) => {
    const present = current.get(owner)
    if (present === undefined) return [owner]
    return names.filter((name) => !present.includes(name)).map((name) => `${owner}: ${name}`)
  })

/** Breaks that no line of a "Removed" section names in code. */
export const unnamedBreaks = (broken: readonly string[], changelog: string): readonly string[] => {
  const removed = [...changelog.matchAll(/^### Removed\n([\s\S]*?)(?=^#|(?![\s\S]))/gm)]
    .map(([, section = '']) => section)
    .join('\n')
  return broken.filter((each) => !removed.includes(`\`${each}\``))
}
