// Names of fields, distinct within each object. A name follows from the column's own name. If two columns, or
// a column and a relation, compete for one name, spellings in snake_case come first, then the older one, by
// column number: so a new column never renames another field, unless it is the better spelling of the same
// name.

import { freeName, toCamelCase, toSnakeCase, toTypeName } from '../name.ts'
import type { NamedFunction } from '../nameClaims.ts'
import type { FunctionNaming } from '../naming.ts'
import { FILTER_WORDS, RESERVED_FIELDS } from '../reserved.ts'

/** A column, or the columns of a composite. */
export interface ValueClaim {
  /** Name of the column, or common prefix of a composite's columns. */
  readonly stem: string
  readonly given: string | undefined
  /** Hidden or switched off: its name is not kept from functions. */
  readonly isHidden: boolean
  /** Number of the last column that it needs. */
  readonly since: number
}

/** A function of a row, which computes a field. */
interface ComputedClaim extends NamedFunction {
  /** Number of the last column that the table had when the function got its name. */
  readonly lastColumn: number
}

export interface ObjectClaims {
  readonly table: string
  readonly nameSingular: string
  readonly namePlural: string
  readonly values: readonly ValueClaim[]
  readonly computed: readonly ComputedClaim[]
}

/** A foreign key: a field on either side. */
export interface LinkClaim {
  readonly source: ObjectClaims
  readonly target: ObjectClaims
  readonly constraint: string
  readonly columns: readonly string[]
  readonly given: string | undefined
  readonly givenInverse: string | undefined
  readonly since: number
  /** Version of the model in which the key came. */
  readonly version: number
}

export interface FieldName {
  readonly name: string
  /** Why it is not the plain name. */
  readonly note: string | null
  /** Another field competes for the name, so this one depends on which of the two came first. */
  readonly isContested: boolean
}

export interface FieldNames {
  readonly values: ReadonlyMap<ValueClaim, FieldName>
  readonly toOne: ReadonlyMap<LinkClaim, FieldName>
  readonly toMany: ReadonlyMap<LinkClaim, FieldName>
  readonly computed: ReadonlyMap<ComputedClaim, FunctionNaming>
}

export type NameFields = (objects: readonly ObjectClaims[], links: readonly LinkClaim[]) => FieldNames

export const withoutId = (name: string): string => (/.Id$/.test(name) ? name.slice(0, -2) : name)

/**
 * `artist_id` → `artist`; a column whose name does not end in `id` keeps it, so the relation adds its
 * target's.
 */
export const relationNameOf = (columns: readonly string[], target: ObjectClaims): string => {
  const [only, ...more] = columns
  if (only === undefined || more.length > 0) return target.nameSingular
  const camel = toCamelCase(only)
  return withoutId(camel) === camel ? camel + toTypeName(target.nameSingular) : withoutId(camel)
}

const qualifiedInverse = ({ source, columns }: LinkClaim): string =>
  `${source.namePlural}By${columns.map((column) => toTypeName(withoutId(toCamelCase(column)))).join('And')}`

const VALUE_SUFFIX = 'Value'

/** A reserved word gets a suffix, and so does a column whose name looks like a suffixed one. */
const isReservedField = (name: string): boolean =>
  RESERVED_FIELDS.includes(name) ||
  (name.endsWith(VALUE_SUFFIX) && isReservedField(name.slice(0, -VALUE_SUFFIX.length)))

/** The name of a column without an explicit name, if nothing competes for it. */
export const fieldNameOfColumn = (stem: string): string => {
  const name = toCamelCase(stem)
  return isReservedField(name) ? name + VALUE_SUFFIX : name
}

/** One field that competes for a name on one object. */
interface Bid {
  readonly wanted: string
  /** Its name if the wanted one is taken. */
  readonly others: readonly string[]
  readonly given: string | undefined
  readonly since: number
  /** Among bids of the same age, the lowest comes first. */
  readonly rank: number
  readonly what: string
  readonly settle: (name: FieldName) => void
  /** A computed field has one name or none. */
  readonly omit?: () => void
}

/** Settles the bids of one object: explicit names first, then each round in turn. */
const settleBids = (rounds: readonly (readonly Bid[])[]): void => {
  const taken = new Set<string>()
  const contested = new Set<string>()
  const settled: { readonly bid: Bid; readonly name: string; readonly note: string | null }[] = []
  const settle = (bid: Bid, name: string, note: string | null): void => {
    taken.add(name)
    settled.push({ bid, name, note })
  }
  const isTaken = (name: string): boolean => {
    if (taken.has(name)) contested.add(name)
    return taken.has(name)
  }
  const settleGiven = (bid: Bid): boolean => {
    const { given } = bid
    if (given === undefined || taken.has(given) || FILTER_WORDS.includes(given)) return false
    settle(bid, given, null)
    return true
  }
  const asking = rounds.map((bids) => bids.filter((bid) => !settleGiven(bid)))
  for (const bids of asking) {
    const late = bids
      .toSorted((a, b) => a.since - b.since || a.rank - b.rank)
      .filter((bid) => {
        if (isTaken(bid.wanted) || (bid.omit === undefined && isReservedField(bid.wanted))) return true
        settle(bid, bid.wanted, null)
        return false
      })
    for (const bid of late) {
      if (bid.omit !== undefined) {
        bid.omit()
        continue
      }
      const why = isReservedField(bid.wanted) ? 'is a word of the API' : 'is the name of another field'
      const name = freeName(bid.others, isTaken)
      settle(bid, name, `${bid.what} is called ${name} in the API, because "${bid.wanted}" ${why}.`)
    }
  }
  for (const { bid, name, note } of settled)
    bid.settle({ name, note, isContested: contested.has(name) || contested.has(bid.wanted) })
}

/** How well a column's name spells an API name: snake_case is best. */
const spellingOf = (stem: string, name: string): number => {
  if (stem === toSnakeCase(name)) return 0
  return /^[a-z_][a-z0-9_]*$/.test(stem) ? 1 : 2
}

const bidsOfValues = ({ values }: ObjectClaims, names: Map<ValueClaim, FieldName>): readonly Bid[] => {
  // A good spelling of a name counts from the position of its first spelling.
  const first = new Map<string, number>()
  for (const { stem, since } of values) {
    const name = toCamelCase(stem)
    first.set(name, Math.min(since, first.get(name) ?? since))
  }
  return values.map((claim) => {
    const wanted = toCamelCase(claim.stem)
    const rank = spellingOf(claim.stem, wanted)
    return {
      wanted,
      others: [`${wanted}${VALUE_SUFFIX}`],
      given: claim.given,
      since: rank < 2 ? (first.get(wanted) ?? claim.since) : claim.since,
      rank,
      what: `The column "${claim.stem}"`,
      settle: (name) => names.set(claim, name),
    }
  })
}

/** A relation comes after the columns of its foreign key. */
const RELATION_RANK = 3

const bidOfLink = (link: LinkClaim, names: Map<LinkClaim, FieldName>): Bid => {
  const wanted = relationNameOf(link.columns, link.target)
  return {
    wanted,
    others: [`${wanted}Record`, toCamelCase(link.constraint)],
    given: link.given,
    since: link.since,
    rank: RELATION_RANK + link.columns.length,
    what: `The foreign key "${link.constraint}"`,
    settle: (name) => names.set(link, name),
  }
}

/**
 * `person_id` is the reference to a person; `author_id` may be one of several, so the other side is named
 * after it.
 */
const isPrincipal = ({ source, target, columns }: LinkClaim): boolean => {
  if (source === target) return false
  const [only = '', ...more] = columns
  return more.length > 0 || withoutId(toCamelCase(only)) === target.nameSingular
}

const bidOfInverse = (link: LinkClaim, names: Map<LinkClaim, FieldName>): Bid => {
  const qualified = qualifiedInverse(link)
  return {
    wanted: isPrincipal(link) ? link.source.namePlural : qualified,
    others: [qualified],
    given: link.givenInverse,
    since: link.since,
    rank: RELATION_RANK + link.columns.length,
    what: `The other side of the foreign key "${link.constraint}" of the table "${link.source.table}"`,
    settle: (name) => names.set(link, name),
  }
}

const TAKEN = 'its name is that of another field'

/**
 * Functions that compete for a field of one object, the oldest of each name. Functions of the same age cannot
 * be ordered, so no bid gets the field.
 */
const bidsOfComputed = (
  { computed, values }: ObjectClaims,
  back: readonly { readonly link: LinkClaim; readonly bid: Bid }[],
  names: Map<ComputedClaim, FunctionNaming>,
): readonly Bid[] =>
  [...Map.groupBy(computed, ({ fieldName }) => fieldName)].flatMap(([wanted, asking]): readonly Bid[] => {
    const [first, second] = asking.toSorted(
      (a, b) => a.since - b.since || Number(b.isNamed) - Number(a.isNamed),
    )
    if (first === undefined) return []
    const isContested = second !== undefined
    const isTied = isContested && first.since === second.since && first.isNamed === second.isNamed
    const refuse = (claim: ComputedClaim, reason: string): void => {
      names.set(claim, { reason, isContested: true })
    }
    for (const each of asking) refuse(each, 'another function asks for its name')
    if (isTied) return []
    const isHidden = values.some(
      (claim) => claim.isHidden && (claim.given ?? fieldNameOfColumn(claim.stem)) === wanted,
    )
    if (isHidden) {
      names.set(first, { reason: null, isContested: true })
      return []
    }
    // An older relation. Its age is a version, that of a column its number.
    const isTaken = back.some(({ link, bid }) => bid.wanted === wanted && link.version <= first.since)
    if (isTaken) refuse(first, TAKEN)
    return isTaken
      ? []
      : [
          {
            wanted,
            others: [],
            given: undefined,
            since: first.lastColumn,
            rank: Number.POSITIVE_INFINITY,
            what: `The function "${first.name}"`,
            settle: (name) =>
              names.set(first, { reason: null, isContested: isContested || name.isContested }),
            omit: () => refuse(first, TAKEN),
          },
        ]
  })

export const nameFields: NameFields = (objects, links) => {
  const values = new Map<ValueClaim, FieldName>()
  const toOne = new Map<LinkClaim, FieldName>()
  const toMany = new Map<LinkClaim, FieldName>()
  const computed = new Map<ComputedClaim, FunctionNaming>()
  const bySource = Map.groupBy(links, ({ source }) => source)
  const byTarget = Map.groupBy(links, ({ target }) => target)
  for (const object of objects) {
    const forward = (bySource.get(object) ?? []).map((link) => bidOfLink(link, toOne))
    const back = (byTarget.get(object) ?? []).map((link) => ({ link, bid: bidOfInverse(link, toMany) }))
    const own = [...bidsOfValues(object, values), ...forward, ...bidsOfComputed(object, back, computed)]
    settleBids([own, back.map(({ bid }) => bid)])
  }
  return { values, toOne, toMany, computed }
}
