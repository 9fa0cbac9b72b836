// Follows a relation of a record: the related object, the value that identifies the related record, and the
// fields that a write sets.

import { ExactNumber } from '../api/json.ts'
import { type Field, settingOf } from '../model/object.ts'
import type { Row } from './value.ts'

interface RecordLink {
  readonly nameSingular: string
  readonly namePlural: string
  /** Value of the referenced field, which is usually the other record's key. */
  readonly id: string
}

export interface LinkTarget {
  readonly nameSingular: string
  readonly namePlural: string
  readonly labelPlural: string
  /** The field with the foreign key. */
  readonly join: string
}

const capitalised = (text: string): string => text.charAt(0).toUpperCase() + text.slice(1)

/**
 * The field with the foreign key of a relation.
 * @param target singular name; selects among the foreign keys of a relation to several objects
 */
export const joinOf = (field: Pick<Field, 'name' | 'type' | 'settings'>, target: string): string => {
  if (field.type === 'MORPH_RELATION') return `${field.name}${capitalised(target)}Id`
  return settingOf(field, 'joinColumnName') ?? `${field.name}Id`
}

/** The referenced field of the other object, if it is not the key. */
export const referencedOf = (field: Pick<Field, 'settings'>): string | undefined =>
  settingOf(field, 'referencedColumnName')

/** The objects that a field can point to; one for a RELATION. */
export const targetsOf = (field: Field): readonly LinkTarget[] => {
  const ends = field.relation === null ? (field.morphRelations ?? []) : [field.relation]
  return ends
    .filter(({ type }) => type === 'MANY_TO_ONE')
    .map(({ targetObjectMetadata: { nameSingular, namePlural, labelPlural } }) => ({
      nameSingular,
      namePlural,
      labelPlural,
      join: joinOf(field, nameSingular),
    }))
}

export const linkOf = (field: Field, row: Row): RecordLink | null => {
  for (const { nameSingular, namePlural, join } of targetsOf(field)) {
    const id = row[join]
    if (typeof id === 'string' || typeof id === 'number' || id instanceof ExactNumber)
      return { nameSingular, namePlural, id: String(id) }
  }
  return null
}
