// Memory of a compiled schema.

import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import test from 'ava'
import { isInputObjectType, isObjectType } from 'postgraphile/graphql'
import { type CompiledSchema, compileSchema } from '../../../gateway/graphql/schema/compile.ts'
import { readCatalog } from '../../../sql/catalog/catalog.ts'
import type { Model } from '../../../tenants/model/model.ts'
import { deriveModel } from '../../../tenants/model/read/derive.ts'
import { openModel } from '../../support/model.ts'

setFlagsFromString('--expose-gc')
const collectGarbage: () => void = runInNewContext('gc')

const MOST_BYTES = 700_000
const WARM_UP = 2
const MEASURED = 4

const heapUsed = (): number => {
  collectGarbage()
  collectGarbage()
  return process.memoryUsage().heapUsed
}

test('a complete schema of the standard objects keeps less than 700 KB', async (t) => {
  const { pool, workspace, sql } = await openModel(t)
  const models: Model[] = []
  for (let version = 0; version < WARM_UP + MEASURED; version += 1) {
    await sql(`alter table @.company add column of_version_${version} text`)
    const catalog = await readCatalog(pool, workspace.schemaName)
    if (catalog === null) return t.fail()
    models.push(deriveModel(catalog, { standard: true }))
  }
  const kept: CompiledSchema[] = []
  const keep = async (model: Model): Promise<void> => {
    const compiled = await compileSchema(model)
    kept.push(compiled)
    await compiled.complete()
  }
  for (const model of models.slice(0, WARM_UP)) await keep(model)
  const before = heapUsed()
  for (const model of models.slice(WARM_UP)) await keep(model)
  const bytes = (heapUsed() - before) / MEASURED
  t.log(`${Math.round(bytes / 1000)} KB`)
  t.true(bytes < MOST_BYTES, `${bytes} bytes`)
  t.is(kept.length, models.length)
})

test('fields keep their meanings and nothing of the build', async (t) => {
  const { pool, workspace } = await openModel(t)
  const catalog = await readCatalog(pool, workspace.schemaName)
  if (catalog === null) return t.fail()
  const { schema } = await compileSchema(deriveModel(catalog, { standard: true }))
  t.deepEqual(Object.keys(schema.getQueryType()?.getFields().companies?.extensions ?? {}), ['tenantry'])
  for (const type of Object.values(schema.getTypeMap())) {
    t.deepEqual(Object.keys(type.extensions), [], type.name)
    if (!isObjectType(type) && !isInputObjectType(type)) continue
    t.is(Object.getPrototypeOf(type.getFields()), null, type.name)
    t.false('constructor' in type.getFields(), type.name)
    t.is(type.getFields(), type.getFields(), type.name)
  }
})
