// Converts between the names of Postgres and the names of the API. Total and deterministic: every Postgres
// name becomes a valid name in GraphQL and JavaScript. derive.ts resolves conflicts.

import { hash } from 'node:crypto'
import anyAscii from 'any-ascii'

/**
 * Maximum length of a generated name: it must fit an identifier of Postgres (63 bytes) with room for a
 * distinguishing suffix.
 */
const MAX_LENGTH = 56

const PLAIN = /^[a-z0-9_]*$/

/** A letter without its accent, or transliterated to Latin script; `u<hex>` if it has no transliteration. */
const inAscii = (char: string): string => {
  const base = char.normalize('NFKD').replace(/\p{M}+/gu, '')
  if (/^[\p{ASCII}]+$/u.test(base)) return base
  if (!/[\p{L}\p{N}\p{M}]/u.test(char)) return ' '
  const reading = anyAscii(char).replace(/[^A-Za-z0-9]+/g, '')
  return reading !== '' || /\p{M}/u.test(char) ? reading : ` u${char.codePointAt(0)?.toString(16)} `
}

/**
 * Splits at case changes and at everything except letters and digits; GraphQL's names are ASCII, so other
 * letters are transliterated.
 */
const words = (name: string): string[] => {
  // Fast path for the usual column names; a model has hundreds of them.
  if (PLAIN.test(name)) return name.split('_').filter((word) => word !== '')
  return name
    .normalize('NFC')
    .replace(/[^\p{ASCII}]/gu, inAscii)
    .replace(/['’"`]/g, '')
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

/** Whether a label contains anything that a name can be made of. */
export const hasWords = (label: string): boolean => words(label).length > 0

/** `annualRevenue` → `annual_revenue`, `street1` stays `street1`. */
export const toSnakeCase = (name: string): string =>
  words(name)
    .map((word) => word.toLowerCase())
    .join('_')

/** The first free candidate; if all are taken, the last one with the smallest free number. */
export const freeName = (candidates: readonly string[], isTaken: (name: string) => boolean): string => {
  const free = candidates.find((name) => !isTaken(name))
  if (free !== undefined) return free
  const stem = candidates.at(-1) ?? 'unnamed'
  for (let number = 2; ; number += 1) {
    const name = `${stem}${number}`
    if (!isTaken(name)) return name
  }
}
