// Context of a compilation, shared by the plugins.

import type { Model } from '../../../../tenants/model/model.ts'
import type { Vocabulary } from '../vocabulary.ts'
import type { Unclaimed } from './claim.ts'

export interface Compilation {
  readonly model: Model
  readonly vocabulary: Vocabulary
  /** Functions without a field, collected while the types are built. */
  readonly unclaimed: Unclaimed[]
}
