// Images of deliveries that are composed at the same moment, read together: one statement serves all that the
// same caller asks about one table in the same way, and a change that several webhooks deliver is read once.

import { type FeedRow, imageCharacters, type TableNow } from '../../tenants/changes/feed.ts'
import type { ReadImages, ShownImage } from '../changes/readImages.ts'
import type { RequestContext } from '../entry/requestContext.ts'

type Context = RequestContext<unknown>
type ImageQuery = Parameters<ReadImages>[3]

/** @param key equal for equal queries */
export type ReadImage = (
  context: Context,
  row: FeedRow,
  known: TableNow,
  query: ImageQuery & { readonly key: string },
) => Promise<ShownImage | null>

/** Of the images that one statement reads. */
const BATCH_CHARACTERS = 4_000_000

interface Waiting {
  readonly resolve: (image: ShownImage | null) => void
  readonly reject: (error: unknown) => void
}

interface Batch {
  readonly context: Context
  readonly known: TableNow
  readonly query: ImageQuery
  readonly waiting: Map<FeedRow, Waiting[]>
  characters: number
}

export const createImageBatches = (readImages: ReadImages): ReadImage => {
  const batches = new Map<string, Batch>()

  const read = async ({ context, known, query, waiting }: Batch, rows: readonly FeedRow[]): Promise<void> => {
    const found = await readImages(context, rows, known, query)
    for (const row of rows) for (const { resolve } of waiting.get(row) ?? []) resolve(found.get(row) ?? null)
  }

  /** An image that fails does so alone. */
  const readAlone = async (batch: Batch): Promise<void> => {
    for (const [row, waiting] of batch.waiting)
      await read(batch, [row]).catch((error) => {
        for (const { reject } of waiting) reject(error)
      })
  }

  const flush = (key: string, batch: Batch): void => {
    if (batches.get(key) === batch) batches.delete(key)
    read(batch, [...batch.waiting.keys()]).catch(() => readAlone(batch))
  }

  const batchOf = (key: string, context: Context, row: FeedRow, make: () => Batch): Batch => {
    const open = batches.get(key)
    const isFit =
      open !== undefined &&
      open.context.model === context.model &&
      open.characters + imageCharacters(row) <= BATCH_CHARACTERS
    if (isFit) return open
    const batch = make()
    batches.set(key, batch)
    setImmediate(() => flush(key, batch))
    return batch
  }

  return (context, row, known, { key: asked, ...query }) =>
    new Promise((resolve, reject) => {
      const { workspace, role, claims, version } = context.session
      const key = JSON.stringify([workspace, role, claims, version, row.tableOid, asked])
      const batch = batchOf(key, context, row, () => ({
        context,
        known,
        query,
        waiting: new Map(),
        characters: 0,
      }))
      const others = batch.waiting.get(row)
      if (others === undefined) batch.characters += imageCharacters(row)
      batch.waiting.set(row, [...(others ?? []), { resolve, reject }])
    })
}
