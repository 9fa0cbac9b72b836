// Changes that the gateway refuses because they would shut out the user's own address: asks, and repeats
// them by force.

import { Failure } from '../api/failure.ts'
import { useConfirm } from '../parts/confirm.tsx'

type Forcible = <Result>(change: (force: boolean) => Promise<Result>) => Promise<Result>

/** Rejects with the refusal if the user leaves it at that. */
export const useForcible = (): Forcible => {
  const confirm = useConfirm()
  return async (change) => {
    try {
      return await change(false)
    } catch (error) {
      if (!(error instanceof Failure) || error.extensions.subCode !== 'NETWORKS_EXCLUDE_CALLER') throw error
      const isSure = await confirm({
        title: 'Shut out your own address?',
        text: error.message,
        action: 'Save anyway',
        isDangerous: true,
      })
      const { message, status, code } = error
      if (!isSure) throw new Failure(message, { status, code, hint: 'Add a network that contains it.' })
      return change(true)
    }
  }
}
