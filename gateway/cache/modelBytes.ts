// Estimates of what models keep in memory.

import type { ModelMetadata } from '../../tenants/model/metadata.ts'
import type { Model, ObjectModel } from '../../tenants/model/model.ts'

const BYTES_PER_MODEL = 2_000

const sumOver = ({ objects }: Model, countOf: (object: ObjectModel) => number): number =>
  objects.reduce((sum, object) => sum + countOf(object), 0)

/** Measured: 150 KB for the ten standard objects, 690 KB for a hundred with 15 columns. */
export const modelBytes = (model: Model): number =>
  BYTES_PER_MODEL +
  sumOver(model, ({ columns }) => 1_000 + 600 * columns.size) +
  1_000 * model.functions.length

/** Shares fields and columns with the whole model. Measured: 28 KB for the ten standard objects. */
export const roleModelBytes = (model: Model): number =>
  BYTES_PER_MODEL + sumOver(model, ({ fields }) => 800 + 100 * fields.size)

/** Measured: 290 KB for the ten standard objects, 1.9 MB for a hundred with 15 columns. */
export const metadataBytes = ({ objects }: ModelMetadata): number =>
  BYTES_PER_MODEL + objects.reduce((sum, { fields }) => sum + 1_500 * (2 + fields.length), 0)
