// What objects are called. In: the tables of a schema and the names that people gave some of them; out: distinct names for each, or why a
// table has none. A table's names follow from its own name alone, so neither the order of creation nor a neighbour changes them. The
// exceptions are spellings of one name (`foo_bar`, `"fooBar"`, `foo_bars`): the first of them in snake_case and in the singular keeps it.

import type { UnmetNames } from './model.ts'
import { toCamelCase, toTypeName } from './name.ts'
import { pluralOf, singularOf } from './number.ts'
import {
  asideOf,
  clashReason,
  OBJECT_TYPES,
  type ObjectNames,
  reservedReason,
  rootFieldsOf,
} from './reserved.ts'

export interface NamedTable {
  readonly table: string
  /** Names that somebody gave; those of the registry come before those in comments. */
  readonly given: ObjectNames | undefined
  readonly isRegistered: boolean
}

export interface Naming {
  /** Null: the table has no object. */
  readonly names: ObjectNames | null
  readonly unmet: UnmetNames | null
}

/** What the names of all tables are given by; the names of earlier versions are another (earlierNames.ts). */
export type NameObjects = (tables: readonly NamedTable[]) => ReadonlyMap<string, Naming>

const MAX_SINGULAR_STEPS = 4

/** The singular of a name, and of that again, until it has none. */
const lemmaOf = (name: string): string => {
  let lemma = name
  for (let step = 0; step < MAX_SINGULAR_STEPS; step += 1) {
    const next = singularOf(lemma)
    if (next === lemma || next === '') return lemma
    lemma = next
  }
  return lemma
}

/** Names in both numbers for a table that is called in either. */
const naturalNames = (table: string): ObjectNames => {
  const camel = toCamelCase(table)
  const nameSingular = lemmaOf(camel)
  const plural = pluralOf(nameSingular)
  return plural === nameSingular || lemmaOf(plural) !== nameSingular
    ? { nameSingular: `${nameSingular}Item`, namePlural: nameSingular }
    : { nameSingular, namePlural: nameSingular === camel ? plural : camel }
}

interface Derived {
  readonly names: ObjectNames
  readonly unmet: UnmetNames | null
}

/** Names by the table's own name, and why these are not the ones that it asks for. */
export const derivedNames = (table: string): Derived => {
  const wanted = naturalNames(table)
  const isItem = wanted.nameSingular === `${wanted.namePlural}Item`
  const stem = isItem ? wanted.namePlural : wanted.nameSingular
  const reason = reservedReason(isItem ? { nameSingular: stem, namePlural: stem } : wanted)
  if (reason === null) return { names: wanted, unmet: null }
  return {
    names: asideOf(stem),
    unmet: { names: [...new Set([wanted.nameSingular, wanted.namePlural, toCamelCase(table)])], reason },
  }
}

/** Who has which name, field of Query and type. */
const createClaims = () => {
  const owners = new Map<string, string>()
  const keysOf = (names: ObjectNames): readonly string[] => [
    ...rootFieldsOf(names).map((field) => `field ${field}`),
    // Types and fields of Mutation are called after both forms.
    `type ${toTypeName(names.namePlural)}`,
    ...OBJECT_TYPES.map((suffix) => `type ${toTypeName(names.nameSingular)}${suffix}`),
  ]
  return {
    /** The table that has one of the names already. */
    ownerOf: (names: ObjectNames): string | undefined =>
      keysOf(names).flatMap((key) => owners.get(key) ?? [])[0],
    take: (names: ObjectNames, table: string): void => {
      for (const key of keysOf(names)) owners.set(key, table)
    },
  }
}

const isSnakeCase = (table: string): boolean => /^[a-z_][a-z0-9_]*$/.test(table)

const compare = (a: string | number, b: string | number): number => (a < b ? -1 : a > b ? 1 : 0)

/** Spellings of one name, the one that keeps it first. */
const bySpelling = (a: string, b: string): number =>
  compare(Number(!isSnakeCase(a)), Number(!isSnakeCase(b))) ||
  compare(
    Number(toCamelCase(a) !== lemmaOf(toCamelCase(a))),
    Number(toCamelCase(b) !== lemmaOf(toCamelCase(b))),
  ) ||
  compare(a, b)

const listed = ({ nameSingular, namePlural }: ObjectNames): readonly string[] => [nameSingular, namePlural]

export const nameObjects: NameObjects = (tables) => {
  const claims = createClaims()
  const named = new Map<string, Naming>()
  const derived = new Map(tables.map(({ table }) => [table, derivedNames(table)]))
  const wantedBy = (table: string) => derived.get(table)?.names.nameSingular
  const give = (table: string, names: ObjectNames, unmet: UnmetNames | null): void => {
    claims.take(names, table)
    named.set(table, { names, unmet })
  }
  const byOrder = tables.toSorted(
    (a, b) => compare(Number(b.isRegistered), Number(a.isRegistered)) || bySpelling(a.table, b.table),
  )

  // A second table with a given name (`create table … (like … including comments)`) is called as if it had none.
  const refused = new Map<string, UnmetNames>()
  for (const { table, given } of byOrder) {
    if (given === undefined) continue
    const owner = claims.ownerOf(given)
    const reason = clashReason(given) ?? (owner === undefined ? null : `the table "${owner}" has that name`)
    if (reason === null) give(table, given, null)
    else refused.set(table, { names: listed(given), reason })
  }

  const spellings: string[] = []
  for (const { table } of tables.toSorted((a, b) => bySpelling(a.table, b.table))) {
    const own = derived.get(table)
    if (named.has(table) || own === undefined) continue
    const owner = claims.ownerOf(own.names)
    if (owner === undefined) give(table, own.names, refused.get(table) ?? own.unmet)
    else if (wantedBy(owner) === own.names.nameSingular) spellings.push(table)
    else {
      const reason = `its name is taken by the table "${owner}"; another can be given by a comment, @name`
      named.set(table, { names: null, unmet: { names: listed(own.names), reason } })
    }
  }

  for (const table of spellings.toSorted(compare)) {
    const wanted = derived.get(table)?.names ?? naturalNames(table)
    const owner = claims.ownerOf(wanted) ?? table
    for (let number = 1; !named.has(table); number += 1) {
      const suffix = `Record${number === 1 ? '' : number}`
      const nameSingular = wanted.nameSingular + suffix
      const names = {
        nameSingular,
        namePlural: number === 1 ? `${nameSingular}s` : `${wanted.nameSingular}Records${number}`,
      }
      if (claims.ownerOf(names) === undefined)
        give(table, names, {
          names: listed(wanted),
          reason: `the table "${owner}" has that name in another spelling`,
        })
    }
  }
  return named
}

/** Whether an object may be called so beside others: no name, type or field of Query would meet. */
export const isFreeObjectName = (names: ObjectNames, others: readonly ObjectNames[]): boolean => {
  const claims = createClaims()
  for (const other of others) claims.take(other, other.nameSingular)
  return reservedReason(names) === null && claims.ownerOf(names) === undefined
}
