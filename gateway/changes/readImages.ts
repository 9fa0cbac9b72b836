// Single changes of one table by their rows of the log, for one caller, with their records as the changes
// left them.

import type { FeedRow, TableNow } from '../../tenants/changes/feed.ts'
import type { ObjectModel } from '../../tenants/model/model.ts'
import type { RequestContext } from '../entry/requestContext.ts'
import { isReadable, wholeOf } from '../records/model/permission.ts'
import { isEmptyFilter } from '../records/read/filter.ts'
import { matchImages, pastRecords } from '../records/select/images.ts'
import type { RecordSelection } from '../records/selection.ts'
import { imageText } from './image.ts'
import { type ChangeJudge, createChangeJudge } from './judge.ts'
import { overImages } from './overImages.ts'
import { type ChangeReaderOptions, keyImage, lastImage, presentOf, type RecordSide } from './read.ts'
import type { ChangeEntry, ShownChange } from './shown.ts'

type Context = RequestContext<unknown>

/** What is asked about single changes of a table. */
interface ImageQuery {
  /** How their records are shown. */
  readonly selectionOf: RecordSide['selectionOf']
  /** Of the record that is shown, as REST parses it. */
  readonly filter?: unknown
  /** How old values of changed fields are shown; absent: they are not. */
  readonly previousOf?: (object: ObjectModel, changedFields: readonly string[]) => RecordSelection
}

export interface ShownImage {
  readonly entry: ChangeEntry
  /** JSON of the record after the change, or before it where it is gone; null: there is none to show. */
  readonly record: string | null
  /** Whether that record matches the filter. */
  readonly isMatch: boolean
  /** JSON of the old values; null: there are none to show. */
  readonly previous: string | null
}

/**
 * Single changes of one table with the records as they left them, for the caller. A change whose images are
 * not complete, or no longer fit the table, comes with the record as it is now. A change that the caller may
 * not see is not there.
 */
export type ReadImages = (
  context: Context,
  rows: readonly FeedRow[],
  known: TableNow,
  query: ImageQuery,
) => Promise<ReadonlyMap<FeedRow, ShownImage>>

const isWhole = ({ row }: ShownChange): boolean => row.isComplete

/** Whether the record of each change matches the filter; one without an image that fits the table does. */
const matchesOf = async (
  { connections }: Pick<ChangeReaderOptions, 'connections'>,
  { model, session }: Context,
  shown: readonly ShownChange[],
  filter: unknown,
): Promise<(each: ShownChange) => boolean> => {
  if (isEmptyFilter(filter)) return () => true
  const refused = new Set<ShownChange>()
  for (const isPresent of [false, true]) {
    const judged = shown.flatMap((each) => {
      const image = each.change === null ? null : (isPresent ? keyImage : lastImage)(each.change)
      return image === null || isWhole(each) === isPresent ? [] : [{ each, image }]
    })
    const object = judged[0]?.each.change?.object
    if (object === undefined) continue
    const compile = (images: readonly string[]) =>
      matchImages(model, object, filter, images, { isPresent, isLenient: true })
    const { results, isRead } = await overImages(
      { connections, session, object: wholeOf(object), compile },
      judged.map(({ image }) => imageText(image)),
    )
    for (const [at, { each }] of judged.entries())
      if (isRead(at) && results.get(at) !== true) refused.add(each)
  }
  return (each) => !refused.has(each)
}

type RecordTexts = ReadonlyMap<ShownChange, string>

/** Old values, of changes of the same fields together. */
const previousOf = async (
  judge: ChangeJudge,
  context: Context,
  shown: readonly ShownChange[],
  selectionOf: ImageQuery['previousOf'],
): Promise<RecordTexts> => {
  if (selectionOf === undefined) return new Map()
  const fieldsOf = ({ entry }: ShownChange): readonly string[] => entry.changedFields ?? []
  const groups = Map.groupBy(
    shown.filter((each) => fieldsOf(each).length > 0),
    (each) => fieldsOf(each).join(' '),
  )
  const texts = await Promise.all(
    [...groups.values()].map((group) =>
      judge.recordsOf(
        context,
        group,
        ({ before }) => before,
        (object, images) =>
          pastRecords(context.model, selectionOf(object, group[0] ? fieldsOf(group[0]) : []), images),
      ),
    ),
  )
  return new Map(texts.flatMap((each) => [...each]))
}

export const createImageReader =
  (options: ChangeReaderOptions): ReadImages =>
  async (context, rows, known, query) => {
    const { selectionOf } = query
    const judge = createChangeJudge({ ...options, known })
    const { model } = context
    const object = model.byTable.get(rows[0]?.table ?? '')
    if (object === undefined || !isReadable(object)) return new Map()
    const shown = await judge.ofTable(context, object, rows)
    const isMatch = await matchesOf(options, context, shown, query.filter)
    const matching = shown.filter(isMatch)
    const [past, previous] = await Promise.all([
      judge.recordsOf(context, matching.filter(isWhole), lastImage, (each, images) =>
        pastRecords(model, selectionOf(each), images),
      ),
      previousOf(judge, context, matching, query.previousOf),
    ])
    const lacking = matching.filter((each) => !past.has(each))
    const present = await presentOf(judge, context, lacking, selectionOf)
    return new Map(
      shown.map((each) => [
        each.row,
        {
          entry: each.entry,
          record: past.get(each) ?? present.get(each) ?? null,
          isMatch: isMatch(each),
          previous: previous.get(each) ?? null,
        },
      ]),
    )
  }
