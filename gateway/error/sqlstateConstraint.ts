// Translates constraint violations (class 23), with the API names of the fields involved.

import { badInputAnswer, type ErrorNames, type SqlAnswer, type SqlError } from './sqlstateAnswer.ts'

export const duplicate = (error: SqlError, names: ErrorNames): SqlAnswer => {
  const fields =
    error.table === undefined || error.constraint === undefined
      ? undefined
      : names.uniqueFields?.(error.table, error.constraint)
  return {
    code: 'CONFLICT',
    subCode: 'DUPLICATE_ENTRY_DETECTED',
    message: 'A duplicate entry was detected',
    ...(fields === undefined || fields.length === 0
      ? {}
      : { hint: `The value of ${fields.join(', ')} is already taken.`, facts: { fields } }),
  }
}

// The message is only compared, and only in English: other languages get the neutral sentence.
export const foreignKey = (error: SqlError, names: ErrorNames): SqlAnswer => {
  const broken = { code: 'CONFLICT', subCode: 'FOREIGN_KEY_VIOLATION' } as const
  if (error.message.startsWith('update or delete'))
    return { ...broken, message: 'Other records still refer to this record.' }
  if (!error.message.startsWith('insert or update'))
    return { ...broken, message: 'A relation to another record would be broken.' }
  const fields =
    error.table === undefined || error.constraint === undefined
      ? undefined
      : names.joinFields?.(error.table, error.constraint)
  return {
    ...broken,
    message: 'A record that the request refers to does not exist.',
    ...(fields === undefined || fields.length === 0
      ? {}
      : { hint: `It is the value of ${fields.join(', ')}.`, facts: { fields } }),
  }
}

const fieldOf = (error: SqlError, names: ErrorNames): string | undefined =>
  error.table === undefined || error.column === undefined
    ? undefined
    : names.field?.(error.table, error.column)

export const notNull = (error: SqlError, names: ErrorNames): SqlAnswer => {
  const field = fieldOf(error, names)
  return field === undefined
    ? badInputAnswer('A field that may not be empty is empty.', 'NOT_NULL_VIOLATION')
    : badInputAnswer(`Field ${field} is not nullable and has no default value.`, 'NOT_NULL_VIOLATION')
}
