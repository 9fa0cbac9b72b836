// How many statements a request costs: counted where they leave for Postgres, on a real one.

import test from 'ava'
import { unlimitedBudget } from '../../gateway/cache/budget.ts'
import { createLayouts } from '../../gateway/changes/layouts.ts'
import { createGraphQLDocuments } from '../../gateway/graphql/document.ts'
import { createExecutor } from '../../gateway/graphql/execute.ts'
import { compileSchema } from '../../gateway/graphql/schema/compile.ts'
import { createHistoryKeeper } from '../../gateway/history/keeper.ts'
import { createPast } from '../../gateway/history/pastValues.ts'
import { createListStatements } from '../../gateway/records/select/listStatements.ts'
import { createTurns } from '../../gateway/records/write/retry.ts'
import { createWriteRunner } from '../../gateway/records/write/writeRunner.ts'
import { readCatalog } from '../../sql/catalog/catalog.ts'
import { inTransaction } from '../../sql/ownerPool.ts'
import type { ConnectionPool, Session } from '../../sql/pipeline/pool.ts'
import { deriveModel } from '../../tenants/model/read/derive.ts'
import { ensurePgRole } from '../../tenants/permission/pgRole.ts'
import { findRole } from '../../tenants/permission/role.ts'
import { createWorkspace } from '../../tenants/workspace.ts'
import { type OpenTestDatabase, openTestDatabase } from '../support/database.ts'
import { HOSTILE_NAME } from '../support/gateway.ts'
import { createTestLog } from '../support/log.ts'
import { openTestPlacement } from '../support/placement.ts'

const execute = createExecutor(createListStatements(unlimitedBudget()))
let database: OpenTestDatabase
let connections: ConnectionPool
let run: (
  query: string,
  variables?: Record<string, unknown>,
) => Promise<{ readonly data: unknown; readonly statements: readonly { text: string; retryable: boolean }[] }>

test.before(async () => {
  database = await openTestDatabase()
  const workspace = await createWorkspace(database.pool, { name: HOSTILE_NAME })
  const role = await findRole(database.pool, workspace.id, 'Admin')
  const pgRole = await inTransaction(database.pool, (connection) => ensurePgRole(connection, role.id))
  const placement = await openTestPlacement(database, 2)
  connections = placement.connections
  const session: Session = {
    schema: workspace.schemaName,
    shards: await placement.shardsOf?.(workspace.schemaName),
    workspace: workspace.id,
    version: 1,
    role: pgRole,
    claims: '{}',
    timeoutMs: 5_000,
    maxLongStatements: 4,
  }
  const catalog = await readCatalog(database.pool, workspace.schemaName)
  if (catalog === null) throw new Error('The workspace has no schema.')
  const shape = await compileSchema(deriveModel(catalog, { standard: true }))
  const { prepare: documentOf } = createGraphQLDocuments(unlimitedBudget())
  const { pool } = database
  const keeper = createHistoryKeeper({ pool, log: createTestLog() })
  const past = createPast({
    pool,
    connections,
    layoutOf: createLayouts(pool, unlimitedBudget()),
    keeper,
    collect: null,
  })({ session, workspace: { id: workspace.id, schema: workspace.schemaName } }, shape.model)
  run = async (query, variables) => {
    const statements: { text: string; retryable: boolean }[] = []
    const counting: ConnectionPool = {
      ...connections,
      run: (asWho, statement, how) => {
        statements.push({ text: statement.text, retryable: how.retryable })
        return connections.run(asWho, statement, how)
      },
    }
    const executed = await execute(
      documentOf(query, shape),
      shape,
      { query, variables, operationName: undefined },
      {
        runnerAt: () => ({
          read: (statement) => counting.run(session, statement, { retryable: true }),
          write: createWriteRunner(counting, session, createTurns()),
        }),
        model: shape.model,
        author: { source: 'API', name: 'test', workspaceMemberId: null },
        past,
        count: 'exact',
        maxBatchRecords: 60,
        shownSchema: async () => shape,
      },
    )
    if (executed.errors.length > 0) throw executed.errors[0]
    return { data: JSON.parse(String(executed.data ?? 'null')), statements }
  }
})
test.after.always(async () => {
  await connections?.close()
  await database?.close()
})

test('a list with its relations, both ways and nested lists counted, is one statement', async (t) => {
  const { statements } =
    await run(`{ companies(first: 5) { pageInfo { hasNextPage endCursor } edges { cursor node {
    id accountOwner { id } people(first: 3) { totalCount edges { cursor node { id name { firstName } company { name } } } }
  } } } }`)
  t.is(statements.length, 1)
  t.true(statements[0]?.retryable)
})

test('the total is counted in the same statement, and only if selected', async (t) => {
  const [both, ...others] = (
    await run('{ companies { totalCount edges { node { id company: __typename } } } }')
  ).statements
  t.deepEqual(others, [])
  t.regex(both?.text ?? '', /count\(\*\)/)
  const [uncounted] = (await run('{ companies { edges { node { id } } } }')).statements
  t.notRegex(uncounted?.text ?? '', /count\(\*\)/)
  const [only, ...more] = (
    await run('{ companies(first: 1, orderBy: { name: DescNullsLast }) { totalCount } }')
  ).statements
  t.deepEqual(more, [])
  t.regex(only?.text ?? '', /count\(\*\)/)
})

test('a record with its relations is one statement', async (t) => {
  const id = (await run('mutation { createCompany(data: { name: "x" }) { id } }')).data
  t.truthy(id)
  const { statements } = await run(
    '{ company(filter: { name: { eq: "x" } }) { name accountOwner { id } people { edges { node { id } } } } }',
  )
  t.is(statements.length, 1)
})

test('a write is one statement, never sent twice, and a batch is one too', async (t) => {
  const one = await run('mutation { createCompany(data: { name: "y" }) { id name createdBy { name } } }')
  t.is(one.statements.length, 1)
  t.false(one.statements[0]?.retryable)
  const data = Array.from({ length: 60 }, (_, index) => ({ name: `b${index}` }))
  const many = await run(
    'mutation ($data: [CompanyCreateInput!]!) { createCompanies(data: $data) { id name } }',
    { data },
  )
  t.is(many.statements.length, 1)
})

test('only the selected columns of a composite are read', async (t) => {
  const { statements } = await run('{ companies { edges { node { address { addressCity } } } } }')
  t.regex(statements[0]?.text ?? '', /address_city/)
  t.notRegex(statements[0]?.text ?? '', /address_lat|address_street1/)
})

test('the same plan serves other values', async (t) => {
  const list =
    'query ($filter: CompanyFilterInput, $first: Int, $orderBy: [CompanyOrderByInput]) { companies(filter: $filter, first: $first, orderBy: $orderBy) { edges { node { name } } } }'
  const names = async (variables: Record<string, unknown>) =>
    JSON.stringify((await run(list, variables)).data)
  await run('mutation { createCompanies(data: [{ name: "p1" }, { name: "p2" }]) { id } }')
  const filter = { name: { startsWith: 'p' } }
  t.is(
    await names({ filter, orderBy: [{ name: 'AscNullsFirst' }] }),
    '{"companies":{"edges":[{"node":{"name":"p1"}},{"node":{"name":"p2"}}]}}',
  )
  t.is(
    await names({ filter, orderBy: [{ name: 'DescNullsFirst' }], first: 1 }),
    '{"companies":{"edges":[{"node":{"name":"p2"}}]}}',
  )
  t.is(await names({ filter: { name: { eq: 'p1' } } }), '{"companies":{"edges":[{"node":{"name":"p1"}}]}}')
})
