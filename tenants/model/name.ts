// Conversions between the names of Postgres and the names of the API. In: any string that Postgres accepts as a name; out:
// a name that GraphQL and JavaScript accept. Total and deterministic. Not decided here: what happens when two names meet
// (derive.ts).

import { hash } from 'node:crypto'
import pluralize from 'pluralize'

/** Longest name handed out: it must fit an identifier of Postgres (63 bytes) with room for a distinguishing suffix. */
const MAX_LENGTH = 56

const PLAIN = /^[a-z0-9_]*$/

/** Splits at case changes and at everything that is no ASCII letter or digit; other letters are spelt `u<hex>`. */
const words = (name: string): string[] => {
  // What most columns are called, and a model has hundreds of them.
  if (PLAIN.test(name)) return name.split('_').filter((word) => word !== '')
  return name
    .normalize('NFKD')
    .replace(/\p{M}+/gu, '')
    .replace(/['’"`]/g, '')
    .replace(/[^\p{ASCII}]/gu, (char) =>
      /[\p{L}\p{N}]/u.test(char) ? ` u${char.codePointAt(0)?.toString(16)} ` : ' ',
    )
    .replace(/([a-z0-9])([A-Z])/g, '$1 $2')
    .replace(/([A-Z]+)([A-Z][a-z])/g, '$1 $2')
    .split(/[^A-Za-z0-9]+/)
    .filter((word) => word !== '')
}

/** Over-long names keep their beginning and get a digest of the rest, so that they stay distinct. */
const bounded = (name: string): string =>
  name.length <= MAX_LENGTH ? name : name.slice(0, MAX_LENGTH - 8) + hash('sha256', name).slice(0, 8)

const capitalise = (word: string): string => word.charAt(0).toUpperCase() + word.slice(1)

/** First letter upper-cased, the rest as it is: `noteTargets` → `NoteTargets`. */
export const toTypeName = (camelName: string): string => capitalise(camelName)

/** `orderLine` → `Order line`. */
export const toLabel = (camelName: string): string =>
  capitalise(
    words(camelName)
      .map((word) => word.toLowerCase())
      .join(' '),
  )

/** `annual_revenue` → `annualRevenue`, `Order Line` → `orderLine`; a leading digit gets the prefix `n`. */
export const toCamelCase = (name: string): string => {
  const [first, ...rest] = words(name)
  if (first === undefined) return 'unnamed'
  const camel = first.toLowerCase() + rest.map((word) => capitalise(word.toLowerCase())).join('')
  return bounded(/^[0-9]/.test(camel) ? `n${camel}` : camel)
}

/** Whether there is anything in a label that a name could be made of. */
export const hasWords = (label: string): boolean => words(label).length > 0

/** `annualRevenue` → `annual_revenue`, `street1` stays `street1`. */
export const toSnakeCase = (name: string): string =>
  words(name)
    .map((word) => word.toLowerCase())
    .join('_')

/** `company` → `companies`; a word without a plural of its own comes back unchanged. */
export const pluralOf = (camelName: string): string => pluralize.plural(camelName)

/** `companies` → `company`. */
export const singularOf = (camelName: string): string => pluralize.singular(camelName)
