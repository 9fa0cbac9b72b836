// The DDL compiler: from object definitions to statements, in an order that can be run, for tables a DBA
// would have written. Pure. Statements name the schema by the placeholder of sql/placeholder.ts. workspace.ts
// decides about permissions and transactions.

import { Refusal } from '../../refusal.ts'
import type { ObjectDefinition } from '../definition.ts'
import { derivedIdentifier } from '../identifier.ts'
import { idColumn, planBaseFields, positionSequenceOf } from './baseField.ts'
import { type ServerFeatures, uuidFunctionOf } from './bootstrap.ts'
import { tableComment } from './comment.ts'
import { type DerivedNames, PLAIN_NAMES } from './derivedNames.ts'
import { planField, tableOf } from './fieldPlan.ts'
import { type FieldPlan, type ForeignKeyPlan, mergePlans } from './plan.ts'
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

interface ObjectPlan extends FieldPlan {
  readonly object: ObjectDefinition
  readonly table: string
  readonly primaryKey: string
  /** The sequence of positions. */
  readonly sequence: string
}

export const planObject = (
  object: ObjectDefinition,
  uuidFunction: string,
  names: DerivedNames = PLAIN_NAMES,
): ObjectPlan => {
  const table = tableOf(object.nameSingular)
  const primaryKey = names.relation(derivedIdentifier([table], 'pkey'))
  const sequence = names.relation(positionSequenceOf(table))
  const plan = mergePlans([
    { enums: [], columns: [idColumn(uuidFunction)], foreignKeys: [], indexes: [] },
    ...object.fields.map((field) => planField(table, field, uuidFunction, names)),
    planBaseFields(table, object, uuidFunction, sequence, names),
  ])
  refuseTwins(object, plan)
  return { object, table, primaryKey, sequence, ...plan }
}

const refuseTwins = (object: ObjectDefinition, plan: FieldPlan): void => {
  const seen = new Set<string>()
  for (const { name } of plan.columns) {
    if (seen.has(name))
      throw new Refusal('CONFLICT', `Two fields of "${object.nameSingular}" need the column "${name}".`)
    seen.add(name)
  }
}

/** @param foreignKeys to tables that exist */
export const tableStatements = (
  { object, table, primaryKey, sequence, enums, columns, indexes }: ObjectPlan,
  foreignKeys: readonly ForeignKeyPlan[] = [],
): readonly string[] => [
  ...enums.flatMap(createEnum),
  createSequence(sequence),
  createTable(table, columns, { primaryKey, foreignKeys }),
  ownSequence(sequence, table, 'position'),
  ...indexes.map((index) => createIndex(table, index)),
  commentOnTable(table, tableComment(object.labelPlural, object.description)),
  ...columns.map((column) => commentOnColumn(table, column)),
]

/**
 * Statements that create the objects' tables. Foreign keys to tables that come later are added last, so
 * objects may refer to each other in any order.
 */
export const createObjects = (
  objects: readonly ObjectDefinition[],
  server: ServerFeatures,
  names: DerivedNames = PLAIN_NAMES,
): readonly string[] => {
  const plans = objects.map((object) => planObject(object, uuidFunctionOf(server), names))
  const placeOf = new Map(plans.map(({ table }, place) => [table, place]))
  const isLater = (key: ForeignKeyPlan, place: number): boolean => (placeOf.get(key.targetTable) ?? 0) > place
  return [
    ...plans.flatMap((plan, place) =>
      tableStatements(
        plan,
        plan.foreignKeys.filter((key) => !isLater(key, place)),
      ),
    ),
    ...plans.flatMap(({ table, foreignKeys }, place) =>
      foreignKeys.filter((key) => isLater(key, place)).map((key) => addForeignKey(table, key)),
    ),
  ]
}
