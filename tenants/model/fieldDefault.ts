// Checks default values. In: a field's type and the value in the API's encoding; out: faults. Values whose fault only Postgres can
// see (a date that is none) are refused when the statement runs.

import { faultOf, type Subject } from './check.ts'
import type { MetadataFault } from './metadata.ts'
import { defaultOptionFaults } from './options.ts'
import { COMPOSITES, isComposite } from './storage.ts'

const isQuoted = (value: unknown): boolean =>
  typeof value === 'string' && value.length >= 2 && value.startsWith("'") && value.endsWith("'")

const QUOTED = 'Default value should be as quoted string'

const compositeFaults = (subject: Subject, type: string, value: unknown): readonly MetadataFault[] => {
  if (!isComposite(type)) return []
  if (typeof value !== 'object' || value === null || Array.isArray(value))
    return [faultOf(subject, `Default value of type ${type} must be an object of sub-fields`, value)]
  return Object.entries(value).flatMap(
    ([name, part]: readonly [string, unknown]): readonly MetadataFault[] => {
      const known = COMPOSITES[type].find((each) => each.name === name)
      if (known === undefined) return [faultOf(subject, `Type ${type} has no sub-field "${name}"`, name)]
      const isText = known.sql === 'text' || known.sql === 'enum'
      return part === null || !isText || isQuoted(part) ? [] : [faultOf(subject, QUOTED, part)]
    },
  )
}

export const defaultFaults = (
  subject: Subject,
  type: string,
  value: unknown,
  options: readonly { readonly value: string }[],
): readonly MetadataFault[] => {
  if (value === null || value === undefined) return []
  if (isComposite(type)) return compositeFaults(subject, type, value)
  const must = (isRight: boolean, what: string) =>
    isRight ? [] : [faultOf(subject, `Default value of type ${type} must be ${what}`, value)]
  switch (type) {
    case 'SELECT':
    case 'MULTI_SELECT':
    case 'RATING':
      return defaultOptionFaults(subject, type, value, options)
    case 'NUMBER':
      return must(typeof value === 'number' && Number.isFinite(value), 'a number')
    case 'BOOLEAN':
      return must(typeof value === 'boolean', 'a boolean')
    case 'RAW_JSON':
      return must(typeof value === 'object', 'an object or an array')
    case 'ARRAY':
      return must(Array.isArray(value) && value.every(isQuoted), 'an array of quoted strings')
    case 'UUID':
      return must(value === 'uuid' || isQuoted(value), '"uuid" or a quoted string')
    case 'DATE':
    case 'DATE_TIME':
      return must(value === 'now' || isQuoted(value), '"now" or a quoted string')
    default:
      return isQuoted(value) ? [] : [faultOf(subject, QUOTED, value)]
  }
}
