// Adds to each object its references by column, as its records are read. A reference reads null while its
// target is in the trash; one that may not be null keeps its id.

import type { ObjectModel, Reference } from './model.ts'

/** Whether records of the object may exist without being visible. */
const mayBeUnseen = ({ softDelete, restriction }: ObjectModel): boolean =>
  softDelete !== null || restriction?.permissions.hasRecordRules === true

export const withReferences = (objects: readonly ObjectModel[]): readonly ObjectModel[] => {
  const byTable = new Map(objects.map((object) => [object.table, object]))
  const referenceOf = (object: ObjectModel, name: string): readonly [string, Reference][] => {
    const relation = object.fields.get(name)
    if (relation?.kind !== 'toOne') return []
    const target = byTable.get(relation.target)
    const [from = '', ...more] = relation.columns
    const [column = ''] = relation.targetColumns
    if (target === undefined || more.length > 0 || !mayBeUnseen(target)) return []
    const isOptional = object.columns.get(from)?.notNull === false
    return [[from, { table: target.table, column, softDelete: target.softDelete, isOptional }]]
  }
  return objects.map((object) => {
    const joins = [...object.fields.values()].flatMap((field) =>
      field.kind === 'scalar' && field.joinOf !== null ? [field.joinOf] : [],
    )
    const references = new Map(joins.flatMap((name) => referenceOf(object, name)))
    return { ...object, references }
  })
}
