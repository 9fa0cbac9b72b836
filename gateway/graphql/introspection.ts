// What introspection tells a role that does not see everything. In: a document and the model as the role sees it; out: the schema that
// has no more in it than that, for the clients that are made from it. It is compiled when such a role first introspects, and only
// tells: everything else is planned on the one schema of the shape, where Postgres and the role's model decide.

import type { Logger } from 'pino'
import { type DocumentNode, Kind } from 'postgraphile/graphql'
import { indexObjects, type Model, type ObjectModel } from '../../tenants/model/model.ts'
import type { CompiledShape } from '../shape/compile.ts'
import type { Shapes } from '../shape/shapes.ts'

/** Whether a document asks for the schema and for nothing else. */
export const isIntrospection = ({ definitions }: DocumentNode): boolean =>
  definitions.every(
    (definition) =>
      definition.kind !== Kind.OPERATION_DEFINITION ||
      definition.selectionSet.selections.every(
        (selection) => selection.kind === Kind.FIELD && selection.name.value.startsWith('__'),
      ),
  )

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

export const createIntrospection = (shapes: Pick<Shapes<CompiledShape>, 'of'>, log: Logger) => {
  const shown = new WeakMap<Model, Model>()
  /** @param model as the role sees it, which is not the shape's own; the shape itself where no schema can be made of that */
  return async (shape: CompiledShape, model: Model): Promise<CompiledShape> => {
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
