// Short texts for values of records. Numbers keep all their digits.

import type { CompositeType } from '../../tenants/model/compositeType.ts'
import { isRecord, type JsonObject } from '../api/json.ts'
import type { Field } from '../model/object.ts'
import { jsonNumber, numberText } from './number.ts'
import { dayText, timeText } from './time.ts'

export type Row = JsonObject

const MICROS_DIGITS = 6

/** Micros can exceed the safe integers of JavaScript, so the decimal point is moved in the text. */
export const amountOfMicros = (micros: unknown): string => {
  const match = /^(-?)(\d+)(?:\.\d+)?$/.exec(numberText(micros))
  if (match === null) return ''
  const digits = (match[2] ?? '').padStart(MICROS_DIGITS + 1, '0')
  const fraction = digits.slice(-MICROS_DIGITS).replace(/0+$/, '')
  return `${match[1]}${digits.slice(0, -MICROS_DIGITS)}${fraction === '' ? '' : `.${fraction}`}`
}

/** `12.5` → `12500000`; null for an invalid amount. */
export const microsOfAmount = (amount: string): number | string | null => {
  const match = /^(-?)(\d*)(?:\.(\d{0,6})\d*)?$/.exec(amount.trim())
  if (match === null || (match[2] ?? '') + (match[3] ?? '') === '') return null
  const digits = `${match[2] ?? ''}${(match[3] ?? '').padEnd(MICROS_DIGITS, '0')}`.replace(/^0+(?=\d)/, '')
  return jsonNumber(`${match[1]}${digits}`)
}

/** `1234567.5` → `1,234,567.5`, digit by digit. */
const grouped = (number: string): string => {
  const [whole = '', fraction] = number.split('.')
  const groups = whole.replace(/\B(?=(\d{3})+$)/g, ',')
  return fraction === undefined ? groups : `${groups}.${fraction}`
}

const texts = (...values: readonly unknown[]): readonly string[] =>
  values.flatMap((value) => (typeof value === 'string' && value !== '' ? [value] : []))

const compositeText = (type: CompositeType, value: Row): string => {
  switch (type) {
    case 'FULL_NAME':
      return texts(value.firstName, value.lastName).join(' ')
    case 'CURRENCY':
      return texts(grouped(amountOfMicros(value.amountMicros)), value.currencyCode).join(' ')
    case 'EMAILS':
      return texts(value.primaryEmail)[0] ?? ''
    case 'PHONES':
      return texts(value.primaryPhoneCallingCode, value.primaryPhoneNumber).join(' ')
    case 'LINKS':
      return texts(value.primaryLinkUrl)[0] ?? ''
    case 'ADDRESS':
      return texts(
        value.addressStreet1,
        texts(value.addressPostcode, value.addressCity).join(' '),
        value.addressCountry,
      ).join(', ')
    case 'RICH_TEXT':
      return texts(value.markdown)[0] ?? ''
    case 'ACTOR':
      return texts(value.name, value.source)[0] ?? ''
  }
}

const optionLabel = (field: Field, value: unknown): string =>
  field.options?.find((option) => option.value === value)?.label ?? String(value)

export const valueText = (field: Field, value: unknown): string => {
  if (value === null || value === undefined || value === '') return ''
  switch (field.type) {
    case 'DATE':
      return dayText(String(value))
    case 'DATE_TIME':
      return timeText(field, String(value))
    case 'NUMBER':
    case 'NUMERIC':
      return numberText(value)
    case 'BOOLEAN':
      return value === true ? 'Yes' : 'No'
    case 'SELECT':
      return optionLabel(field, value)
    case 'RATING':
      return '★'.repeat(Number(String(value).slice('RATING_'.length)) || 0)
    case 'MULTI_SELECT':
      return Array.isArray(value) ? value.map((each) => optionLabel(field, each)).join(', ') : String(value)
    case 'ARRAY':
      return Array.isArray(value) ? value.join(', ') : String(value)
    case 'CURRENCY':
    case 'FULL_NAME':
    case 'EMAILS':
    case 'PHONES':
    case 'LINKS':
    case 'ADDRESS':
    case 'RICH_TEXT':
    case 'ACTOR':
      return isRecord(value) ? compositeText(field.type, value) : String(value)
    case 'TEXT':
    case 'UUID':
    case 'POSITION':
    case 'RAW_JSON':
    case 'TS_VECTOR':
    case 'RELATION':
    case 'MORPH_RELATION':
    case 'FILES':
      return typeof value === 'object' ? JSON.stringify(value) : String(value)
  }
}
