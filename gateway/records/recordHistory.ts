// The history of a record as both protocols ask for it. gateway/history answers.

import type { Session } from '../../sql/pipeline/pool.ts'
import type { ChangeActor } from '../../tenants/changes/feed.ts'
import type { Model, ObjectModel } from '../../tenants/model/model.ts'
import type { Actor } from '../../tenants/permission/actor.ts'
import type { RecordSelection } from './selection.ts'

/** Texts or JSON values by column of the object's key. */
export type RecordKey = ReadonlyMap<string, unknown>

/** The record before or after a change, and what of it is selected. */
export interface PastSide {
  readonly side: 'before' | 'after'
  readonly selection: RecordSelection
}

/** A change of a record, as far as the caller may see it. */
export interface PastEntry {
  /** Names the change among those of its record. */
  readonly position: string
  readonly at: string
  readonly operation: string
  readonly actor: ChangeActor | null
  /** Of an update. */
  readonly changedFields: readonly string[] | null
  /** JSON of the record for each requested side; null where the change has no such side or hides it. */
  readonly records: readonly (string | null)[]
}

export interface PastPage {
  /** The newest first. Fewer than the limit where the caller may not see all. */
  readonly entries: readonly PastEntry[]
  /** Position of the last change that the page covers. */
  readonly end: string | null
  readonly hasNextPage: boolean
  /** Since when all changes of the object are kept, ISO 8601; null where history is off. */
  readonly completeSince: string | null
}

interface PastPageRequest {
  readonly limit: number
  /** A position: older changes than that. */
  readonly after: string | undefined
}

/** The write that undoes a change. */
export type Undo =
  | {
      readonly kind: 'update'
      readonly data: Readonly<Record<string, unknown>>
      /** JSON of the row after the change, and the columns of it that the record must still have. */
      readonly image: string
      readonly columns: readonly string[]
    }
  | {
      readonly kind: 'create'
      readonly data: Readonly<Record<string, unknown>>
      /** Texts of columns of the key that the database generates otherwise. */
      readonly key: ReadonlyMap<string, string>
    }
  | { readonly kind: 'delete' | 'restore' }

export interface Past {
  readonly page: (
    object: ObjectModel,
    key: RecordKey,
    request: PastPageRequest,
    sides: readonly PastSide[],
  ) => Promise<PastPage>
  /** Throws Problem NOT_FOUND, or BAD_USER_INPUT for a change that cannot be undone. */
  readonly undo: (
    object: ObjectModel,
    key: RecordKey,
    position: string,
    values: RecordSelection,
  ) => Promise<Undo>
  /** Blanks all images of the record in the feed and in the history. @returns the changes blanked */
  readonly erase: (object: ObjectModel, key: RecordKey, actor: Actor) => Promise<number>
}

/** Who asks, and where. */
interface PastCaller {
  readonly session: Session
  readonly workspace: { readonly id: string; readonly schema: string }
}

/** @param model as the caller's role sees it */
export type OpenPast = (caller: PastCaller, model: Model) => Past
