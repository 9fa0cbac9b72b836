// Where a relation of a record leads. In: the field and the record; out: the other object and the value that
// names a record in it, or null where it leads nowhere; and the names that a write sets them by.

import type { Field } from '../model/object.ts'
import type { Row } from './value.ts'

export interface RecordLink {
  readonly nameSingular: string
  readonly namePlural: string
  /** Value of the field that the relation points to: mostly, but not always, the other record's key. */
  readonly id: string
}

export interface LinkTarget {
  readonly nameSingular: string
  readonly namePlural: string
  readonly labelPlural: string
  /** The field that holds the id. */
  readonly join: string
}

const capitalised = (text: string): string => text.charAt(0).toUpperCase() + text.slice(1)

/**
 * The field that holds the id of a relation's other record.
 * @param target name in the singular; decides among the ids of a relation to several objects
 */
export const joinOf = (field: Pick<Field, 'name' | 'type' | 'settings'>, target: string): string => {
  if (field.type === 'MORPH_RELATION') return `${field.name}${capitalised(target)}Id`
  const join = field.settings?.joinColumnName
  return typeof join === 'string' ? join : `${field.name}Id`
}

/** The field of the other object that a relation points to, where that is not its key. */
export const referencedOf = ({ settings }: Pick<Field, 'settings'>): string | undefined => {
  const name = settings?.referencedColumnName
  return typeof name === 'string' ? name : undefined
}

/** The objects that a field may point to; one for a RELATION. */
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
    if (typeof id === 'string' || typeof id === 'number') return { nameSingular, namePlural, id: String(id) }
  }
  return null
}
