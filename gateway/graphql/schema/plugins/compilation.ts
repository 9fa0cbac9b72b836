// Context of a compilation, shared by the plugins.

import type { Model } from '../../../../tenants/model/model.ts'
import type { Vocabulary } from '../vocabulary.ts'

export interface Compilation {
  readonly model: Model
  readonly vocabulary: Vocabulary
}
