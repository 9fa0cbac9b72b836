// Resolves the names of a parsed request in the model: its object and, for a single record, the values of its
// key. Refuses everything that can be refused without the database.

import { type Model, missingNameNote, type ObjectModel } from '../../tenants/model/model.ts'
import { methodNotAllowed, Problem } from '../error/problem.ts'
import { nearest } from '../records/model/field.ts'
import { wholeOf } from '../records/model/permission.ts'
import { keyTextsOf, keyValue, scalarOf } from '../records/read/key.ts'
import { unsupportedObject } from '../unsupported.ts'
import type { RestRequest } from './restRequest.ts'
import { allowedMethods, type RecordRow, type Takes } from './routes.ts'

const unknownObject = (model: Model, name: string): Problem => {
  const shown = name.slice(0, 100)
  const reason = missingNameNote(model, name) ?? unsupportedObject(name)
  if (reason !== null)
    return new Problem('NOT_FOUND', `object '${shown}' not found. ${reason}`, { subCode: 'OBJECT_NOT_FOUND' })
  const plural = model.bySingular.get(name)?.namePlural ?? nearest(name, model.byPlural.keys())
  const [example] = model.byPlural.has('companies') ? ['companies'] : model.byPlural.keys()
  const help =
    plural !== undefined ? ` Did you mean '${plural}'?` : example === undefined ? '' : ` eg: ${example}`
  return new Problem('NOT_FOUND', `object '${shown}' not found.${help}`, { subCode: 'OBJECT_NOT_FOUND' })
}

/** The object of a plural name. Throws Problem NOT_FOUND, with a suggestion if there is one. */
export const findObject = (model: Model, plural: string): ObjectModel => {
  const object = model.byPlural.get(plural)
  if (object === undefined) throw unknownObject(model, plural)
  return object
}

/** The key of a record from its part of a path. Throws Problem BAD_USER_INPUT. */
export const parseKey = (object: ObjectModel, parts: readonly string[]): ReadonlyMap<string, unknown> => {
  const texts = keyTextsOf(object, parts)
  return new Map(
    object.key.map((name, index) => [name, keyValue(scalarOf(object, name)?.type, texts[index] ?? '')]),
  )
}

/** A property of the table; the role's rights are checked elsewhere. */
const hasTrash = (object: ObjectModel): boolean => object.updatable && wholeOf(object).softDelete !== null

const WRITABLE: Readonly<Partial<Record<RestRequest['kind'], (object: ObjectModel) => boolean>>> = {
  createOne: (object) => object.insertable,
  createMany: (object) => object.insertable,
  updateOne: (object) => object.updatable,
  updateMany: (object) => object.updatable,
  deleteOne: (object) => object.deletable || hasTrash(object),
  deleteMany: (object) => object.deletable || hasTrash(object),
  restoreOne: hasTrash,
  restoreMany: hasTrash,
  merge: (object) => object.updatable && object.deletable,
}

/** Whether the object supports such writes at all; it always supports reads. */
export const isWritable = (object: ObjectModel, kind: RestRequest['kind']): boolean =>
  WRITABLE[kind]?.(object) !== false

/** The supported requests of a model's objects; everything for an unknown object. */
export const takesOf =
  (model: Model): Takes =>
  (plural, kind) => {
    const object = model.byPlural.get(plural)
    return object === undefined || isWritable(object, kind)
  }

/** Refuses writes that the object does not support: views that Postgres cannot update, materialized views. */
export const checkWritable = (model: Model, request: RestRequest, method: string, row: RecordRow): void => {
  const takes = takesOf(model)
  if (!takes(request.plural, request.kind))
    throw methodNotAllowed(method, allowedMethods(row, request.plural, takes))
}
