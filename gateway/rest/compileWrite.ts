// The one statement of a REST call that writes. In: a model, an object and what is asked of it; out: SQL with its parameters, and how
// its rows become JSON text: the write in front, a select of what it left behind it.

import { quoteIdentifier } from '../../sql/placeholder.ts'
import { isRecord } from '../../tenants/model/json.ts'
import type { Model, ObjectModel } from '../../tenants/model/model.ts'
import { createParams, type Params } from '../records/params.ts'
import { compileKey } from '../records/read/key.ts'
import { type BatchWay, compileCreateMany as compileBatch, mayGoInTurn } from '../records/write/createMany.ts'
import { compileInsertOne, ordinalColumn } from '../records/write/insert.ts'
import { compileMerge } from '../records/write/merge.ts'
import type { WriteStatement } from '../records/write/run.ts'
import { compileUpsertOne } from '../records/write/upsert.ts'
import {
  type Author,
  type Bulk,
  bulkWhere,
  compileDestroy,
  compileRestore,
  compileSoftDelete,
  compileUpdate,
  keyOrder,
  type Where,
  WRITTEN,
} from '../records/write/write.ts'
import { keyForm, type RecordForm, recordForm } from './record.ts'
import type { Shown } from './request.ts'

/** What a call that writes is about. */
export interface WriteScope {
  readonly model: Model
  readonly object: ObjectModel
  readonly author: Author
  readonly maxRecords: number
  readonly shown: Shown
  /** The answer has no body: no more than the key is read back. */
  readonly isMinimal: boolean
}

/** Each row is a record. */
export interface CompiledWrite extends WriteStatement {
  readonly record: RecordForm
}

type Key = ReadonlyMap<string, unknown>

const formOf = ({ model, object, shown, isMinimal }: WriteScope): RecordForm =>
  isMinimal ? keyForm(object, WRITTEN) : recordForm(model, object, WRITTEN, shown)

const written = (record: RecordForm, compile: (e: Params) => string, order = ''): CompiledWrite => {
  const e = createParams()
  const write = compile(e)
  const columns = record.columns.length === 0 ? ['null'] : record.columns
  const orderBy = order === '' ? '' : ` order by ${order}`
  return {
    write,
    select: `select ${columns.join(', ')} from ${WRITTEN}${record.joins}${orderBy}`,
    values: e.values,
    record,
  }
}

export const compileCreateOne = (scope: WriteScope, data: unknown, isUpsert: boolean): CompiledWrite =>
  written(formOf(scope), (e) =>
    (isUpsert ? compileUpsertOne : compileInsertOne)(e, scope.model, scope.object, data, scope.author),
  )

/** All or nothing; the rows come in the order of the records given. */
export const compileCreateMany = (
  scope: WriteScope,
  data: readonly unknown[],
  isUpsert: boolean,
): CompiledWrite => {
  const { model, object, author } = scope
  const compile = (way: BatchWay): CompiledWrite =>
    written(
      formOf(scope),
      (e) => compileBatch(e, model, object, data, author, { isUpsert, way }),
      `${WRITTEN}.${quoteIdentifier(ordinalColumn(object))}`,
    )
  return { ...compile('together'), ...(mayGoInTurn(data) ? { inTurn: () => compile('inTurn') } : {}) }
}

const one =
  (e: Params, object: ObjectModel, key: Key, trashed?: 'any' | 'trashed'): Where =>
  (alias) =>
    compileKey(e, object, alias, key, trashed)

const many = (e: Params, { model, object, maxRecords }: WriteScope, bulk: Bulk, filter: unknown): Where =>
  bulkWhere(e, model, object, bulk, filter, { maxRecords, isLenient: true })

export const compileUpdateOne = (scope: WriteScope, key: Key, data: unknown): CompiledWrite => {
  const { model, object, author } = scope
  return written(formOf(scope), (e) => compileUpdate(e, model, object, data, author, one(e, object, key)))
}

export const compileUpdateMany = (scope: WriteScope, filter: unknown, data: unknown): CompiledWrite => {
  const { model, object, author } = scope
  return written(
    formOf(scope),
    (e) => compileUpdate(e, model, object, data, author, many(e, scope, 'update', filter)),
    keyOrder(object, WRITTEN),
  )
}

/** Answers with the record's key alone. A hard delete reaches into the trash. */
export const compileDeleteOne = (scope: WriteScope, key: Key, isSoft: boolean): CompiledWrite => {
  const { object } = scope
  return written(keyForm(object, WRITTEN), (e) =>
    isSoft
      ? compileSoftDelete(e, object, one(e, object, key))
      : compileDestroy(object, one(e, object, key, 'any')),
  )
}

export const compileDeleteMany = (scope: WriteScope, filter: unknown, isSoft: boolean): CompiledWrite => {
  const { object } = scope
  return written(
    keyForm(object, WRITTEN),
    (e) =>
      isSoft
        ? compileSoftDelete(e, object, many(e, scope, 'delete', filter))
        : compileDestroy(object, many(e, scope, 'destroy', filter)),
    keyOrder(object, WRITTEN),
  )
}

export const compileRestoreOne = (scope: WriteScope, key: Key): CompiledWrite =>
  written(formOf(scope), (e) => compileRestore(e, scope.object, one(e, scope.object, key, 'trashed')))

export const compileRestoreMany = (scope: WriteScope, filter: unknown): CompiledWrite =>
  written(
    formOf(scope),
    (e) => compileRestore(e, scope.object, many(e, scope, 'restore', filter)),
    keyOrder(scope.object, WRITTEN),
  )

/** Several records become one. */
export const compileMergeMany = (scope: WriteScope, body: unknown): CompiledWrite => {
  const { model, object, author } = scope
  const { ids, conflictPriorityIndex, dryRun }: Readonly<Record<string, unknown>> = isRecord(body) ? body : {}
  return written(formOf(scope), (e) =>
    compileMerge(e, model, object, { ids, conflictPriorityIndex, dryRun }, author),
  )
}
