// All types that a field can have.

import { COMPOSITES, type CompositeType, isComposite } from './compositeType.ts'
import { isScalar, SCALARS, type ScalarType } from './scalarType.ts'

/** Relations, which have definitions of their own. */
export type RelationType = 'RELATION' | 'MORPH_RELATION'

export type FieldType = ScalarType | CompositeType | RelationType

/** A type of the contract that no field can have. */
export const REFUSED_TYPE = 'FILES'
export type RefusedType = typeof REFUSED_TYPE

/** Whether a field of the type can name a record. */
export const isLabelType = (type: string): boolean =>
  (isScalar(type) && SCALARS[type].isLabel === true) ||
  (isComposite(type) && COMPOSITES[type].isLabel === true)
