// Objects and fields over REST, as path items, for the workspace's answer format and the caller's rights.
// Inputs are the types that metadata/model/restBody.ts validates against.

import type { GraphQLObjectType, GraphQLSchema } from 'postgraphile/graphql'
import { DEFAULT_METADATA_LIMIT, MAX_METADATA_LIMIT } from '../../metadata/model/metadataRequest.ts'
import { jsonResponse, PAGE_INFO, type Responses } from '../answers.ts'
import { type Components, refTo } from '../components.ts'
import { leafProperties } from '../graphqlTypes.ts'
import { inputBody, keyParameter, type MetadataScope, outputType } from '../nodes.ts'
import { type Parameter, parameterRef } from '../parameters.ts'
import { refusals } from '../problems.ts'
import { BOOLEAN, listOf, NULL, objectOf, type Schema, STRING, wholeObjectOf, without } from '../schema.ts'
import { BUILD_PROPERTIES, retryPath } from './buildPath.ts'

interface ModelPathsOptions extends MetadataScope {
  readonly isFlat: boolean
  readonly canChange: boolean
}

const COUNT: Schema = { type: 'integer', minimum: 0 }
const UUID: Schema = { type: 'string', format: 'uuid' }

/** By component name. */
export const MODEL_PARAMETERS = {
  limit: {
    name: 'limit',
    in: 'query',
    description: `Items of a page. More than ${MAX_METADATA_LIMIT} are cut to ${MAX_METADATA_LIMIT}.`,
    schema: { type: 'integer', minimum: 0, maximum: MAX_METADATA_LIMIT, default: DEFAULT_METADATA_LIMIT },
  },
  startingAfter: {
    name: 'starting_after',
    in: 'query',
    description: 'Returns the page after this id (`pageInfo.endCursor`).',
    schema: UUID,
  },
  endingBefore: {
    name: 'ending_before',
    in: 'query',
    description:
      'Returns the page before this id (`pageInfo.startCursor`). Cannot be combined with `starting_after`.',
    schema: UUID,
  },
  isActive: {
    name: 'isActive',
    in: 'query',
    description: 'Only active or only inactive ones.',
    schema: { type: 'boolean' },
  },
  objectMetadataId: {
    name: 'objectMetadataId',
    in: 'query',
    description: 'Only fields of this object.',
    schema: UUID,
  },
  dryRun: {
    name: 'dry_run',
    in: 'query',
    description: 'Changes nothing and returns the plan: statements, jobs, locks, rows, sizes, rewrites.',
    schema: { type: 'boolean', default: false },
  },
  allowRewrite: {
    name: 'allow_rewrite',
    in: 'query',
    description: 'Without it, a change that rewrites a table of 10,000 records or more is refused.',
    schema: { type: 'boolean', default: false },
  },
} as const satisfies Readonly<Record<string, Parameter>>

/** ChangePlan in tenants/model/metadata.ts. */
const DRY_RUN = wholeObjectOf({
  statements: listOf(STRING),
  jobs: listOf(STRING),
  locks: listOf(wholeObjectOf({ table: STRING, mode: STRING, why: STRING })),
  rows: listOf(
    wholeObjectOf({
      table: STRING,
      count: COUNT,
      effect: { type: 'string', enum: ['scan', 'rewrite', 'update', 'clear', 'delete'] },
    }),
  ),
  sizes: listOf(wholeObjectOf({ table: STRING, rows: COUNT, bytes: COUNT })),
  rewrites: listOf(
    wholeObjectOf({ table: STRING, rows: COUNT, bytes: COUNT, seconds: COUNT, needsAllowRewrite: BOOLEAN }),
  ),
})

interface Collection {
  readonly many: 'objects' | 'fields'
  readonly one: 'object' | 'field'
  readonly noun: 'Object' | 'Field'
  readonly create: string
  readonly update: string
  readonly key: string
  readonly createExample: unknown
  readonly updateExample: unknown
}

const COLLECTIONS: readonly Collection[] = [
  {
    many: 'objects',
    one: 'object',
    noun: 'Object',
    create: 'CreateObjectInput',
    update: 'UpdateObjectPayload',
    key: 'Id of the object, or either of its names: `companies`.',
    createExample: {
      nameSingular: 'rocket',
      namePlural: 'rockets',
      labelSingular: 'Rocket',
      labelPlural: 'Rockets',
    },
    updateExample: { description: 'Anything that flies' },
  },
  {
    many: 'fields',
    one: 'field',
    noun: 'Field',
    create: 'CreateFieldInput',
    update: 'UpdateFieldInput',
    key: "Id of the field, or its name after its object's: `person.jobTitle`.",
    createExample: {
      objectMetadataId: '018f2b6a-7c1d-7e3f-9a5b-0c2d4e6f8a1b',
      type: 'TEXT',
      name: 'nickname',
      label: 'Nickname',
    },
    updateExample: { description: 'A name among friends' },
  },
]

/** Ends of relations are given by id and names. */
const relationSchema = (components: Components, output: GraphQLObjectType): Schema => {
  const object = wholeObjectOf({ id: UUID, nameSingular: STRING, namePlural: STRING })
  const field = wholeObjectOf({ id: UUID, name: STRING })
  return components.share(
    'Relation',
    wholeObjectOf({
      ...leafProperties(components, output),
      sourceObjectMetadata: object,
      targetObjectMetadata: object,
      sourceFieldMetadata: field,
      targetFieldMetadata: field,
    }),
  )
}

export const dryRun = (components: Components): Readonly<Record<string, Schema>> => ({
  dryRun: { ...components.share('DryRun', DRY_RUN), description: 'Only with `dry_run`.' },
})

/** In the flat format, the plan of a dry run is one of the node's properties. */
const defineNodes = (
  components: Components,
  schema: GraphQLSchema,
  isFlat: boolean,
): Readonly<Record<string, Schema>> => {
  const plan = isFlat ? dryRun(components) : {}
  const relation = relationSchema(components, outputType(schema, 'Relation'))
  // Only /metadata shows whether a field is searched.
  const field = without(leafProperties(components, outputType(schema, 'Field')), 'isSearchable')
  const fieldSchema = objectOf(
    { ...field, relation: { anyOf: [relation, NULL] }, morphRelations: listOf(relation), ...plan },
    Object.keys(field).filter((name) => !BUILD_PROPERTIES.includes(name)),
  )
  const names = { Object: components.claim('Object'), Field: components.claim('Field') }
  const object = {
    ...leafProperties(components, outputType(schema, 'Object')),
    fields: listOf(refTo(names.Field)),
  }
  components.define(names.Field, fieldSchema)
  components.define(names.Object, objectOf({ ...object, ...plan }, Object.keys(object)))
  return { Object: refTo(names.Object), Field: refTo(names.Field) }
}

interface Scope extends MetadataScope {
  readonly nodes: Readonly<Record<string, Schema>>
  readonly isFlat: boolean
}

const nodeOf = ({ nodes }: Scope, { noun }: Collection): Schema => nodes[noun] ?? {}

const one = (scope: Scope, collection: Collection, name: string, isDry = false): Schema => {
  const node = nodeOf(scope, collection)
  if (scope.isFlat) return node
  return objectOf({ data: wholeObjectOf({ [name]: node }), ...(isDry ? dryRun(scope.components) : {}) }, [
    'data',
  ])
}

/** What the record APIs do not show; absent if there is nothing. */
const omissions = ({ components, schema }: Scope): Readonly<Record<string, Schema>> => {
  const items = (type: string): Schema =>
    listOf(components.share(type, wholeObjectOf(leafProperties(components, outputType(schema, type)))))
  return { omitted: items('OmittedTable'), unservedFunctions: items('UnservedFunction') }
}

const page = (scope: Scope, collection: Collection): Schema => {
  const list = listOf(nodeOf(scope, collection))
  const whole = {
    data: scope.isFlat ? list : wholeObjectOf({ [collection.many]: list }),
    pageInfo: scope.components.share('PageInfo', PAGE_INFO),
    totalCount: COUNT,
  }
  const isOfObjects = collection.noun === 'Object'
  return objectOf({ ...whole, ...(isOfObjects ? omissions(scope) : {}) }, Object.keys(whole))
}

const changed = (scope: Scope, collection: Collection, verb: 'create' | 'update' | 'delete'): Responses => {
  const name = `${verb}One${collection.noun}`
  const dry = jsonResponse(
    verb === 'create'
      ? 'The planned creation; nothing was created.'
      : 'The result, or with `dry_run` the plan.',
    one(scope, collection, name, true),
  )
  return verb === 'create'
    ? { '201': jsonResponse('Created.', one(scope, collection, name)), '200': dry }
    : { '200': dry }
}

const reading = (scope: Scope, collection: Collection) => {
  const { many, one: single, noun } = collection
  const common = { tags: [many] }
  return {
    many: {
      ...common,
      operationId: `findMany${noun}s`,
      summary: `Find ${many}`,
      description: `Returns the ${many} that the caller may read, largest id first; callers who may change the model see all.`,
      parameters: [
        ...['limit', 'startingAfter', 'endingBefore', 'isActive'].map(parameterRef),
        ...(many === 'fields' ? [parameterRef('objectMetadataId')] : []),
      ],
      responses: {
        '200': jsonResponse('A page, largest id first.', page(scope, collection)),
        ...refusals({}),
      },
    },
    one: {
      ...common,
      operationId: `findOne${noun}`,
      summary: `Find one ${single}`,
      description: `Returns the ${single} by its id or by its name.`,
      responses: { '200': jsonResponse('Found.', one(scope, collection, single)), ...refusals({}) },
    },
  }
}

const changing = (scope: Scope, collection: Collection) => {
  const { many, one: single, noun } = collection
  const common = { tags: [many], parameters: [parameterRef('dryRun')] }
  const taken = refusals({ hasBody: true, canConflict: true })
  return {
    create: {
      ...common,
      operationId: `createOne${noun}`,
      summary: `Create one ${single}`,
      description: `Creates the ${single} by DDL in one transaction. Both APIs serve it from the next request on.`,
      requestBody: inputBody(scope, collection.create, collection.createExample),
      responses: { ...changed(scope, collection, 'create'), ...taken },
    },
    update: {
      ...common,
      parameters: ['dryRun', 'allowRewrite'].map(parameterRef),
      operationId: `updateOne${noun}`,
      summary: `Change one ${single}`,
      description:
        'Changes the given properties by DDL in one transaction. A renamed table or column keeps its values.',
      requestBody: inputBody(scope, collection.update, collection.updateExample),
      responses: { ...changed(scope, collection, 'update'), ...taken },
    },
    delete: {
      ...common,
      operationId: `deleteOne${noun}`,
      summary: `Delete one ${single}, with what it holds`,
      description: 'Drops the table or the columns with their values. `dry_run` returns the plan first.',
      responses: { ...changed(scope, collection, 'delete'), ...refusals({ canConflict: true }) },
    },
  }
}

export const modelPaths = (options: ModelPathsOptions): Readonly<Record<string, unknown>> => {
  const { components, schema, isFlat, canChange } = options
  const scope: Scope = { components, schema, nodes: defineNodes(components, schema, isFlat), isFlat }
  const paths: Record<string, unknown> = {}
  for (const collection of COLLECTIONS) {
    const read = reading(scope, collection)
    const change = canChange ? changing(scope, collection) : undefined
    paths[`/${collection.many}`] = { get: read.many, ...(change && { post: change.create }) }
    paths[`/${collection.many}/{id}`] = {
      parameters: keyParameter(collection.key, STRING),
      get: read.one,
      ...(change && { patch: change.update, delete: change.delete }),
    }
    if (canChange && collection.many === 'fields')
      paths['/fields/{id}/build'] = retryPath(collection.key, one(scope, collection, 'retryFieldBuild'))
  }
  return paths
}
