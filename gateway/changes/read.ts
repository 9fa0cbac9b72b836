// Changes that a caller may see, with their positions, in order. A page of the log is read as the owner; the
// images of each table are judged and shaped under the caller's role, a few statements per page and table.

import type { Pool } from 'pg'
import type { ConnectionPool } from '../../sql/pipeline/pool.ts'
import { type FeedPosition, type FeedRow, readFeed } from '../../tenants/changes/feed.ts'
import type { Model } from '../../tenants/model/model.ts'
import type { RequestContext } from '../entry/requestContext.ts'
import { isReadable, wholeOf } from '../records/model/permission.ts'
import { pastRecords, presentRecords } from '../records/select/images.ts'
import { valuesOf } from '../rest/selection.ts'
import type { Operation } from './entry.ts'
import { type ChangeJudge, createChangeJudge } from './judge.ts'
import type { LayoutOf } from './layouts.ts'
import type { ChangeEntry, ShownChange } from './shown.ts'

export interface ChangeQuery {
  /** Names of objects, singular; null: all. */
  readonly objects: ReadonlySet<string> | null
  readonly operations: ReadonlySet<Operation> | null
  readonly includesRecord: boolean
  readonly includesPrevious: boolean
}

interface PositionedEntry {
  readonly entry: ChangeEntry
  readonly position: FeedPosition
}

export interface ChangePage {
  readonly entries: readonly PositionedEntry[]
  readonly end: FeedPosition
  readonly hasMore: boolean
}

interface ChangeReaderOptions {
  readonly pool: Pool
  readonly connections: Pick<ConnectionPool, 'run'>
  readonly layoutOf: LayoutOf
}

type Context = RequestContext<unknown>

const presentOf = (judge: ChangeJudge, context: Context, model: Model, shown: readonly ShownChange[]) =>
  judge.recordsOf(
    context,
    shown.filter(({ change }) => change !== null && wholeOf(change.object).key.length > 0),
    ({ before, after }) => after ?? before,
    (object, images) => presentRecords(model, wholeOf(object), valuesOf(object), images),
  )

const pastOf = (judge: ChangeJudge, context: Context, model: Model, shown: readonly ShownChange[]) =>
  judge.recordsOf(
    context,
    shown,
    ({ before, row }) => (row.isComplete ? before : null),
    (object, images) => pastRecords(model, valuesOf(object), images),
  )

const withRecords = async (
  judge: ChangeJudge,
  context: Context,
  model: Model,
  shown: readonly ShownChange[],
  { includesRecord, includesPrevious }: ChangeQuery,
): Promise<readonly (readonly [FeedRow, ChangeEntry])[]> => {
  const [present, past] = await Promise.all([
    includesRecord ? presentOf(judge, context, model, shown) : null,
    includesPrevious ? pastOf(judge, context, model, shown) : null,
  ])
  return shown.map((each) => [
    each.row,
    {
      ...each.entry,
      ...(present === null ? {} : { record: present.get(each) ?? null }),
      ...(past === null ? {} : { previous: past.get(each) ?? null }),
    },
  ])
}

/** The rows that the caller may see and asks for, as entries. */
const entriesOf = async (
  judge: ChangeJudge,
  context: Context,
  rows: readonly FeedRow[],
  query: ChangeQuery,
): Promise<ReadonlyMap<FeedRow, ChangeEntry>> => {
  const { model } = context
  const tables = [...Map.groupBy(rows, ({ table }) => table)].flatMap(([table, ofIt]) => {
    const object = model.byTable.get(table)
    if (object === undefined || !isReadable(object)) return []
    return query.objects?.has(object.nameSingular) === false ? [] : [{ object, rows: ofIt }]
  })
  const shown = await Promise.all(
    tables.map(async ({ object, rows: ofIt }) => {
      const all = await judge.ofTable(context, object, ofIt)
      const asked = all.filter(({ entry }) => query.operations?.has(entry.operation) ?? true)
      return withRecords(judge, context, model, asked, query)
    }),
  )
  return new Map(shown.flat())
}

/**
 * The next changes that the caller may see, out of at most `limit` changes of the log.
 * @returns null if the position is no longer known
 */
export type ReadChanges = (
  context: Context,
  query: ChangeQuery,
  position: FeedPosition,
  limit: number,
) => Promise<ChangePage | null>

export interface ShownImage {
  readonly entry: ChangeEntry
  /** JSON of the record after the change, or before it where it is gone; null: there is none to show. */
  readonly record: string | null
}

/**
 * A single change with the record as the change left it, for the caller. A change whose images are not
 * complete comes with the record as it is now.
 * @returns null for a change that the caller may not see
 */
export type ReadImage = (context: Context, row: FeedRow) => Promise<ShownImage | null>

export const createImageReader = (options: ChangeReaderOptions): ReadImage => {
  const judge = createChangeJudge(options)
  return async (context, row) => {
    const { model } = context
    const object = model.byTable.get(row.table)
    if (object === undefined || !isReadable(object)) return null
    const [shown] = await judge.ofTable(context, object, [row])
    if (shown === undefined) return null
    const records = row.isComplete
      ? await judge.recordsOf(
          context,
          [shown],
          ({ before, after }) => after ?? before,
          (each, images) => pastRecords(model, valuesOf(each), images),
        )
      : await presentOf(judge, context, model, [shown])
    return { entry: shown.entry, record: records.get(shown) ?? null }
  }
}

export const createChangeReader = (options: ChangeReaderOptions): ReadChanges => {
  const judge = createChangeJudge(options)
  return async (context, query, position, limit) => {
    const page = await readFeed(options.pool, context.workspace.id, position, limit)
    if (page === null) return null
    const entries = await entriesOf(judge, context, page.rows, query)
    return {
      entries: page.rows.flatMap((row) => {
        const entry = entries.get(row)
        return entry === undefined ? [] : [{ entry, position: page.positionOf(row) }]
      }),
      end: page.end,
      hasMore: page.hasMore,
    }
  }
}
