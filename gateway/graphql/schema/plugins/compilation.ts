// What the plugins know of the compilation that they make a schema of.

import type { Model } from '../../../../tenants/model/model.ts'
import type { Vocabulary } from '../vocabulary.ts'
import type { Unclaimed } from './claim.ts'

export interface Compilation {
  readonly model: Model
  readonly vocabulary: Vocabulary
  /** Functions that get no field: taken down while the types are made. */
  readonly unclaimed: Unclaimed[]
}
