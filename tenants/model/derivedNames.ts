// Names for things that are called after others: indexes, sequences, enum types, constraints. In: what is there, and what a thing would be
// called; out: a name that is free, the same each time for the same model. Names of tables and columns are people's choice, and
// are checked instead (nameUse.ts).

import { inWorkspace, quoteIdentifier } from '../../sql/placeholder.ts'
import type { Renamed, Step } from './alteration.ts'
import type { Described } from './anchor.ts'
import { derivedIdentifier, freeIdentifier } from './identifier.ts'
import type { ModelSources } from './sources.ts'

/** Gives names to what one plan makes; a name that was given is taken for what follows. */
export interface DerivedNames {
  /** Of an index or a sequence, which share their names with tables and views. */
  readonly relation: (derived: string) => string
  /** Of the enum type of a column: tables are types too, so the plain name may be taken. */
  readonly enumType: (table: string, column: string) => string
  /** Of any other type. */
  readonly type: (derived: string) => string
  /** A table of the same plan. */
  readonly take: (table: string) => void
}

/** Names in a schema that holds nothing yet. */
export const PLAIN_NAMES: DerivedNames = {
  relation: (derived) => derived,
  enumType: (table, column) => derivedIdentifier([table, column], ''),
  type: (derived) => derived,
  take: () => {},
}

export const createDerivedNames = ({ catalog, details }: ModelSources): DerivedNames => {
  const tables = [...catalog.relations.map(({ name }) => name), ...details.otherRelations]
  const sequences = details.ownedSequences.map(({ name }) => name)
  const types = new Set([
    ...tables,
    ...details.types,
    ...catalog.types.flatMap(({ name, schema }) => (schema === catalog.schema ? [name] : [])),
  ])
  // A composite type stands among the relations, too.
  const relations = new Set([...types, ...sequences, ...details.indexes.map(({ name }) => name)])
  const taking = (taken: Set<string>) => (derived: string) => {
    const name = freeIdentifier(derived, (each) => taken.has(each))
    taken.add(name)
    return name
  }
  const type = taking(types)
  return {
    relation: taking(relations),
    type,
    enumType: (table, column) => {
      const plain = derivedIdentifier([table, column], '')
      return type(types.has(plain) ? derivedIdentifier([table, column], 'options') : plain)
    },
    take: (table) => {
      relations.add(table)
      types.add(table)
    },
  }
}

/** A constraint of a table: each table has its own. */
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

/** Steps that make a table's name free: of what was called after others and happens to have it. */
export const freeTableName = ({ sources, names }: Described, table: string): readonly Step[] => {
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
    ...(details.indexes.some(isNamed) ? [rename('index', names.relation(table))] : []),
    ...(details.ownedSequences.some(isNamed) ? [rename('sequence', names.relation(table))] : []),
  ]
  names.take(table)
  return steps
}
