// Writes in one statement: `with …, written as (…) select <what was asked for> from written`.
// In: an object and what compiles the write from the field's arguments; out: a PgSelect of the records written. PostGraphile
// plans and words the select; the write is put in front of it where the statement meets the database.

import {
  type PgClient,
  type PgExecutorContext,
  type PgResource,
  type PgSelectOptions,
  PgSelectStep,
} from 'postgraphile/@dataplan/pg'
import { sql } from 'postgraphile/@dataplan/pg/pg-sql2'
import { context, lambda, type Step } from 'postgraphile/grafast'
import type { Rows } from '../../../sql/pipeline/pool.ts'
import { problemOf } from '../../error/problem.ts'
import type { Params } from '../../records/params.ts'
import type { BatchWay } from '../../records/write/createMany.ts'
import type { RunWrite, WriteStatement } from '../../records/write/run.ts'
import { WRITTEN } from '../../records/write/write.ts'
import type { PlanContext } from '../planContext.ts'
import { CODECS } from './codec.ts'
import { createNumberedEmitter } from './fragment.ts'

/** What stands behind `with`, from the field's arguments. */
export type CompileWrite<Input> = (e: Params, input: Input, context: PlanContext, way?: BatchWay) => string

/** How a field's write is run and answered. */
export interface WriteHow<Input> {
  readonly compile: CompileWrite<Input>
  /** Columns of what was written that put it in order; none where it is one record. */
  readonly order?: readonly string[]
  /** Whether a conflict may be gone at the next attempt. */
  readonly isRepeatable?: (input: Input) => boolean
  /** Whether it writes several records, which may be written in turn. */
  readonly mayGoInTurn?: (input: Input) => boolean
  /** Inputs to be written one by one, so that one that fails does not stop the others; null for all at once. */
  readonly split?: (input: Input, context: PlanContext) => readonly Input[] | null
}

type Compile = (e: Params, way?: BatchWay) => string

type Follow = (query: Query, compile: Compile) => Promise<Rows>
type Query = Parameters<PgClient['query']>[0]

const textOf = (value: unknown): string | null =>
  value === null || value === undefined ? null : String(value)

/** Runs a write, and behind it the select that a client is given. */
const follower =
  (write: RunWrite, isRepeatable: boolean, mayGoInTurn: boolean): Follow =>
  (query, compile) => {
    const statementOf = (way: BatchWay): WriteStatement => {
      const e = createNumberedEmitter()
      const text = compile(e, way)
      const values: unknown[] = query.values ?? []
      return {
        write: e.number(text, values.length),
        select: query.text.replace(/;\s*$/, ''),
        values: [...values.map(textOf), ...e.values],
      }
    }
    const inTurn = mayGoInTurn ? { inTurn: () => statementOf('inTurn') } : {}
    return write({ ...statementOf('together'), ...inTurn }, isRepeatable)
  }

/** The same client, whose next statement is answered so. */
const answering = (client: PgClient, answer: (query: Query) => Promise<readonly unknown[]>): PgClient => ({
  query: async <Row>(query: Query) => {
    const rows = await answer(query)
    return { rows: rows as readonly Row[], rowCount: rows.length }
  },
  withTransaction: (callback) => client.withTransaction(() => callback(answering(client, answer))),
})

/** A row that Grafast reports as an error at its place in the list. */
const failedRow = (error: unknown): Promise<never> => {
  const row = Promise.reject(error)
  row.catch(() => undefined)
  return row
}

/** Several writes of one record each: what is wrong with one is told in place of its row. */
const followEach = async (
  query: Query,
  compiles: readonly Compile[],
  follow: Follow,
): Promise<readonly unknown[]> => {
  const rows: unknown[] = []
  for (const compile of compiles) {
    try {
      const [row = null] = await follow(query, compile)
      rows.push(row)
    } catch (error) {
      // What is wrong with us is wrong with the records to come, too.
      if (problemOf(error).status >= 500) throw error
      rows.push(failedRow(error))
    }
  }
  return rows
}

const contextBehind = <Input>(
  { compile, isRepeatable, mayGoInTurn, split }: WriteHow<Input>,
  $input: Step<Input>,
): Step<PgExecutorContext> =>
  lambda([context(), $input], ([request, input]): PgExecutorContext => {
    const parts = split?.(input, request) ?? null
    const isBatch = parts === null && mayGoInTurn?.(input) === true
    const follow = follower(request.write, isRepeatable?.(input) ?? false, isBatch)
    const compileOf =
      (part: Input): Compile =>
      (e, way) =>
        compile(e, part, request, way)
    return {
      pgSettings: null,
      withPgClient: (settings, callback) =>
        request.toPostgres(settings, (client) =>
          callback(
            answering(client, (query) =>
              parts === null
                ? follow(query, compileOf(input))
                : followEach(query, parts.map(compileOf), follow),
            ),
          ),
        ),
    }
  })

/** `context` is an option of the constructor that its type leaves out: PostGraphile's clones use it. */
interface WriteOptions extends PgSelectOptions {
  readonly context: Step<PgExecutorContext>
}

/** The records that a write leaves in `written`. */
export const planWrite = <Input>(
  resource: PgResource,
  $input: Step<Input>,
  how: WriteHow<Input>,
): PgSelectStep => {
  const options: WriteOptions = {
    resource,
    identifiers: [],
    from: sql.identifier(WRITTEN),
    mode: 'mutation',
    context: contextBehind(how, $input),
  }
  const $written = new PgSelectStep(options)
  for (const column of how.order ?? [])
    $written.orderBy({
      fragment: sql`${$written.alias}.${sql.identifier(column)}`,
      codec: CODECS.string,
      direction: 'ASC',
    })
  $written.setOrderIsUnique()
  return $written
}
