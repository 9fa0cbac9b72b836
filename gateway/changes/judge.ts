// Rows of the log for one caller: which images the caller may see, and records made of them. The feed and the
// history share it.

import type { Pool } from 'pg'
import type { ConnectionPool, Session } from '../../sql/pipeline/pool.ts'
import type { FeedRow, TableNow } from '../../tenants/changes/feed.ts'
import type { ObjectModel } from '../../tenants/model/model.ts'
import { wholeOf } from '../records/model/permission.ts'
import type { pastRecords } from '../records/select/images.ts'
import { type ChangesOf, createChangesOf } from './changeOf.ts'
import { type Image, imageText } from './image.ts'
import type { LayoutOf } from './layouts.ts'
import { overImages } from './overImages.ts'
import { type Change, type ShownChange, shownChange } from './shown.ts'
import { createVisibility, type ImageVisibility, type VisibilityOf } from './visibility.ts'

interface ChangeJudgeOptions {
  readonly pool: Pool
  readonly connections: Pick<ConnectionPool, 'run'>
  readonly layoutOf: LayoutOf
  /** Of the one table and role that are asked about, where they were read before. */
  readonly known?: TableNow
}

interface Judge extends ChangeJudgeOptions {
  readonly visibilityOf: VisibilityOf
  readonly changesOf: ChangesOf
}

interface JudgeContext {
  readonly session: Session
}

const ofTable = async (
  judge: Judge,
  { session }: JudgeContext,
  object: ObjectModel,
  rows: readonly FeedRow[],
): Promise<readonly ShownChange[]> => {
  const tableOid = rows[0]?.tableOid
  if (tableOid === undefined) return []
  const { layout, changes } = await judge.changesOf(object, rows)
  const images = changes.flatMap(({ before, after, row, layout: then }) =>
    [before, after].flatMap((image) =>
      image === null ? [] : [{ image, isComplete: row.isComplete, layout: then }],
    ),
  )
  const visibilities = await judge.visibilityOf({ tableOid, layout, object, session }, images)
  const byImage = new Map(images.map(({ image }, at) => [image, visibilities[at] ?? 'unknown']))
  const visibility = (image: Image | null): ImageVisibility | null =>
    image === null ? null : (byImage.get(image) ?? 'unknown')
  return changes.flatMap((change) => {
    const shown = shownChange(change, visibility(change.before), visibility(change.after))
    return shown === null ? [] : [shown]
  })
}

const recordsOf = async (
  { connections }: Judge,
  { session }: JudgeContext,
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
  const { results } = await overImages(
    { connections, session, object: wholeOf(object), compile: (images) => compile(object, images) },
    found.map(({ image }) => imageText(image)),
  )
  return new Map(
    found.flatMap(({ each }, at) => {
      const record = results.get(at)
      return record === undefined ? [] : [[each, record] as const]
    }),
  )
}

export interface ChangeJudge {
  /** The changes of one table that the caller may see. */
  readonly ofTable: (
    context: JudgeContext,
    object: ObjectModel,
    rows: readonly FeedRow[],
  ) => Promise<readonly ShownChange[]>
  /** JSON of records out of images, for the changes that have one which is still a row of the table. */
  readonly recordsOf: (
    context: JudgeContext,
    shown: readonly ShownChange[],
    imageOf: (change: Change) => Image | null,
    compile: (object: ObjectModel, images: readonly string[]) => ReturnType<typeof pastRecords>,
  ) => Promise<ReadonlyMap<ShownChange, string>>
}

export const createChangeJudge = (options: ChangeJudgeOptions): ChangeJudge => {
  const judge: Judge = {
    ...options,
    visibilityOf: createVisibility(options),
    changesOf: createChangesOf(options),
  }
  return {
    ofTable: (...given) => ofTable(judge, ...given),
    recordsOf: (...given) => recordsOf(judge, ...given),
  }
}
