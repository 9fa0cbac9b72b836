// How an operation sees the model. A schema is compiled once for all roles, but an operation is prepared (and planned, and its plan
// remembered) once for each way to see the model. In: the operation and the model that it was prepared for; out: that model, for
// the plans of fields to take what they name from it and from nowhere else.

import { operationPlan } from 'postgraphile/grafast'
import { type DocumentNode, Kind, type OperationDefinitionNode } from 'postgraphile/graphql'
import type { Model, ModelField, ObjectModel } from '../../tenants/model/model.ts'
import { unknownField } from '../records/model/field.ts'

const models = new WeakMap<OperationDefinitionNode, Model>()

/** From now on the document's operations are planned for a role that sees the model so. */
export const bindView = (document: DocumentNode, model: Model): void => {
  for (const definition of document.definitions)
    if (definition.kind === Kind.OPERATION_DEFINITION) models.set(definition, model)
}

export interface View {
  readonly model: Model
  readonly object: ObjectModel
}

/** An object as a model has it that is the same or shows less. */
export const objectIn = (model: Model, object: ObjectModel): ObjectModel =>
  model.byTable.get(object.table) ?? object

/** The model and the object as the operation that is being planned sees them. */
export const viewOf = (model: Model, object: ObjectModel): View => {
  const seen = models.get(operationPlan().operation) ?? model
  return { model: seen, object: objectIn(seen, object) }
}

/** A field of a view. Throws Problem FORBIDDEN where the role may not read it. */
export const fieldIn = <Kind extends ModelField['kind']>(
  { object }: View,
  { kind, name }: { readonly kind: Kind; readonly name: string },
): Extract<ModelField, { readonly kind: Kind }> => {
  const field = object.fields.get(name)
  const isSame = (found: ModelField | undefined): found is Extract<ModelField, { readonly kind: Kind }> =>
    found?.kind === kind
  if (isSame(field)) return field
  throw unknownField(object, name, 'INVALID_ARGS_FIELDS')
}

/** What is made of a view, once for each. For use while an operation is planned. */
export const perView = <Made>(
  model: Model,
  object: ObjectModel,
  make: (view: View) => Made,
): (() => Made) => {
  const made = new WeakMap<Model, { readonly value: Made }>()
  return () => {
    const view = viewOf(model, object)
    const known = made.get(view.model) ?? { value: make(view) }
    made.set(view.model, known)
    return known.value
  }
}
