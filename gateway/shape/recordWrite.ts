// A field of Mutation that writes records says here how, beside its plan: who executes it without Grafast reads the same
// definition. In: a field of the schema; out: the write it stands for, if it is one.

import type { GraphQLField } from 'postgraphile/graphql'
import type { ObjectModel } from '../../tenants/model/model.ts'
import { wholeOf } from '../records/model/permission.ts'
import type { WriteHow } from './steps/write.ts'

export type Arguments = Readonly<Record<string, unknown>>

export interface RecordWrite {
  readonly object: ObjectModel
  readonly how: WriteHow<Arguments>
  /** One record or none; one that must be there; a list. */
  readonly answer: 'one' | 'existing' | 'many'
}

/** What puts the records written in order, less the columns that a role may not read of them. */
export const orderIn = (object: ObjectModel, { order = [] }: WriteHow<Arguments>): readonly string[] =>
  order.filter((name) => object.columns.has(name) || !wholeOf(object).columns.has(name))

/** Key of a field's extensions. */
export const RECORD_WRITE = 'tenantryRecordWrite'

const isRecordWrite = (value: unknown): value is RecordWrite =>
  typeof value === 'object' && value !== null && 'how' in value && 'answer' in value

export const recordWriteOf = (field: GraphQLField<unknown, unknown>): RecordWrite | undefined => {
  const write = field.extensions[RECORD_WRITE]
  return isRecordWrite(write) ? write : undefined
}
