// A record between Postgres and JSON. In: an object and how deep to go; out: the columns to select for it, and how a row of them
// becomes JSON text. Records are written as JSON here and not by Postgres, which takes several times as long over it. At depth 1 a
// to-one relation is joined and reads as an object or null; a to-many relation, at most 60 live records, comes as JSON.

import { inWorkspace, quoteIdentifier } from '../../sql/placeholder.ts'
import type { Model, ObjectModel, ToManyField, ToOneField } from '../../tenants/model/model.ts'
import { linkOf } from '../records/read/relation.ts'
import { liveOnly } from '../records/read/trash.ts'
import { writeJson } from '../records/select/json.ts'
import { type ReadForm, readPart, readScalar, readStored } from '../records/select/readForm.ts'
import { isShown } from './fields.ts'
import type { Shown } from './request.ts'

export type { Shown } from './request.ts'

const MAX_RELATED = 60

interface NamedForm extends ReadForm {
  readonly name: string
  /** The value's JSON, where it is more than what `json` says. */
  readonly write?: (text: string | null) => string
}
/** A value, or several that read as one object. */
type Entry = NamedForm | { readonly name: string; readonly parts: readonly NamedForm[] }

export interface RecordForm {
  /** SQL expressions, to be selected in this order. */
  readonly columns: readonly string[]
  /** Names of the columns of the record's own table that all this reads. */
  readonly reads: readonly string[]
  /** What has to follow the record's table in the `from` clause; it neither adds rows nor changes their order. */
  readonly joins: string
  /** JSON text of a record. @param offset where the record's columns begin in the row */
  readonly write: (row: readonly (string | null)[], offset: number) => string
}

/** `from` and `where` of the live records at the other end of a relation. */
const relatedRows = (
  target: ObjectModel,
  field: ToOneField | ToManyField,
  alias: string,
  other: string,
): string => {
  const live = liveOnly(target, other)
  const where = linkOf(field, target, alias, other) + (live === null ? '' : ` and ${live}`)
  return `from ${inWorkspace(target.table)} ${other} where ${where}`
}

const isRows = (value: unknown): value is (string | null)[][] => Array.isArray(value)

/** The records as rows of texts, which are written like any others. */
const toManyForm = (model: Model, field: ToManyField, alias: string): NamedForm | null => {
  const target = model.byTable.get(field.target)
  if (target === undefined) return null
  const other = 'related'
  const key = target.key.map((column) => `${other}.${quoteIdentifier(column)}`).join(', ')
  const order = key === '' ? '' : ` order by ${key}`
  const entries = valuesOf(target, other, field.targetColumns)
  const texts = columnsOf(entries).map((sql) => `(${sql})::pg_catalog.text`)
  const page = `select array[${texts.join(', ')}]::pg_catalog.text[] as texts ${relatedRows(target, field, alias, other)}${order} limit ${MAX_RELATED}`
  // Most records have nothing there, and to see that is much cheaper than to sort and gather nothing.
  const isAny = `exists (select ${relatedRows(target, field, alias, other)})`
  const write = writerOf(entries)
  return {
    name: field.name,
    json: 'json',
    sql: `case when ${isAny} then (select pg_catalog.json_agg(pg_catalog.to_json(page.texts)) from (${page}) page) end`,
    write: (text) => {
      const rows: unknown = text === null ? [] : JSON.parse(text)
      return `[${isRows(rows) ? rows.map((row) => write(row, 0)).join(',') : ''}]`
    },
  }
}

/** @param liveKeys foreign keys whose target is known to be live: they need not be looked up */
const valuesOf = (object: ObjectModel, alias: string, liveKeys: readonly string[] = []): Entry[] => {
  const entries: Entry[] = []
  for (const field of object.fields.values()) {
    const { name } = field
    if (field.kind === 'scalar') {
      // A search vector is for searching: it is long, and nobody reads it.
      if (field.type === 'TS_VECTOR') continue
      const read = liveKeys.includes(field.column.name) ? readStored : readScalar
      entries.push({ name, ...read(object, field, alias) })
    } else if (field.kind === 'composite') {
      const parts = field.parts.map((part) => ({ name: part.part.name, ...readPart(object, part, alias) }))
      entries.push({ name, parts })
    }
  }
  return entries
}

const columnsOf = (entries: readonly Entry[]): string[] =>
  entries.flatMap((entry) => ('parts' in entry ? entry.parts.map(({ sql }) => sql) : [entry.sql]))

/** Everything between two values is known beforehand: `,"address":{"addressStreet1":`. */
const writerOf = (entries: readonly Entry[]): RecordForm['write'] => {
  const forms: NamedForm[] = []
  const leads: string[] = []
  let lead = '{'
  const add = (form: NamedForm): void => {
    leads.push(`${lead}${JSON.stringify(form.name)}:`)
    forms.push(form)
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
    for (let index = 0; index < forms.length; index += 1) {
      const value = row[offset + index] ?? null
      const form = forms[index]
      text += leads[index]
      if (form?.write !== undefined) text += form.write(value)
      else text += value === null ? 'null' : writeJson(value, form?.json ?? 'string')
    }
    return text + end
  }
}

/** Columns behind values and relations; a search vector is behind neither. */
const readsOf = (object: ObjectModel): string[] =>
  [...object.fields.values()].flatMap((field) => {
    switch (field.kind) {
      case 'scalar':
        return field.type === 'TS_VECTOR' ? [] : [field.column.name]
      case 'composite':
        return field.parts.map(({ column }) => column.name)
      default:
        return field.columns
    }
  })

const formOf = (object: ObjectModel, entries: readonly Entry[]): RecordForm => ({
  columns: columnsOf(entries),
  reads: readsOf(object),
  joins: '',
  write: writerOf(entries),
})

/** A record that may not be there: its first column says whether it is. */
interface Joined {
  readonly columns: readonly string[]
  readonly join: string
  readonly lead: string
  readonly write: RecordForm['write']
}

/** The limit keeps the planner from joining in another order, which would be that of the records. */
const toOneJoin = (model: Model, field: ToOneField, alias: string, index: number): Joined | null => {
  const target = model.byTable.get(field.target)
  if (target === undefined) return null
  const other = 'related'
  const entries = valuesOf(target, other)
  const inner = ['true', ...columnsOf(entries)]
  const joined = `joined${index}`
  const list = inner.map((sql, column) => `${sql} as c${column}`).join(', ')
  return {
    columns: inner.map((_, column) => `${joined}.c${column}`),
    join: ` left join lateral (select ${list} ${relatedRows(target, field, alias, other)} limit 1) ${joined} on true`,
    lead: `,${JSON.stringify(field.name)}:`,
    write: writerOf(entries),
  }
}

type Has = (name: string) => boolean

const ownEntries = (object: ObjectModel, alias: string, has: Has): Entry[] =>
  valuesOf(object, alias).filter(({ name }) => has(name))

/** The record itself and, behind it, its relations. */
const deepForm = (model: Model, object: ObjectModel, alias: string, has: Has): RecordForm => {
  const fields = [...object.fields.values()].filter(({ name }) => has(name))
  const lists = fields.flatMap((field) =>
    field.kind === 'toMany' ? (toManyForm(model, field, alias) ?? []) : [],
  )
  const own = formOf(object, [...ownEntries(object, alias, has), ...lists])
  const joined = fields.flatMap((field, index) =>
    field.kind === 'toOne' ? (toOneJoin(model, field, alias, index) ?? []) : [],
  )
  return {
    columns: [...own.columns, ...joined.flatMap(({ columns }) => columns)],
    reads: own.reads,
    joins: joined.map(({ join }) => join).join(''),
    write: (row, offset) => {
      let text = own.write(row, offset).slice(0, -1)
      let at = offset + own.columns.length
      for (const { lead, columns, write } of joined) {
        const value = lead + (row[at] === null ? 'null' : write(row, at + 1))
        text += text === '{' ? value.slice(1) : value
        at += columns.length
      }
      return `${text}}`
    },
  }
}

const compiled = new WeakMap<ObjectModel, Map<string, RecordForm>>()

/** The record that `alias` stands for. Whole records are compiled once per object, alias and depth. */
export const recordForm = (model: Model, object: ObjectModel, alias: string, shown: Shown): RecordForm => {
  const create = (): RecordForm => {
    const has = isShown(object, shown.fields)
    return shown.depth === 1
      ? deepForm(model, object, alias, has)
      : formOf(object, ownEntries(object, alias, has))
  }
  if (shown.fields !== null) return create()
  const forms = compiled.get(object) ?? new Map<string, RecordForm>()
  compiled.set(object, forms)
  const key = `${alias} ${shown.depth}`
  const known = forms.get(key)
  if (known !== undefined) return known
  const form = create()
  forms.set(key, form)
  return form
}

/** What names the record: its key fields. */
export const keyForm = (object: ObjectModel, alias: string): RecordForm =>
  formOf(
    object,
    object.key.flatMap((name) => {
      for (const field of object.fields.values()) {
        if (field.kind === 'scalar' && field.column.name === name)
          return [{ name: field.name, ...readStored(object, field, alias) }]
      }
      return []
    }),
  )
