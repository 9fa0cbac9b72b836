// Translates errors of Postgres during a model change into refusals in terms of the model. Errors that are
// our own fault pass through.

import { Refusal } from '../../../refusal.ts'
import { type Holder, isLong } from './lockWatch.ts'

const LOCK_NOT_AVAILABLE = '55P03'
const DEADLOCK = '40P01'

export const codeOf = (error: unknown): string | undefined =>
  error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : undefined

/** A table is in use; a retry may succeed. */
export const isHeld = (error: unknown): boolean =>
  [LOCK_NOT_AVAILABLE, DEADLOCK].includes(codeOf(error) ?? '')

/** A refusal that names the table and the lock's holder, as far as the watch saw them. */
export const heldRefusal = (cause: unknown, holder: Holder | null): Refusal => {
  const refuse = (message: string, hint: string): Refusal => new Refusal('CONFLICT', message, { hint, cause })
  const table = holder === null || holder.table === null ? 'The data model' : `Table "${holder.table}"`
  if (holder === null || !isLong(holder))
    return refuse(
      `${table} is busy: between all the short transactions on it the change did not get its lock.`,
      'Try again, if possible at a time of less load.',
    )
  const { application, pid, seconds } = holder
  const process = pid === null ? '' : `, process ${pid}`
  return refuse(
    `${table} is in use by a long transaction (${application}${process}, for ${Math.round(seconds)} s), so its structure cannot be changed now.`,
    'Try again after it has ended.',
  )
}

/** SQLSTATEs that are about the requested change, not a fault of ours. */
export const refusalOf = (error: unknown): unknown => {
  const code = codeOf(error)
  if (!(error instanceof Error) || code === undefined || error instanceof Refusal) return error
  const refuse = (kind: 'CONFLICT' | 'INVALID_INPUT', message: string, hint: string) =>
    new Refusal(kind, message, { hint, cause: error })
  switch (code) {
    case LOCK_NOT_AVAILABLE:
    case DEADLOCK:
      return heldRefusal(error, null)
    case '23505':
      return refuse(
        'CONFLICT',
        'Some records have the same value, so the field cannot be unique.',
        'Change or delete the duplicates first; records in the trash do not count.',
      )
    case '23502':
      return refuse('CONFLICT', 'Some records have no value, so the field cannot be required.', 'Fill them.')
    case '23503':
      return refuse('CONFLICT', 'Some records refer to missing records.', 'Correct them first.')
    case '2BP01':
    case '0A000':
      return refuse(
        'CONFLICT',
        `Something else depends on it: ${error.message}.`,
        'Drop or change that first.',
      )
    // Typed and inherited tables, partitions, views; a field that a policy, a rule or a publication needs.
    case '42809':
    case '42P16':
    case '55000':
      return refuse(
        'CONFLICT',
        `The kind of table does not allow this change: ${error.message}.`,
        'Change it in SQL, where the structure comes from.',
      )
    case '22003':
      return refuse('CONFLICT', `Some records violate the change: ${error.message}.`, 'Correct them first.')
    case '22P02':
    case '22007':
    case '42804':
      return refuse(
        'INVALID_INPUT',
        `The default value does not suit the type: ${error.message}.`,
        'Change it.',
      )
    case '42P07':
    case '42710':
    case '42701':
      return refuse('CONFLICT', `The name is taken in the database: ${error.message}.`, 'Choose another one.')
    case '42501':
      return refuse(
        'CONFLICT',
        `Postgres does not let the gateway change this: ${error.message}.`,
        'Make the role of DATABASE_URL its owner, with "alter … owner to", and try again.',
      )
    case '54011':
      return refuse(
        'CONFLICT',
        'The table has the maximum number of columns of Postgres.',
        'Delete fields first.',
      )
    default:
      return error
  }
}
