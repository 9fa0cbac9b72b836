// Normal forms of the composite values of a record.

import type { CompositeField } from '../../../tenants/model/model.ts'
import { normalParts } from '../../../tenants/model/value/normal.ts'
import type { Parts } from '../../../tenants/model/value/parts.ts'
import { ValueRefusal } from '../../../tenants/model/value/valueRefusal.ts'
import { badInput } from '../../error/problem.ts'

/** Throws Problem BAD_USER_INPUT in the contract's words. */
export const normalComposite = (field: CompositeField, given: Parts): Parts => {
  try {
    return normalParts(field.type, given, field.name)
  } catch (error) {
    throw error instanceof ValueRefusal ? badInput(error.message, error.reason) : error
  }
}
