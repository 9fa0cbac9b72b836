// Errors of a node name shards: `company_102040`, and constraints and indexes likewise. Everything behind the
// pool has the names of the model.

import type pg from 'pg'
import type { ShardNames } from '../placeholder.ts'

const idsOf = new WeakMap<ShardNames, ReadonlySet<string>>()

/** The ids that names of shards end with. */
const shardIds = (shards: ShardNames): ReadonlySet<string> => {
  const known = idsOf.get(shards)
  if (known !== undefined) return known
  const ids = new Set([...shards.values()].map((name) => name.slice(name.lastIndexOf('_') + 1)))
  idsOf.set(shards, ids)
  return ids
}

const SUFFIX = /_(\d+)(?!\w)/g

/**
 * Restores the names in an error. A name that Citus shortened (of more than 50 bytes) keeps its shortened
 * form.
 */
export const withModelNames = (error: pg.DatabaseError, shards: ShardNames | undefined): pg.DatabaseError => {
  if (shards === undefined) return error
  const ids = shardIds(shards)
  const restored = (text: string): string =>
    text.replace(SUFFIX, (suffix, id: string) => (ids.has(id) ? '' : suffix))
  error.message = restored(error.message)
  for (const name of ['table', 'constraint', 'detail', 'where'] as const) {
    const text = error[name]
    if (text !== undefined) error[name] = restored(text)
  }
  return error
}
