// Comments in Postgres on tables and columns, kept in step with labels and descriptions. A comment written in
// SQL belongs to its author: only comments that are still ours are changed.

import { escapeLiteral } from 'pg'
import { inWorkspace, quoteIdentifier } from '../../../sql/placeholder.ts'
import type { Step } from '../change/run/schemaChange.ts'
import type { CompositePart } from '../compositeType.ts'
import type { Described, DescribedObject } from '../describe/catalogRef.ts'
import { RELATION_KINDS } from '../identifier.ts'
import type { FieldMetadata, ObjectMetadata } from '../metadata.ts'
import type { ModelField } from '../model.ts'
import { hasSmartTag, parseComment, withName } from '../smartComment.ts'

/** What a DBA cannot see from the column's name. */
const PART_NOTES: Readonly<Record<string, string>> = {
  additionalEmails: 'JSON array of addresses',
  additionalPhones: 'JSON array of {number, countryCode, callingCode}',
  secondaryLinks: 'JSON array of {label, url}',
  primaryPhoneCountryCode: 'ISO 3166-1, two letters',
  primaryPhoneCallingCode: 'with the leading +',
  amountMicros: 'millionths of one unit of the currency',
  currencyCode: 'ISO 4217',
  addressLat: 'degrees',
  addressLng: 'degrees',
  blocknote: 'JSON document of the editor',
  workspaceMemberId: 'kept after the member has left',
}

type Meaning = string | null | undefined

/** A label that reads like a smart tag is quoted, because text from the API must not act as a tag. */
const phrase = (label: string, meaning: Meaning): string => {
  const text = meaning == null || meaning.trim() === '' ? label : `${label}: ${meaning}`
  return hasSmartTag(text) ? `"${label}"${text.slice(label.length)}` : text
}

export const tableComment = (labelPlural: string, description: Meaning): string =>
  phrase(labelPlural, description)

export const columnComment = (label: string, description: Meaning): string => phrase(label, description)

export const partComment = (label: string, part: CompositePart): string =>
  phrase(`${label}, ${part.suffix.replaceAll('_', ' ')}`, PART_NOTES[part.name])

/** Comment on the columns by which notes, tasks and files point at an object. */
export const targetComment = (labelSingular: string): string => `Target: ${labelSingular}`

const isOurs = (comment: string | null, label: string, description: Meaning, ours: string): boolean =>
  comment === ours || comment === `${label}: ${description ?? ''}`

const describeColumn = (table: string, column: string, text: string): Step => ({
  sql: `comment on column ${inWorkspace(table)}.${quoteIdentifier(column)} is ${escapeLiteral(text)}`,
  locks: [{ table, mode: 'SHARE UPDATE EXCLUSIVE', why: `describes ${column}` }],
})

const commentOf = (object: DescribedObject, column: string): string | null =>
  object.relation.columns.find(({ name }) => name === column)?.comment ?? null

interface Words {
  readonly label?: Meaning
  readonly description?: Meaning
}

/** @param fields the columns, under their current names. */
export const fieldCommentSteps = (
  object: DescribedObject,
  fields: readonly ModelField[],
  now: FieldMetadata,
  words: Words,
): readonly Step[] => {
  const label = words.label?.trim() ?? now.label
  const description = words.description === undefined ? now.description : words.description
  const table = object.relation.name
  const step = (column: string, before: string, after: string): readonly Step[] =>
    before !== after && isOurs(commentOf(object, column), now.label, now.description, before)
      ? [describeColumn(table, column, after)]
      : []
  return fields.flatMap((field): readonly Step[] => {
    if (field.kind === 'composite')
      return field.parts.flatMap(({ part, column }) =>
        step(column.name, partComment(now.label, part), partComment(label, part)),
      )
    const [column] =
      field.kind === 'scalar' ? [field.column.name] : field.kind === 'toOne' ? field.columns : []
    return column === undefined
      ? []
      : step(column, columnComment(now.label, now.description), columnComment(label, description))
  })
}

const targetSteps = (before: Described, from: string, to: string): readonly Step[] =>
  from === to
    ? []
    : [...before.objects.values()].flatMap((object) =>
        object.standard === undefined
          ? []
          : object.relation.columns
              .filter(({ comment }) => comment === targetComment(from))
              .map(({ name }) => describeColumn(object.relation.name, name, targetComment(to))),
      )

export const objectCommentSteps = (
  before: Described,
  object: DescribedObject,
  now: ObjectMetadata,
  words: {
    readonly labelSingular?: Meaning
    readonly labelPlural?: Meaning
    readonly description?: Meaning
    /** New names. A comment with the old ones would restore them wherever the registry is missing. */
    readonly names?: readonly string[] | undefined
  },
): readonly Step[] => {
  const plural = words.labelPlural ?? now.labelPlural
  const description = words.description === undefined ? now.description : words.description
  const table = object.relation.name
  const ours = tableComment(now.labelPlural, now.description)
  const text = tableComment(plural, description)
  const { comment } = object.relation
  const isNamed = words.names !== undefined && parseComment(comment).names.length > 0
  const next = isNamed
    ? withName(comment, words.names ?? [])
    : ours !== text && isOurs(comment, now.labelPlural, now.description, ours)
      ? text
      : comment
  const own: readonly Step[] =
    next === null || next === comment
      ? []
      : [
          {
            sql: `comment on ${RELATION_KINDS[object.relation.kind]} ${inWorkspace(table)} is ${escapeLiteral(next)}`,
            locks: [{ table, mode: 'SHARE UPDATE EXCLUSIVE', why: 'describes the table' }],
          },
        ]
  return [...own, ...targetSteps(before, now.labelSingular, words.labelSingular ?? now.labelSingular)]
}
