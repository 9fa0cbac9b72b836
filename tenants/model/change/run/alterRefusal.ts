// Translates errors of Postgres during a model change into refusals in terms of the model. Errors that are
// our own fault pass through.

import { errorCode } from '../../../../sql/errorCode.ts'
import { refusedByCitus } from '../../../../sql/nodes/refused.ts'
import { Refusal } from '../../../refusal.ts'
import { HOLDER_KINDS, type Holder, isLong } from './lockWatch.ts'

const LOCK_NOT_AVAILABLE = '55P03'
const DEADLOCK = '40P01'

/** A table is in use; a retry may succeed. */
export const isHeld = (error: unknown): boolean =>
  [LOCK_NOT_AVAILABLE, DEADLOCK].includes(errorCode(error) ?? '')

/** After a long transaction was seen, and after short ones. */
const RETRY_AFTER_SECONDS = { long: 30, short: 2 }

/** A refusal that names the table and the lock's holder, as far as the watch saw them. */
export const heldRefusal = (cause: unknown, holder: Holder | null): Refusal => {
  const table = holder === null || holder.table === null ? 'The data model' : `Table "${holder.table}"`
  if (holder === null || !isLong(holder))
    return new Refusal(
      'CONFLICT',
      `${table} is busy: the change did not get its lock between the short transactions on the table.`,
      {
        hint: 'Try again, preferably at a time of less load.',
        retryAfterSeconds: RETRY_AFTER_SECONDS.short,
        cause,
      },
    )
  const { kind, application, pid, seconds } = holder
  const process = pid === null ? '' : `, process ${pid}`
  return new Refusal(
    'CONFLICT',
    `${table} is in use by ${HOLDER_KINDS[kind]} (${application}${process}, for ${Math.round(seconds)} s), so its structure cannot be changed now.`,
    {
      hint: 'Try again when it has ended.',
      retryAfterSeconds: RETRY_AFTER_SECONDS.long,
      cause,
    },
  )
}

type Refused = readonly [
  kind: 'CONFLICT' | 'INVALID_INPUT',
  message: (detail: string) => string,
  hint: string,
]

const DEPENDS: Refused = [
  'CONFLICT',
  (detail) => `Something else depends on it: ${detail}.`,
  'Drop or change that first.',
]
/** Typed and inherited tables, partitions, views; a field that a policy, a rule or a publication needs. */
const WRONG_KIND: Refused = [
  'CONFLICT',
  (detail) => `The kind of table does not allow this change: ${detail}.`,
  'Change it in SQL, where the structure comes from.',
]
const BAD_DEFAULT: Refused = [
  'INVALID_INPUT',
  (detail) => `The default value does not suit the type: ${detail}.`,
  'Change it.',
]
const NAME_TAKEN: Refused = [
  'CONFLICT',
  (detail) => `The name is taken in the database: ${detail}.`,
  'Choose another one.',
]

/** SQLSTATEs that are about the requested change, not a fault of ours. */
const REFUSALS: Readonly<Record<string, Refused>> = {
  '23505': [
    'CONFLICT',
    () => 'Some records have the same value, so the field cannot be unique.',
    'Change or delete the duplicates first; records in the trash do not count.',
  ],
  '23502': ['CONFLICT', () => 'Some records have no value, so the field cannot be required.', 'Fill them.'],
  '23503': ['CONFLICT', () => 'Some records refer to missing records.', 'Correct them first.'],
  '2BP01': DEPENDS,
  '0A000': DEPENDS,
  '42809': WRONG_KIND,
  '42P16': WRONG_KIND,
  '55000': WRONG_KIND,
  '22003': ['CONFLICT', (detail) => `Some records violate the change: ${detail}.`, 'Correct them first.'],
  '22P02': BAD_DEFAULT,
  '22007': BAD_DEFAULT,
  '42804': BAD_DEFAULT,
  '42P07': NAME_TAKEN,
  '42710': NAME_TAKEN,
  '42701': NAME_TAKEN,
  '42501': [
    'CONFLICT',
    (detail) => `Postgres does not allow the gateway to change this: ${detail}.`,
    'Make the role of DATABASE_URL its owner, with "alter … owner to", and try again.',
  ],
  '57014': [
    'CONFLICT',
    () => 'The change took too long and was cancelled.',
    'Nothing was changed. Try again at a time of less load.',
  ],
  '54011': [
    'CONFLICT',
    () => 'The table has the maximum number of columns that Postgres allows.',
    'Delete fields first.',
  ],
}

/** Citus raises what it does not support as an internal error, too. TN001: of keep_drawn. */
const OF_CITUS: readonly string[] = ['0A000', '42P16', 'XX000', 'TN001']
const NAMES_CITUS = /\b(?:distributed|citus|shards?|worker nodes?|workers)\b/i

const citusRefusal = (code: string, cause: Error): Refusal | null => {
  if (!OF_CITUS.includes(code)) return null
  const known = refusedByCitus(cause.message)
  if (known === null && !NAMES_CITUS.test(cause.message)) return null
  const { message, hint } = known ?? {
    message: cause.message,
    hint: 'Another change of the data model may serve.',
  }
  return new Refusal('CONFLICT', `The Citus cluster does not support this change: ${message}.`, {
    hint: `Nothing was changed. ${hint}`,
    cause,
  })
}

export const alterRefusalOf = (error: unknown): unknown => {
  const code = errorCode(error)
  if (!(error instanceof Error) || code === undefined || error instanceof Refusal) return error
  if (code === LOCK_NOT_AVAILABLE || code === DEADLOCK) return heldRefusal(error, null)
  const ofCitus = citusRefusal(code, error)
  if (ofCitus !== null) return ofCitus
  const refused = REFUSALS[code]
  if (refused === undefined) return error
  const [kind, message, hint] = refused
  return new Refusal(kind, message(error.message), { hint, cause: error })
}
