// Writes in one statement: `with written as (insert|update|delete … returning …) select <what was asked for> from written`.
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
import type { Emitter } from '../../query/emit.ts'
import type {} from '../planContext.ts'
import { createNumberedEmitter } from './fragment.ts'

const WRITTEN = 'written'

/** A data-modifying statement, from the field's arguments. */
export type CompileWrite<Input> = (e: Emitter, input: Input, context: Grafast.Context) => string

/** The same client, whose next statement follows the write. */
const behindWrite = (client: PgClient, compile: (e: Emitter) => string): PgClient => ({
  query: (query) => {
    const e = createNumberedEmitter()
    const write = compile(e)
    const selectValues: unknown[] = query.values ?? []
    // Without a name: the select's own is not the whole statement's.
    return client.query({
      text: `with ${WRITTEN} as (${e.number(write, selectValues.length)})\n${query.text}`,
      values: [...selectValues, ...e.values],
      arrayMode: true,
    })
  },
  withTransaction: (callback) => client.withTransaction(() => callback(behindWrite(client, compile))),
})

const contextBehind = <Input>(compile: CompileWrite<Input>, $input: Step<Input>): Step<PgExecutorContext> =>
  lambda(
    [context(), $input],
    ([request, input]): PgExecutorContext => ({
      pgSettings: null,
      withPgClient: (settings, callback) =>
        request.toPostgres(settings, (client) =>
          callback(behindWrite(client, (e) => compile(e, input, request))),
        ),
    }),
  )

/** `context` is an option of the constructor that its type leaves out: PostGraphile's clones use it. */
interface WriteOptions extends PgSelectOptions {
  readonly context: Step<PgExecutorContext>
}

/** The records that a write returns, in the order that it returns them. */
export const planWrite = <Input>(
  resource: PgResource,
  $input: Step<Input>,
  compile: CompileWrite<Input>,
): PgSelectStep => {
  const options: WriteOptions = {
    resource,
    identifiers: [],
    from: sql.identifier(WRITTEN),
    mode: 'mutation',
    context: contextBehind(compile, $input),
  }
  const $written = new PgSelectStep(options)
  $written.setOrderIsUnique()
  return $written
}
