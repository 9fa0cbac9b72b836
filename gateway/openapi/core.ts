// The document of the record API, from a model as a role sees it and the texts of its metadata.

import type { Model } from '../../tenants/model/model.ts'
import { freeName } from '../../tenants/model/name.ts'
import { createSlices, eachInSlices } from '../../tenants/model/read/slices.ts'
import { MAX_RECORDS } from '../records/duplicates/merge.ts'
import { MAX_GROUPS } from '../records/read/groupBy.ts'
import { MAX_RECORD_LIMIT } from '../records/read/listArgument.ts'
import { createHashTable, hashTableOf } from '../slices/hashTable.ts'
import { SHARED_RESPONSES } from './answers.ts'
import type { DocumentParts } from './base.ts'
import { createComponents } from './components.ts'
import { SHARED_LIST_PARAMETERS } from './listParameters.ts'
import { objectPaths, type PathItems } from './operations.ts'
import { type Parameter, SHARED_PARAMETERS } from './parameters.ts'
import { CHANGES_PARAMETERS, CHANGES_TAG, changePaths } from './paths/changePaths.ts'
import { defineRecords } from './records.ts'
import { described, type Schema } from './schema.ts'
import type { Texts } from './texts.ts'
import { viewModel } from './view.ts'

interface CoreOptions {
  /** The role's model of records/model/roleModel.ts. */
  readonly model: Model
  readonly texts: Texts
  readonly maxBatchRecords: number
  /** Whether the caller may change the model. */
  readonly mayChangeModel: boolean
}

/** Fields of objects after which a slice ends. Measured: 80 µs for each, twice. */
const MAX_FIELDS = 100

const createIds = (): ((wanted: string) => string) => {
  const taken = new Set<string>()
  return (wanted) => {
    const id = freeName([wanted], (candidate) => taken.has(candidate))
    taken.add(id)
    return id
  }
}

const limitsOf = (maxBatchRecords: number): string =>
  `A page holds at most ${MAX_RECORD_LIMIT} records and ${MAX_GROUPS} groups, a batch ${maxBatchRecords} records, and a merge ${MAX_RECORDS}. \
Larger page sizes are reduced; larger batches are refused.`

/** In slices, of objects. */
export const describeCore = async ({
  model,
  texts,
  maxBatchRecords,
  mayChangeModel,
}: CoreOptions): Promise<DocumentParts> => {
  const view = viewModel(model, mayChangeModel)
  const components = createComponents()
  const slices = createSlices({ maxUnits: MAX_FIELDS })
  const records = await defineRecords({ view, texts, components, slices })
  const claimId = createIds()
  const paths = createHashTable<PathItems[string]>()
  const tags: Schema[] = []
  const parameters = hashTableOf<Parameter>([
    ...SHARED_LIST_PARAMETERS,
    ...Object.entries({ ...SHARED_PARAMETERS, ...CHANGES_PARAMETERS }),
  ])
  await eachInSlices(view.objects, slices, (each) => {
    const { table, namePlural } = each.object
    const schemas = records.get(table)
    if (schemas === undefined) return 1
    const own = objectPaths({ view: each, records: schemas, components, maxBatchRecords, claimId })
    Object.assign(paths, own.paths)
    Object.assign(parameters, own.parameters)
    const { title, description } = texts.ofObject(table)
    tags.push(described({ name: namePlural }, { description: description ?? title }))
    return each.object.fields.size
  })
  const feed = changePaths(components, paths)
  Object.assign(paths, feed)
  if (Object.keys(feed).length > 0) tags.push(CHANGES_TAG)
  return {
    paths,
    tags,
    schemas: components.schemas(),
    parameters,
    responses: SHARED_RESPONSES,
    limits: limitsOf(maxBatchRecords),
  }
}
