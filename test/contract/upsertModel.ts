// Upserts in memory, one after the other: the expected result of a batch. From records and entries as flat
// values by name to the records afterwards and each entry's answer, or the entry that refuses the batch and
// why.

export type Value = string | null
export type Values = Readonly<Record<string, Value>>

export interface Stored {
  readonly values: Values
  readonly isTrashed: boolean
}

/** What a kind of record can be named by; the first key is its id. */
export interface Key {
  readonly columns: readonly string[]
  /** Records in the trash neither match nor collide. */
  readonly isLiveOnly: boolean
}

export interface Kind {
  readonly id: string
  readonly keys: readonly Key[]
  /** Values of a new record that gives none. */
  readonly defaults: Values
}

export type Fault = 'ambiguous' | 'taken'

/** Records by id; new ones get ids that `newId` makes. */
export type Table = ReadonlyMap<string, Stored>

const hasSame = ({ columns }: Key, a: Values, b: Values): boolean =>
  columns.every((name) => a[name] !== undefined && a[name] !== null && a[name] === b[name])

const isSeen = ({ isLiveOnly }: Key, { isTrashed }: Stored): boolean => !(isLiveOnly && isTrashed)

const namedBy = ({ keys }: Kind, table: Table, entry: Values): readonly string[] =>
  [...table].flatMap(([id, stored]) =>
    keys.some((key) => isSeen(key, stored) && hasSame(key, entry, stored.values)) ? [id] : [],
  )

/** Whether a live record shares the values of a key with another one. */
const isTaken = ({ keys }: Kind, table: Table, id: string, values: Values): boolean =>
  [...table].some(
    ([other, stored]) =>
      other !== id && keys.some((key) => isSeen(key, stored) && hasSame(key, values, stored.values)),
  )

export interface Step {
  readonly table: Table
  readonly id: string
}

/** One upsert. */
export const upsert = (kind: Kind, table: Table, entry: Values, newId: () => string): Step | Fault => {
  const named = namedBy(kind, table, entry)
  if (named.length > 1) return 'ambiguous'
  const [known] = named
  const id = known ?? entry[kind.id] ?? newId()
  const before = known === undefined ? kind.defaults : (table.get(known)?.values ?? {})
  // Who a record is stays as it is.
  const values = { ...before, ...entry, [kind.id]: id }
  if (isTaken(kind, table, id, values)) return 'taken'
  return { table: new Map(table).set(id, { values, isTrashed: false }), id }
}

export interface Batch {
  readonly table: Table
  /** Ids of the records in the order of the entries. */
  readonly ids: readonly string[]
  readonly fault: { readonly index: number; readonly fault: Fault } | null
}

/** All or nothing. */
export const upsertAll = (
  kind: Kind,
  before: Table,
  entries: readonly Values[],
  newId: () => string,
): Batch => {
  const ids: string[] = []
  let table = before
  for (const [index, entry] of entries.entries()) {
    const step = upsert(kind, table, entry, newId)
    if (typeof step === 'string') return { table: before, ids: [], fault: { index, fault: step } }
    table = step.table
    ids.push(step.id)
  }
  return { table, ids, fault: null }
}
