// The selection of a REST answer, from the `depth` and `fields` of a request. Depth 1 adds the record of a
// to-one relation, and up to 60 active records of a to-many relation. Selections of whole records are built
// once per object.

import type { Model, ModelField, ObjectModel } from '../../tenants/model/model.ts'
import { noteDerived } from '../cache/derived.ts'
import { scalarOf } from '../records/read/key.ts'
import { valueField, valuesOf } from '../records/recordValues.ts'
import type { ListSelection, RecordField, RecordSelection } from '../records/selection.ts'
import { isShown } from './fields.ts'
import type { Shown } from './restRequest.ts'

/** Records as a bare list. */
const relatedList = (object: ObjectModel): ListSelection => ({
  object,
  records: [valuesOf(object)],
  aggregates: [],
  needsRows: true,
  needsCursor: false,
  needsMore: false,
  write: ({ rows, record }) => `[${rows.map((row) => record(row, 0)).join(',')}]`,
})

const relationField = (model: Model, field: ModelField): readonly RecordField[] => {
  if (field.kind !== 'toOne' && field.kind !== 'toMany') return []
  const target = model.byTable.get(field.target)
  if (target === undefined) return []
  return field.kind === 'toOne'
    ? [{ kind: 'toOne', key: field.name, field, record: valuesOf(target) }]
    : [{ kind: 'toMany', key: field.name, field, list: relatedList(target) }]
}

const RELATIONS = ['toMany', 'toOne'] as const

const select = (model: Model, object: ObjectModel, { depth, fields }: Shown): RecordSelection => {
  const has = isShown(object, fields)
  const shown = [...object.fields.values()].filter(({ name }) => has(name))
  const relations =
    depth === 1
      ? RELATIONS.flatMap((kind) =>
          shown.filter((field) => field.kind === kind).flatMap((field) => relationField(model, field)),
        )
      : []
  return { object, fields: [...shown.flatMap((field) => valueField(object, field)), ...relations] }
}

const columnsIn = ({ fields }: RecordSelection): number =>
  fields.reduce((sum, field) => {
    if (field.kind === 'composite') return sum + field.parts.length
    const inner = field.kind === 'toOne' ? [field.record] : field.kind === 'toMany' ? field.list.records : []
    return sum + inner.reduce((columns, record) => columns + columnsIn(record), 1)
  }, 0)

/** Measured: in a selection, and in a plan with its selection. */
const SELECTED_COLUMN_BYTES = 150
export const PLANNED_COLUMN_BYTES = 600

/**
 * Cached per object and depth.
 * @param make from the selection of whole records
 * @param columnBytes memory that the result takes for each selected column
 */
export const perDepth = <Made>(
  make: (selection: RecordSelection, model: Model) => Made,
  columnBytes: number,
) => {
  const known = new WeakMap<ObjectModel, Map<Shown['depth'], Made>>()
  return (model: Model, object: ObjectModel, shown: Shown): Made => {
    if (shown.fields !== null) return make(select(model, object, shown), model)
    const made = known.get(object) ?? new Map<Shown['depth'], Made>()
    known.set(object, made)
    const found = made.get(shown.depth)
    if (found !== undefined) return found
    const selection = select(model, object, shown)
    const result = make(selection, model)
    made.set(shown.depth, result)
    noteDerived(model, columnBytes * columnsIn(selection))
    return result
  }
}

/** The selection of a request. */
export const shownSelection = perDepth((selection) => selection, SELECTED_COLUMN_BYTES)

/** The record's identity: its key fields. */
export const keySelection = (object: ObjectModel): RecordSelection => ({
  object,
  fields: object.key.flatMap((column) => {
    const field = scalarOf(object, column)
    return field === undefined ? [] : [{ kind: 'scalar' as const, key: field.name, field }]
  }),
})
