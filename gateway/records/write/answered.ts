// A write and its answer: the JSON of each written record. The write is one statement; a second one follows
// if the selection reads what the write changed (select/written.ts).

import { wholeOf } from '../model/permission.ts'
import { createParams } from '../params.ts'
import { createRun, type ReadRows, type Run } from '../run.ts'
import { createScope } from '../select/nestedList.ts'
import type { StoredReference } from '../select/storedReference.ts'
import { planWritten, type WrittenPlan, writtenAnswer, writtenStatement } from '../select/written.ts'
import type { RecordSelection } from '../selection.ts'
import type { BatchWay } from './batch.ts'
import type { WriteContext, WriteOperation } from './writeOperation.ts'
import type { RunWrite, WriteStatement } from './writeRunner.ts'

/** Runs statements in the caller's session. */
export interface Runner {
  readonly write: RunWrite
  readonly read: ReadRows
}

const plans = new WeakMap<RecordSelection, Map<string, WrittenPlan>>()

/** Prepared once for a selection and the sort columns of its result. */
export const planAnswer = <Input>(
  selection: RecordSelection,
  operation: WriteOperation<Input>,
  context: WriteContext,
): WrittenPlan => {
  const made = plans.get(selection) ?? new Map<string, WrittenPlan>()
  plans.set(selection, made)
  const key = JSON.stringify([operation.order, operation.touchesOthers])
  const plan = made.get(key) ?? createPlan(selection, operation, context)
  made.set(key, plan)
  return plan
}

const createPlan = <Input>(
  selection: RecordSelection,
  operation: WriteOperation<Input>,
  context: WriteContext,
): WrittenPlan => {
  const { object } = selection
  // Sort columns of a write's result, restricted to what the role can read.
  const order = (operation.order ?? []).filter(
    (name) => object.columns.has(name) || !wholeOf(object).columns.has(name),
  )
  const touches = operation.touchesOthers === true ? 'all' : [object.table]
  return planWritten(createScope(context.model), selection, touches, order)
}

interface Writing<Input> {
  readonly plan: WrittenPlan
  readonly operation: WriteOperation<Input>
  readonly input: Input
  readonly context: WriteContext
  readonly runner: Runner
  readonly variables?: Run['variables']
  /** The place of the record in a list whose records are written one by one. */
  readonly item?: number
}

/** @param shape makes the answer of the JSON of the records written, in order */
export const answerWrite = async <Input, Answer>(
  { plan, operation, input, context, runner: { write, read }, variables = {}, item = 0 }: Writing<Input>,
  shape: (records: readonly string[]) => Answer,
): Promise<Answer> => {
  // Rows are read by the run that returned them, even if both forms of a batch select the same.
  let run: Run | undefined
  let stored: readonly StoredReference[] = []
  const statementOf = (way: BatchWay): WriteStatement => {
    const e = createParams()
    run = createRun(e, variables)
    const written = operation.compile(e, input, context, way)
    const { write, select, stored: notGiven } = writtenStatement(plan, written, run)
    stored = notGiven
    return { write, select, values: e.values }
  }
  const inTurn = operation.mayGoInTurn?.(input) === true ? { inTurn: () => statementOf('inTurn') } : {}
  const rows = await write(
    { ...statementOf('together'), ...inTurn, item },
    operation.isRepeatable?.(input) === true,
  )
  if (run === undefined) return shape([])
  return writtenAnswer(plan, rows, run, read, stored, shape)
}
