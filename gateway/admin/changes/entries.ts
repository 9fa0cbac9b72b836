// Changes of all workspaces as operators see them: ids and names of changed fields, without values. Values
// are added by values.ts, for operators who may read them.

import type { Pool } from 'pg'
import type { ChangeActor } from '../../../tenants/changes/feed.ts'
import { HOST_ID } from '../../../tenants/changes/host.ts'
import { type HostRow, isOfDroppedTable } from '../../../tenants/changes/hostSpan.ts'
import { type OperatorEvent, parseOperatorEvent } from '../../../tenants/operatorEvents.ts'
import { namesOf } from '../../../tenants/workspace.ts'
import { type ChangesOf, createChangesOf } from '../../changes/changeOf.ts'
import type { LayoutOf } from '../../changes/layouts.ts'
import { type Change, type ShownChange, shownChange } from '../../changes/shown.ts'
import { isWorkspaceGone } from '../../error/workspaceGone.ts'
import { type OpenWorkspaces, viewFor } from '../../workspace/viewFor.ts'
import type { HostQuery } from './hostChangesRequest.ts'
import type { ValuesOf } from './values.ts'

/** A change of a record, an event, or a restart: changes of the workspace before it may be missing. */
export interface HostEntry {
  readonly kind: 'record' | 'event' | 'reset'
  /** Null: it concerns the host itself. */
  readonly workspaceId: string | null
  /** Null: the workspace is gone. */
  readonly subdomain: string | null
  readonly at: string
  readonly actor?: ChangeActor | null
  readonly event?: OperatorEvent
  readonly details?: Readonly<Record<string, unknown>>
  readonly object?: string
  readonly operation?: string
  readonly id?: string | null
  readonly changedFields?: readonly string[] | undefined
}

interface ReadEntry {
  readonly entry: HostEntry
  /** JSON of the values that were asked for. */
  readonly records: readonly (string | null)[]
}

interface EntriesOptions {
  readonly pool: Pool
  readonly layoutOf: LayoutOf
  readonly workspaces: OpenWorkspaces
  readonly valuesOf: ValuesOf
}

/** The rows that are asked for, as entries. */
export type EntriesOf = (
  rows: readonly HostRow[],
  query: HostQuery,
) => Promise<ReadonlyMap<HostRow, ReadEntry>>

/** Workspaces whose models are read at the same time. */
const AT_ONCE = 8

const seen = (image: unknown) => (image === null ? null : 'visible')

/** Record rules do not apply to operators; only values can be withheld. */
const shownToHost = (change: Change): ShownChange | null =>
  shownChange(change, seen(change.before), seen(change.after))

const eventEntry = (row: HostRow, { events, workspaces }: HostQuery): ReadEntry | null => {
  const logged = parseOperatorEvent(row.after)
  if (logged === null || events?.has(logged.event) === false) return null
  const { workspaceId, subdomain, event, details } = logged
  if (workspaces !== null && (workspaceId === null || !workspaces.has(workspaceId))) return null
  return { entry: { kind: 'event', workspaceId, subdomain, at: row.at, event, details }, records: [] }
}

/** The changes of a workspace by object, as the host sees them. Empty: the workspace is gone. */
export const shownOf = async (
  { workspaces, changesOf }: { readonly workspaces: OpenWorkspaces; readonly changesOf: ChangesOf },
  workspaceId: string,
  rows: readonly HostRow[],
): Promise<readonly (readonly ShownChange[])[]> => {
  const byTable = Map.groupBy(
    rows.filter((row) => !isOfDroppedTable(row)),
    ({ table }) => table,
  )
  try {
    const view = await viewFor(workspaces, workspaceId, [...byTable.keys()])
    const found: (readonly ShownChange[])[] = []
    for (const [table, ofIt] of byTable) {
      const object = view.schemaVersion.model.byTable.get(table)
      if (object === undefined) continue
      const { changes } = await changesOf(object, ofIt)
      found.push(changes.flatMap((change) => shownToHost(change) ?? []))
    }
    return found
  } catch (error) {
    if (isWorkspaceGone(error)) return []
    throw error
  }
}

export const createEntriesOf = (options: EntriesOptions): EntriesOf => {
  const { pool, valuesOf } = options
  const parts = { ...options, changesOf: createChangesOf(options) }

  return async (rows, query) => {
    const byWorkspace = Map.groupBy(rows, ({ workspaceId }) => workspaceId)
    const rowById = new Map(rows.map((row) => [row.id, row]))
    const entries = new Map<HostRow, ReadEntry>()
    for (const row of byWorkspace.get(HOST_ID) ?? []) {
      const entry = eventEntry(row, query)
      if (entry !== null) entries.set(row, entry)
    }
    byWorkspace.delete(HOST_ID)
    const names = await namesOf(pool, [...byWorkspace.keys()])
    const addAll = async ([workspaceId, ofIt]: readonly [string, readonly HostRow[]]): Promise<void> => {
      const subdomain = names.get(workspaceId)?.subdomain ?? null
      for (const row of ofIt.filter(({ isReset }) => isReset))
        entries.set(row, { entry: { kind: 'reset', workspaceId, subdomain, at: row.at }, records: [] })
      for (const shown of await shownOf(parts, workspaceId, ofIt)) {
        const asked = shown.filter(({ entry }) => query.operations?.has(entry.operation) ?? true)
        const values = await valuesOf(workspaceId, asked, query.sides)
        for (const each of asked) {
          const row = rowById.get(each.row.id)
          const entry: HostEntry = { kind: 'record', workspaceId, subdomain, ...each.entry }
          if (row !== undefined) entries.set(row, { entry, records: values(each) })
        }
      }
    }
    const waiting = [...byWorkspace]
    while (waiting.length > 0) await Promise.all(waiting.splice(0, AT_ONCE).map(addAll))
    return entries
  }
}
