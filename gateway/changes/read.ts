// Changes that a caller may see, with their positions, in order. A page of the log is read as the owner; the
// images of each table are judged and shaped under the caller's role, a few statements per page and table.

import type { Pool } from 'pg'
import type { ConnectionPool } from '../../sql/pipeline/pool.ts'
import { type FeedPosition, type FeedRow, readFeed } from '../../tenants/changes/feed.ts'
import type { ObjectModel } from '../../tenants/model/model.ts'
import type { RequestContext } from '../entry/requestContext.ts'
import { isReadable, wholeOf } from '../records/model/permission.ts'
import { isEmptyFilter } from '../records/read/filter.ts'
import type { Arguments } from '../records/run.ts'
import { matchImages, pastRecords, presentRecords } from '../records/select/images.ts'
import type { RecordSelection } from '../records/selection.ts'
import type { ChangeOperation } from './entry.ts'
import { type Image, imageText } from './image.ts'
import { type ChangeJudge, createChangeJudge } from './judge.ts'
import type { LayoutOf } from './layouts.ts'
import { overImages } from './overImages.ts'
import type { Change, ChangeEntry, ShownChange } from './shown.ts'

export interface ChangeQuery {
  /** Names of objects, singular; null: all. */
  readonly objects: ReadonlySet<string> | null
  readonly operations: ReadonlySet<ChangeOperation> | null
  /** The records of a change that are read, and how each is shown. */
  readonly sides: readonly RecordSide[]
  /** Of records before or after the change, in the form of GraphQL; a change without images passes. */
  readonly filter?: unknown
  /** Of the selections. */
  readonly variables?: Arguments
}

export interface RecordSide {
  /** As it is now, or as it was before the change. */
  readonly side: 'record' | 'previous'
  readonly selectionOf: (object: ObjectModel) => RecordSelection
}

interface PositionedEntry {
  readonly entry: ChangeEntry
  /** JSON of the record for each side; null if it is gone or hidden, or was not there. */
  readonly records: readonly (string | null)[]
  readonly position: FeedPosition
}

interface ChangePage {
  readonly entries: readonly PositionedEntry[]
  readonly end: FeedPosition
  readonly hasMore: boolean
}

export interface ChangeReaderOptions {
  readonly pool: Pool
  readonly connections: Pick<ConnectionPool, 'run'>
  readonly layoutOf: LayoutOf
}

type Context = RequestContext<unknown>

interface Sides {
  readonly judge: ChangeJudge
  readonly context: Context
  /** Of the selections. */
  readonly query: Pick<ChangeQuery, 'variables'>
}

interface Reading extends Sides {
  readonly connections: ChangeReaderOptions['connections']
  readonly query: ChangeQuery
}

/** After the change, or before it where the record is gone. */
export const lastImage = ({ before, after }: Change): Image | null => after ?? before

/** The key alone: other columns of an old image may not fit the table any more. */
export const keyImage = (change: Change): Image | null => {
  const image = lastImage(change)
  if (image === null) return null
  const { key } = wholeOf(change.object)
  return new Map([...image].filter(([column]) => key.includes(column)))
}

export const presentOf = (
  judge: ChangeJudge,
  context: Context,
  shown: readonly ShownChange[],
  selectionOf: RecordSide['selectionOf'],
  variables: Arguments = {},
) =>
  judge.recordsOf(
    context,
    shown.filter(({ change }) => change !== null && wholeOf(change.object).key.length > 0),
    keyImage,
    (object, images) =>
      presentRecords(context.model, wholeOf(object), selectionOf(object), images, variables),
  )

/** JSON of the records of one table's changes. */
export const recordsOf = (
  { judge, context, query: { variables } }: Sides,
  shown: readonly ShownChange[],
  { side, selectionOf }: RecordSide,
): Promise<ReadonlyMap<ShownChange, string>> => {
  const { model } = context
  if (side === 'previous')
    return judge.recordsOf(
      context,
      shown,
      ({ before, row }) => (row.isComplete ? before : null),
      (object, images) => pastRecords(model, selectionOf(object), images, variables),
    )
  return presentOf(judge, context, shown, selectionOf, variables)
}

/** Changes of records that match the filter before or after, or whose images no longer fit the table. */
const matching = async (
  { connections, context, query: { filter } }: Reading,
  object: ObjectModel,
  shown: readonly ShownChange[],
): Promise<readonly ShownChange[]> => {
  if (isEmptyFilter(filter)) return shown
  const judged = shown.flatMap(({ change }) =>
    change?.row.isComplete === true ? [change.before, change.after].filter((image) => image !== null) : [],
  )
  if (judged.length === 0) return shown
  const { model, session } = context
  const compile = (images: readonly string[]) => matchImages(model, object, filter, images)
  const over = { connections, session, object: wholeOf(object), compile }
  const { results, isRead } = await overImages(over, judged.map(imageText))
  const matched = new Map(
    judged.flatMap((image, at) => (isRead(at) ? [[image, results.get(at) === true] as const] : [])),
  )
  return shown.filter(({ change }) => {
    const images = [change?.before, change?.after].flatMap((image) =>
      image != null && matched.has(image) ? [image] : [],
    )
    return images.length === 0 || images.some((image) => matched.get(image) === true)
  })
}

type ReadEntry = Pick<PositionedEntry, 'entry' | 'records'>

const withRecords = async (
  reading: Reading,
  shown: readonly ShownChange[],
): Promise<readonly (readonly [FeedRow, ReadEntry])[]> => {
  const sides = await Promise.all(reading.query.sides.map((side) => recordsOf(reading, shown, side)))
  return shown.map((each) => [
    each.row,
    { entry: each.entry, records: sides.map((records) => records.get(each) ?? null) },
  ])
}

/** The rows that the caller may see and asks for, as entries. */
const entriesOf = async (
  reading: Reading,
  rows: readonly FeedRow[],
): Promise<ReadonlyMap<FeedRow, ReadEntry>> => {
  const { judge, context, query } = reading
  const tables = [...Map.groupBy(rows, ({ table }) => table)].flatMap(([table, ofIt]) => {
    const object = context.model.byTable.get(table)
    if (object === undefined || !isReadable(object)) return []
    return query.objects?.has(object.nameSingular) === false ? [] : [{ object, rows: ofIt }]
  })
  const shown = await Promise.all(
    tables.map(async ({ object, rows: ofIt }) => {
      const all = await judge.ofTable(context, object, ofIt)
      const asked = all.filter(({ entry }) => query.operations?.has(entry.operation) ?? true)
      return withRecords(reading, await matching(reading, object, asked))
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

export const createChangeReader = (options: ChangeReaderOptions): ReadChanges => {
  const judge = createChangeJudge(options)
  return async (context, query, position, limit) => {
    const page = await readFeed(options.pool, context.workspace.id, position, limit)
    if (page === null) return null
    const { connections } = options
    const entries = await entriesOf({ judge, connections, context, query }, page.rows)
    return {
      entries: page.rows.flatMap((row) => {
        const entry = entries.get(row)
        return entry === undefined ? [] : [{ ...entry, position: page.positionOf(row) }]
      }),
      end: page.end,
      hasMore: page.hasMore,
    }
  }
}
