// A record between Postgres and JSON. In: an object and how deep to go; out: the columns to select for it, and how a row of them
// becomes JSON text. Records are written as JSON here and not by Postgres, which takes several times as long over it; only
// what hangs off a record at depth 1 (to-one as an object or null, to-many as a list of at most 60 live records) comes as JSON.

import { inWorkspace, quoteIdentifier } from '../../sql/placeholder.ts'
import type { Model, ObjectModel, ToManyField, ToOneField } from '../../tenants/model/model.ts'
import { liveOnly } from '../query/filter.ts'
import { type ReadForm, readPart, readScalar } from '../query/read.ts'
import type { Depth } from './request.ts'

const MAX_RELATED = 60

interface NamedForm extends ReadForm {
  readonly name: string
}
/** A value, or several that read as one object. */
type Entry = NamedForm | { readonly name: string; readonly parts: readonly NamedForm[] }

export interface RecordForm {
  /** SQL expressions, to be selected in this order. */
  readonly columns: readonly string[]
  /** JSON text of a record. @param offset where the record's columns begin in the row */
  readonly write: (row: readonly (string | null)[], offset: number) => string
}

const joinOn = (field: ToOneField | ToManyField, alias: string, other: string): string =>
  field.columns
    .map(
      (column, index) =>
        `${other}.${quoteIdentifier(field.targetColumns[index] ?? '')} = ${alias}.${quoteIdentifier(column)}`,
    )
    .join(' and ')

const jsonInSql = (entries: readonly Entry[]): string => {
  const list = entries.map(
    (entry) => `${'parts' in entry ? jsonInSql(entry.parts) : entry.sql} as ${quoteIdentifier(entry.name)}`,
  )
  return `(select pg_catalog.row_to_json(named) from (select ${list.join(', ')}) named)`
}

const relatedForm = (model: Model, field: ToOneField | ToManyField, alias: string): NamedForm | null => {
  const target = model.byTable.get(field.target)
  if (target === undefined) return null
  const other = 'related'
  const live = liveOnly(target, other)
  const where = joinOn(field, alias, other) + (live === null ? '' : ` and ${live}`)
  const from = `from ${inWorkspace(target.table)} ${other} where ${where}`
  const record = jsonInSql(entriesOf(model, target, other, 0))
  if (field.kind === 'toOne') return { name: field.name, json: 'json', sql: `(select ${record} ${from})` }
  const key = target.key.map((column) => `${other}.${quoteIdentifier(column)}`).join(', ')
  const page = `select ${record} as record ${from}${key === '' ? '' : ` order by ${key}`} limit ${MAX_RELATED}`
  const sql = `(select coalesce(pg_catalog.json_agg(page.record), '[]'::pg_catalog.json) from (${page}) page)`
  return { name: field.name, json: 'json', sql }
}

const entriesOf = (model: Model, object: ObjectModel, alias: string, depth: Depth): Entry[] => {
  const entries: Entry[] = []
  for (const field of object.fields.values()) {
    const { name } = field
    if (field.kind === 'scalar') {
      // A search vector is for searching: it is long, and nobody reads it.
      if (field.type !== 'TS_VECTOR') entries.push({ name, ...readScalar(model, object, field, alias) })
    } else if (field.kind === 'composite') {
      const parts = field.parts.map((part) => ({ name: part.part.name, ...readPart(object, part, alias) }))
      entries.push({ name, parts })
    } else if (depth === 1) {
      const related = relatedForm(model, field, alias)
      if (related !== null) entries.push(related)
    }
  }
  return entries
}

const NEEDS_ESCAPE = /["\\\p{Cc}]/u
const quoteJson = (text: string): string => (NEEDS_ESCAPE.test(text) ? JSON.stringify(text) : `"${text}"`)
/** What is no number in JSON (NaN, infinities) travels as text. */
const IS_NUMBER = /^-?\d/

const writeValue = (text: string, json: ReadForm['json']): string => {
  switch (json) {
    case 'string':
      return quoteJson(text)
    case 'number':
      return IS_NUMBER.test(text) ? text : quoteJson(text)
    case 'boolean':
      return text === 't' ? 'true' : 'false'
    case 'json':
      return text
  }
}

/** Everything between two values is known beforehand: `,"address":{"addressStreet1":`. */
const writerOf = (entries: readonly Entry[]): RecordForm['write'] => {
  const kinds: ReadForm['json'][] = []
  const leads: string[] = []
  let lead = '{'
  const add = (form: NamedForm): void => {
    leads.push(`${lead}${JSON.stringify(form.name)}:`)
    kinds.push(form.json)
    lead = ','
  }
  for (const entry of entries) {
    if ('parts' in entry) {
      lead = `${lead}${JSON.stringify(entry.name)}:{`
      for (const part of entry.parts) add(part)
      lead = '},'
    } else add(entry)
  }
  const end = lead === '{' ? '{}' : lead === ',' ? '}' : '}}'
  return (row, offset) => {
    let text = ''
    for (let index = 0; index < kinds.length; index += 1) {
      const value = row[offset + index]
      text += leads[index]
      text += value == null ? 'null' : writeValue(value, kinds[index] ?? 'string')
    }
    return text + end
  }
}

const formOf = (entries: readonly Entry[]): RecordForm => ({
  columns: entries.flatMap((entry) => ('parts' in entry ? entry.parts.map(({ sql }) => sql) : [entry.sql])),
  write: writerOf(entries),
})

const compiled = new WeakMap<ObjectModel, Map<string, RecordForm>>()

/** The record that `alias` stands for. Compiled once per object, alias and depth. */
export const recordForm = (model: Model, object: ObjectModel, alias: string, depth: Depth): RecordForm => {
  const forms = compiled.get(object) ?? new Map<string, RecordForm>()
  compiled.set(object, forms)
  const key = `${alias} ${depth}`
  const known = forms.get(key)
  if (known !== undefined) return known
  const form = formOf(entriesOf(model, object, alias, depth))
  forms.set(key, form)
  return form
}

/** What names the record: its key fields. */
export const keyForm = (model: Model, object: ObjectModel, alias: string): RecordForm =>
  formOf(
    object.key.flatMap((name) => {
      for (const field of object.fields.values()) {
        if (field.kind === 'scalar' && field.column.name === name)
          return [{ name: field.name, ...readScalar(model, object, { ...field, joinOf: null }, alias) }]
      }
      return []
    }),
  )
