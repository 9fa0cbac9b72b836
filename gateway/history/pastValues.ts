// The history of one record for a caller: rows of the history, judged and shaped as those of the feed are.

import type { Pool } from 'pg'
import type { ConnectionPool } from '../../sql/pipeline/pool.ts'
import { eraseRecord } from '../../tenants/changes/erase.ts'
import { type HistoryPlace, readHistory } from '../../tenants/changes/history.ts'
import type { ObjectModel } from '../../tenants/model/model.ts'
import { createChangeJudge } from '../changes/judge.ts'
import type { LayoutOf } from '../changes/layouts.ts'
import type { ShownChange } from '../changes/shown.ts'
import { badInput, Problem } from '../error/problem.ts'
import { identityKey } from '../records/identityKey.ts'
import type { OpenPast, PastEntry, PastSide, RecordKey } from '../records/recordHistory.ts'
import { keySpelling } from '../records/recordId.ts'
import { pastRecords } from '../records/select/images.ts'
import type { HistoryKeeper } from './keeper.ts'
import { undoOf, withKey } from './undoInput.ts'

interface PastOptions {
  readonly pool: Pool
  readonly connections: Pick<ConnectionPool, 'run'>
  readonly layoutOf: LayoutOf
  readonly keeper: Pick<HistoryKeeper, 'catchUp'>
  /** Moves the logs of nodes into the feed; null: there is one Postgres. */
  readonly collect: (() => Promise<void>) | null
}

const POSITION = /^\d{1,18}$/

/** Throws Problem BAD_USER_INPUT. */
const checkedPosition = (text: string): string => {
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

export const createPast = ({ pool, connections, layoutOf, keeper, collect }: PastOptions): OpenPast => {
  const judge = createChangeJudge({ pool, connections, layoutOf })

  return ({ session, workspace }, model) => {
    const placeOf = async (object: ObjectModel, named: RecordKey): Promise<HistoryPlace> => {
      const key = await keySpelling(connections, session, workspace.schema, object, named)
      await keeper.catchUp()
      return { workspaceId: workspace.id, table: object.table, key }
    }
    const recordsOf = (shown: readonly ShownChange[], { side, selection }: PastSide) =>
      judge.recordsOf(
        { session },
        shown,
        ({ before: was, after: is, row }) => (row.isComplete ? (side === 'before' ? was : is) : null),
        (_, images) => pastRecords(model, selection, images),
      )

    return {
      page: async (object, key, { limit, after }, sides) => {
        const before = after === undefined ? null : checkedPosition(after)
        const place = await placeOf(object, key)
        const found = await readHistory(pool, place, { before, only: null, limit: limit + 1 })
        const rows = found.rows.slice(0, limit)
        const shown = await judge.ofTable({ session }, object, rows)
        const records = await Promise.all(sides.map((side) => recordsOf(shown, side)))
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
      undo: async (object, key, position, selection) => {
        const only = checkedPosition(position)
        const found = await readHistory(pool, await placeOf(object, key), { before: null, only, limit: 1 })
        const shown = await judge.ofTable({ session }, object, found.rows)
        const [change] = shown
        if (change === undefined)
          throw new Problem('NOT_FOUND', `The ${object.nameSingular} has no change '${position}'`, {
            subCode: 'CHANGE_NOT_FOUND',
          })
        const records = await recordsOf(shown, { side: 'before', selection })
        const undone = undoOf(change, records.get(change) ?? null)
        const image = change.change?.before ?? null
        if (undone.kind !== 'create' || image === null) return undone
        const columns = await identityKey(connections, session, workspace.schema, object)
        return withKey(object, undone, columns, image)
      },
      erase: async (object, key, actor) => eraseRecord(pool, await placeOf(object, key), { actor, collect }),
    }
  }
}
