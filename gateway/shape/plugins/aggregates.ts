// Aggregate fields of connections and of groups. In: an object; out: their fields, all of one connection planned onto one aggregate
// statement, which also counts the total. Made when the connection's type is, from what gateway/query knows of the object.

import type { PgCodec, PgSelectSingleStep } from 'postgraphile/@dataplan/pg'
import type { SQL } from 'postgraphile/@dataplan/pg/pg-sql2'
import type { Step } from 'postgraphile/grafast'
import type { Model, ObjectModel } from '../../../tenants/model/model.ts'
import { type Aggregate, aggregatesOf, findAggregates } from '../../records/read/aggregate.ts'
import { CODECS } from '../steps/codec.ts'
import { ROW, template } from '../steps/fragment.ts'
import type { GroupStep } from '../steps/group.ts'
import type { RecordList } from '../steps/list.ts'
import { viewOf } from '../view.ts'

type Build = GraphileBuild.Build

/** Fields that a connection has already. */
const CONNECTION_FIELDS = ['edges', 'pageInfo', 'groupByDimensionValues']

export const connectionAggregates = (object: ObjectModel): readonly Aggregate[] =>
  [...aggregatesOf(object).values()].filter(({ name }) => !CONNECTION_FIELDS.includes(name))

const rows = new WeakMap<RecordList, PgSelectSingleStep>()

/** The one row of a list's aggregates, whatever its page. */
const aggregateRow = ($list: RecordList): PgSelectSingleStep => {
  const known = rows.get($list)
  if (known !== undefined) return known
  const $row = $list.getSubplan().connectionClone('aggregate').singleAsRecord()
  rows.set($list, $row)
  return $row
}

interface AggregateForm {
  readonly fragment: (alias: SQL) => SQL
  readonly codec: PgCodec
}

const forms = new WeakMap<Aggregate, AggregateForm>()

/** Made at its first use: most aggregates are never asked for. */
const formOf = (aggregate: Aggregate): AggregateForm => {
  const known = forms.get(aggregate)
  if (known !== undefined) return known
  const { sql, json } = aggregate.read(ROW)
  const form = { fragment: template(sql), codec: CODECS[json] }
  forms.set(aggregate, form)
  return form
}

const selectAggregate =
  (model: Model, object: ObjectModel, name: string): (($list: RecordList) => Step) =>
  ($list) => {
    const [aggregate] = findAggregates(viewOf(model, object).object, [name])
    if (aggregate === undefined) throw new Error(`${object.typeName} has no aggregate ${name}.`)
    const { fragment, codec } = formOf(aggregate)
    const $row = aggregateRow($list)
    return $row.select(fragment($row.getClassStep().alias), codec, true)
  }

export const listAggregateFields = (build: Build, model: Model, object: ObjectModel) =>
  Object.fromEntries(
    connectionAggregates(object).map((aggregate) => [
      aggregate.name,
      {
        type: build.getOutputTypeByName(aggregate.type),
        plan: selectAggregate(model, object, aggregate.name),
      },
    ]),
  )

export const groupAggregateFields = (build: Build, object: ObjectModel) =>
  Object.fromEntries(
    connectionAggregates(object).map(({ name, type }) => [
      name,
      { type: build.getOutputTypeByName(type), plan: ($group: GroupStep) => $group.aggregate(name) },
    ]),
  )
