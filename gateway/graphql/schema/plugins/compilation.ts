// Context of a compilation, shared by the plugins.

import type { Model, ObjectModel } from '../../../../tenants/model/model.ts'
import type { Vocabulary } from '../vocabulary.ts'

export interface Compilation {
  readonly model: Model
  readonly vocabulary: Vocabulary
  /** Objects with a history in this schema. */
  readonly withHistory: readonly ObjectModel[]
  /** Objects whose changes can be subscribed to. */
  readonly withChanges: readonly ObjectModel[]
}
