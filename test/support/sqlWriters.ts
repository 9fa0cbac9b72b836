// Writers of companies in SQL whose transactions interleave, with savepoints and rollbacks. None waits for a
// row that another one has changed.

import pg from 'pg'
import { CITIES, type Company, type Random } from './changeModel.ts'

export interface Effect {
  readonly id: string
  readonly before: Company | null
  readonly after: Company | null
}

export interface WriterOptions {
  readonly connectionString: string
  readonly table: string
  /** As committed. */
  readonly companies: ReadonlyMap<string, Company>
  /** Companies that an open transaction has changed; shared by all writers. */
  readonly locked: Set<string>
  readonly commit: (effect: Effect) => void
  readonly random: Random
}

const MOST = 20

const write = async (
  sql: pg.Client,
  { table, random }: WriterOptions,
  free: readonly (readonly [string, Company])[],
  step: number,
): Promise<Effect> => {
  const [id, before] = free[random(Math.max(1, free.length))] ?? []
  const city = CITIES[random(CITIES.length)] ?? ''
  const kind = random(8)
  const name = `secret${step}`
  if (id === undefined || before === undefined || (kind < 2 && free.length < MOST)) {
    const text = `insert into ${table} (name, address_city) values ($1, $2) returning id`
    const { rows } = await sql.query<{ id: string }>(text, [name, city])
    return { id: rows[0]?.id ?? '', before: null, after: { city, isDeleted: false } }
  }
  if (kind === 2) {
    await sql.query(`delete from ${table} where id = $1`, [id])
    return { id, before, after: null }
  }
  if (kind === 3) {
    const time = 'case when deleted_at is null then now() end'
    await sql.query(`update ${table} set deleted_at = ${time} where id = $1`, [id])
    return { id, before, after: { ...before, isDeleted: !before.isDeleted } }
  }
  await sql.query(`update ${table} set name = $2, address_city = $3, position = $4 where id = $1`, [
    id,
    name,
    city,
    step,
  ])
  return { id, before, after: { ...before, city } }
}

export const openWriter = async (options: WriterOptions) => {
  const { companies, locked, commit, random } = options
  const sql = new pg.Client({ connectionString: options.connectionString, application_name: 'writer' })
  await sql.connect()
  /** Of the open transaction; null without one. */
  let effects: Effect[] | null = null
  /** How many of them stand before the savepoint. */
  let saved: number | null = null
  const held = new Set<string>()

  const free = (): readonly (readonly [string, Company])[] => {
    const seen = new Map<string, Company | null>(companies)
    for (const { id, after } of effects ?? []) seen.set(id, after)
    return [...seen].flatMap(([id, company]) =>
      company === null || (locked.has(id) && !held.has(id)) ? [] : [[id, company] as const],
    )
  }
  const end = async (isCommitted: boolean): Promise<void> => {
    if (effects === null) return
    await sql.query(isCommitted ? 'commit' : 'rollback')
    if (isCommitted) effects.forEach(commit)
    for (const id of held) locked.delete(id)
    held.clear()
    effects = saved = null
  }
  const step = async (): Promise<void> => {
    const kind = random(12)
    if (effects === null) {
      if (kind >= 4) return
      await sql.query('begin')
      effects = []
    } else if (kind === 0) await end(random(3) > 0)
    else if (kind === 1 && saved === null) {
      await sql.query('savepoint s')
      saved = effects.length
    } else if (kind < 4 && saved !== null) {
      await sql.query('rollback to savepoint s')
      effects.length = saved
      saved = null
    }
  }
  return {
    /** Perhaps begins, saves, undoes or ends; then changes a company. */
    act: async (count: number): Promise<void> => {
      await step()
      const effect = await write(sql, options, free(), count)
      if (effects === null) return commit(effect)
      effects.push(effect)
      held.add(effect.id)
      locked.add(effect.id)
    },
    close: async (): Promise<void> => {
      await end(true)
      await sql.end()
    },
  }
}
