// Root fields that write, prepared once per operation. A write is one statement; with `onError: CONTINUE` its
// records are written one by one.

import type { FunctionModel, ObjectModel } from '../../tenants/model/model.ts'
import { problemOf } from '../error/problem.ts'
import { checkObject } from '../records/model/permission.ts'
import { createParams } from '../records/params.ts'
import { compileCall, compileEffect } from '../records/read/function.ts'
import { recordNotFound } from '../records/read/relation.ts'
import { valuesOf } from '../records/recordValues.ts'
import { type Arguments, createRun } from '../records/run.ts'
import type { RecordSelection } from '../records/selection.ts'
import { answerWrite, planAnswer } from '../records/write/answered.ts'
import { overtaken, undoOperation } from '../records/write/undoWrite.ts'
import { WRITTEN } from '../records/writtenTable.ts'
import type { KeyOf, RecordWrite } from './meaning.ts'
import type { AnswerField, Execution, RootField } from './rootField.ts'
import { writeValues } from './roots.ts'
import { objectIn, type SelectScope, selectRecord } from './select/record.ts'

const write = (
  selection: RecordSelection,
  { operation }: RecordWrite,
  input: Arguments,
  execution: Execution,
  shape: (records: readonly string[]) => string,
  item = 0,
): Promise<string> => {
  const { context, variables } = execution
  const plan = planAnswer(selection, operation, context)
  return answerWrite({ plan, operation, input, context, runner: execution, variables, item }, shape)
}

/** One record after the other: a failed one is null, with an error, and the others are written. */
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
      records.push(await write(selection, of, part, execution, ([record = 'null']) => record, index))
    } catch (error) {
      // An internal error would affect the remaining records too.
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
    const parts = of.operation.split?.(given, execution.context) ?? null
    if (parts !== null) return writeEach(selection, of, parts, execution, onItemError)
    return write(selection, of, given, execution, (records) => {
      if (of.answer === 'many') return `[${records.join(',')}]`
      const [record] = records
      if (record === undefined && of.answer === 'existing') throw recordNotFound()
      return record ?? 'null'
    })
  }
}

export const answerUndo = (
  scope: SelectScope,
  field: RootField,
  object: ObjectModel,
  keyOf: KeyOf,
): AnswerField => {
  const selection = selectRecord(scope, object, field.selected)
  const values = valuesOf(object)
  return async (execution) => {
    const { context, past, variables } = execution
    checkObject('update', object)
    const given = field.read(createRun(createParams(), variables))
    const key = keyOf(given)
    const operation = undoOperation(object, key, await past.undo(object, key, String(given.position), values))
    const plan = planAnswer(selection, operation, context)
    return answerWrite(
      { plan, operation, input: undefined, context, runner: execution, variables },
      ([record]) => {
        if (record === undefined) throw overtaken(object)
        return record
      },
    )
  }
}

/** A function that may write is called once, however often its result is read. */
export const answerEffect =
  (field: RootField, fn: FunctionModel): AnswerField =>
  async ({ variables, write: run }) => {
    const e = createParams()
    const effect = compileEffect(compileCall(e, fn, field.read(createRun(e, variables))), fn)
    const rows = await run({ write: effect, select: `select value from ${WRITTEN}`, values: e.values }, false)
    return writeValues(fn, rows)
  }
