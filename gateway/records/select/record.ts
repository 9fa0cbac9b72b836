// A record: from a selection and the record's alias to columns, joins and a writer of its JSON. The JSON is
// written here because Postgres takes several times as long. To-one relations are joined, one row each;
// to-many relations are lists (list.ts).

import { inWorkspace } from '../../../sql/placeholder.ts'
import type { Model, ToOneField } from '../../../tenants/model/model.ts'
import { badInput } from '../../error/problem.ts'
import { compileComputed } from '../read/function.ts'
import { type ReadForm, readPart, readScalar, readStored } from '../read/readForm.ts'
import { linkOf } from '../read/relation.ts'
import { liveOnly } from '../read/trash.ts'
import { type Run, type Sql, sqlOf } from '../run.ts'
import type { RecordField, RecordSelection } from '../selection.ts'
import { createTemplate, quoteJson, type Template, type Write, writeFlat, writeValue } from './json.ts'
import type { ListRequest } from './listRequest.ts'

/** Shared by the plans of one statement. */
export interface PlanScope {
  readonly model: Model
  /** Aliases used so far. */
  readonly counts: { aliases: number }
  /** Tables reached over relations. */
  readonly related: Set<string>
  /** Requests of the lists inside records that have arguments, in the order of planning. */
  readonly nested: ((run: Run) => ListRequest)[]
  /** Plans a to-many relation of the record of `alias` (duplicateLists.ts). */
  readonly planList: (
    scope: PlanScope,
    selected: Extract<RecordField, { kind: 'toMany' }>,
    alias: string,
  ) => RelationPlan
}

export interface RecordPlan {
  readonly columns: readonly Sql[]
  /** Names of all columns read from the record's own table. */
  readonly reads: readonly string[]
  /** Joins after the record's table in the `from` clause; they neither add rows nor change their order. */
  readonly joins: readonly Sql[]
  readonly write: Write
}

/** A relation of a record: its columns, and its JSON from them. */
export interface RelationPlan {
  readonly columns: readonly Sql[]
  readonly reads: readonly string[]
  readonly joins?: readonly Sql[]
  readonly write: Write
}

/** Postgres takes 1,664 entries in a select list; the statement adds some of its own. */
const MAX_COLUMNS = 1_600

/** Refuses a select list that Postgres would refuse after parsing all of it. */
export const checkColumnCount = (columns: number): void => {
  if (columns > MAX_COLUMNS)
    throw badInput(
      `Query too complex - Too many fields requested: ${columns} - Maximum allowed fields: ${MAX_COLUMNS}`,
      'TOO_COMPLEX_QUERY',
    )
}

export const nextAlias = (scope: PlanScope): string => {
  scope.counts.aliases += 1
  return `n${scope.counts.aliases}`
}

const flatListOf =
  (form: ReadForm): Write =>
  (row, offset) =>
    writeFlat(writeValue(row[offset], form))

/**
 * The related record. The limit keeps the planner from choosing a join order that would lose the order of the
 * records.
 */
const toOnePart = (
  scope: PlanScope,
  field: ToOneField,
  record: RecordSelection,
  alias: string,
): RelationPlan => {
  const target = record.object
  scope.related.add(target.table)
  const other = nextAlias(scope)
  const joined = nextAlias(scope)
  const plan = planRecord(scope, record, other)
  const live = liveOnly(target, other)
  const where = linkOf(field, target, alias, other) + (live === null ? '' : ` and ${live}`)
  const inner: readonly Sql[] = ['true', ...plan.columns]
  const join = (run: Run): string => {
    const list = inner.map((sql, index) => `${sqlOf(sql, run)} as c${index}`).join(', ')
    const joins = plan.joins.map((sql) => sqlOf(sql, run)).join('')
    return ` left join lateral (select ${list} from ${inWorkspace(target.table)} ${other}${joins} where ${where} limit 1) ${joined} on true`
  }
  return {
    columns: inner.map((_, index) => `${joined}.c${index}`),
    reads: field.columns,
    joins: [inner.every(isFixed) && plan.joins.every(isFixed) ? join(NO_RUN) : join],
    write: (row, offset, run) => (row[offset] == null ? 'null' : plan.write(row, offset + 1, run)),
  }
}

export const isFixed = (sql: Sql): sql is string => typeof sql === 'string'

/** For SQL that does not depend on its run. */
export const NO_RUN: Run = {
  e: {
    param: () => {
      throw new Error('SQL that is compiled once cannot hold a value of a request.')
    },
    alias: () => {
      throw new Error('SQL that is compiled once cannot take an alias of a statement.')
    },
  },
  variables: {},
  count: 'exact',
}

interface Growing {
  readonly columns: Sql[]
  /** Columns by their SQL: a value that is selected under several keys is read once. */
  readonly known: Map<string, number>
  readonly reads: string[]
  readonly joins: Sql[]
  readonly template: Template
}

const addForm = (
  { columns, known, reads, template }: Growing,
  form: ReadForm,
  write: Write | null,
  read: readonly string[],
) => {
  const at = known.get(form.sql) ?? columns.push(form.sql) - 1
  known.set(form.sql, at)
  reads.push(...read)
  template.hole(write ?? form, at)
}

const addPart = (growing: Growing, part: RelationPlan): void => {
  const at = growing.columns.length
  growing.columns.push(...part.columns)
  growing.reads.push(...part.reads)
  growing.joins.push(...(part.joins ?? []))
  growing.template.hole(part.write, at)
}

/**
 * `{"key":…,"key":…}`.
 * @param add adds the value of a key
 */
const addObject = <Field extends { readonly key: string }>(
  template: Template,
  fields: readonly Field[],
  add: (field: Field) => void,
): void => {
  for (const [index, field] of fields.entries()) {
    template.text(`${index === 0 ? '{' : ','}${quoteJson(field.key)}:`)
    add(field)
  }
  template.text(fields.length === 0 ? '{}' : '}')
}

export interface RecordOptions {
  /** Foreign keys whose target is known to be active: they need no look-up. */
  readonly liveKeys?: readonly string[]
}

const addField = (
  scope: PlanScope,
  growing: Growing,
  { object }: RecordSelection,
  selected: RecordField,
  alias: string,
  { liveKeys = [] }: RecordOptions,
): void => {
  switch (selected.kind) {
    case 'constant':
      growing.template.text(selected.json)
      return
    case 'scalar': {
      const { field, isFlat } = selected
      const read = liveKeys.includes(field.column.name) ? readStored : readScalar
      const form = read(object, field, alias)
      addForm(growing, form, isFlat === true ? flatListOf(form) : null, [field.column.name])
      return
    }
    case 'composite':
      addObject(growing.template, selected.parts, (each) => {
        if (each.kind === 'constant') growing.template.text(each.json)
        else addForm(growing, readPart(object, each.part, alias), null, [each.part.column.name])
      })
      return
    case 'toOne':
      addPart(growing, toOnePart(scope, selected.field, selected.record, alias))
      return
    case 'toMany':
      addPart(growing, scope.planList(scope, selected, alias))
      return
    case 'computed': {
      const { fn } = selected
      const form = compileComputed(fn, object, alias)
      const isList = fn.result.kind === 'value' && fn.result.type.isArray
      addForm(growing, form, isList ? flatListOf(form) : null, [...object.columns.keys()])
    }
  }
}

/** The record of `alias`. */
export const planRecord = (
  scope: PlanScope,
  selection: RecordSelection,
  alias: string,
  options: RecordOptions = {},
): RecordPlan => {
  const growing: Growing = {
    columns: [],
    known: new Map(),
    reads: [],
    joins: [],
    template: createTemplate(),
  }
  addObject(growing.template, selection.fields, (selected) =>
    addField(scope, growing, selection, selected, alias, options),
  )
  const { columns, reads, joins, template } = growing
  checkColumnCount(columns.length)
  return { columns, reads, joins, write: template.writer() }
}
