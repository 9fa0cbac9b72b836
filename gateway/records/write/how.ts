// How a field or a route that writes records does it. In: what was given for it; out: what stands behind
// `with` (write.ts), and what has to be known to run it and to read its answer.

import type { Model } from '../../../tenants/model/model.ts'
import type { Params } from '../params.ts'
import type { BatchWay } from './createMany.ts'
import type { Author } from './write.ts'

/** Who writes, and how much at once. */
export interface WriteContext {
  /** The data model as the caller's role sees it. */
  readonly model: Model
  readonly author: Author
  /** Records that one field may write. */
  readonly maxBatchRecords: number
}

export interface WriteHow<Input> {
  readonly compile: (e: Params, input: Input, context: WriteContext, way: BatchWay) => string
  /** Columns of what was written that put it in order; none where it is one record. */
  readonly order?: readonly string[]
  /** Whether it changes more tables than the object's own. */
  readonly touchesOthers?: boolean
  /** Whether a conflict may be gone at the next attempt. */
  readonly isRepeatable?: (input: Input) => boolean
  /** Whether it writes several records, which may be written in turn. */
  readonly mayGoInTurn?: (input: Input) => boolean
  /**
   * Inputs to be written one by one, so that one that fails does not stop the others; null for all at once.
   */
  readonly split?: (input: Input, context: WriteContext) => readonly Input[] | null
}
