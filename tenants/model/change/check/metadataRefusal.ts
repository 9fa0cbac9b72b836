// A change of the data model that is refused, with every fault of its input. In: faults in the contract's
// words; out: one error. Not decided here: the contract's structure around them (the gateway's metadata
// protocol writes it).

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

/** Refuses where anything was found. */
export const refuseFaults = (faults: readonly MetadataFault[], code?: RefusalCode): void => {
  if (faults.length > 0) throw new MetadataRefusal(faults, code)
}
