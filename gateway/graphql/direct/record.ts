// What is selected of a record. In: an object, the alias it is read under and the selected fields; out: columns, joins, and how a row
// becomes JSON. To-one relations are joined, one row each; to-many relations are lists (list.ts).

import { inWorkspace } from '../../../sql/placeholder.ts'
import type {
  CompositeField,
  Model,
  ObjectModel,
  ToManyField,
  ToOneField,
} from '../../../tenants/model/model.ts'
import { COMPOSITE_GRAPHQL_NAMES } from '../../../tenants/model/storage.ts'
import { linkOf } from '../../records/read/relation.ts'
import { liveOnly } from '../../records/read/trash.ts'
import { quoteJson, writeJson } from '../../records/select/json.ts'
import { type ReadForm, readPart, readScalar } from '../../records/select/readForm.ts'
import { collectFields, type Fragments, NotCovered, type Selected } from './collect.ts'
import { type Row, type Run, type Sql, sqlOf, type Write } from './run.ts'

export interface PlanScope {
  readonly model: Model
  readonly fragments: Fragments
  /** Aliases and lists handed out so far. */
  readonly counts: { aliases: number; lists: number }
  /** Tables that relations lead to. */
  readonly related: Set<string>
  /** Plans a to-many relation of the record that `alias` stands for (list.ts). */
  readonly planNested: (
    scope: PlanScope,
    object: ObjectModel,
    field: ToManyField,
    alias: string,
    selected: Selected,
  ) => Part
}

export interface RecordPlan {
  readonly columns: readonly Sql[]
  /** Names of the columns of the record's own table that these read. */
  readonly reads: readonly string[]
  readonly joins: readonly Sql[]
  readonly write: Write
}

/** One value of a record: its columns, and its JSON out of them. */
export interface Part {
  readonly columns: readonly Sql[]
  readonly reads?: readonly string[]
  readonly joins?: readonly Sql[]
  readonly write: Write
}

export const nextAlias = (scope: PlanScope): string => {
  scope.counts.aliases += 1
  return `n${scope.counts.aliases}`
}

export const constant = (json: string): Part => ({ columns: [], write: () => json })

const valuePart = ({ sql, json }: ReadForm, column: string): Part => ({
  columns: [sql],
  reads: [column],
  write: (row, offset) => {
    const text = row[offset]
    return text == null ? 'null' : writeJson(text, json)
  },
})

/** GraphQL's lists have one dimension: what lies deeper travels as JSON text. */
const flattenJson = (json: string): string => {
  if (!json.startsWith('[[')) return json
  const items: unknown = JSON.parse(json)
  return JSON.stringify(Array.isArray(items) ? items.map((item) => JSON.stringify(item)) : items)
}

const listPart = (form: ReadForm, column: string): Part => {
  const { write, ...part } = valuePart(form, column)
  return { ...part, write: (row, offset, run) => flattenJson(write(row, offset, run)) }
}

/** `{"key":…,"key":…}` out of parts, one behind the other. */
export const objectPart = (parts: readonly (readonly [key: string, part: Part])[]): RecordPlan => {
  let width = 0
  const entries = parts.map(([key, part], index) => {
    const at = width
    width += part.columns.length
    return { lead: `${index === 0 ? '{' : ','}${quoteJson(key)}:`, at, write: part.write }
  })
  return {
    columns: parts.flatMap(([, { columns }]) => columns),
    reads: parts.flatMap(([, { reads }]) => reads ?? []),
    joins: parts.flatMap(([, { joins }]) => joins ?? []),
    write: (row, offset, run) => {
      let text = ''
      for (const { lead, at, write } of entries) text += lead + write(row, offset + at, run)
      return text === '' ? '{}' : `${text}}`
    },
  }
}

const compositePart = (
  scope: PlanScope,
  object: ObjectModel,
  field: CompositeField,
  alias: string,
  selected: Selected,
): Part =>
  objectPart(
    collectFields(selected.selections, scope.fragments).map(({ key, name }): [string, Part] => {
      if (name === '__typename') return [key, constant(quoteJson(COMPOSITE_GRAPHQL_NAMES[field.type]))]
      const found = field.parts.find(({ part }) => part.name === name)
      if (found === undefined) throw new NotCovered()
      return [key, valuePart(readPart(object, found, alias), found.column.name)]
    }),
  )

/** The limit keeps the planner from joining in another order, which would be that of the records. */
const toOnePart = (scope: PlanScope, field: ToOneField, alias: string, selected: Selected): Part => {
  const target = scope.model.byTable.get(field.target)
  if (target === undefined) throw new NotCovered()
  scope.related.add(target.table)
  const other = nextAlias(scope)
  const joined = nextAlias(scope)
  const record = planRecord(scope, target, other, selected)
  const live = liveOnly(target, other)
  const where = linkOf(field, target, alias, other) + (live === null ? '' : ` and ${live}`)
  const inner: readonly Sql[] = ['true', ...record.columns]
  const join = (run: Run): string => {
    const list = inner.map((sql, index) => `${sqlOf(sql, run)} as c${index}`).join(', ')
    const joins = record.joins.map((sql) => sqlOf(sql, run)).join('')
    return ` left join lateral (select ${list} from ${inWorkspace(target.table)} ${other}${joins} where ${where} limit 1) ${joined} on true`
  }
  return {
    columns: inner.map((_, index) => `${joined}.c${index}`),
    reads: field.columns,
    joins: [join],
    write: (row: Row, offset, run) => (row[offset] === null ? 'null' : record.write(row, offset + 1, run)),
  }
}

const fieldPart = (scope: PlanScope, object: ObjectModel, alias: string, selected: Selected): Part => {
  if (selected.name === '__typename') return constant(quoteJson(object.typeName))
  const field = object.fields.get(selected.name)
  switch (field?.kind) {
    case 'scalar': {
      const form = readScalar(object, field, alias)
      const column = field.column.name
      return field.column.type.isArray && field.column.isNested !== true
        ? listPart(form, column)
        : valuePart(form, column)
    }
    case 'composite':
      return compositePart(scope, object, field, alias, selected)
    case 'toOne':
      return toOnePart(scope, field, alias, selected)
    case 'toMany':
      return scope.planNested(scope, object, field, alias, selected)
    default:
      throw new NotCovered()
  }
}

export const planRecord = (
  scope: PlanScope,
  object: ObjectModel,
  alias: string,
  selected: Selected,
): RecordPlan =>
  objectPart(
    collectFields(selected.selections, scope.fragments).map((field) => [
      field.key,
      fieldPart(scope, object, alias, field),
    ]),
  )
