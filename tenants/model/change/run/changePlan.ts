// What a schema change would do, for people: its statements, each table with its strongest lock and its size,
// and the rows that it reads or writes. Refuses a rewrite of a large table that the caller has not allowed.

import { bindSchema } from '../../../../sql/placeholder.ts'
import { Refusal } from '../../../refusal.ts'
import type { Described } from '../../describe/catalogRef.ts'
import type { ChangePlan } from '../../metadata.ts'
import type { LockMode, SchemaChange, Step, TableLock } from './schemaChange.ts'
import { isLarge, rewriteSeconds, sizeOf } from './tableSize.ts'

const STRENGTH: readonly LockMode[] = [
  'SHARE UPDATE EXCLUSIVE',
  'SHARE',
  'SHARE ROW EXCLUSIVE',
  'ACCESS EXCLUSIVE',
]

/** Each table once, with the strongest of its locks. */
export const strongestLocks = (steps: readonly Step[]): readonly TableLock[] => {
  const locks = new Map<string, TableLock>()
  for (const lock of steps.flatMap((step) => step.locks ?? [])) {
    const known = locks.get(lock.table)
    if (known === undefined || STRENGTH.indexOf(lock.mode) > STRENGTH.indexOf(known.mode))
      locks.set(lock.table, lock)
  }
  return [...locks.values()]
}

const rewritesOf = (before: Described, steps: readonly Step[]): ChangePlan['rewrites'] => {
  const rewritten = steps.flatMap(({ rows = [] }) => rows).filter(({ effect }) => effect === 'rewrite')
  return [...new Set(rewritten.map(({ table }) => table))].flatMap((table) => {
    const size = sizeOf(before, table)
    if (size.rows === 0) return []
    return [{ table, ...size, seconds: rewriteSeconds(size), needsAllowRewrite: isLarge(before, size) }]
  })
}

const sizesOf = (before: Described, tables: readonly string[]): ChangePlan['sizes'] =>
  [...new Set(tables)].flatMap((table) =>
    before.model.byTable.has(table) ? [{ table, ...sizeOf(before, table) }] : [],
  )

/** Rows and sizes are estimates of Postgres. */
export const planOf = (before: Described, schemaChange: SchemaChange): ChangePlan => {
  const steps = [...schemaChange.steps, ...(schemaChange.afterwards ?? [])]
  const textOf = (some: readonly Step[]): readonly string[] =>
    some.map((step) => bindSchema(step.sql, before.sources.schemaName))
  const locks = strongestLocks(steps)
  const rows = new Map(
    steps.flatMap((step) => step.rows ?? []).map((each) => [`${each.effect} ${each.table}`, each]),
  )
  return {
    statements: textOf(steps),
    jobs: textOf(schemaChange.afterwards ?? []),
    locks,
    rows: [...rows.values()]
      .map(({ table, effect }) => ({ table, effect, count: sizeOf(before, table).rows }))
      .filter(({ count }) => count > 0),
    sizes: sizesOf(
      before,
      [...locks, ...rows.values()].map(({ table }) => table),
    ),
    rewrites: rewritesOf(before, steps),
  }
}

const BYTES_PER_MB = 1_000_000

export const refuseRewrite = (before: Described, { steps }: SchemaChange): void => {
  const rewrite = rewritesOf(before, steps).find(({ needsAllowRewrite }) => needsAllowRewrite)
  if (rewrite === undefined) return
  const { table, rows, bytes, seconds } = rewrite
  throw new Refusal(
    'CONFLICT',
    `Postgres would rewrite the table "${table}" (about ${rows} rows, ${Math.ceil(bytes / BYTES_PER_MB)} MB) and block all reads of it for about ${seconds} s.`,
    {
      hint: 'Allow it with allowRewrite (REST: allow_rewrite=true; upgrades: --allow-rewrite), preferably at a time of less load.',
    },
  )
}
