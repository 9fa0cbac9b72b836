// Introspection for restricted roles: a schema that contains only what the role can see, for clients
// generated from it, also as text. Compiled when such a role first introspects, and used for introspection
// only: requests are planned on the compiled schema of the whole model, with access enforced by Postgres and
// the role's model.

import type { Logger } from 'pino'
import {
  type GraphQLNamedType,
  isIntrospectionType,
  isObjectType,
  isSpecifiedScalarType,
  printType,
} from 'postgraphile/graphql'
import { indexObjects, type Model, type ObjectModel } from '../../tenants/model/model.ts'
import { createSlices, eachInSlices } from '../../tenants/model/read/slices.ts'
import type { CacheBudget } from '../cache/budget.ts'
import { createOwnedCache } from '../cache/ownedCache.ts'
import { isReadable } from '../records/model/permission.ts'
import { createLongText, type LongText } from '../slices/longText.ts'
import type { SchemaVersion, SchemaVersions } from '../workspace/schemaVersions.ts'
import type { CompiledSchema } from './schema/compile.ts'

const offered = (object: ObjectModel): ObjectModel => {
  const may = object.restriction?.permissions
  if (may === undefined) return object
  return {
    ...object,
    insertable: object.insertable && may.canCreate,
    updatable: object.updatable && (may.canUpdate || may.canSoftDelete),
    deletable: object.deletable && may.canDestroy,
  }
}

/** Without the objects that the role may not read, and the writes that it may not do. */
const shownModel = (model: Model): Model => {
  const objects = model.objects.map(offered).filter(isReadable)
  return { ...model, schemaHash: `${model.schemaHash}:shown`, ...indexObjects(objects) }
}

export type ShowSchema = (compiled: CompiledSchema, model: Model) => Promise<CompiledSchema>

export const createIntrospection = (
  schemaVersions: Pick<SchemaVersions<CompiledSchema>, 'of'>,
  log: Logger,
): ShowSchema => {
  const shown = new WeakMap<Model, Model>()
  /**
   * @param model as the role sees it, which differs from the compiled schema's own; falls back to the
   * compiled schema if it cannot be compiled
   */
  return async (compiled, model) => {
    const seen = shown.get(model) ?? shownModel(model)
    shown.set(model, seen)
    try {
      return await schemaVersions.of(seen).compiled()
    } catch (error) {
      log.warn(
        { err: error },
        'cannot compile the introspection schema of a restricted role; it gets the complete one',
      )
      return compiled
    }
  }
}

/** Characters of text after which a slice ends. Measured: 4 ms. */
const MAX_CHARACTERS_PER_SLICE = 200_000
/** Fields of a type that are printed at once. */
const MAX_FIELDS = 250

const isOfSchema = (type: GraphQLNamedType): boolean =>
  !isSpecifiedScalarType(type) && !isIntrospectionType(type)

/** Around the fields of a type. */
const [OPEN, CLOSE] = [' {\n', '\n}']

/** As GraphQL's `printType`, in pieces. A root type grows with the model. */
function* printed(type: GraphQLNamedType, maxFields: number): Generator<string> {
  const fields = isObjectType(type) ? Object.entries(type.getFields()) : []
  if (fields.length <= maxFields) {
    yield printType(type)
    return
  }
  const withFields = (some: typeof fields): string =>
    printType(Object.create(type, { getFields: { value: () => Object.fromEntries(some) } }))
  const head = withFields([])
  yield head + OPEN
  for (let start = 0; start < fields.length; start += maxFields) {
    const some = fields.slice(start, start + maxFields)
    const text = withFields(some).slice((head + OPEN).length, -CLOSE.length)
    // A field with a description has an empty line before it, unless it is the first of its type.
    const isApart = start > 0 && some[0]?.[1].description != null
    yield `${start === 0 ? '' : '\n'}${isApart ? '\n' : ''}${text}`
  }
  yield CLOSE
}

/** As GraphQL's `printSchema`. The text of 300 objects has 13 MB. */
export const printInSlices = async (
  { schema, complete }: CompiledSchema,
  maxFields = MAX_FIELDS,
): Promise<LongText> => {
  await complete()
  const slices = createSlices({ maxUnits: MAX_CHARACTERS_PER_SLICE })
  const long = createLongText()
  let before = ''
  function* pieces(): Generator<string> {
    for (const type of Object.values(schema.getTypeMap())) {
      if (!isOfSchema(type)) continue
      long.add(before)
      before = '\n\n'
      yield* printed(type, maxFields)
    }
  }
  await eachInSlices(pieces(), slices, (piece) => {
    long.add(piece)
    return piece.length
  })
  return long.text()
}

/**
 * The schema of a workspace's records as a role sees it, in the schema definition language.
 * @param model as the role sees it
 */
export type PrintSchema = (version: Pick<SchemaVersion<unknown>, 'model'>, model: Model) => Promise<LongText>

export const createSchemaPrinter = (
  schemaVersions: Pick<SchemaVersions<CompiledSchema>, 'of'>,
  shownTo: ShowSchema,
  budget: CacheBudget,
): PrintSchema => {
  const texts = createOwnedCache<CompiledSchema, LongText>(budget, { name: 'GraphQL schema texts' })
  return async (version, model) => {
    const whole = await schemaVersions.of(version.model).compiled()
    const compiled = model === version.model ? whole : await shownTo(whole, model)
    const known = texts.get(compiled, '')
    if (known !== undefined) return known
    const text = await printInSlices(compiled)
    texts.set(compiled, '', text, text.byteLength)
    return text
  }
}
