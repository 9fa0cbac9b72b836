// Writes rows as JSON: each value from Postgres' text, between constant text that is joined once, when the
// template is built (`,"address":{"addressStreet1":`). Postgres could write the JSON itself, but takes
// several times as long.

import { exactJson, roundedJson } from '../../../tenants/model/value/exactNumber.ts'
import type { ReadForm } from '../read/readForm.ts'
import type { Row, Run } from '../run.ts'
import { isoDate, isoInstant } from '../values/isoTime.ts'

const NEEDS_ESCAPE = /["\\\p{Cc}]/u
/** NaN and the infinities are not numbers in JSON, and their texts are not digits. */
const IS_NUMBER = /^-?\d/

export const quoteJson = (text: string): string =>
  NEEDS_ESCAPE.test(text) ? JSON.stringify(text) : `"${text}"`

/** A list in JSON, with each element's text converted. */
const writeTexts = (list: string, formOf: (text: string) => string): string =>
  JSON.stringify(JSON.parse(list), (_, each: unknown) => (typeof each === 'string' ? formOf(each) : each))

const writeJson = (text: string, json: ReadForm['json']): string => {
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

/** Of a column that was not selected. */
export const ABSENT: Pick<ReadForm, 'json' | 'blank'> = { json: 'json' }

/** @param text as Postgres writes the value; without one, the value is null */
export const writeValue = (
  text: string | null | undefined,
  { json, blank }: Pick<ReadForm, 'json' | 'blank'>,
): string => (text == null ? (blank ?? 'null') : writeJson(text, json))

/** A one-dimensional list from JSON text: nested values become text with their JSON. */
export const writeFlat = (list: string): string => {
  if (!list.startsWith('[[')) return list
  const items: unknown = JSON.parse(list)
  return JSON.stringify(Array.isArray(items) ? items.map((item) => JSON.stringify(item)) : items)
}

/** JSON text from the columns that begin at `offset`. */
export type Write = (row: Row, offset: number, run: Run) => string

/** The value of one column, or a writer over several. */
type Hole = ReadForm | Write

export interface Template {
  readonly text: (text: string) => void
  /** @param at the hole's column, or the first of them */
  readonly hole: (hole: Hole, at: number) => void
  readonly writer: () => Write
}

export const createTemplate = (): Template => {
  const leads: string[] = []
  const holes: { readonly at: number; readonly hole: Hole }[] = []
  let lead = ''
  return {
    text: (text) => {
      lead += text
    },
    hole: (hole, at) => {
      leads.push(lead)
      holes.push({ at, hole })
      lead = ''
    },
    writer: () => {
      const end = lead
      return (row, offset, run) => {
        let text = ''
        for (let index = 0; index < holes.length; index += 1) {
          const { at, hole } = holes[index] as (typeof holes)[number]
          text += leads[index]
          if (typeof hole === 'function') text += hole(row, offset + at, run)
          else text += writeValue(row[offset + at], hole)
        }
        return text + end
      }
    },
  }
}
