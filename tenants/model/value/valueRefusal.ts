// A value that a field does not accept, with the contract's code.

import { Refusal } from '../../refusal.ts'

export class ValueRefusal extends Refusal {
  readonly reason: string

  constructor(message: string, reason = 'INVALID_ARGS_DATA') {
    super('INVALID_INPUT', message)
    this.name = 'ValueRefusal'
    this.reason = reason
  }
}
