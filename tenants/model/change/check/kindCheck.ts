// What the kind of a table forbids: views have the columns of their query, typed tables those of a type,
// children those of their parents. Refuses a planned change before Postgres would refuse the statement, so
// that a dry run is refused like the change itself.

import type { CatalogRelation } from '../../../../sql/catalog/catalog.ts'
import type { TableKind } from '../../../../sql/catalog/catalogDetails.ts'
import { Refusal } from '../../../refusal.ts'
import type { Described } from '../../describe/catalogRef.ts'
import type { Demand, SchemaChange, Step } from '../run/schemaChange.ts'

type Action = Demand['action']

const QUERY: readonly Action[] = [
  ...(['addColumn', 'dropColumn', 'changeType', 'setNotNull', 'dropNotNull', 'foreignKey'] as const),
  ...(['referenced', 'uniqueIndex'] as const),
]

/** Statements that a kind of relation does not support, with the reason. */
const FORBIDDEN: Readonly<Partial<Record<CatalogRelation['kind'], readonly [readonly Action[], string]>>> = {
  v: [[...QUERY, 'index'], 'is a view, which has the columns of its query and no indexes or constraints'],
  m: [
    [...QUERY.filter((action) => action !== 'uniqueIndex'), 'setDefault'],
    'is a materialized view, which has the columns of its query and no constraints or defaults',
  ],
  f: [
    ['index', 'uniqueIndex', 'foreignKey', 'referenced'],
    'is a foreign table, which has no indexes and no foreign keys',
  ],
}

const OF_ANOTHER: readonly Action[] = ['dropColumn', 'renameColumn', 'changeType']

const reasonOfKind = (
  { sources: { details } }: Described,
  { oid, kind, columns: all }: CatalogRelation,
  { action, columns }: Pick<Demand, 'action' | 'columns'>,
): string | null => {
  const [actions, reason] = FORBIDDEN[kind] ?? [[], '']
  if (actions.includes(action)) return reason
  const numbers = columns.map((name) => all.find((column) => column.name === name)?.number ?? -1)
  const primary = details.indexes.find((index) => index.primary && index.relation === oid)
  if (action === 'dropNotNull' && numbers.some((number) => primary?.columns.includes(number)))
    return 'has this column in its primary key'
  const own = details.kinds.find((each) => each.relation === oid)
  return own === undefined ? null : reasonOfTable(own, action, numbers)
}

const reasonOfTable = (own: TableKind, action: Action, numbers: readonly number[]): string | null => {
  if (action === 'dropNotNull' && numbers.some((number) => own.inheritedNotNull.includes(number)))
    return 'inherits from another table that the column is required'
  if (own.typed && (action === 'addColumn' || OF_ANOTHER.includes(action)))
    return 'is a typed table, which has the columns of its type'
  if (OF_ANOTHER.includes(action) && numbers.some((number) => own.inherited.includes(number)))
    return 'inherits this column from another table'
  const isInKey = numbers.some((number) => own.partitionedBy.includes(number))
  if ((action === 'dropColumn' || action === 'changeType') && isInKey) return 'is partitioned by this column'
  return action === 'uniqueIndex' &&
    own.partitionKey.some((number) => number === 0 || !numbers.includes(number))
    ? 'is partitioned by another column, so no index can hold the values of all partitions apart'
    : null
}

/** Names in the catalog of things that earlier steps have renamed. */
const createOldNames = () => {
  const tables = new Map<string, string>()
  const columns = new Map<string, string>()
  const tableOf = (name: string): string => tables.get(name) ?? name
  const columnOf = (table: string, name: string): string =>
    columns.get(JSON.stringify([tableOf(table), name])) ?? name
  return {
    tableOf,
    columnOf,
    note: ({ renamed }: Step): void => {
      if (renamed?.kind === 'table') tables.set(renamed.to, tableOf(renamed.from))
      if (renamed?.kind === 'column' && renamed.table !== undefined) {
        const from = columnOf(renamed.table, renamed.from)
        columns.set(JSON.stringify([tableOf(renamed.table), renamed.to]), from)
      }
    },
  }
}

export const refuseByKind = (before: Described, { steps, afterwards = [] }: SchemaChange): void => {
  const { catalog } = before.sources
  const old = createOldNames()
  for (const step of [...steps, ...afterwards]) {
    for (const { table, action, columns } of step.demands ?? []) {
      const relation = catalog.relations.find(({ name }) => name === old.tableOf(table))
      if (relation === undefined) continue
      const reason = reasonOfKind(before, relation, {
        action,
        columns: columns.map((column) => old.columnOf(table, column)),
      })
      if (reason !== null)
        throw new Refusal(
          'CONFLICT',
          `The kind of table does not allow this change: "${relation.name}" ${reason}.`,
          { hint: 'Change it in SQL, where the structure comes from.' },
        )
    }
    old.note(step)
  }
}
