// Refuses characters that Postgres cannot store in text, in JSON or in text from a URL. A lone surrogate
// would be stored as U+FFFD, and U+0000 ends a C string.

import { Problem } from '../error/problem.ts'

/** JSON text can only contain such a character as an escape. */
const MAY_HOLD = /\\u(?:[dD][89a-fA-F]|0000)/

const refuse = (what: string): never => {
  throw new Problem('BAD_USER_INPUT', `Text contains ${what}, which cannot be stored. Remove it.`, {
    subCode: 'INVALID_TEXT',
  })
}

export const checkCharacters = (text: string): void => {
  if (text.includes('\0')) refuse('the character U+0000')
  if (!text.isWellFormed()) refuse('half of a surrogate pair')
}

/** Names and values, at every depth. */
const checkDeep = (value: unknown): void => {
  if (typeof value === 'string') checkCharacters(value)
  else if (Array.isArray(value)) value.forEach(checkDeep)
  else if (typeof value === 'object' && value !== null)
    for (const [name, inner] of Object.entries(value)) {
      checkCharacters(name)
      checkDeep(inner)
    }
}

/** @param source the JSON text of the value: a quick scan finds that most contain nothing to check */
export const checkJson = (value: unknown, source: string): void => {
  if (MAY_HOLD.test(source)) checkDeep(value)
}
