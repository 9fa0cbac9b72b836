// Values that Postgres gave as text, as JSON text. In: a value's text and what it is in JSON; out: its JSON.
// Postgres could write the JSON itself, but takes several times as long over it.

import { exactJson, roundedJson } from '../../exactNumber.ts'
import { isoDate, isoInstant } from './isoTime.ts'
import type { ReadForm } from './readForm.ts'

const NEEDS_ESCAPE = /["\\\p{Cc}]/u
/** NaN and the infinities are not numbers in JSON, and do not look like one. */
const IS_NUMBER = /^-?\d/

export const quoteJson = (text: string): string =>
  NEEDS_ESCAPE.test(text) ? JSON.stringify(text) : `"${text}"`

/** A list in JSON, with each text in it in another form. */
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

/** A list of one dimension out of JSON text: what lies deeper becomes text that holds JSON. */
export const writeFlat = (list: string): string => {
  if (!list.startsWith('[[')) return list
  const items: unknown = JSON.parse(list)
  return JSON.stringify(Array.isArray(items) ? items.map((item) => JSON.stringify(item)) : items)
}
