// Changes that a caller may see, with their positions, in order. A page of the log is read as the owner; the
// images of each table are judged and shaped under the caller's role, a few statements per page and table.

import type { Pool } from 'pg'
import type { ConnectionPool } from '../../sql/pipeline/pool.ts'
import {
  type FeedPosition,
  type FeedRow,
  type Layout,
  readFeed,
  readLayout,
} from '../../tenants/changes/feed.ts'
import type { Model, ObjectModel } from '../../tenants/model/model.ts'
import type { RequestContext } from '../entry/requestContext.ts'
import { isReadable, wholeOf } from '../records/model/permission.ts'
import { roleModel } from '../records/model/roleModel.ts'
import { pastRecords, presentRecords } from '../records/select/images.ts'
import { valuesOf } from '../rest/selection.ts'
import type { Operation } from './entry.ts'
import { type Image, imageText, parseImage, presentNames } from './image.ts'
import { createLayouts, type LayoutOf } from './layouts.ts'
import { type Change, type ChangeEntry, type ShownChange, shownChange } from './shown.ts'
import { createSight, type Sight, type SightOf } from './sight.ts'

export interface ChangeQuery {
  /** Names of objects, singular; null: all. */
  readonly objects: ReadonlySet<string> | null
  readonly operations: ReadonlySet<Operation> | null
  readonly includesRecord: boolean
  readonly includesPrevious: boolean
}

export interface PositionedEntry {
  readonly entry: ChangeEntry
  readonly position: FeedPosition
}

export interface ChangePage {
  readonly entries: readonly PositionedEntry[]
  readonly end: FeedPosition
  readonly hasMore: boolean
}

export interface ChangeReaderOptions {
  readonly pool: Pool
  readonly connections: Pick<ConnectionPool, 'run'>
}

interface Reader extends ChangeReaderOptions {
  readonly sightOf: SightOf
  readonly layoutOf: LayoutOf
}

type Context = RequestContext<unknown>

const changeOf = async (reader: Reader, row: FeedRow, object: ObjectModel, now: Layout): Promise<Change> => {
  const layout = await reader.layoutOf(row, now)
  const names = presentNames(layout, now)
  const image = (text: string | null): Image | null => (text === null ? null : parseImage(text, names))
  return { row, object, layout, before: image(row.before), after: image(row.after) }
}

/** The changes of one table that the caller may see. */
const ofTable = async (
  reader: Reader,
  { session }: Context,
  object: ObjectModel,
  rows: readonly FeedRow[],
): Promise<readonly ShownChange[]> => {
  const tableOid = rows[0]?.tableOid ?? 0
  const layout = await readLayout(reader.pool, tableOid, null)
  const changes = await Promise.all(rows.map((row) => changeOf(reader, row, object, layout)))
  const images = changes.flatMap(({ before, after, row, layout: then }) =>
    [before, after].flatMap((image) =>
      image === null ? [] : [{ image, isComplete: row.isComplete, layout: then }],
    ),
  )
  const sights = await reader.sightOf({ tableOid, layout, object, session }, images)
  const byImage = new Map(images.map(({ image }, at) => [image, sights[at] ?? 'unknown']))
  const sight = (image: Image | null): Sight | null =>
    image === null ? null : (byImage.get(image) ?? 'unknown')
  return changes.flatMap((change) => {
    const shown = shownChange(change, sight(change.before), sight(change.after))
    return shown === null ? [] : [shown]
  })
}

/** JSON of records out of images, for the changes that have one. */
const recordsOf = async (
  { connections }: Reader,
  { session }: Context,
  shown: readonly ShownChange[],
  imageOf: (change: Change) => Image | null,
  compile: (object: ObjectModel, images: readonly string[]) => ReturnType<typeof pastRecords>,
): Promise<ReadonlyMap<ShownChange, string>> => {
  const found = shown.flatMap((each) => {
    const image = each.change === null ? null : imageOf(each.change)
    return image === null ? [] : [{ each, image }]
  })
  const object = found[0]?.each.change?.object
  if (object === undefined) return new Map()
  const statement = compile(
    object,
    found.map(({ image }) => imageText(image)),
  )
  const records = statement.read(await connections.run(session, statement, { retryable: true }))
  return new Map(
    found.flatMap(({ each }, at) => {
      const record = records.get(at)
      return record === undefined ? [] : [[each, record] as const]
    }),
  )
}

const presentOf = (reader: Reader, context: Context, model: Model, shown: readonly ShownChange[]) =>
  recordsOf(
    reader,
    context,
    shown.filter(({ change }) => change !== null && wholeOf(change.object).key.length > 0),
    ({ before, after }) => after ?? before,
    (object, images) => presentRecords(model, wholeOf(object), valuesOf(object), images),
  )

const pastOf = (reader: Reader, context: Context, model: Model, shown: readonly ShownChange[]) =>
  recordsOf(
    reader,
    context,
    shown,
    ({ before, row }) => (row.isComplete ? before : null),
    (object, images) => pastRecords(model, valuesOf(object), images),
  )

const withRecords = async (
  reader: Reader,
  context: Context,
  model: Model,
  shown: readonly ShownChange[],
  { includesRecord, includesPrevious }: ChangeQuery,
): Promise<readonly (readonly [FeedRow, ChangeEntry])[]> => {
  const [present, past] = await Promise.all([
    includesRecord ? presentOf(reader, context, model, shown) : null,
    includesPrevious ? pastOf(reader, context, model, shown) : null,
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
  reader: Reader,
  context: Context,
  rows: readonly FeedRow[],
  query: ChangeQuery,
): Promise<ReadonlyMap<FeedRow, ChangeEntry>> => {
  const model = roleModel(context.workspace.schemaVersion.model, context.permissions)
  const tables = [...Map.groupBy(rows, ({ table }) => table)].flatMap(([table, ofIt]) => {
    const object = model.byTable.get(table)
    if (object === undefined || !isReadable(object)) return []
    return query.objects?.has(object.nameSingular) === false ? [] : [{ object, rows: ofIt }]
  })
  const shown = await Promise.all(
    tables.map(async ({ object, rows: ofIt }) => {
      const all = await ofTable(reader, context, object, ofIt)
      const asked = all.filter(({ entry }) => query.operations?.has(entry.operation) ?? true)
      return withRecords(reader, context, model, asked, query)
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
  const reader: Reader = { ...options, sightOf: createSight(options), layoutOf: createLayouts(options.pool) }
  return async (context, query, position, limit) => {
    const page = await readFeed(options.pool, context.workspace.id, position, limit)
    if (page === null) return null
    const entries = await entriesOf(reader, context, page.rows, query)
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
