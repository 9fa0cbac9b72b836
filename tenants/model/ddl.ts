// The DDL compiler: objects as somebody wants them, into statements that make tables a DBA would have written. Pure: a
// definition in, statements out, in an order that can be run. They name the schema by the placeholder of
// sql/placeholder.ts. Not decided here: who may do it and in which transaction (workspace.ts).

import { Refusal } from '../refusal.ts'
import { idColumn, planBaseFields, positionSequenceOf } from './baseField.ts'
import { tableComment } from './comment.ts'
import type { ObjectDefinition } from './definition.ts'
import { planField, tableOf } from './fieldPlan.ts'
import { type ServerFeatures, uuidFunctionOf } from './foundation.ts'
import { derivedIdentifier } from './identifier.ts'
import { type FieldPlan, mergePlans } from './plan.ts'
import {
  addForeignKey,
  commentOnColumn,
  commentOnTable,
  createEnum,
  createIndex,
  createSequence,
  createTable,
  ownSequence,
} from './statement.ts'

export interface ObjectPlan extends FieldPlan {
  readonly object: ObjectDefinition
  readonly table: string
}

export const planObject = (object: ObjectDefinition, uuidFunction: string): ObjectPlan => {
  const table = tableOf(object.nameSingular)
  const plan = mergePlans([
    { enums: [], columns: [idColumn(uuidFunction)], foreignKeys: [], indexes: [] },
    ...object.fields.map((field) => planField(table, field, uuidFunction)),
    planBaseFields(table, object, uuidFunction),
  ])
  refuseTwins(object, plan)
  return { object, table, ...plan }
}

const refuseTwins = (object: ObjectDefinition, plan: FieldPlan): void => {
  const seen = new Set<string>()
  for (const { name } of plan.columns) {
    if (seen.has(name))
      throw new Refusal('CONFLICT', `Two fields of "${object.nameSingular}" need the column "${name}".`)
    seen.add(name)
  }
}

/** Without foreign keys, which need the tables they point at. */
export const tableStatements = ({
  object,
  table,
  enums,
  columns,
  indexes,
}: ObjectPlan): readonly string[] => {
  const sequence = positionSequenceOf(table)
  return [
    ...enums.flatMap(createEnum),
    createSequence(sequence),
    createTable(table, columns, derivedIdentifier([table], 'pkey')),
    ownSequence(sequence, table, 'position'),
    ...indexes.map((index) => createIndex(table, index)),
    commentOnTable(table, tableComment(object.labelPlural, object.description)),
    ...columns.map((column) => commentOnColumn(table, column)),
  ]
}

/** Statements that make the objects' tables; foreign keys come last, so objects may refer to each other in any order. */
export const createObjects = (
  objects: readonly ObjectDefinition[],
  server: ServerFeatures,
): readonly string[] => {
  const plans = objects.map((object) => planObject(object, uuidFunctionOf(server)))
  return [
    ...plans.flatMap(tableStatements),
    ...plans.flatMap(({ table, foreignKeys }) => foreignKeys.map((key) => addForeignKey(table, key))),
  ]
}
