// The refusal of a model change, with all faults of its input. The gateway's metadata protocol wraps them in
// the contract's structure.

import { Refusal, type RefusalCode } from '../../../refusal.ts'
import type { MetadataFault } from '../../metadata.ts'

export class MetadataRefusal extends Refusal {
  readonly faults: readonly MetadataFault[]

  constructor(faults: readonly MetadataFault[], code: RefusalCode = 'INVALID_INPUT') {
    super(code, faults.map((fault) => fault.message).join('; '))
    this.name = 'MetadataRefusal'
    this.faults = faults
  }
}

/** Throws if there are faults. */
export const refuseFaults = (faults: readonly MetadataFault[], code?: RefusalCode): void => {
  if (faults.length > 0) throw new MetadataRefusal(faults, code)
}
