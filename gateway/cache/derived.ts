// Plans are kept by the objects of a model, and freed with it. Their memory is counted with the model's: the
// cache that holds a model is notified of every plan.

import type { Model } from '../../tenants/model/model.ts'

type Grow = (bytes: number) => void

const growths = new WeakMap<Model, Grow>()

/** @param grow counts further bytes of the model */
export const countDerived = (model: Model, grow: Grow): void => void growths.set(model, grow)

/** Counts what was derived from the model and lives as long as it. */
export const noteDerived = (model: Model, bytes: number): void => growths.get(model)?.(bytes)
