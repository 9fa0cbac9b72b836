// What is selected of a record: its values, the records it points to and those that point to it. In: the model's fields; out:
// functions that select them, prepared once per shape. Values leave the database as gateway/records/select/readForm.ts says, for REST and
// GraphQL alike.

import type { PgCodec, PgResource, PgSelectSingleStep, PgSelectStep } from 'postgraphile/@dataplan/pg'
import type { SQL } from 'postgraphile/@dataplan/pg/pg-sql2'
import { first, lambda } from 'postgraphile/grafast'
import { quoteIdentifier } from '../../../sql/placeholder.ts'
import type {
  CompositeField,
  ObjectModel,
  ScalarField,
  ToManyField,
  ToOneField,
} from '../../../tenants/model/model.ts'
import { unknownField } from '../../records/model/field.ts'
import { recordNotFound, trashOfOwner } from '../../records/read/relation.ts'
import { liveOnly } from '../../records/read/trash.ts'
import { type ReadForm, readPart, readScalar } from '../../records/select/readForm.ts'
import { CODECS, LIST } from './codec.ts'
import { CompositeStep, type SelectPart } from './composite.ts'
import { ROW, template } from './fragment.ts'

const selectForm = (form: ReadForm, codec: PgCodec = CODECS[form.json]): SelectPart => {
  const fragment = template(form.sql)
  return ($record) => $record.select(fragment($record.getClassStep().alias), codec)
}

export const selectScalar = (object: ObjectModel, field: ScalarField): SelectPart =>
  selectForm(
    readScalar(object, field, ROW),
    field.column.type.isArray && field.column.isNested !== true ? LIST : undefined,
  )

export const selectComposite = (
  object: ObjectModel,
  field: CompositeField,
): (($record: PgSelectSingleStep) => CompositeStep) => {
  const parts = new Map(
    field.parts.map((entry) => [entry.part.name, selectForm(readPart(object, entry, ROW))]),
  )
  const unknown = (name: string) => unknownField(object, `${field.name}.${name}`, 'INVALID_ARGS_FIELDS')
  return ($record) => new CompositeStep($record, parts, unknown)
}

/** Rows of the relation's other side, whatever their state. */
const related = (
  field: ToOneField | ToManyField,
  target: PgResource,
  $record: PgSelectSingleStep,
): PgSelectStep =>
  target.find(
    Object.fromEntries(
      field.targetColumns.map((column, index) => [column, $record.get(field.columns[index] ?? '')]),
    ),
  )

/** The record that a foreign key points to; null when it lies in the trash. */
export const selectToOne = (field: ToOneField, targetObject: ObjectModel, target: PgResource): SelectPart => {
  const live = liveOnly(targetObject, ROW)
  const condition: ((alias: SQL) => SQL) | null = live === null ? null : template(live)
  return ($record) => {
    const $target = related(field, target, $record)
    $target.setUnique()
    if (condition !== null) $target.where(condition($target.alias))
    return $target.singleAsRecord()
  }
}

/** The records that point to a record; none to one in the trash, as references to it read null. */
export const selectToMany = (
  field: ToManyField,
  targetObject: ObjectModel,
  target: PgResource,
): (($record: PgSelectSingleStep) => PgSelectStep) => {
  const trash = trashOfOwner(field, targetObject)
  const [column = ''] = field.columns
  const [foreignKey = ''] = field.targetColumns
  if (trash === null) return ($record) => related(field, target, $record)
  const live = template(
    `case when ${ROW}.${quoteIdentifier(trash.name)} is null then ${ROW}.${quoteIdentifier(column)} end`,
  )
  const codec = target.codec.attributes?.[foreignKey]?.codec ?? CODECS.string
  return ($record) => target.find({ [foreignKey]: $record.select(live($record.getClassStep().alias), codec) })
}

const mustExist = <T>(row: T): T => {
  if (row === null || row === undefined) throw recordNotFound()
  return row
}

/** The one record of a select; that there is none is an error. */
export const existing = ($select: PgSelectStep): PgSelectSingleStep =>
  $select.row(lambda(first($select), mustExist))
