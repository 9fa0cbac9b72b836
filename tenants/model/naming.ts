// Names of objects, distinct within a schema, or why a table has none. A table's names follow from its own
// name alone. If two tables have equal names, as `order` and `orders` do, the older one keeps them, so a new
// table never takes over an address; of tables of the same age the singular keeps them. Two spellings of one
// name (`foo_bar`, `"fooBar"`) are decided by their SQL names: snake_case first. Names that depend on another
// table are contested; pinContests.ts records them in comments, because a dump does not keep the age of a
// table.

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
  /** Explicitly set names; those of the registry come before those in comments. */
  readonly given: ObjectNames | undefined
  readonly isRegistered: boolean
  /**
   * Version of the model in which the table got its SQL name; 0 for tables from before versions were
   * recorded.
   */
  readonly since: number
}

export interface Naming {
  /** Null: the table has no object. */
  readonly names: ObjectNames | null
  readonly unmet: UnmetNames | null
  /** Another table's name gives the same names, or names that derived names depend on. */
  readonly isContested: boolean
}

/** The naming rules; earlierNames.ts has those of earlier versions. */
export type NameObjects = (tables: readonly NamedTable[]) => ReadonlyMap<string, Naming>

const MAX_SINGULAR_STEPS = 4

/** The singular of a name, repeated until it has none. */
const lemmaOf = (name: string): string => {
  let lemma = name
  for (let step = 0; step < MAX_SINGULAR_STEPS; step += 1) {
    const next = singularOf(lemma)
    if (next === lemma || next === '') return lemma
    lemma = next
  }
  return lemma
}

/** Singular and plural for a table named in either form. */
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

/** Names from the table's own name, and the reason if they are not the plain ones. */
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

/** Owners of names, fields of Query and types. */
const createClaims = () => {
  const owners = new Map<string, string>()
  const keysOf = (names: ObjectNames): readonly string[] => [
    ...rootFieldsOf(names).map((field) => `field ${field}`),
    // Types and fields of Mutation are named after both forms.
    `type ${toTypeName(names.namePlural)}`,
    ...OBJECT_TYPES.map((suffix) => `type ${toTypeName(names.nameSingular)}${suffix}`),
  ]
  return {
    /** The table that already has one of the names. */
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

/** When a table takes part for the names of its own name, and when for others if those are taken. */
interface Turn {
  readonly table: string
  readonly natural: number
  readonly aside: number
}

/**
 * The best spelling of a name takes part as of the age of the first spelling; the others get other names once
 * a better spelling exists.
 */
const turnsOf = (tables: readonly NamedTable[]): readonly Turn[] =>
  [...Map.groupBy(tables, ({ table }) => toCamelCase(table)).values()].flatMap((spellings) => {
    const [best, ...others] = spellings.toSorted((a, b) => bySpelling(a.table, b.table))
    if (best === undefined) return []
    const first = Math.min(...spellings.map(({ since }) => since))
    let better = best.since
    return [
      { table: best.table, natural: first, aside: best.since },
      ...others.map(({ table, since }): Turn => {
        const turn = { table, natural: since, aside: Math.max(since, better) }
        better = Math.min(better, since)
        return turn
      }),
    ]
  })

/** Names for a table whose own are taken: the first free ones with a suffix. */
const asideBeside = (wanted: ObjectNames, isTaken: (names: ObjectNames) => boolean): ObjectNames => {
  for (let number = 1; ; number += 1) {
    const nameSingular = `${wanted.nameSingular}Record${number === 1 ? '' : number}`
    const namePlural = number === 1 ? `${nameSingular}s` : `${wanted.nameSingular}Records${number}`
    if (!isTaken({ nameSingular, namePlural })) return { nameSingular, namePlural }
  }
}

export const nameObjects: NameObjects = (tables) => {
  const claims = createClaims()
  const named = new Map<string, Omit<Naming, 'isContested'>>()
  const contested = new Set<string>()
  const derived = new Map(tables.map(({ table }) => [table, derivedNames(table)]))
  /** The table that has the names, or names that derive from them. */
  const ownerOf = (table: string, names: ObjectNames): string | undefined => {
    const owner = claims.ownerOf(names)
    if (owner !== undefined) contested.add(owner).add(table)
    return owner
  }
  const give = (table: string, names: ObjectNames, unmet: UnmetNames | null): void => {
    claims.take(names, table)
    named.set(table, { names, unmet })
  }

  // A second table with the same explicit name (`create table … (like … including comments)`) is named as if
  // it had none.
  const refused = new Map<string, UnmetNames>()
  const givenFirst = tables.toSorted(
    (a, b) =>
      compare(Number(b.isRegistered), Number(a.isRegistered)) ||
      compare(a.since, b.since) ||
      bySpelling(a.table, b.table),
  )
  for (const { table, given } of givenFirst) {
    if (given === undefined) continue
    const owner = ownerOf(table, given)
    const reason = clashReason(given) ?? (owner === undefined ? null : `the table "${owner}" has that name`)
    if (reason === null) give(table, given, null)
    else refused.set(table, { names: listed(given), reason })
  }

  const giveAside = (table: string, { names: wanted }: Derived, owner: string): void => {
    const reason = `the table "${owner}" has that name in another spelling`
    const names = asideBeside(wanted, (each) => claims.ownerOf(each) !== undefined)
    give(table, names, { names: listed(wanted), reason })
  }
  const omit = (table: string, { names }: Derived, owner: string): void => {
    const reason = `its name is taken by the table "${owner}"; another can be given by a comment, @name`
    named.set(table, { names: null, unmet: { names: listed(names), reason } })
  }
  const asked = turnsOf(tables.filter(({ table }) => !named.has(table)))
  const times = [...new Set(asked.flatMap(({ natural, aside }) => [natural, aside]))].toSorted(compare)
  const without = new Map<string, string>()
  for (const time of times) {
    for (const { table } of asked
      .filter(({ natural }) => natural === time)
      .toSorted((a, b) => bySpelling(a.table, b.table))) {
      const own = derived.get(table)
      if (own === undefined) continue
      const owner = ownerOf(table, own.names)
      if (owner === undefined) give(table, own.names, refused.get(table) ?? own.unmet)
      else if (derived.get(owner)?.names.nameSingular === own.names.nameSingular) without.set(table, owner)
      else omit(table, own, owner)
    }
    for (const { table } of asked
      .filter(({ table, aside }) => aside <= time && without.has(table) && !named.has(table))
      .toSorted((a, b) => compare(a.table, b.table))) {
      const own = derived.get(table)
      if (own !== undefined) giveAside(table, own, without.get(table) ?? table)
    }
  }
  return new Map(
    [...named].map(([table, naming]) => [table, { ...naming, isContested: contested.has(table) }]),
  )
}

/** Whether an object may have the name beside others: no name, type or field of Query would collide. */
export const isFreeObjectName = (names: ObjectNames, others: readonly ObjectNames[]): boolean => {
  const claims = createClaims()
  for (const other of others) claims.take(other, other.nameSingular)
  return reservedReason(names) === null && claims.ownerOf(names) === undefined
}
