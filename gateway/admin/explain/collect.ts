// The statements that a request sends, compiled and not run. The code that answers requests gets a runner
// that keeps each statement. A write returns one record of nulls, so that a statement which reads what was
// written is compiled too; reads return nothing.

import type { Session, Statement } from '../../../sql/pipeline/pool.ts'
import { createCacheBudget } from '../../cache/budget.ts'
import type { RequestContext } from '../../entry/requestContext.ts'
import { badInput, type Problem, problemOf } from '../../error/problem.ts'
import type { CompiledSchema } from '../../graphql/schema/compile.ts'
import { parseQuery } from '../../http/query.ts'
import { createMatcher } from '../../http/router.ts'
import { lazily } from '../../lazily.ts'
import { errorNamesOf } from '../../records/model/errorNames.ts'
import type { Past } from '../../records/recordHistory.ts'
import { createListStatements } from '../../records/select/listStatements.ts'
import type { Runner } from '../../records/write/answered.ts'
import { writing } from '../../records/write/writeRunner.ts'
import { answerCall } from '../../rest/answerCall.ts'
import { parseRequest } from '../../rest/parse.ts'
import { findObject } from '../../rest/plan.ts'
import { createPreparedReads, isReadKind } from '../../rest/preparedReads.ts'
import { badPath, pathNamesOf } from '../../rest/route.ts'
import { RECORD_ROWS } from '../../rest/routes.ts'
import type { Asked, RestAsked } from './asked.ts'

export interface Sent {
  /** The root field of a document; null over REST. */
  readonly field: string | null
  readonly kind: 'read' | 'write'
  /** It reads what a write before it has written, so its values are placeholders. */
  readonly hasPlaceholders: boolean
  readonly session: Session
  readonly statement: Statement
}

type Context = RequestContext<CompiledSchema>

/** As many as a select can have columns. */
const UNKNOWN_RECORD: readonly (string | null)[] = ['t', ...new Array<null>(1663).fill(null)]

const unexplained = async (): Promise<never> => {
  throw badInput('Requests about the history of records cannot be explained.')
}
const PAST: Past = { page: unexplained, undo: unexplained, erase: unexplained }

/** Keeps the statements of one request or root field. */
const keeping = (sent: Sent[], session: Session, field: string | null): Runner => {
  let hasWritten = false
  return {
    read: async (statement) => {
      sent.push({ field, kind: 'read', hasPlaceholders: hasWritten, session, statement })
      return []
    },
    write: async ({ write, select, values }, isRepeatable) => {
      // A create is one statement without parts before it.
      const text = write === '' ? select : `with ${write} ${select}`
      const statement = { text, values }
      const own = writing(session, isRepeatable)
      sent.push({ field, kind: 'write', hasPlaceholders: false, session: own, statement })
      hasWritten = true
      return [UNKNOWN_RECORD]
    },
  }
}

/** What would refuse the request is a fault of the input here. */
const refusalOf = (error: unknown, { workspace }: Context): Problem => {
  const problem = problemOf(error, errorNamesOf(workspace.schemaVersion.model))
  if (problem.status >= 500) return problem
  return badInput(`The request is refused: ${problem.message}`, undefined, problem.options.hint)
}

const ONE_BYTE = 1
const nothingKept = () => createListStatements(createCacheBudget(ONE_BYTE))

const matchRecords = createMatcher(RECORD_ROWS)

const collectRest = async (
  requestContext: Context,
  { method, path, search, body }: RestAsked,
): Promise<readonly Sent[]> => {
  const { model, session, countMode } = requestContext
  const { route: row, params } = matchRecords(path)
  const kind = row?.methods[method]
  if (row === null || kind === undefined) throw badPath(path)
  const sent: Sent[] = []
  const place = pathNamesOf(params)
  if (isReadKind(kind)) {
    const findRead = createPreparedReads(createCacheBudget(ONE_BYTE), nothingKept())
    const { text, values, keyValues } = findRead(model, kind, place, search, countMode, () => undefined)
    const all = keyValues === null ? values : [...values, ...keyValues(place.key)]
    await keeping(sent, session, null).read({ text, values: all })
    return sent
  }
  const request = parseRequest(kind, place, parseQuery(search))
  const call = {
    ...keeping(sent, session, null),
    requestContext,
    model,
    object: findObject(model, request.plural),
    readBody: async () => body,
    past: PAST,
    isMinimal: false,
  }
  // An error after the first statement is about the answer, which has no records.
  await answerCall(call, request, method, row).catch((error: unknown) => {
    if (sent.length === 0) throw error
  })
  return sent
}

/** GraphQL's library is loaded by the first request that needs it. */
const graphqlParts = lazily(async () => {
  const [{ createGraphQLDocuments, DocumentErrors }, execution, { isReading }, { variablesOf }] =
    await Promise.all([
      import('../../graphql/document.ts'),
      import('../../graphql/execute.ts'),
      import('../../graphql/operation.ts'),
      import('../../graphql/variables.ts'),
    ])
  const { prepare } = createGraphQLDocuments(createCacheBudget(ONE_BYTE))
  const documents: typeof prepare = (...given) => {
    try {
      return prepare(...given)
    } catch (error) {
      if (!(error instanceof DocumentErrors)) throw error
      throw badInput(error.errors.map(({ message }) => message).join('\n'))
    }
  }
  return { documents, ...execution, isReading, variablesOf }
})

const collectGraphQL = async (
  requestContext: Context,
  asked: NonNullable<Asked['graphql']>,
): Promise<readonly Sent[]> => {
  const { documents, createExecutor, problemIn, isReading, variablesOf } = await graphqlParts()
  const { model, session, author, maxBatchRecords, workspace } = requestContext
  const whole = await workspace.schemaVersion.compiled()
  const document = documents(asked.query, whole)
  isReading(document, asked.operationName)
  const variables = variablesOf(document, whole, asked)
  const sent: Sent[] = []
  const { data, errors } = await createExecutor(nothingKept())(
    document,
    whole,
    { ...asked, variables },
    {
      ...{ model, author, maxBatchRecords, past: PAST },
      count: requestContext.countMode,
      runnerAt: (key) => keeping(sent, session, key),
      shownSchema: async () => whole,
    },
  )
  const fault = errors.find(({ path }) => !sent.some(({ field }) => field === path?.[0]))
  if (fault !== undefined) throw problemIn(fault, errorNamesOf(model), data !== undefined)
  return sent
}

/** Throws Problem BAD_USER_INPUT for a request that is refused before its first statement. */
export const collect = async (
  requestContext: Context,
  { rest, graphql }: Asked,
): Promise<readonly Sent[]> => {
  try {
    if (rest !== null) return await collectRest(requestContext, rest)
    return graphql === null ? [] : await collectGraphQL(requestContext, graphql)
  } catch (error) {
    throw refusalOf(error, requestContext)
  }
}
