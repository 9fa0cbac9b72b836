// Checks of names and labels that objects and fields share. Returns faults with the contract's codes, an
// empty list if all is well. object.ts and field.ts check whether a name is free.

import { isUuid } from '../../../uuid.ts'
import { isKept } from '../../identifier.ts'
import { fieldNameOfLabel } from '../../label.ts'
import type { MetadataFault } from '../../metadata.ts'
import { hasWords } from '../../name.ts'
import { isReservedName } from '../../reserved.ts'
import { MetadataRefusal } from './metadataRefusal.ts'

const MAX_LENGTH = 63
const INVALID_NAME =
  'Name is not valid: it must start with lowercase letter and contain only alphanumeric letters'
const NAME = /^[a-z][a-zA-Z0-9]*$/

export type Subject = Pick<MetadataFault, 'metadataName' | 'operation' | 'code'> & {
  readonly name?: string
  readonly objectName?: string
}

export const faultOf = (subject: Subject, message: string, value?: unknown): MetadataFault => ({
  ...subject,
  message,
  userFriendlyMessage: message,
  ...(value === undefined ? {} : { value }),
})

/** A change that a standard object or field does not accept, for any value. */
export const protectedFault = (
  subject: Subject,
  code: 'OBJECT_MUTATION_NOT_ALLOWED' | 'FIELD_MUTATION_NOT_ALLOWED',
  message: string,
): MetadataFault => ({ ...faultOf(subject, message), code })

export const nameFaults = (subject: Subject, name: string): readonly MetadataFault[] => {
  const faults: MetadataFault[] = []
  const add = (message: string) => faults.push(faultOf(subject, message, name))
  if (name.length === 0) add('Name is too short')
  else if (name.length > MAX_LENGTH) add('Name is too long')
  else if (!NAME.test(name)) add(INVALID_NAME)
  else if (isReservedName(name))
    add('This name is reserved. Use a different name or the system will add "Custom" suffix.')
  return faults
}

/** @param identifiers the resulting names of tables and columns in Postgres. */
export const lengthFaults = (
  subject: Subject,
  name: string,
  identifiers: readonly string[],
): readonly MetadataFault[] => (identifiers.every(isKept) ? [] : [faultOf(subject, 'Name is too long', name)])

/** Faults of a label that the field's name follows from. */
export const namingLabelFaults = (subject: Subject, label: string): readonly MetadataFault[] =>
  labelFaults(subject, label, 'Field').length === 0 && !hasWords(label)
    ? [faultOf(subject, INVALID_NAME, label)]
    : labelFaults(subject, label, 'Field')

/** @param what "Object" or "Field". */
export const labelFaults = (subject: Subject, label: string, what: string): readonly MetadataFault[] => {
  const length = [...label.trim()].length
  if (length === 0) return [faultOf(subject, `${what} label is too short`, label)]
  if (length > MAX_LENGTH) return [faultOf(subject, `${what} label is too long`, label)]
  return []
}

const holdsNul = (value: unknown): boolean =>
  typeof value === 'string'
    ? value.includes('\0')
    : typeof value === 'object' && value !== null && Object.values(value).some(holdsNul)

/** Postgres cannot store text with NUL, so it is refused anywhere in an input. */
export const nulFaults = (subject: Subject, input: object): readonly MetadataFault[] =>
  Object.entries(input).flatMap(([key, value]: readonly [string, unknown]) =>
    holdsNul(value) ? [faultOf(subject, `Text cannot contain NUL: ${key}`)] : [],
  )

/** The searched fields follow from the label identifier and cannot be chosen one by one. */
export const searchableFault = (subject: Subject, isWanted: boolean): MetadataFault =>
  faultOf(
    subject,
    `isSearchable cannot be set to ${isWanted}: search looks into the field that names the records, of standard objects into their main fields`,
    isWanted,
  )

/** Whether a field's name follows from its label. */
export const isSynced = (name: string, label: string): boolean => name === fieldNameOfLabel(label)

/** Refuses unknown ids. */
export const notFound = (
  metadataName: MetadataFault['metadataName'],
  operation: MetadataFault['operation'],
  id: string,
): MetadataRefusal => {
  const words = { objectMetadata: 'Object', fieldMetadata: 'Field', index: 'Index' }[metadataName]
  const code = {
    objectMetadata: 'OBJECT_METADATA',
    fieldMetadata: 'FIELD_METADATA',
    index: 'INDEX_METADATA',
  }[metadataName]
  return isUuid(id)
    ? new MetadataRefusal(
        [{ metadataName, operation, code: `${code}_NOT_FOUND`, message: `${words} not found`, value: id }],
        'NOT_FOUND',
      )
    : new MetadataRefusal([
        { metadataName, operation, code: 'INVALID_UUID', message: `"${id}" is not a UUID`, value: id },
      ])
}
