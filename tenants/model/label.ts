// Labels from names, and names from labels. Nothing here is stored: an explicitly set label takes precedence.

import { toCamelCase } from './name.ts'
import { pluralOf, singularOf } from './number.ts'
import { isReservedName, isReservedObjectName } from './reserved.ts'

/** `annualRevenue` → `Annual revenue`. */
export const labelOfName = (camelName: string): string => {
  const words = camelName
    .replace(/([a-z0-9])([A-Z])/g, '$1 $2')
    .replace(/([A-Z]+)([A-Z][a-z])/g, '$1 $2')
    .split(' ')
  return words
    .map((word, index) => {
      if (/^[A-Z0-9]+$/.test(word) && word.length > 1) return word
      const lower = word.toLowerCase()
      return index === 0 ? capitalised(lower) : lower
    })
    .join(' ')
}

export const capitalised = (label: string): string => label.charAt(0).toUpperCase() + label.slice(1)

/** Names given by an earlier version have code points in place of letters. */
const isSpeltOut = (sqlName: string, apiName: string): boolean =>
  [...sqlName].some(
    (char) => char > '\u007f' && apiName.toLowerCase().includes(`u${char.codePointAt(0)?.toString(16)}`),
  )

/**
 * The label of a table or column made by hand: its name, in its own letters where the API could not spell
 * them.
 */
export const labelOfSql = (sqlName: string, apiName: string): string => {
  const derived = toCamelCase(sqlName)
  const isDerived =
    [derived, singularOf(derived), pluralOf(derived)].includes(apiName) || isSpeltOut(sqlName, apiName)
  return isDerived && /[^\p{ASCII}]|^\d/u.test(sqlName)
    ? capitalised(sqlName.replace(/[_\s]+/g, ' ').trim())
    : labelOfName(apiName)
}

/** `ON_HOLD` → `On hold`. */
export const labelOfOption = (value: string): string =>
  capitalised(value.replace(/[_-]+/g, ' ').trim().toLowerCase()) || value

/**
 * The name that follows from a label: camelCase; a leading digit gets the prefix `n`, a reserved word the
 * suffix `Custom`.
 */
const nameOfLabel = (label: string, isReserved: (name: string) => boolean): string => {
  const name = toCamelCase(label)
  return isReserved(name) ? `${name}Custom` : name
}

export const objectNameOfLabel = (label: string): string => nameOfLabel(label, isReservedObjectName)

export const fieldNameOfLabel = (label: string): string => nameOfLabel(label, isReservedName)
