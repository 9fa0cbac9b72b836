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
import { problemOf } from '../../problem.ts'
import { attempt } from '../../query/attempt.ts'
import type { Emitter } from '../../query/emit.ts'
import { WRITTEN } from '../../query/write.ts'
import type {} from '../planContext.ts'
import { CODECS } from './codec.ts'
import { createNumberedEmitter } from './fragment.ts'

/** What stands behind `with`, from the field's arguments. */
export type CompileWrite<Input> = (e: Emitter, input: Input, context: Grafast.Context) => string

/** How a field's write is run and answered. */
export interface WriteHow<Input> {
  readonly compile: CompileWrite<Input>
  /** Columns of what was written that put it in order; none where it is one record. */
  readonly order?: readonly string[]
  /** Whether a conflict may be gone at the next attempt. */
  readonly isRepeatable?: (input: Input) => boolean
  /** Inputs to be written one by one, so that one that fails does not stop the others; null for all at once. */
  readonly split?: (input: Input, context: Grafast.Context) => readonly Input[] | null
}

type Run = <Result>(query: () => Promise<Result>) => Promise<Result>
const once: Run = (query) => query()

type Compile = (e: Emitter) => string

/** The same client, whose next statement follows the write. */
const behindWrite = (client: PgClient, compile: Compile, run: Run): PgClient => ({
  query: (query) => {
    const e = createNumberedEmitter()
    const write = compile(e)
    const selectValues: unknown[] = query.values ?? []
    // Without a name: the select's own is not the whole statement's.
    const text = `with ${e.number(write, selectValues.length)}\n${query.text}`
    return run(() => client.query({ text, values: [...selectValues, ...e.values], arrayMode: true }))
  },
  withTransaction: (callback) => client.withTransaction(() => callback(behindWrite(client, compile, run))),
})

/** A row that Grafast reports as an error at its place in the list. */
const failedRow = (error: unknown): Promise<never> => {
  const row = Promise.reject(error)
  row.catch(() => undefined)
  return row
}

/** The same for several writes of one record each: what is wrong with one is told in place of its row. */
const behindEach = (client: PgClient, compiles: readonly Compile[], run: Run): PgClient => ({
  query: async <Row>(query: Parameters<PgClient['query']>[0]) => {
    const rows: unknown[] = []
    for (const compile of compiles) {
      try {
        const written = await behindWrite(client, compile, run).query(query)
        rows.push(written.rows[0] ?? null)
      } catch (error) {
        // What is wrong with us is wrong with the records to come, too.
        if (problemOf(error).status >= 500) throw error
        rows.push(failedRow(error))
      }
    }
    return { rows: rows as readonly Row[], rowCount: rows.length }
  },
  withTransaction: (callback) => client.withTransaction(() => callback(behindEach(client, compiles, run))),
})

const contextBehind = <Input>(
  { compile, isRepeatable, split }: WriteHow<Input>,
  $input: Step<Input>,
): Step<PgExecutorContext> =>
  lambda([context(), $input], ([request, input]): PgExecutorContext => {
    const run = isRepeatable?.(input) ? attempt : once
    const compileOf =
      (part: Input): Compile =>
      (e) =>
        compile(e, part, request)
    return {
      pgSettings: null,
      withPgClient: (settings, callback) =>
        request.toPostgres(settings, (client) => {
          const parts = split?.(input, request) ?? null
          return callback(
            parts === null
              ? behindWrite(client, compileOf(input), run)
              : behindEach(client, parts.map(compileOf), run),
          )
        }),
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
