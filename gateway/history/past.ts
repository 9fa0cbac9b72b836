// The history of one record for a caller: rows of the history, judged and shaped as those of the feed are.

import type { Pool } from 'pg'
import type { ConnectionPool } from '../../sql/pipeline/pool.ts'
import { readHistory } from '../../tenants/changes/history.ts'
import { createChangeJudge } from '../changes/judge.ts'
import type { LayoutOf } from '../changes/layouts.ts'
import type { ShownChange } from '../changes/shown.ts'
import { badInput } from '../error/problem.ts'
import type { OpenPast, PastEntry } from '../records/past.ts'
import { pastRecords } from '../records/select/images.ts'
import type { HistoryKeeper } from './keeper.ts'
import { recordIdFor } from './recordId.ts'

export interface PastOptions {
  readonly pool: Pool
  readonly connections: Pick<ConnectionPool, 'run'>
  readonly layoutOf: LayoutOf
  readonly keeper: Pick<HistoryKeeper, 'catchUp'>
}

const POSITION = /^\d{1,18}$/

/** Throws Problem BAD_USER_INPUT. */
export const checkedPosition = (text: string): string => {
  if (POSITION.test(text)) return text
  throw badInput(`'${text.slice(0, 100)}' is not a position in a history`, 'INVALID_POSITION')
}

const entryOf = ({ row, entry }: ShownChange, records: readonly (string | null)[]): PastEntry => ({
  position: row.id,
  at: entry.at,
  operation: entry.operation,
  actor: entry.actor,
  changedFields: entry.changedFields ?? null,
  records,
})

export const createPast = ({ pool, connections, layoutOf, keeper }: PastOptions): OpenPast => {
  const judge = createChangeJudge({ pool, connections, layoutOf })
  return (context, model) => ({
    page: async (object, key, { limit, after }, sides) => {
      const before = after === undefined ? null : checkedPosition(after)
      const recordId = await recordIdFor(connections, context.session, object, key)
      await keeper.catchUp()
      const place = { workspaceId: context.workspace.id, table: object.table, recordId }
      const found = await readHistory(pool, place, { before, only: null, limit: limit + 1 })
      const rows = found.rows.slice(0, limit)
      const shown = await judge.ofTable(context, object, rows)
      const records = await Promise.all(
        sides.map(({ side, selection }) =>
          judge.recordsOf(
            context,
            shown,
            ({ before: was, after: is, row }) => (row.isComplete ? (side === 'before' ? was : is) : null),
            (_, images) => pastRecords(model, selection, images),
          ),
        ),
      )
      return {
        entries: shown.map((each) =>
          entryOf(
            each,
            records.map((bySide) => bySide.get(each) ?? null),
          ),
        ),
        end: rows.at(-1)?.id ?? null,
        hasNextPage: found.rows.length > limit,
        completeSince: found.isOn ? found.since : null,
      }
    },
  })
}
