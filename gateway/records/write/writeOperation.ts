// How a field or a route writes records: the statement (write.ts) from its arguments, and what
// running them and reading the answer needs.

import type { Model } from '../../../tenants/model/model.ts'
import type { Params } from '../params.ts'
import type { Written } from '../writtenTable.ts'
import type { BatchWay } from './batch.ts'
import type { Author } from './write.ts'

/** The writer, and the batch limit. */
export interface WriteContext {
  /** The data model as the caller's role sees it. */
  readonly model: Model
  readonly author: Author
  /** Maximum number of records per field. */
  readonly maxBatchRecords: number
}

export interface WriteOperation<Input> {
  readonly compile: (e: Params, input: Input, context: WriteContext, way: BatchWay) => Written
  /** Sort columns of the written records; none for a single record. */
  readonly order?: readonly string[]
  /** Whether it changes other tables than the object's own. */
  readonly touchesOthers?: boolean
  /** Whether a conflict may be gone at the next attempt. */
  readonly isRepeatable?: (input: Input) => boolean
  /** Whether it writes several records, which may be written one by one. */
  readonly mayGoInTurn?: (input: Input) => boolean
  /** Inputs to be written one by one, so that a failure does not stop the others; null for all at once. */
  readonly split?: (input: Input, context: WriteContext) => readonly Input[] | null
}
