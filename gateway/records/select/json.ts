// Converts values from Postgres' text to JSON text. Postgres could write the JSON itself, but takes several
// times as long.

import { exactJson, roundedJson } from '../../../tenants/model/value/exactNumber.ts'
import type { ReadForm } from '../read/readForm.ts'
import { isoDate, isoInstant } from '../values/isoTime.ts'

const NEEDS_ESCAPE = /["\\\p{Cc}]/u
/** NaN and the infinities are not numbers in JSON, and their texts are not digits. */
const IS_NUMBER = /^-?\d/

export const quoteJson = (text: string): string =>
  NEEDS_ESCAPE.test(text) ? JSON.stringify(text) : `"${text}"`

/** A list in JSON, with each element's text converted. */
const writeTexts = (list: string, formOf: (text: string) => string): string =>
  JSON.stringify(JSON.parse(list), (_, each: unknown) => (typeof each === 'string' ? formOf(each) : each))

/** @param text as Postgres writes the value; not null */
export const writeJson = (text: string, json: ReadForm['json']): string => {
  switch (json) {
    case 'string':
      return quoteJson(text)
    case 'number':
      return IS_NUMBER.test(text) ? text : quoteJson(text)
    case 'finite':
      return IS_NUMBER.test(text) ? text : 'null'
    case 'exact':
      return exactJson(text)
    case 'rounded':
      return roundedJson(text)
    case 'date':
      return quoteJson(isoDate(text))
    case 'instant':
      return quoteJson(isoInstant(text, false))
    case 'millisecond':
      return quoteJson(isoInstant(text, true))
    case 'boolean':
      return text.startsWith('t') ? 'true' : 'false'
    case 'dates':
      return writeTexts(text, isoDate)
    case 'instants':
      return writeTexts(text, (each) => isoInstant(each, false))
    case 'json':
      return text
  }
}

/** A one-dimensional list from JSON text: nested values become text with their JSON. */
export const writeFlat = (list: string): string => {
  if (!list.startsWith('[[')) return list
  const items: unknown = JSON.parse(list)
  return JSON.stringify(Array.isArray(items) ? items.map((item) => JSON.stringify(item)) : items)
}
