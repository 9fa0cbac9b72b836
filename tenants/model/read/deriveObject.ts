// Objects with their fields: columns, then a field for each foreign key, then one for each that refers to the
// object. Without what is not shown.

import { hash } from 'node:crypto'
import type { ModelField, ObjectModel, ToManyField, ToOneField } from '../model.ts'
import { withoutEmptyWrites } from '../writable.ts'
import type { Entry, KeyLink, Named } from './deriveFields.ts'
import { type Draft, namesOfNumbers } from './draft.ts'
import type { FieldName } from './fieldNaming.ts'
import type { Visibility } from './filterInactive.ts'
import type { Reuse } from './reuse.ts'

/** An object without its references, and the digest of everything that the record APIs show of it. */
export interface Laid {
  readonly object: ObjectModel
  readonly digest: string
}

/** One side of a link, with what it depends on beyond its own object. */
interface Side<Field> {
  readonly field: Field
  readonly isShown: boolean
}

type Fields = Map<string, ModelField>
type NamesOf = ReadonlyMap<Entry, Named>

const noted = (name: FieldName | undefined) =>
  name === undefined || name.note === null ? {} : { nameNote: name.note }

const toOneOf = (link: KeyLink, { toOne }: Named, target: Pick<Named, 'toMany'> | undefined): ToOneField => ({
  kind: 'toOne',
  name: toOne.get(link)?.name ?? link.foreignKey.name,
  constraint: link.foreignKey.name,
  target: link.target.claims.table,
  columns: link.claim.columns,
  targetColumns: namesOfNumbers(link.target.draft.columnNames, link.foreignKey.targetColumns),
  inverse: target?.toMany.get(link)?.name ?? '',
  ...noted(toOne.get(link)),
})

const toManyOf = (
  link: KeyLink,
  { toMany }: Named,
  source: Pick<Named, 'toOne'> | undefined,
): ToManyField => ({
  kind: 'toMany',
  name: toMany.get(link)?.name ?? link.foreignKey.name,
  constraint: link.foreignKey.name,
  target: link.source.claims.table,
  columns: namesOfNumbers(link.target.draft.columnNames, link.foreignKey.targetColumns),
  targetColumns: link.claim.columns,
  inverse: source?.toOne.get(link)?.name ?? '',
  ...noted(toMany.get(link)),
})

/** A column with a key of its own names its relation; the first key of several counts. */
const join = (fields: Fields, { name, columns }: ToOneField): void => {
  if (columns.length > 1) return
  for (const [key, field] of fields)
    if (field.kind === 'scalar' && field.column.name === columns[0] && field.joinOf === null)
      fields.set(key, { ...field, joinOf: name })
}

const removeHidden = (fields: Fields, { annotation }: Draft, shown: Visibility): void => {
  for (const [name, field] of fields)
    if ((field.kind === 'scalar' || field.kind === 'composite') && !shown.value(annotation, field))
      fields.delete(name)
}

const separate = (fields: Fields): void => {
  for (const [name, field] of fields)
    if (field.kind === 'scalar' && field.joinOf !== null && !fields.has(field.joinOf))
      fields.set(name, { ...field, joinOf: null })
}

/** Including the chosen label identifier. */
const labelled = (object: ObjectModel, labelColumn: string | undefined): ObjectModel => {
  const chosen = [...object.fields.values()].find((field) =>
    field.kind === 'scalar'
      ? field.column.name === labelColumn
      : field.kind === 'composite' && field.parts[0]?.column.name === labelColumn,
  )
  return chosen === undefined ? object : { ...object, labelField: chosen.name }
}

const digestOf = (object: ObjectModel): string =>
  hash(
    'sha256',
    JSON.stringify({
      ...object,
      columns: [...object.columns.values()],
      fields: [...object.fields.values()],
    }),
    'base64',
  )

const lay = (
  { entry: { draft }, names }: Named,
  toOne: readonly Side<ToOneField>[],
  toMany: readonly Side<ToManyField>[],
  shown: Visibility,
): Laid => {
  const fields: Fields = new Map(names.fields.map((field) => [field.name, field]))
  for (const { field } of toOne) {
    fields.set(field.name, field)
    join(fields, field)
  }
  for (const { field } of toMany) fields.set(field.name, field)
  for (const { field, isShown } of [...toOne, ...toMany]) if (!isShown) fields.delete(field.name)
  removeHidden(fields, draft, shown)
  separate(fields)
  const object = withoutEmptyWrites(labelled({ ...draft.object, fields }, draft.annotation.labelColumn))
  return { object, digest: digestOf(object) }
}

export const deriveObject = (named: Named, others: NamesOf, shown: Visibility, reuse: Reuse): Laid => {
  const { entry, names } = named
  const toOne = entry.links
    .filter(({ source }) => source === entry)
    .map((link) => ({ field: toOneOf(link, named, others.get(link.target)), isShown: shown.toOne(link) }))
  const toMany = entry.links
    .filter(({ target }) => target === entry)
    .map((link) => ({ field: toManyOf(link, named, others.get(link.source)), isShown: shown.toMany(link) }))
  return reuse.part(
    'object',
    () => [
      reuse.numberOf(names),
      toOne,
      toMany,
      names.fields.map((field) => shown.value(entry.draft.annotation, field)),
    ],
    () => lay(named, toOne, toMany, shown),
  )
}
