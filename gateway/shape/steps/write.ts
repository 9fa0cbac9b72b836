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
}

type Run = <Result>(query: () => Promise<Result>) => Promise<Result>
const once: Run = (query) => query()

/** The same client, whose next statement follows the write. */
const behindWrite = (client: PgClient, compile: (e: Emitter) => string, run: Run): PgClient => ({
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

const contextBehind = <Input>(
  { compile, isRepeatable }: WriteHow<Input>,
  $input: Step<Input>,
): Step<PgExecutorContext> =>
  lambda(
    [context(), $input],
    ([request, input]): PgExecutorContext => ({
      pgSettings: null,
      withPgClient: (settings, callback) =>
        request.toPostgres(settings, (client) =>
          callback(
            behindWrite(client, (e) => compile(e, input, request), isRepeatable?.(input) ? attempt : once),
          ),
        ),
    }),
  )

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
