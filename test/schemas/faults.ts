// Inspects the whole API of a workspace as a client with every right. Returns sentences about the faults.

import { setTimeout } from 'node:timers/promises'
import { Validator } from '@seriousme/openapi-schema-validator'
import {
  buildClientSchema,
  type GraphQLObjectType,
  type GraphQLSchema,
  getIntrospectionQuery,
  getNamedType,
  isInputObjectType,
  isLeafType,
  isObjectType,
} from 'graphql'
import type { Answer, Client } from '../support/gateway.ts'
import { requestsOf } from './requests.ts'

interface ListedField {
  readonly id: string
  readonly name: string
  readonly type: string
}

/** An object as the metadata API lists it. */
export interface ListedObject {
  readonly id: string
  readonly nameSingular: string
  readonly namePlural: string
  readonly isActive: boolean
  readonly fields: readonly ListedField[]
}

export interface Listing {
  readonly objects: readonly ListedObject[]
  readonly omitted: readonly { readonly table: string; readonly reason: string }[]
}

type Report = (fault: string) => void

/** Tables may refuse requests (4xx), but no answer may be an internal error. */
const isFault = ({ status, text }: Answer): boolean =>
  status >= 500 || text.includes('INTERNAL_SERVER_ERROR') || text.includes('MODEL_CHANGED')

const shown = (value: unknown): string =>
  (typeof value === 'string' ? value : JSON.stringify(value)).slice(0, 400)

export const readListing = async (client: Client): Promise<Listing> => {
  const { body, status, text } = await client.get('/rest/metadata/objects?limit=1000')
  if (status !== 200) throw new Error(`/rest/metadata/objects: ${status} ${text}`)
  return { objects: body.data.objects, omitted: body.omitted ?? [] }
}

/** The gateway is notified of a change a moment after it. */
const readCurrentListing = async (client: Client, tables: number): Promise<Listing> => {
  for (let attempt = 0; ; attempt += 1) {
    const listing = await readListing(client)
    if (listing.objects.length + listing.omitted.length === tables || attempt === 40) return listing
    await setTimeout(100)
  }
}

const readSchema = async (client: Client): Promise<GraphQLSchema> => {
  const { body, status, text } = await client.graphql(getIntrospectionQuery())
  if (status !== 200 || body.errors !== undefined) throw new Error(`Introspection: ${status} ${shown(text)}`)
  return buildClientSchema(body.data)
}

const checkDocument = async (client: Client, path: string, report: Report): Promise<Answer['body']> => {
  const { body, status, text } = await client.get(path)
  if (status !== 200) {
    report(`${path}: ${status} ${shown(text)}`)
    return null
  }
  const { valid, errors } = await new Validator().validate(structuredClone(body))
  if (!valid) report(`${path} is not valid: ${shown(errors)}`)
  return body
}

/** Fields that hold values, sub-fields of composites included. */
const valueSelection = (type: GraphQLObjectType, isInner = false): string =>
  Object.values(type.getFields())
    .flatMap((field) => {
      const named = getNamedType(field.type)
      if (isLeafType(named)) return [field.name]
      // Composites have no relations, and nothing else has neither a list nor a record inside.
      return !isInner &&
        isObjectType(named) &&
        Object.values(named.getFields()).every(({ type: inner }) => isLeafType(getNamedType(inner)))
        ? [`${field.name} { ${valueSelection(named, true)} }`]
        : []
    })
    .join(' ')

const groupQuery = (schema: GraphQLSchema, name: string): string | null => {
  const field = schema.getQueryType()?.getFields()[`${name}GroupBy`]
  const input = getNamedType(field?.args.find((arg) => arg.name === 'groupBy')?.type)
  if (!isInputObjectType(input)) return null
  const dimension = Object.values(input.getFields()).find(({ type }) => getNamedType(type).name === 'Boolean')
  return dimension === undefined
    ? null
    : `{ ${name}GroupBy(groupBy: [{ ${dimension.name}: true }]) { groupByDimensionValues totalCount } }`
}

const checkGraphQL = async (
  client: Client,
  schema: GraphQLSchema,
  { namePlural }: ListedObject,
  report: Report,
) => {
  const query = schema.getQueryType()?.getFields()[namePlural]
  const connection = getNamedType(query?.type)
  if (!isObjectType(connection)) return report(`GraphQL has no ${namePlural}`)
  const edge = getNamedType(connection.getFields().edges?.type)
  const node = isObjectType(edge) ? getNamedType(edge.getFields().node?.type) : null
  if (!isObjectType(node)) return report(`${namePlural} has no records in GraphQL`)
  const aggregates = Object.values(connection.getFields())
    .filter(({ type }) => isLeafType(getNamedType(type)))
    .map(({ name }) => name)
    .slice(0, 25)
  const selection = valueSelection(node)
  const queries = [
    `{ ${namePlural}(first: 2) { ${aggregates.join(' ')} edges { cursor ${selection === '' ? '' : `node { ${selection} }`} } } }`,
    groupQuery(schema, namePlural),
  ].filter((text) => text !== null)
  for (const text of queries) {
    const answer = await client.graphql(text)
    if (isFault(answer) || answer.text.includes('GRAPHQL_VALIDATION_FAILED'))
      report(`${text}: ${answer.status} ${shown(answer.text)}`)
  }
}

const checkRest = async (client: Client, document: Answer['body'], object: ListedObject, report: Report) => {
  const list = await client.get(`/rest/${encodeURIComponent(object.namePlural)}?limit=2`)
  if (list.status === 404 || isFault(list))
    return report(`GET /rest/${object.namePlural}: ${list.status} ${shown(list.text)}`)
  const [record] = list.body?.data?.[object.namePlural] ?? []
  for (const { method, path, body, isFound } of requestsOf(object, document, record ?? null)) {
    const answer = await client.request(method, path, body)
    if (isFault(answer))
      report(`${method} ${path} ${shown(body ?? '')}: ${answer.status} ${shown(answer.text)}`)
    if (isFound === true && answer.status !== 200)
      report(`GET ${path}: ${answer.status} ${shown(answer.text)} of ${shown(list.text)}`)
  }
}

/**
 * Everything that is wrong with the API of a workspace; `tables` are the relations that it holds and does not
 * hide.
 */
export const faultsOf = async (client: Client, tables: number): Promise<readonly string[]> => {
  const faults: string[] = []
  const report: Report = (fault) => {
    faults.push(fault)
  }
  try {
    const { objects, omitted } = await readCurrentListing(client, tables)
    const active = objects.filter(({ isActive }) => isActive)
    if (objects.length + omitted.length !== tables)
      report(`${tables} tables make ${objects.length} objects and ${omitted.length} reasons`)
    const document = await checkDocument(client, '/rest/open-api/core', report)
    await checkDocument(client, '/rest/open-api/metadata', report)
    const schema = await readSchema(client)
    for (const object of active) {
      await checkGraphQL(client, schema, object, report)
      await checkRest(client, document, object, report)
    }
    await checkMutations(client, schema, report)
  } catch (error) {
    report(error instanceof Error ? error.message : String(error))
  }
  return faults
}

/** Root fields of writes and functions that take no argument or a simple one. */
const checkMutations = async (client: Client, schema: GraphQLSchema, report: Report) => {
  const roots = [schema.getMutationType(), schema.getQueryType()]
  for (const [index, root] of roots.entries())
    for (const field of Object.values(root?.getFields() ?? {})) {
      const data = field.args.find(({ name }) => name === 'data')
      const isSimple = field.args.every(
        ({ type }) => !String(type).endsWith('!') || String(type).endsWith('Input!'),
      )
      const named = getNamedType(field.type)
      // Lists and records of objects were asked for above.
      if (
        !isSimple ||
        (index === 1 && !isLeafType(named) && !field.args.every(({ name }) => name !== 'filter'))
      )
        continue
      const given = data === undefined ? '' : '(data: {})'
      if (field.args.some(({ name, type }) => name !== 'data' && String(type).endsWith('!'))) continue
      const text = `${index === 0 ? 'mutation' : ''} { ${field.name}${given} ${isLeafType(named) ? '' : '{ __typename }'} }`
      const answer = await client.graphql(text)
      if (isFault(answer)) report(`${text}: ${answer.status} ${shown(answer.text)}`)
    }
}
