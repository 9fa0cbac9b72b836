// Checks the options of select fields, and gives them ids and positions. enum.ts changes the enum type when
// options change.

import { isUuid, newUuid } from '../../../uuid.ts'
import { isRecord } from '../../json.ts'
import type { MetadataFault, OptionMetadata } from '../../metadata.ts'
import { valueKindOf } from '../../scalarType.ts'
import { faultOf, type Subject } from './check.ts'

const MAX_LENGTH = 63
const VALUE = /^[A-Z][A-Z0-9]*(_[A-Z0-9]+)*$/
const FALLBACK_COLOR = 'gray'

const hasDuplicates = (values: readonly unknown[]): boolean => new Set(values).size < values.length

const optionFaults = (
  subject: Subject,
  option: Readonly<Record<string, unknown>>,
): readonly MetadataFault[] => {
  const faults: MetadataFault[] = []
  const add = (message: string, value: unknown) => faults.push(faultOf(subject, message, value))
  const { id, value, label } = option
  if (id !== undefined && id !== null && !(typeof id === 'string' && isUuid(id)))
    add('Option id is invalid', id)
  if (typeof value !== 'string' || value === '') add('Option value is required', value)
  else if (value.length > MAX_LENGTH) add('Option value exceeds 63 characters', value)
  else if (!VALUE.test(value)) add(`Value must be in UPPER_CASE and follow snake_case "${value}"`, value)
  if (typeof label !== 'string' || label.trim() === '') add('Option label is required', label)
  else if (label.includes(',')) add('Label must not contain a comma', label)
  else if ([...label].length > MAX_LENGTH) add('Option label exceeds 63 characters', label)
  return faults
}

interface CheckedOptions {
  readonly faults: readonly MetadataFault[]
  readonly options: readonly OptionMetadata[]
}

/** @param known existing options; an option sent without an id is the existing one of the same value. */
export const checkOptions = (
  subject: Subject,
  given: unknown,
  known: readonly OptionMetadata[] = [],
): CheckedOptions => {
  if (!Array.isArray(given) || given.length === 0)
    return { faults: [faultOf(subject, 'Options are required for enum fields', given)], options: [] }
  const rows = given.filter(isRecord)
  const faults = rows.flatMap((row) => optionFaults(subject, row))
  if (rows.length < given.length) faults.push(faultOf(subject, 'Options must be objects', given))
  const present = (key: string) =>
    rows.map((row) => row[key]).filter((value) => value !== undefined && value !== null)
  for (const key of ['id', 'position', 'value'])
    if (hasDuplicates(present(key))) faults.push(faultOf(subject, `Duplicated option ${key}`))
  if (faults.length > 0) return { faults, options: [] }
  const options = rows
    .map((row, index) => {
      const value = String(row.value)
      const { id, color, position } = row
      return {
        id: typeof id === 'string' ? id : (known.find((option) => option.value === value)?.id ?? newUuid()),
        value,
        label: String(row.label).trim(),
        color: typeof color === 'string' ? color : FALLBACK_COLOR,
        position: typeof position === 'number' ? position : index,
      }
    })
    .sort((a, b) => a.position - b.position)
    .map((option, position) => ({ ...option, position }))
  return { faults, options }
}

const unquoted = (value: unknown): string | null => {
  const match = typeof value === 'string' ? /^'(.*)'$/s.exec(value) : null
  return match?.[1] ?? null
}

/** Faults of the default of a select field; none for null and undefined. */
export const defaultOptionFaults = (
  subject: Subject,
  type: string,
  value: unknown,
  options: readonly { readonly value: string }[],
): readonly MetadataFault[] => {
  if (value === null || value === undefined) return []
  const one = (single: unknown): readonly MetadataFault[] => {
    const text = unquoted(single)
    if (text === null) return [faultOf(subject, 'Default value should be as quoted string', single)]
    return options.some((option) => option.value === text)
      ? []
      : [faultOf(subject, `Default value "${String(single)}" must be one of the option values`, single)]
  }
  if (valueKindOf(type) !== 'options') return one(value)
  if (!Array.isArray(value))
    return [faultOf(subject, `Default value for multi-select must be an array got ${String(value)}`, value)]
  if (value.length === 0)
    return [faultOf(subject, 'If defined default value must contain at least one value', value)]
  if (hasDuplicates(value)) return [faultOf(subject, 'Default values must be unique', value)]
  return value.flatMap(one)
}
