// Aggregate fields of connections and groups.

import type { ObjectModel } from '../../../../tenants/model/model.ts'
import { type Aggregate, aggregatesOf } from '../../../records/read/aggregate.ts'

type Build = GraphileBuild.Build

/** Fields that every connection has. */
const CONNECTION_FIELDS = ['edges', 'pageInfo', 'groupByDimensionValues']

export const connectionAggregates = (object: ObjectModel): readonly Aggregate[] =>
  [...aggregatesOf(object).values()].filter(({ name }) => !CONNECTION_FIELDS.includes(name))

export const aggregateFields = (build: Build, object: ObjectModel) =>
  Object.fromEntries(
    connectionAggregates(object).map(({ name, type }) => [name, { type: build.getOutputTypeByName(type) }]),
  )
