// Permission checks before a statement runs, for messages that name fields; throws Problem FORBIDDEN. The
// grants in Postgres enforce access: nothing here grants any.

import type { Column, ObjectModel } from '../../../tenants/model/model.ts'
import type { Columns } from '../../../tenants/permission/permissions.ts'
import { Problem } from '../../error/problem.ts'
import { PERMISSION_DENIED } from '../../error/sqlstate.ts'

/** The complete object, including unreadable fields. */
export const wholeOf = (object: ObjectModel): ObjectModel => object.restriction?.whole ?? object

/** Whether the role can read the object at all. */
export const isReadable = ({ restriction }: ObjectModel): boolean =>
  restriction?.permissions.canRead !== false

export const covers = (columns: Columns, name: string): boolean => columns === 'all' || columns.has(name)

const MAY = {
  read: 'readableColumns',
  create: 'insertableColumns',
  update: 'updatableColumns',
} as const
/** Operations on a field. */
export type FieldAct = keyof typeof MAY

/** @param column its name */
export const may = (object: ObjectModel, act: FieldAct, column: string): boolean =>
  object.restriction === undefined || covers(object.restriction.permissions[MAY[act]], column)

/** API name of a column's field, or of the part of a composite. */
export const fieldOfColumn = (object: ObjectModel, column: string): string | undefined => {
  for (const field of object.fields.values()) {
    if (field.kind === 'scalar' && field.column.name === column) return field.name
    const part = field.kind === 'composite' && field.parts.find((entry) => entry.column.name === column)
    if (part) return `${field.name}.${part.part.name}`
  }
  return undefined
}

/** Fields of one object, by their names in the request. */
interface NamedFields {
  readonly object: ObjectModel
  readonly paths: readonly string[]
}

const listed = ({ object, paths }: NamedFields): string =>
  `field${paths.length > 1 ? 's' : ''} ${paths.map((path) => `"${path.slice(0, 100)}"`).join(', ')} of ${object.nameSingular}`

/** 403 that names the fields. The message begins with the contract's sentence, which clients look for. */
export const deniedFields = (act: FieldAct, named: readonly NamedFields[]): Problem => {
  const fields = named.map(listed).join(' and ')
  return new Problem(PERMISSION_DENIED.code, `${PERMISSION_DENIED.message} to ${act} ${fields}`, {
    subCode: PERMISSION_DENIED.subCode,
    userFriendlyMessage: `Your role may not ${act} ${fields}.`,
    facts: { fields: named.flatMap(({ paths }) => paths) },
  })
}

const OBJECT_MAY = {
  read: 'canRead',
  create: 'canCreate',
  update: 'canUpdate',
  delete: 'canSoftDelete',
  restore: 'canSoftDelete',
  destroy: 'canDestroy',
} as const
/** Operations on a record; `delete` moves it to the trash. */
type ObjectAct = keyof typeof OBJECT_MAY

export const deniedObject = (
  act: ObjectAct,
  { nameSingular }: ObjectModel,
  sentence = `Your role may not ${act} records of ${nameSingular}.`,
): Problem =>
  new Problem(PERMISSION_DENIED.code, PERMISSION_DENIED.message, {
    subCode: PERMISSION_DENIED.subCode,
    hint: sentence,
    userFriendlyMessage: sentence,
  })

/** Throws Problem FORBIDDEN if the role may do this to no record of the object. */
export const checkObject = (act: ObjectAct, object: ObjectModel): void => {
  if (object.restriction?.permissions[OBJECT_MAY[act]] === false) throw deniedObject(act, object)
}

/** Throws Problem FORBIDDEN with the fields of columns for which the role lacks the right. */
export const checkColumns = (act: FieldAct, object: ObjectModel, columns: Iterable<string>): void => {
  if (object.restriction === undefined) return
  const { whole } = object.restriction
  const denied = [...columns].filter((name) => !may(object, act, name))
  if (denied.length > 0)
    throw deniedFields(act, [{ object, paths: denied.map((name) => fieldOfColumn(whole, name) ?? name) }])
}

/** Whether a path (`salary`, `address.addressCity`) exists but the role may not read it. */
export const isWithheld = (object: ObjectModel, path: string): boolean => {
  const [name = '', part] = path.split('.')
  const field = object.restriction?.whole.fields.get(name)
  if (field === undefined) return false
  return (
    part === undefined ||
    (field.kind === 'composite' && field.parts.some((entry) => entry.part.name === part))
  )
}

/** Columns that the server fills by itself, except the ones that the role may not write. */
export const writable = <Value>(
  object: ObjectModel,
  act: 'create' | 'update',
  byColumn: ReadonlyMap<Column['name'], Value>,
): Map<string, Value> => new Map([...byColumn].filter(([name]) => may(object, act, name)))
