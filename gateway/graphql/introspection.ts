// What introspection tells a role that does not see everything. In: a document and the model as the role sees
// it; out: the schema that has no more in it than that, for the clients that are made from it, also as a
// text. It is compiled when such a role first introspects, and only tells: everything else is planned on the
// one schema of the shape, where Postgres and the role's model decide.

import type { Logger } from 'pino'
import { printSchema } from 'postgraphile/graphql'
import { indexObjects, type Model, type ObjectModel } from '../../tenants/model/model.ts'
import type { Permissions } from '../../tenants/permission/permissions.ts'
import { roleModel } from '../records/model/roleModel.ts'
import type { Shapes } from '../workspace/schemaVersions.ts'
import type { CompiledShape } from './schema/compile.ts'

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
  const objects = model.objects
    .map(offered)
    .filter(({ restriction }) => restriction?.permissions.canRead !== false)
  return { ...model, shape: `${model.shape}:shown`, ...indexObjects(objects) }
}

export type ShowShape = (shape: CompiledShape, model: Model) => Promise<CompiledShape>

export const createIntrospection = (shapes: Pick<Shapes<CompiledShape>, 'of'>, log: Logger): ShowShape => {
  const shown = new WeakMap<Model, Model>()
  /**
   * @param model as the role sees it, which is not the shape's own; the shape itself where no schema can be
   * made of that
   */
  return async (shape, model) => {
    const seen = shown.get(model) ?? shownModel(model)
    shown.set(model, seen)
    try {
      return await shapes.of(seen).compiled()
    } catch (error) {
      log.warn({ err: error }, 'a role that sees too little for a schema of its own is told the whole one')
      return shape
    }
  }
}

/** The schema of a workspace's records as a role sees it, in the schema definition language. */
export type PrintSchema = (model: Model, permissions: Permissions) => Promise<string>

export const createSchemaPrinter = (
  shapes: Pick<Shapes<CompiledShape>, 'of'>,
  shownTo: ShowShape,
): PrintSchema => {
  const printed = new WeakMap<CompiledShape, string>()
  return async (model, permissions) => {
    const whole = await shapes.of(model).compiled()
    const seen = roleModel(model, permissions)
    const shape = seen === model ? whole : await shownTo(whole, seen)
    const text = printed.get(shape) ?? printSchema(shape.schema)
    printed.set(shape, text)
    return text
  }
}
