// The statements that lock the tables of a change before its first statement that needs one of them: each
// table once, in the strongest mode that the change will need, in the order of their oids, and all of them
// within one time. So a change that waits makes no reader wait longer than that, and two changes never wait
// for each other.

import { bindSchema, inWorkspace } from '../../../../sql/placeholder.ts'
import type { Described } from '../../describe/catalogRef.ts'
import { strongestLocks } from './changePlan.ts'
import type { Step } from './schemaChange.ts'

/** Below it, a lock that is free might not be taken on a busy machine. */
const LEAST_MS = 10

/** All statements of one message have the same statement_timestamp(). */
const remaining = (withinMs: number): string =>
  `select set_config('lock_timeout', greatest(${LEAST_MS}, ` +
  `${withinMs} - (extract(epoch from clock_timestamp() - statement_timestamp()) * 1000)::int)::text, true)`

interface LockedTable {
  readonly oid: bigint
  readonly table: string
  readonly mode: string
}

const lockedTables = ({ sources }: Described, steps: readonly Step[]): readonly LockedTable[] => {
  const oids = new Map(
    sources.catalog.relations.flatMap(({ name, kind, oid }) =>
      kind === 'r' || kind === 'p' ? [[name, BigInt(oid)] as const] : [],
    ),
  )
  return strongestLocks(steps)
    .flatMap(({ table, mode }) => {
      const oid = oids.get(table)
      return oid === undefined ? [] : [{ oid, table, mode }]
    })
    .sort((one, other) => (one.oid < other.oid ? -1 : 1))
}

/** The steps before and after the locks. */
interface Locking {
  readonly free: readonly Step[]
  readonly locks: readonly string[]
  readonly locked: readonly Step[]
}

/** @param withinMs for all locks together */
export const lockFirst = (before: Described, steps: readonly Step[], withinMs: number): Locking => {
  const tables = lockedTables(before, steps)
  const names = new Set(tables.map(({ table }) => table))
  const first = steps.findIndex(({ locks = [] }) => locks.some(({ table }) => names.has(table)))
  if (first < 0) return { free: steps, locks: [], locked: [] }
  const { schemaName } = before.sources
  return {
    free: steps.slice(0, first),
    locks: tables.flatMap(({ table, mode }) => [
      remaining(withinMs),
      bindSchema(`lock table ${inWorkspace(table)} in ${mode.toLowerCase()} mode`, schemaName),
    ]),
    locked: steps.slice(first),
  }
}
