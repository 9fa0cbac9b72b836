// Free names for constraints, and steps that free the name of a table, which people choose. derivedNames.ts
// tracks the names that one plan assigns.

import { inWorkspace, quoteIdentifier } from '../../../../sql/placeholder.ts'
import { renameIndex } from '../../ddl/buildControl.ts'
import type { Described } from '../../describe/catalogRef.ts'
import { derivedIdentifier, freeIdentifier } from '../../identifier.ts'
import type { Renamed, Step } from '../run/schemaChange.ts'

/** A constraint name; each table has its own namespace. */
export const freeConstraintName = ({ sources }: Described, table: string, derived: string): string => {
  const { catalog, details } = sources
  const oid = catalog.relations.find(({ name }) => name === table)?.oid
  const taken = new Set(
    [
      ...catalog.foreignKeys,
      ...details.constraints,
      ...details.indexes.filter((index) => index.hasConstraint),
    ]
      .filter(({ relation }) => relation === oid)
      .map(({ name }) => name),
  )
  return freeIdentifier(derived, (name) => taken.has(name))
}

/** Whether a type, sequence or partition that no plan renames has the name of a table. */
export const isTakenInSchema = ({ sources: { catalog, details } }: Described, table: string): boolean =>
  details.otherRelations.includes(table) ||
  details.types.includes(table) ||
  catalog.types.some(({ name, schema, kind }) => schema === catalog.schema && name === table && kind !== 'e')

/** Steps that free a table's name by renaming derived things that happen to have it. */
export const freeTableName = (before: Described, table: string): readonly Step[] => {
  const { sources, names } = before
  const { catalog, details } = sources
  const rename = (kind: Renamed['kind'], to: string): Step => ({
    sql: `alter ${kind} ${inWorkspace(table)} rename to ${quoteIdentifier(to)}`,
    renamed: { kind, from: table, to },
  })
  const isNamed = ({ name }: { readonly name: string }) => name === table
  const isEnum = catalog.types.some(
    (type) => type.kind === 'e' && type.schema === catalog.schema && isNamed(type),
  )
  const steps = [
    ...(isEnum ? [rename('type', names.type(derivedIdentifier([table], 'options')))] : []),
    ...details.indexes.filter(isNamed).flatMap((index) => renameIndex(before, index, names.relation(table))),
    ...(details.ownedSequences.some(isNamed) ? [rename('sequence', names.relation(table))] : []),
  ]
  names.take(table)
  return steps
}
