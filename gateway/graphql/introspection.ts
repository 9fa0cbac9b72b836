// Introspection for restricted roles: a schema that contains only what the role can see, for clients
// generated from it, also as text. Compiled when such a role first introspects, and used for introspection
// only: requests are planned on the compiled schema of the whole model, with access enforced by Postgres and
// the role's model.

import type { Logger } from 'pino'
import { isIntrospectionType, isSpecifiedScalarType, printType } from 'postgraphile/graphql'
import { indexObjects, type Model, type ObjectModel } from '../../tenants/model/model.ts'
import { createSlices, eachInSlices } from '../../tenants/model/read/slices.ts'
import type { CacheBudget } from '../cache/budget.ts'
import { createOwnedCache } from '../cache/ownedCache.ts'
import { isReadable } from '../records/model/permission.ts'
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

/** Characters of text after which a slice ends. */
const MAX_CHARACTERS_PER_SLICE = 200_000

/** As GraphQL's `printSchema`. The text of 300 objects has 11 MB. */
export const printInSlices = async ({ schema, complete }: CompiledSchema): Promise<string> => {
  await complete()
  const slices = createSlices({ maxUnits: MAX_CHARACTERS_PER_SLICE })
  const texts: string[] = []
  const shown = Object.values(schema.getTypeMap()).filter(
    (type) => !isSpecifiedScalarType(type) && !isIntrospectionType(type),
  )
  await eachInSlices(shown, slices, (type) => {
    const text = printType(type)
    texts.push(text)
    return text.length
  })
  return texts.join('\n\n')
}

/**
 * The schema of a workspace's records as a role sees it, in the schema definition language.
 * @param model as the role sees it
 */
export type PrintSchema = (version: Pick<SchemaVersion<unknown>, 'model'>, model: Model) => Promise<string>

export const createSchemaPrinter = (
  schemaVersions: Pick<SchemaVersions<CompiledSchema>, 'of'>,
  shownTo: ShowSchema,
  budget: CacheBudget,
): PrintSchema => {
  const printed = createOwnedCache<CompiledSchema, string>(budget, { name: 'GraphQL schema texts' })
  return async (version, model) => {
    const whole = await schemaVersions.of(version.model).compiled()
    const compiled = model === version.model ? whole : await shownTo(whole, model)
    const known = printed.get(compiled, '')
    if (known !== undefined) return known
    const text = await printInSlices(compiled)
    printed.set(compiled, '', text, text.length)
    return text
  }
}
