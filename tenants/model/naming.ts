// Names of objects, and of functions in GraphQL, distinct within a schema, or why a table or function has
// none. A table's names follow from its own name alone. Spellings of one name (`foo_bar`, `"fooBar"`, and its
// plural `foo_bars`) are decided by their SQL names, regardless of age: snake_case first, then the singular.
// If a function has the name of an object's field, the older one keeps it; of the same age, tables come
// before functions. Names that depend on something else are contested; pinContests.ts records them in
// comments, because a dump does not keep the age.

import type { FunctionModel, UnmetNames } from './model.ts'
import { toCamelCase } from './name.ts'
import {
  createNameClaims,
  keyOfFunction,
  keysOfObject,
  type NamedFunction,
  type NameOwner,
  ownerText,
} from './nameClaims.ts'
import { derivedObjectNames, lemmaOf } from './naturalNames.ts'
import { clashReason, NAMESAKE, type ObjectNames, ROOT_FIELDS, reservedReason } from './reserved.ts'

export interface NamedTable {
  readonly table: string
  /** Explicitly set names; those of the registry come before those in comments. */
  readonly given: ObjectNames | undefined
  readonly isRegistered: boolean
  /** Hidden or switched off: its names are kept from other tables, and not from functions. */
  readonly isHidden: boolean
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

export interface FunctionNaming {
  /** Why the function has no field; null where it has the one that it asks for. */
  readonly reason: string | null
  readonly isContested: boolean
}

interface Namings {
  readonly tables: ReadonlyMap<string, Naming>
  readonly functions: ReadonlyMap<NamedFunction, FunctionNaming>
}

/** The naming rules; earlierNames.ts has those of earlier versions. */
export type NameObjects = (
  tables: readonly NamedTable[],
  functions: readonly NamedFunction[],
  nameOf?: (table: string) => OwnName,
) => Namings

const isSnakeCase = (table: string): boolean => /^[a-z_][a-z0-9_]*$/.test(table)

const compare = (a: string | number, b: string | number): number => (a < b ? -1 : a > b ? 1 : 0)

const spellingRank = (table: string): number => {
  const name = toCamelCase(table)
  return Number(!isSnakeCase(table)) * 2 + Number(name !== lemmaOf(name))
}

/** What follows from a table's name alone. */
export interface OwnName extends ReturnType<typeof derivedObjectNames> {
  /** Of several spellings of one name, the lowest keeps it. */
  readonly rank: number
}

export const ownNameOf = (table: string): OwnName => ({
  ...derivedObjectNames(table),
  rank: spellingRank(table),
})

type OwnNames = ReadonlyMap<string, OwnName>
type Order = (a: string, b: string) => number

/** Orders spellings of one name, the one that keeps it first. */
const createBySpelling = (own: OwnNames): Order => {
  const rankOf = (table: string): number => own.get(table)?.rank ?? 0
  return (a, b) => compare(rankOf(a), rankOf(b)) || compare(a, b)
}

const listed = ({ nameSingular, namePlural }: ObjectNames): readonly string[] => [nameSingular, namePlural]

/** When a table takes part. */
interface Turn {
  readonly table: string
  readonly time: number
}

/** All spellings of a name take part as of the age of the first one, so that their own ages do not matter. */
const turnsOf = (tables: readonly NamedTable[], derived: OwnNames): readonly Turn[] =>
  [...Map.groupBy(tables, ({ table }) => derived.get(table)?.names.nameSingular).values()].flatMap(
    (spellings) => {
      const time = Math.min(...spellings.map(({ since }) => since))
      return spellings.map(({ table }) => ({ table, time }))
    },
  )

/** Names for a table whose own are taken: the first free ones with a suffix that no table's own name has. */
const asideBeside = (wanted: ObjectNames, isTaken: (names: ObjectNames) => boolean): ObjectNames => {
  for (let number = 1; ; number += 1) {
    const nameSingular = `${wanted.nameSingular}${NAMESAKE}${number === 1 ? '' : number}`
    const namePlural = number === 1 ? `${nameSingular}s` : `${wanted.nameSingular}${NAMESAKE}s${number}`
    if (!isTaken({ nameSingular, namePlural })) return { nameSingular, namePlural }
  }
}

/** What has been named so far. */
interface Draft {
  readonly claims: ReturnType<typeof createNameClaims>
  readonly tables: Map<string, Omit<Naming, 'isContested'>>
  readonly functions: Map<NamedFunction, string | null>
  readonly contested: Set<string | NamedFunction>
  readonly hidden: ReadonlySet<string>
}

/** The owner of one of the names; both are contested then. */
const contest = (
  { claims, contested }: Draft,
  asking: string | NamedFunction,
  keys: readonly string[],
): NameOwner | undefined => {
  const owner = claims.ownerOf(keys)
  if (owner !== undefined) contested.add(owner.kind === 'table' ? owner.table : owner.fn).add(asking)
  return owner
}

const give = (draft: Draft, table: string, names: ObjectNames, unmet: UnmetNames | null): void => {
  draft.claims.take(keysOfObject(names), { kind: 'table', table })
  draft.tables.set(table, { names, unmet })
}

/**
 * Explicit names first. A second table with the same one (`create table … (like … including comments)`) is
 * named as if it had none.
 * @returns the explicit names that a table does not get
 */
const giveExplicit = (
  draft: Draft,
  tables: readonly NamedTable[],
  bySpelling: Order,
): ReadonlyMap<string, UnmetNames> => {
  const refused = new Map<string, UnmetNames>()
  const ordered = tables
    .filter(({ given }) => given !== undefined)
    .toSorted(
      (a, b) =>
        compare(Number(b.isRegistered), Number(a.isRegistered)) ||
        compare(a.since, b.since) ||
        bySpelling(a.table, b.table),
    )
  for (const { table, given } of ordered) {
    if (given === undefined) continue
    const owner = contest(draft, table, keysOfObject(given))
    const reason = clashReason(given) ?? (owner === undefined ? null : `${ownerText(owner)} has that name`)
    if (reason === null) give(draft, table, given, null)
    else refused.set(table, { names: listed(given), reason })
  }
  return refused
}

/** The own names of a table whose name in a comment steps aside for another table. */
const steppedAside = (draft: Draft, given: ObjectNames, wanted: ObjectNames): UnmetNames | null => {
  if (!given.nameSingular.startsWith(wanted.nameSingular + NAMESAKE)) return null
  const owner = draft.claims.ownerOf(keysOfObject(wanted))
  const reason = owner === undefined ? 'another table had its name' : `${ownerText(owner)} has its name`
  return { names: listed(wanted), reason }
}

const takenReason = (owner: NameOwner): string =>
  `its name is already used by ${ownerText(owner)}; give it another one with @name in a comment`

/** Names the tables without explicit names, those of one time in each call of `take`. */
const createTableTurns = (draft: Draft, tables: readonly NamedTable[], derived: OwnNames) => {
  const bySpelling = createBySpelling(derived)
  const refused = giveExplicit(draft, tables, bySpelling)
  const unnamed = tables.filter(({ table }) => !draft.tables.has(table))
  const turns = turnsOf(unnamed, derived)
  /** Tables whose names belong to another spelling, and the table with that spelling. */
  const without = new Map<string, string>()

  const takeNatural = ({ table }: Turn): void => {
    const own = derived.get(table)
    if (own === undefined) return
    const owner = contest(draft, table, keysOfObject(own.names))
    if (owner === undefined) give(draft, table, own.names, refused.get(table) ?? own.unmet)
    else if (
      owner.kind === 'table' &&
      derived.get(owner.table)?.names.nameSingular === own.names.nameSingular
    )
      without.set(table, owner.table)
    else
      draft.tables.set(table, {
        names: null,
        unmet: { names: listed(own.names), reason: takenReason(owner) },
      })
  }
  const takeAside = ({ table }: Turn): void => {
    const wanted = derived.get(table)?.names
    if (wanted === undefined) return
    const reason = `the table "${without.get(table)}" has that name in another spelling`
    const names = asideBeside(wanted, (each) => draft.claims.ownerOf(keysOfObject(each)) !== undefined)
    give(draft, table, names, { names: listed(wanted), reason })
  }
  return {
    times: turns.map(({ time }) => time),
    take: (time: number): void => {
      const now = turns.filter((turn) => turn.time === time).toSorted((a, b) => bySpelling(a.table, b.table))
      for (const turn of now) takeNatural(turn)
      for (const turn of now) if (without.has(turn.table)) takeAside(turn)
    },
  }
}

const shownOwner = (draft: Draft, fn: NamedFunction, key: string): NameOwner | undefined => {
  const owner = draft.claims.ownerOf([key])
  return owner?.kind === 'table' && draft.hidden.has(owner.table) ? undefined : contest(draft, fn, [key])
}

/** Functions of the same age that compete for a name cannot be ordered, so no function gets it. */
const nameFunctions = (draft: Draft, functions: readonly NamedFunction[]): void => {
  for (const [key, asking] of Map.groupBy(functions, keyOfFunction)) {
    for (const fn of asking) {
      const owner = shownOwner(draft, fn, key)
      if (owner !== undefined) draft.functions.set(fn, takenReason(owner))
      else if (fn.kind === 'query' && ROOT_FIELDS.includes(fn.fieldName))
        draft.functions.set(fn, `"${fn.fieldName}" is a word of the API itself`)
      else draft.functions.set(fn, asking.length > 1 ? 'another function asks for its name' : null)
    }
    const [only] = asking
    if (only !== undefined && draft.functions.get(only) === null)
      draft.claims.take([key], { kind: 'function', fn: only })
  }
}

export const nameObjects: NameObjects = (tables, functions, nameOf = ownNameOf) => {
  const own = new Map(tables.map(({ table }) => [table, nameOf(table)]))
  const draft: Draft = {
    claims: createNameClaims(),
    tables: new Map(),
    functions: new Map(),
    contested: new Set(),
    hidden: new Set(tables.flatMap(({ table, isHidden }) => (isHidden ? [table] : []))),
  }
  const turns = createTableTurns(draft, tables, own)
  const times = new Set([...turns.times, ...functions.map(({ since }) => since)])
  for (const time of [...times].toSorted(compare)) {
    const arriving = functions.filter(({ since }) => since === time)
    nameFunctions(
      draft,
      arriving.filter(({ isNamed }) => isNamed),
    )
    turns.take(time)
    nameFunctions(
      draft,
      arriving.filter(({ isNamed }) => !isNamed),
    )
  }
  const { contested } = draft
  const unmetOf = (table: string, { names, unmet }: Omit<Naming, 'isContested'>): UnmetNames | null =>
    unmet ?? (names === null ? null : steppedAside(draft, names, (own.get(table) ?? nameOf(table)).names))
  return {
    tables: new Map(
      [...draft.tables].map(([table, each]) => [
        table,
        { names: each.names, unmet: unmetOf(table, each), isContested: contested.has(table) },
      ]),
    ),
    functions: new Map(
      [...draft.functions].map(([fn, reason]) => [fn, { reason, isContested: contested.has(fn) }]),
    ),
  }
}

/**
 * Whether an object may have the name beside others: no name, type or field of Query or Mutation would
 * collide.
 */
export const isFreeObjectName = (
  names: ObjectNames,
  others: readonly ObjectNames[],
  functions: readonly FunctionModel[],
): boolean => {
  const taken = new Set([...others.flatMap(keysOfObject), ...functions.map(keyOfFunction)])
  return reservedReason(names) === null && !keysOfObject(names).some((key) => taken.has(key))
}
