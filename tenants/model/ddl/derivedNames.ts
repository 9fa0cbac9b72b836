// Free names for derived things: indexes, sequences, enum types, constraints. Deterministic for the same
// model. People choose the names of tables and columns, which nameUse.ts checks.

import { ACTOR_SOURCE_TYPE, ACTOR_SOURCES } from '../compositeType.ts'
import { derivedIdentifier, freeIdentifier } from '../identifier.ts'
import type { ModelSources } from '../read/sources.ts'

/** Assigns names within one plan; an assigned name is not assigned again. */
export interface DerivedNames {
  /** For an index or a sequence, which share a namespace with tables and views. */
  readonly relation: (derived: string) => string
  /** For the enum type of a column: tables are types too, so the plain name may be taken. */
  readonly enumType: (table: string, column: string) => string
  /** For any other type. */
  readonly type: (derived: string) => string
  /** The enum type of a record's source. */
  readonly actorSource: string
  /** A table of the same plan. */
  readonly take: (table: string) => void
}

/** Names in an empty schema. */
export const PLAIN_NAMES: DerivedNames = {
  relation: (derived) => derived,
  enumType: (table, column) => derivedIdentifier([table, column], ''),
  type: (derived) => derived,
  actorSource: ACTOR_SOURCE_TYPE,
  take: () => {},
}

/** A table renamed to the type's name has moved the type to another name. */
const actorSourceOf = ({ types, schema }: ModelSources['catalog']): string => {
  const enums = types.filter(
    ({ kind, labels, schema: of }) =>
      of === schema && kind === 'e' && ACTOR_SOURCES.every((source) => labels?.includes(source)),
  )
  const names = enums.map(({ name }) => name).sort()
  return names.find((name) => name === ACTOR_SOURCE_TYPE) ?? names[0] ?? ACTOR_SOURCE_TYPE
}

export const createDerivedNames = ({ catalog, details }: ModelSources): DerivedNames => {
  const tables = [...catalog.relations.map(({ name }) => name), ...details.otherRelations]
  const sequences = details.ownedSequences.map(({ name }) => name)
  const types = new Set([
    ...tables,
    ...details.types,
    ...catalog.types.flatMap(({ name, schema }) => (schema === catalog.schema ? [name] : [])),
  ])
  // A composite type is also listed as a relation.
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
    actorSource: actorSourceOf(catalog),
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
