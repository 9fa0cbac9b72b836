// Steps by which a change renames or cancels builds that are not ready.

import { escapeLiteral } from 'pg'
import type { CatalogIndex } from '../../../sql/catalog/catalogDetails.ts'
import { inWorkspace, quoteIdentifier } from '../../../sql/placeholder.ts'
import { Refusal } from '../../refusal.ts'
import type { Step } from '../change/run/schemaChange.ts'
import type { Described } from '../describe/catalogRef.ts'
import type { BuildRow } from '../read/builds.ts'

const renameRow = (id: string, to: string): string =>
  `update tenantry.unfinished_steps set index_name = ${escapeLiteral(to)} where id = ${id}`

/** Renames an index: in the catalog, in its build, or in both while an interrupted build waits to go on. */
export const renameIndex = (
  { sources }: Described,
  { name: from, plannedBy }: CatalogIndex,
  to: string,
): readonly Step[] => {
  const renamed = { kind: 'index' as const, from, to }
  const [row] = sources.builds.filter(({ state, indexName }) => state !== 'ready' && indexName === from)
  const inBuild = row === undefined ? [] : [renameRow(row.id, to)]
  const inCatalog =
    plannedBy === undefined ? [`alter index ${inWorkspace(from)} rename to ${quoteIdentifier(to)}`] : []
  return [...inCatalog, ...inBuild].map((sql, at) => (at === 0 ? { sql, renamed } : { sql }))
}

/**
 * Cancels steps of builds. Throws Refusal CONFLICT while one runs.
 * @param what as the refusal begins: `The index "x"`
 */
export const cancelBuilds = (rows: readonly BuildRow[], what: string): readonly Step[] => {
  if (rows.length === 0) return []
  if (rows.some(({ state }) => state === 'running'))
    throw new Refusal('CONFLICT', `${what} is being built.`, {
      hint: 'Try again when the build has finished.',
      retryAfterSeconds: 30,
    })
  return [
    { sql: `delete from tenantry.unfinished_steps where id in (${rows.map(({ id }) => id).join(', ')})` },
  ]
}
