// What Postgres refuses of text with a nondeterministic collation: the request is at fault, not the table.

import { badInputAnswer, type SqlAnswer, type SqlError } from './sqlstateAnswer.ts'
import { functionOf } from './sqlstateFunction.ts'

/** Its functions that look for a part of a text; those of LIKE and of substrings before Postgres 18. */
const SEARCHES: ReadonlySet<string> = new Set([
  'GenericMatchText',
  'Generic_Text_IC_like',
  'text_starts_with',
  'text_position_setup',
  'pg_set_regex_collation',
])

const NEEDS_DETERMINISTIC: SqlAnswer = {
  ...badInputAnswer(
    'A field whose collation is nondeterministic cannot be searched for a part of its text in this way.',
    'NOT_SUPPORTED',
  ),
  hint: 'Compare whole texts with eq or in, or give the column a deterministic collation.',
}

/** Undefined for another error, and for one inside a function of the workspace. */
export const collationRefusal = (error: SqlError): SqlAnswer | undefined =>
  SEARCHES.has(error.routine ?? '') && functionOf(error) === undefined ? NEEDS_DETERMINISTIC : undefined
