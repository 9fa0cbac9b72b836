// Root fields that write. In: what a field means and what is selected of the records written; out: an answer,
// prepared once for each operation. A write is one statement; its records may be written one by one
// (`onError: CONTINUE`).

import type { FunctionModel } from '../../tenants/model/model.ts'
import { problemOf } from '../error/problem.ts'
import { createParams } from '../records/params.ts'
import { compileCall, compileEffect } from '../records/read/function.ts'
import { recordNotFound } from '../records/read/relation.ts'
import { type Arguments, createRun } from '../records/run.ts'
import type { RecordSelection } from '../records/selection.ts'
import { answerWrite, planAnswer } from '../records/write/answered.ts'
import { WRITTEN } from '../records/write/write.ts'
import type { RecordWrite } from './meaning.ts'
import { type AnswerField, type Execution, type RootField, writeValues } from './roots.ts'
import { objectIn, type SelectScope, selectRecord } from './select/record.ts'

const write = (
  selection: RecordSelection,
  { how }: RecordWrite,
  given: Arguments,
  execution: Execution,
): Promise<readonly string[]> => {
  const { context, variables } = execution
  return answerWrite(planAnswer(selection, how, context), how, given, context, execution, variables)
}

/**
 * One record after the other: one that cannot be written is null, with an error, and the others are written.
 */
const writeEach = async (
  selection: RecordSelection,
  of: RecordWrite,
  parts: readonly Arguments[],
  execution: Execution,
  onItemError: Parameters<AnswerField>[1],
): Promise<string> => {
  const records: string[] = []
  for (const [index, part] of parts.entries()) {
    try {
      const [record = 'null'] = await write(selection, of, part, execution)
      records.push(record)
    } catch (error) {
      // What is wrong with us is wrong with the records to come, too.
      if (problemOf(error).status >= 500) throw error
      onItemError({ index, error })
      records.push('null')
    }
  }
  return `[${records.join(',')}]`
}

export const answerRecordWrite = (scope: SelectScope, field: RootField, of: RecordWrite): AnswerField => {
  const selection = selectRecord(scope, objectIn(scope.model, of.object), field.selected)
  return async (execution, onItemError) => {
    const given = field.read(createRun(createParams(), execution.variables))
    const parts = of.how.split?.(given, execution.context) ?? null
    if (parts !== null) return writeEach(selection, of, parts, execution, onItemError)
    const records = await write(selection, of, given, execution)
    if (of.answer === 'many') return `[${records.join(',')}]`
    const [record] = records
    if (record === undefined && of.answer === 'existing') throw recordNotFound()
    return record ?? 'null'
  }
}

/** A function that may write is called once, whatever reads its result. */
export const answerEffect =
  (field: RootField, fn: FunctionModel): AnswerField =>
  async ({ variables, write: run }) => {
    const e = createParams()
    const effect = compileEffect(compileCall(e, fn, field.read(createRun(e, variables))), fn)
    const rows = await run({ write: effect, select: `select value from ${WRITTEN}`, values: e.values }, false)
    return writeValues(fn, rows)
  }
