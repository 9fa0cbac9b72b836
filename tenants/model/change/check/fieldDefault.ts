// Checks default values in the API's encoding against the field's type. Returns a fault for everything that
// Postgres would refuse or round.

import { isUuid } from '../../../uuid.ts'
import { ACTOR_SOURCES, COMPOSITES, type CompositePart, isComposite } from '../../compositeType.ts'
import type { FieldType, RefusedType } from '../../fieldType.ts'
import type { MetadataFault } from '../../metadata.ts'
import { hasDataType, valueKindOf } from '../../scalarType.ts'
import { decimalOf } from '../../value/exactNumber.ts'
import { ValueRefusal } from '../../value/valueRefusal.ts'
import { faultOf, type Subject } from './check.ts'
import { normalDefault, quotedText } from './normalDefault.ts'
import { defaultOptionFaults } from './options.ts'

const isQuoted = (value: unknown): boolean => quotedText(value) !== null

const isQuotedUuid = (value: unknown): boolean => isUuid(quotedText(value) ?? '')

/** Only existing dates: JavaScript would parse the 30th of February as a day in March. */
const isDate = (text: string): boolean => {
  const day = /^(\d{4}-\d{2}-\d{2})(?:$|[T ])/.exec(text)?.[1]
  const time = day === undefined ? Number.NaN : Date.parse(day)
  return !Number.isNaN(time) && new Date(time).toISOString().startsWith(String(day))
}

const isDateTime = (text: string): boolean => isDate(text) && !Number.isNaN(Date.parse(text))

const isNumber = (value: unknown): boolean => decimalOf(value) !== null

const INT_MAX = 2n ** 31n - 1n
const BIGINT_MAX = 2n ** 63n - 1n

const isWholeUpTo = (value: unknown, max: bigint): boolean => {
  const digits = decimalOf(value)
  // Longer ones are beyond any of them.
  if (digits === null || !/^[+-]?\d{1,30}$/.test(digits)) return false
  const number = BigInt(digits.replace('+', ''))
  return number <= max && number >= -max - 1n
}

const QUOTED = 'Default value should be as quoted string'

const mustBe = (subject: Subject, what: string, value: unknown, kind: string): readonly MetadataFault[] => [
  faultOf(subject, `Default value of ${what} must be ${kind}`, value),
]

const partFaults = (subject: Subject, part: CompositePart, value: unknown): readonly MetadataFault[] => {
  const must = (isRight: boolean, kind: string) =>
    isRight ? [] : mustBe(subject, `sub-field "${part.name}"`, value, kind)
  switch (part.sql) {
    case 'text':
      return isQuoted(value) ? [] : [faultOf(subject, QUOTED, value)]
    case 'enum':
      return must(
        ACTOR_SOURCES.some((source) => source === quotedText(value)),
        `quoted and one of ${ACTOR_SOURCES.join(', ')}`,
      )
    case 'numeric':
      return must(isNumber(value), 'a number')
    case 'uuid':
      return must(isQuotedUuid(value), 'a quoted UUID')
    case 'jsonb':
      return must(typeof value === 'object', 'an object or an array')
  }
}

/** A value that a record could not have either. */
const normalFaults = (subject: Subject, type: string, value: unknown): readonly MetadataFault[] => {
  try {
    normalDefault(type, value, subject.name ?? '')
    return []
  } catch (error) {
    if (!(error instanceof ValueRefusal)) throw error
    return [faultOf(subject, error.message, value)]
  }
}

const compositeFaults = (subject: Subject, type: string, value: unknown): readonly MetadataFault[] => {
  if (!isComposite(type)) return []
  if (typeof value !== 'object' || value === null || Array.isArray(value))
    return [faultOf(subject, `Default value of type ${type} must be an object of sub-fields`, value)]
  const faults = Object.entries(value).flatMap(
    ([name, part]: readonly [string, unknown]): readonly MetadataFault[] => {
      const known = COMPOSITES[type].parts.find((each) => each.name === name)
      if (known === undefined) return [faultOf(subject, `Type ${type} has no sub-field "${name}"`, name)]
      return part === null ? [] : partFaults(subject, known, part)
    },
  )
  return faults.length > 0 ? faults : normalFaults(subject, type, value)
}

const numberFaults = (
  subject: Subject,
  type: string,
  value: unknown,
  dataType: unknown,
): readonly MetadataFault[] => {
  const what = `type ${type} (${dataType === 'int' || dataType === 'bigint' ? dataType : 'float'})`
  if (dataType === 'bigint')
    return isWholeUpTo(value, BIGINT_MAX)
      ? []
      : mustBe(subject, what, value, `a whole number up to ${BIGINT_MAX}`)
  if (dataType === 'int')
    return isWholeUpTo(value, INT_MAX) ? [] : mustBe(subject, what, value, `a whole number up to ${INT_MAX}`)
  return isNumber(value) ? [] : mustBe(subject, `type ${type}`, value, 'a number')
}

interface DefaultContext {
  /** Of a field of options. */
  readonly options: readonly { readonly value: string }[]
  /** int, bigint, or float, where the type has the setting. */
  readonly dataType: unknown
}

export const defaultFaults = (
  subject: Subject,
  type: FieldType | RefusedType,
  value: unknown,
  { options, dataType }: DefaultContext,
): readonly MetadataFault[] => {
  if (value === null || value === undefined) return []
  if (isComposite(type)) return compositeFaults(subject, type, value)
  const must = (isRight: boolean, kind: string) =>
    isRight ? [] : mustBe(subject, `type ${type}`, value, kind)
  const text = quotedText(value)
  switch (valueKindOf(type)) {
    case 'option':
    case 'options':
      return defaultOptionFaults(subject, type, value, options)
    case 'number':
      return numberFaults(subject, type, value, hasDataType(type) ? dataType : undefined)
    case 'boolean':
      return must(typeof value === 'boolean', 'a boolean')
    case 'json':
      return must(typeof value === 'object', 'an object or an array')
    case 'texts':
      return must(Array.isArray(value) && value.every(isQuoted), 'an array of quoted strings')
    case 'uuid':
      return must(value === 'uuid' || isQuotedUuid(value), '"uuid" or a quoted UUID')
    case 'day':
      return must(value === 'now' || isDate(text ?? ''), `"now" or a quoted date such as "'2026-01-31'"`)
    case 'instant':
      return must(
        value === 'now' || isDateTime(text ?? ''),
        `"now" or a quoted date and time such as "'2026-01-31T09:00:00Z'"`,
      )
    case 'text':
    case 'searchVector':
    case undefined:
      return text === null ? [faultOf(subject, QUOTED, value)] : []
  }
}
