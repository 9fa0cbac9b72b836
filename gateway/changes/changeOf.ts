// Rows of the log as changes of an object, with their images by present column names.

import type { Pool } from 'pg'
import { type FeedRow, type Layout, readLayout, type TableNow } from '../../tenants/changes/feed.ts'
import type { ObjectModel } from '../../tenants/model/model.ts'
import { type Image, parseImage, presentNames } from './image.ts'
import type { LayoutOf } from './layouts.ts'
import type { Change } from './shown.ts'

interface TableChanges {
  /** The columns of the table now. */
  readonly layout: Layout
  readonly changes: readonly Change[]
}

/** @param rows of one table */
export type ChangesOf = (object: ObjectModel, rows: readonly FeedRow[]) => Promise<TableChanges>

interface ChangesOfOptions {
  readonly pool: Pool
  readonly layoutOf: LayoutOf
  /** Of the one table that is asked about, where it was read before. */
  readonly known?: TableNow
}

export const createChangesOf =
  ({ pool, layoutOf, known }: ChangesOfOptions): ChangesOf =>
  async (object, rows) => {
    const now = known?.layout ?? (await readLayout(pool, rows[0]?.tableOid ?? 0, null))
    const changes = rows.map(async (row): Promise<Change> => {
      const layout = await layoutOf(row, now)
      const names = presentNames(layout, now)
      const image = (text: string | null): Image | null => (text === null ? null : parseImage(text, names))
      const [before, after] = [image(row.before), image(row.after)]
      const isDifference = row.holdsDifference === true && before !== null && after !== null
      return { row, object, layout, before, after: isDifference ? new Map([...before, ...after]) : after }
    })
    return { layout: now, changes: await Promise.all(changes) }
  }
