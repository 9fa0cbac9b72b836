// How Postgres plans what the protocols send: once, where values do not matter; by joins and indexes, for a
// role with record rules, too; and without work that an answer does not need.

import test from 'ava'
import pg from 'pg'
import { unlimitedBudget } from '../../gateway/cache/budget.ts'
import { duplicatesStatement } from '../../gateway/records/duplicates/duplicateLists.ts'
import { compileLikenesses } from '../../gateway/records/duplicates/likeness.ts'
import { createParams } from '../../gateway/records/params.ts'
import { findAggregates } from '../../gateway/records/read/aggregate.ts'
import { compileSearch } from '../../gateway/records/read/search.ts'
import { createRun } from '../../gateway/records/run.ts'
import { planList } from '../../gateway/records/select/list.ts'
import { createListStatements } from '../../gateway/records/select/listStatements.ts'
import { createScope } from '../../gateway/records/select/nestedList.ts'
import { compileInsertMany } from '../../gateway/records/write/insert.ts'
import { asTables } from '../../gateway/records/writtenTable.ts'
import { prepareFindMany, prepareGroupBy } from '../../gateway/rest/reads.ts'
import { readCatalog } from '../../sql/catalog/catalog.ts'
import { inTransaction } from '../../sql/ownerPool.ts'
import { bindSchema, quoteIdentifier } from '../../sql/placeholder.ts'
import type { Statement } from '../../sql/statement.ts'
import { allLargeTableIndexes } from '../../tenants/model/ddl/ruleIndexes.ts'
import { createIndex } from '../../tenants/model/ddl/statement.ts'
import { textIndexes } from '../../tenants/model/ddl/textIndexes.ts'
import type { Model, ObjectModel } from '../../tenants/model/model.ts'
import { deriveModel } from '../../tenants/model/read/derive.ts'
import { ensurePgRole } from '../../tenants/permission/pgRole.ts'
import { type RowRuleInput, upsertRowRules } from '../../tenants/permission/record.ts'
import { createRole, type Role } from '../../tenants/permission/role.ts'
import { createWorkspace } from '../../tenants/workspace.ts'
import { type OpenTestDatabase, openTestDatabase } from '../support/database.ts'
import { parsedRequest } from '../support/restRequest.ts'

let database: OpenTestDatabase
let schema: string
let model: Model
/** Sees some companies and some people by record rules. */
let restricted: string
/** Sees all records. */
let reader: string
/** See few people: by a value, and by the member who made them. */
let few: readonly string[]
/** The id of a person halfway. */
let middle: string

const FEW_RULES: readonly RowRuleInput[] = [
  { column: 'avatar_url', operand: 'IS', value: 'few' },
  { column: 'created_by_workspace_member_id', operand: 'IS', memberColumn: 'id' },
]

test.before(async () => {
  database = await openTestDatabase()
  const workspace = await createWorkspace(database.pool, { name: 'Plans' })
  schema = workspace.schemaName
  const catalog = await readCatalog(database.pool, schema)
  if (catalog === null) throw new Error('The workspace has no schema.')
  model = deriveModel(catalog, { standard: true })
  const role = await createRole(database.pool, workspace.id, {
    label: 'Some',
    canReadAllObjectRecords: true,
  })
  for (const [table, column] of [
    ['company', 'name'],
    ['person', 'job_title'],
  ] as const)
    await upsertRowRules(database.pool, workspace.id, role.id, table, {
      rules: [{ column, operand: 'IS_NOT', value: 'hidden' }],
      groups: [],
    })
  const rare: Role[] = []
  for (const [index, rule] of FEW_RULES.entries()) {
    const label = `Few ${index}`
    const fewer = await createRole(database.pool, workspace.id, { label, canReadAllObjectRecords: true })
    await upsertRowRules(database.pool, workspace.id, fewer.id, 'person', { rules: [rule], groups: [] })
    rare.push(fewer)
  }
  const open = await createRole(database.pool, workspace.id, { label: 'All', canReadAllObjectRecords: true })
  await inTransaction(database.pool, async (client) => {
    restricted = await ensurePgRole(client, role.id)
    reader = await ensurePgRole(client, open.id)
    const names: string[] = []
    for (const { id } of rare) names.push(await ensurePgRole(client, id))
    few = names
  })
  await database.pool.query(
    bindSchema(
      `insert into "__WS__".company (name) select 'c' || n from generate_series(1, 500) n;
       insert into "__WS__".person (job_title, company_id, name_last_name, created_at, avatar_url)
         select case when n % 20 > 0 then 'x' || n % 20 end, c.id, case when n % 25 > 0 then 'n' || n % 600 end,
           timestamptz '2026-01-01 00:00Z' + n * interval '1 minute', case when n % 1000 = 3 then 'few' end
         from generate_series(1, 5000) n
         left join (select id, row_number() over () as at from "__WS__".company) c on c.at = n % 700;
       analyze "__WS__".person, "__WS__".company`,
      schema,
    ),
  )
  const { rows } = await database.pool.query(
    bindSchema('select id from "__WS__".person order by id offset 2500 limit 1', schema),
  )
  middle = rows[0]?.id
})
test.after.always(() => database?.close())

const objectOf = (plural: string) => {
  const object = model.byPlural.get(plural)
  if (object === undefined) throw new Error(`There are no ${plural}.`)
  return object
}

const lists = createListStatements(unlimitedBudget())
const EXECUTIONS = 8
/** Postgres compares costs from the sixth execution on. */
const PLANNED_ANYWAY = 5

const listOf = (search: string, plural = 'people') => {
  const request = parsedRequest('GET', `/${plural}`, search)
  if (request.kind !== 'findMany') throw new Error('The request is not a list.')
  return prepareFindMany(model, objectOf(plural), request, 'exact', lists)
}

/** Number of executions that planned again. */
const plansOf = async (search: string): Promise<number> => {
  const client = new pg.Client({ connectionString: database.ownerUrl })
  await client.connect()
  try {
    const { text, values } = listOf(search)
    for (let turn = 0; turn < EXECUTIONS; turn += 1)
      await client.query({ name: 'list', text: bindSchema(text, schema), values: [...values] })
    const { rows } = await client.query(
      `select custom_plans::int as plans from pg_prepared_statements where name = 'list'`,
    )
    return rows[0]?.plans
  } finally {
    await client.end()
  }
}

for (const search of [
  'limit=20',
  'limit=200&depth=1',
  'limit=60&order_by=jobTitle,createdAt[DescNullsLast]',
  'limit=60&order_by=createdAt',
])
  test(`a list of ${search} keeps its plan`, async (t) => {
    t.is(await plansOf(search), PLANNED_ANYWAY)
  })

test('the key of records whose duplicates are asked for is found by its index', async (t) => {
  const e = createParams()
  const id = '0198c0de-0000-7000-8000-000000000001'
  const text = compileLikenesses(e, objectOf('people'), [{ id, values: new Map() }])
  const { rows } = await database.pool.query(`explain ${bindSchema(text, schema)}`, [...e.values])
  const plan = rows.map((row) => row['QUERY PLAN']).join('\n')
  t.regex(plan, /Index Scan using \S+ on person source/)
  t.notRegex(plan, /Seq Scan/)
})

/**
 * @param role null: the owner
 * @param indexes SQL of indexes that exist for this plan alone
 */
const planOf = async (role: string | null, statement: Statement, indexes = ''): Promise<string> =>
  (await plansWith(indexes, [[role, statement]]))[0] ?? ''

const plansWith = async (
  indexes: string,
  asked: readonly (readonly [role: string | null, statement: Statement])[],
): Promise<readonly string[]> => {
  const plans: string[] = []
  const client = await database.pool.connect()
  try {
    await client.query('begin')
    await client.query(bindSchema(indexes, schema))
    await client.query(`set local search_path = pg_catalog`)
    for (const [role, { text, values }] of asked) {
      await client.query(role === null ? 'reset role' : `set local role ${quoteIdentifier(role)}`)
      const { rows } = await client.query(`explain (costs off) ${bindSchema(text, schema)}`, [...values])
      plans.push(rows.map((row) => row['QUERY PLAN']).join('\n'))
    }
    return plans
  } finally {
    await client.query('rollback')
    client.release()
  }
}

const groupsOf = (search: string, nearest?: number): Statement => {
  const request = parsedRequest('GET', '/people/groupBy', search)
  if (request.kind !== 'groupBy') throw new Error('These are no groups.')
  const groups = { ...request.groups, ...(nearest === undefined ? {} : { nearest }) }
  return prepareGroupBy(model, objectOf('people'), { ...request, groups })
}

const byCompany = `group_by=${encodeURIComponent('[{"company":{"name":true}}]')}`
const byCompanyId = `group_by=${encodeURIComponent('[{"companyId":true}]')}`

const JOINED: readonly (readonly [what: string, statement: () => Statement])[] = [
  [
    'an order by a field of a relation',
    () => listOf('limit=60&fields=id&order_by=company.name,company.createdAt'),
  ],
  [
    'an order over two relations, after a cursor',
    () =>
      listOf(
        `limit=60&fields=id&order_by=company.accountOwner.name.lastName&starting_after=${Buffer.from('{"company":{"accountOwner":{"name":{"lastName":null}}},"id":"0198c0de-0000-7000-8000-000000000001"}').toString('base64')}`,
      ),
  ],
  ['groups by a field of a relation', () => groupsOf(byCompany)],
]

for (const [what, statement] of JOINED)
  test(`${what} joins its table once, for a role with record rules, too`, async (t) => {
    for (const role of [null, restricted]) {
      const plan = await planOf(role, statement())
      t.regex(plan, /Hash (Right |Left )?Join/)
      t.notRegex(plan, /SubPlan/)
      t.is(plan.match(/ on company\b/g)?.length, 1)
    }
  })

test('groups by fields of a relation aggregate its keys before they join', async (t) => {
  const aggregates = (names: readonly string[]) => `&aggregate=${encodeURIComponent(JSON.stringify(names))}`
  for (const role of [null, restricted]) {
    const plan = await planOf(role, groupsOf(`${byCompany}${aggregates(['totalCount', 'maxCreatedAt'])}`))
    t.regex(plan, /Join[\s\S]*Aggregate\n\s+Group Key: t(_1)?\.company_id/, plan)
    // Distinct values of parts do not add up.
    const distinct = await planOf(role, groupsOf(`${byCompany}${aggregates(['countUniqueValuesJobTitle'])}`))
    t.notRegex(distinct, /Group Key: t(_1)?\.company_id/)
    // A key reads null without its record, which is looked for once per key.
    t.regex(
      await planOf(role, groupsOf(byCompanyId)),
      /Group\n[\s\S]*Aggregate\n\s+Group Key: t(_1)?\.company_id/,
    )
  }
})

test('samples of groups sort keys, and read the shown records by them', async (t) => {
  for (const role of [null, restricted]) {
    const plan = await planOf(
      role,
      groupsOf(`group_by=${encodeURIComponent('[{"jobTitle":true}]')}&include_records_sample=true`),
    )
    t.regex(plan, /Index Scan using \S+ on person found/)
    // The limit ends each group's ranks early.
    t.is(plan.match(/Run Condition/g)?.length, 3)
    // Before the members of groups that lack records are read, there must be such a group.
    t.is(plan.match(/One-Time Filter/g)?.length, 2)
  }
})

test.serial('members of groups are read for those alone that lack sample records, by an index', async (t) => {
  const sample = 'include_records_sample=true'
  for (const by of [reader, restricted]) {
    const enough = groupsOf(`group_by=${encodeURIComponent('[{"jobTitle":true}]')}&${sample}`)
    const plan = await ranAs(enough.text, enough.values, by)
    t.is(plan.match(/Scan[^\n]* on person [rt]\w* \(actual/g)?.length, 2, plan)
    t.is(plan.match(/One-Time Filter: [^\n]*\n[^\n]*never executed/g)?.length, 2, plan)
  }
  const titles = groupsOf(`group_by=${encodeURIComponent('[{"jobTitle":true}]')}&${sample}`, 0)
  // Half of these few records have one of ten titles, which are what Postgres expects.
  const indexes = `${titleIndex('AscNullsFirst')};${NO_BITMAPS};set local enable_seqscan = off`
  t.regex(await planOf(reader, titles, indexes), /Index Cond: \(job_title = ANY/)
  for (const by of [byCompany, byCompanyId])
    t.regex(
      await planOf(reader, groupsOf(`${by}&${sample}`, 0), NO_BITMAPS),
      /Index Cond: \(company_id = ANY/,
    )
})

const peopleIndexes = (rules: readonly RowRuleInput[] = []): string =>
  allLargeTableIndexes(
    objectOf('people'),
    rules.map(({ column, operand }) => ({ table: 'person', column, operand })),
  )
    .map((index, at) => createIndex('person', { ...index, name: `of large ${at}`, unique: false }))
    .join(';')

const DIRECTIONS = ['AscNullsFirst', 'AscNullsLast', 'DescNullsFirst', 'DescNullsLast'] as const
const CURSORS = [
  ['name.lastName', 'name_last_name', { name: { lastName: 'n300' } }],
  ['name.lastName', 'name_last_name', { name: { lastName: null } }],
  ['createdAt', 'created_at', { createdAt: '2026-01-02 17:40:00+00' }],
  ['position', 'position', { position: '2500' }],
  ['jobTitle', 'job_title', { jobTitle: 'x1' }],
] as const

/** The costs of Tenantry's own Postgres (sql/embedded.ts), on any server. */
const OUR_COSTS = 'set local random_page_cost = 1.1'
/** On few rows Postgres sorts what a bitmap finds; on many it does not. */
const NO_BITMAPS = `set local enable_bitmapscan = off; ${OUR_COSTS}`

/** As a user would make it: with the nulls where the order wants them. */
const titleIndex = (direction: string): string =>
  `create index on "__WS__".person (job_title ${direction.startsWith('Asc') ? 'asc' : 'desc'} nulls ${direction.endsWith('First') ? 'first' : 'last'}, id)`

const SORT = /-> +(Incremental )?Sort/

/** The lines below each node of a kind. */
const below = (plan: string, node: RegExp): readonly (readonly string[])[] => {
  const lines = plan.split('\n')
  const depth = (line: string): number => line.search(/\S/)
  return lines.flatMap((line, at) => {
    if (!node.test(line)) return []
    const rest = lines.slice(at + 1)
    const end = rest.findIndex((other) => depth(other) <= depth(line))
    return [end < 0 ? rest : rest.slice(0, end)]
  })
}

/** Scans whose rows are sorted, other than the page's own that were read for their ties. */
const sortsOfTable = (plan: string): readonly string[] =>
  below(plan, SORT)
    .flat()
    .filter((line) => / Scan /.test(line) && !line.includes('CTE Scan on near'))

for (const direction of DIRECTIONS)
  test(`a page after or before a cursor is ranges of an index, in the order ${direction}`, async (t) => {
    const cases = CURSORS.flatMap(([path, column, values]) =>
      ['starting_after', 'ending_before'].flatMap((side) => {
        const json = JSON.stringify({ ...values, id: middle })
        const cursor = encodeURIComponent(Buffer.from(json).toString('base64'))
        const search = `limit=60&count=none&fields=id&order_by=${path}[${direction}]&${side}=${cursor}`
        return [reader, restricted].map((role) => ({ column, asked: [role, listOf(search)] as const }))
      }),
    )
    const indexes = `${peopleIndexes()};${titleIndex(direction)};${NO_BITMAPS}`
    const plans = await plansWith(
      indexes,
      cases.map(({ asked }) => asked),
    )
    for (const [index, { column }] of cases.entries()) {
      const plan = plans[index] ?? ''
      t.notRegex(plan, /Seq Scan|SubPlan/, plan)
      // Ties neither, in the direction that a large table's index does not have.
      if (column !== 'job_title') t.deepEqual(sortsOfTable(plan), [], plan)
      // Each scan begins where its range begins.
      const scans = plan.match(/Index (Only )?Scan[^\n]*\n(?:\s+Index Cond: [^\n]*)?/g) ?? []
      t.true(scans.length > 0)
      for (const scan of scans) t.true(scan.includes('Index Cond') && scan.includes(column), plan)
    }
  })

test('an order with its nulls at the other end of the index is two ranges of it', async (t) => {
  for (const direction of ['AscNullsLast', 'DescNullsFirst'])
    for (const role of [reader, restricted]) {
      const statement = listOf(`limit=60&count=none&fields=id&order_by=name.lastName[${direction}]`)
      const plan = await planOf(role, statement, `${peopleIndexes()};${NO_BITMAPS}`)
      // And once more for the ties at the end of the page.
      t.is(plan.match(/Index (Only )?Scan/g)?.length, direction.startsWith('Asc') ? 2 : 3, plan)
      t.regex(plan, /IS NOT NULL/)
      t.notRegex(plan, /Seq Scan/, plan)
      t.deepEqual(sortsOfTable(plan), [], plan)
    }
})

/** Half of the people have no last name, three tenths a common one; for this plan alone. */
const NAMES = `update "__WS__".person p set
    name_last_name = case when n % 10 < 5 then null when n % 10 < 8 then 'Lee' else 'n' || n % 600 end,
    name_first_name = case when n / 10 % 10 < 4 then null when n / 10 % 10 < 7 then 'Ann' else 'f' || n % 700 end
  from (select id, row_number() over (order by id)::int as n from "__WS__".person) o where o.id = p.id;
  analyze "__WS__".person`
const TWO_NAMES = [
  ['lastName', 'firstName'],
  ['firstName', 'lastName'],
] as const

const listByNames = (
  names: readonly string[],
  directions: readonly string[],
  more: string,
  cursor: readonly [side: string, values: unknown] | null,
): Statement => {
  const order = names.map((name, at) => `name.${name}[${directions[at]}]`).join(',')
  const text = cursor === null ? '' : Buffer.from(JSON.stringify(cursor[1])).toString('base64')
  const place = cursor === null ? '' : `&${cursor[0]}=${encodeURIComponent(text)}`
  return listOf(`count=none&fields=id&order_by=${order}${place}&${more}`)
}

test.serial('a page by two names sorts no records with a frequent one, or with none', async (t) => {
  t.teardown(tidy)
  const cursors = [
    null,
    ...['starting_after', 'ending_before'].flatMap((side) =>
      // The records after Kim begin with many of Lee.
      ['Kim', 'Lee', null].flatMap((lastName) =>
        ['Ann', null].map((firstName) => [side, { name: { lastName, firstName }, id: middle }] as const),
      ),
    ),
  ]
  const ways = DIRECTIONS.flatMap((one) => DIRECTIONS.map((other) => [one, other] as const))
  const asked = ways.flatMap((way, index) =>
    TWO_NAMES.flatMap((names) =>
      cursors.map((cursor) => {
        const role = index % 3 === 0 ? restricted : reader
        return [role, listByNames(names, way, 'limit=60', cursor)] as const
      }),
    ),
  )
  const filtered = TWO_NAMES.flatMap((names) =>
    ways.map((way) => {
      const filter = `limit=60&filter=${encodeURIComponent('name.lastName[eq]:Lee')}`
      return [reader, listByNames(names, way, filter, null)] as const
    }),
  )
  // On few records Postgres may sort where it need not.
  const unsorted = ['sort', 'incremental_sort', 'seqscan']
    .map((node) => `set local enable_${node} = off`)
    .join(';')
  const indexes = `${peopleIndexes()};${NAMES};${NO_BITMAPS};${unsorted}`
  for (const plan of await plansWith(indexes, [...asked, ...filtered]))
    t.deepEqual(sortsOfTable(plan), [], plan)
})

test.serial('pages by two names, in any directions, are those of a plain order', async (t) => {
  t.teardown(tidy)
  const client = await database.pool.connect()
  t.teardown(() => client.release())
  const send = (text: string, values: readonly (string | null)[] = []) =>
    client.query({ text: bindSchema(text, schema), values: [...values], rowMode: 'array' })
  const sqlOf = (direction: string): string =>
    `${direction.startsWith('Asc') ? 'asc' : 'desc'} nulls ${direction.endsWith('First') ? 'first' : 'last'}`
  await send('begin')
  await send(NAMES)
  for (const names of TWO_NAMES)
    for (const directions of DIRECTIONS.flatMap((one) => DIRECTIONS.map((other) => [one, other] as const))) {
      const columns = names.map((name) => (name === 'lastName' ? 'name_last_name' : 'name_first_name'))
      const order = columns.map((column, at) => `${column} ${sqlOf(directions[at] ?? '')}`).join(', ')
      const { rows } = await send(`select id, ${columns.join()} from "__WS__".person order by ${order}, id`)
      for (const at of [8, 2_900, rows.length - 9]) {
        const [id, ...found] = rows[at] ?? []
        const values = { id, name: Object.fromEntries(names.map((name, index) => [name, found[index]])) }
        for (const side of ['starting_after', 'ending_before']) {
          const page = listByNames(names, directions, 'limit=7', [side, values])
          const { rows: shown } = await send(page.text, page.values)
          const ids = shown.map((row) => row[1]).slice(0, 7)
          const wanted =
            side === 'starting_after' ? rows.slice(at + 1, at + 8) : rows.slice(at - 7, at).reverse()
          t.deepEqual(
            ids,
            wanted.map(([first]) => first),
            `${names} ${directions} ${side} ${at}`,
          )
        }
      }
    }
  await send('rollback')
})

/** @param ids of records; null: of values */
const duplicatesOf = (object: ObjectModel, ids: readonly (string | null)[] = [null]): Statement => {
  const scope = createScope(model)
  const plan = planList(scope, {
    object,
    records: [],
    aggregates: findAggregates(object, ['totalCount']),
    needsRows: true,
    needsCursor: false,
    needsMore: false,
    write: () => '',
  })
  const e = createParams()
  const items = ids.map((id) => ({
    id,
    values: new Map(id === null ? object.duplicateCriteria.flat().map((name) => [name, 'x']) : []),
  }))
  const { text } = duplicatesStatement(scope, plan, items, createRun(e))
  return { text, values: e.values }
}

test('duplicates are found by the indexes of their criteria', async (t) => {
  const people = objectOf('people')
  for (const role of [null, restricted])
    for (const ids of [[null], [middle], [middle, null, middle]]) {
      const plan = await planOf(role, duplicatesOf(people, ids), peopleIndexes())
      t.is(plan.match(/BitmapOr/g)?.length, 2, plan)
      t.notRegex(plan, /Seq Scan|SubPlan/)
    }
})

/** A third of the people in the trash, the oldest; for this plan alone. */
const TRASH = `update "__WS__".person set deleted_at = now() where created_at < '2026-01-02'; analyze "__WS__".person`

/** Rows and entries of indexes that were rolled back stay in the files, and in the costs of later plans. */
const tidy = () => database.pool.query(bindSchema('vacuum (analyze) "__WS__".person', schema))

test.serial('a page passes no records of the trash', async (t) => {
  t.teardown(tidy)
  const orders = ['id', 'createdAt', 'updatedAt', 'position', 'name.firstName', 'name.lastName']
  const asked = orders.flatMap((order) =>
    [reader, restricted].map(
      (role) => [role, listOf(`limit=60&count=none&fields=id&order_by=${order}`)] as const,
    ),
  )
  const plans = await plansWith(`${peopleIndexes()};${TRASH};${NO_BITMAPS}`, asked)
  for (const plan of plans) {
    t.regex(plan, /Scan using "of large/, plan)
    t.notRegex(plan, /deleted_at/, plan)
    t.deepEqual(sortsOfTable(plan), [], plan)
  }
})

test('the trash has an index of its own', async (t) => {
  for (const role of [reader, restricted]) {
    const plan = await planOf(role, filterOf('deletedAt[is]:NOT_NULL'), `${peopleIndexes()};${OUR_COSTS}`)
    t.regex(plan, /Scan (using|on) "of large/, plan)
    t.notRegex(plan, /Seq Scan/, plan)
  }
})

test.serial('the first related records of one are read in the order of their key', async (t) => {
  t.teardown(tidy)
  const statement = listOf('depth=1', 'companies')
  for (const role of [reader, restricted]) {
    // As the job that builds the others does.
    const indexes = `${peopleIndexes()};drop index "__WS__".person_company_id_idx;${TRASH}`
    const plan = await planOf(role, statement, `${indexes};${NO_BITMAPS}`)
    const isOfPeople = (lines: readonly string[]): boolean => lines.some((line) => / on person n/.test(line))
    t.is(below(plan, SORT).filter(isOfPeople).length, 0, plan)
    t.true(below(plan, /-> +Limit/).some(isOfPeople), plan)
    t.regex(plan, /Scan using "of large \d+" on person n\S+\n +Index Cond: \(company_id = /, plan)
    // Nor do totals look for each record of a large company in the table.
    t.notRegex(plan, / on person n\S+\n +Index Cond: [^\n]*\n +Filter: [^\n]*deleted_at/, plan)
  }
})

/** Half of the people work for one company; for this plan alone. */
const GIANT = `update "__WS__".person set company_id = (select min(id::text)::uuid from "__WS__".company)
  where created_at < '2026-01-02 17:40Z'; analyze "__WS__".person`

test.serial('a page of a list of companies is read in order where one has half of the people', async (t) => {
  t.teardown(tidy)
  const { rows } = await database.pool.query(
    bindSchema('select id from "__WS__".company order by id::text limit 2', schema),
  )
  const statement = filterOf(`companyId[in]:[${rows.map(({ id }) => id).join()}]`, '&count=none')
  for (const role of [reader, restricted]) {
    const plan = await planOf(role, statement, `${peopleIndexes()};${GIANT};${OUR_COSTS}`)
    t.regex(plan, /Index (Only )?Scan using \S+( large \d+")? on person/, plan)
    t.deepEqual(sortsOfTable(plan), [], plan)
  }
})

test('records without a related one are looked for in order, not collected', async (t) => {
  for (const role of [reader, restricted]) {
    const plan = await planOf(role, filterOf('companyId[is]:NULL', '&count=none'), NO_BITMAPS)
    t.regex(plan, /Index Scan using person_pkey/, plan)
    // One look at the related table, not one per record.
    t.regex(plan, /hashed SubPlan/, plan)
    t.notRegex(plan, /-> +Sort|Join/, plan)
  }
})

test('a page of companies by all of their people stops at the first person that decides', async (t) => {
  for (const role of [reader, restricted])
    for (const filter of ['people.every.jobTitle[eq]:x1', 'people.none.jobTitle[eq]:x1']) {
      const search = `limit=60&fields=id&filter=${encodeURIComponent(filter)}`
      const indexes = `${peopleIndexes()};${NO_BITMAPS}`
      const page = await planOf(role, listOf(`${search}&count=none`, 'companies'), indexes)
      t.regex(page, /Nested Loop Anti Join/, page)
      t.regex(page, /Index (Only )?Scan[^\n]* on person[^\n]*\n +Index Cond: \(company_id = ANY/, page)
      t.notRegex(page, /Merge|Hash|Seq Scan on person/, page)
      // Of a total, which reads all companies, Postgres chooses the join.
      const whole = await planOf(role, listOf(search, 'companies'), indexes)
      t.is(whole.match(/company_id = ANY/g)?.length, 1, whole)
    }
})

const TRIGRAMS = `create extension pg_trgm with schema public;
  create index trigrams on "__WS__".person using gin (job_title public.gin_trgm_ops)`
/** As a large table gets it beside trigrams. */
const BEGINNINGS = (): string =>
  textIndexes(objectOf('people'), ['job_title'])
    .map((index) => createIndex('person', { ...index, name: 'beginnings', unique: false }))
    .join(';')

const filterOf = (filter: string, more = ''): Statement =>
  listOf(`limit=60&fields=id&filter=${encodeURIComponent(filter)}${more}`)

test('patterns use trigrams for a role without record rules', async (t) => {
  for (const filter of ['jobTitle[ilike]:"%abcde%"', 'jobTitle[like]:"%abcde%"']) {
    const plan = await planOf(reader, filterOf(filter), TRIGRAMS)
    t.regex(plan, /Bitmap Index Scan on trigrams/)
    t.notRegex(plan, /Seq Scan/)
    t.regex(await planOf(restricted, filterOf(filter), TRIGRAMS), /Seq Scan|person_pkey/)
  }
})

test('startsWith uses the index of beginnings, or the order where many match, for all roles', async (t) => {
  const indexes = `${TRIGRAMS};${BEGINNINGS()}`
  for (const role of [reader, restricted]) {
    const rare = await planOf(role, filterOf('jobTitle[startsWith]:abcde'), indexes)
    t.regex(rare, /Scan (using|on) beginnings/)
    t.notRegex(rare, /Seq Scan|trigrams/)
    const common = await planOf(role, filterOf('jobTitle[startsWith]:x', '&count=none'), indexes)
    t.deepEqual(sortsOfTable(common), [], common)
  }
})

const searchFor = (searchInput: string): Statement => {
  const e = createParams()
  const request = { searchInput, limit: 20, after: null, included: ['person'], excluded: null }
  return { text: compileSearch(e, model, { ...request, filter: undefined }) ?? '', values: e.values }
}

const byTitle = `group_by=${encodeURIComponent('[{"jobTitle":true}]')}`

const READS: readonly (readonly [what: string, statement: () => Statement])[] = [
  ['a list', () => listOf('limit=60')],
  ['an estimated total', () => listOf('limit=60&count=estimated')],
  ...[
    'createdAt',
    'createdAt[DescNullsLast]',
    'name.lastName',
    'name.lastName[DescNullsLast]',
    'company.name',
  ].map((order) => [`an order by ${order}`, () => listOf(`limit=60&count=none&order_by=${order}`)] as const),
  ['a filter by text', () => filterOf('jobTitle[ilike]:"%abc%"')],
  ['a filter by a relation', () => filterOf('companyId[is]:NULL')],
  ['a filter that searches', () => filterOf('searchVector[search]:"x"')],
  ['a search', () => searchFor('x')],
  ['a search for nothing', () => searchFor('')],
  ['groups', () => groupsOf(byTitle)],
  ['groups by a field of a relation', () => groupsOf(byCompany)],
  ['groups with samples', () => groupsOf(`${byTitle}&include_records_sample=true`)],
  ['duplicates', () => duplicatesOf(objectOf('people'))],
]

test('a role that sees few records reads them by the index of its rule', async (t) => {
  for (const [index, role] of few.entries()) {
    const column = FEW_RULES[index]?.column ?? ''
    const asked = READS.map(([, statement]) => [role, statement()] as const)
    const plans = await plansWith(`${peopleIndexes(FEW_RULES)};${OUR_COSTS}`, asked)
    for (const [at, [what]] of READS.entries()) {
      const plan = plans[at] ?? ''
      t.notRegex(plan, /Seq Scan on person\b/, `${what}\n${plan}`)
      t.regex(plan, new RegExp(`Index Cond: \\(\\(?${column} = `), `${what}\n${plan}`)
    }
  }
})

/** The lines of the plan as it ran. */
const ranAs = async (text: string, values: readonly (string | null)[], role?: string): Promise<string> => {
  const client = new pg.Client({ connectionString: database.ownerUrl })
  await client.connect()
  try {
    if (role !== undefined) await client.query(`set role ${quoteIdentifier(role)}`)
    const { rows } = await client.query(
      `explain (analyze, costs off, timing off, buffers off, summary off) ${bindSchema(text, schema)}`,
      [...values],
    )
    return rows.map((row) => row['QUERY PLAN']).join('\n')
  } finally {
    await client.end()
  }
}

const listRan = (search: string, role?: string): Promise<string> => {
  const { text, values } = listOf(search)
  return ranAs(text, values, role)
}

test.serial(
  'a total is counted behind a full page only, and no page is looked for where it is 0',
  async (t) => {
    const cursor = Buffer.from(JSON.stringify({ id: '0198c0de-0000-7000-8000-000000000001' })).toString(
      'base64',
    )
    for (const by of [reader, restricted]) {
      const short = await listRan('limit=20&filter=jobTitle[eq]:nobody', by)
      t.regex(short, /Aggregate \(never executed\)/, short)
      const behind = await listRan(`limit=20&filter=jobTitle[eq]:nobody&starting_after=${cursor}`, by)
      t.regex(behind, /One-Time Filter/, behind)
      t.regex(behind, /person \w+ \(never executed\)/, behind)
      t.notRegex(await listRan('limit=20&count=none', by), /Aggregate/)
    }
    const full = await listRan('limit=20&filter=jobTitle[eq]:x1')
    t.is(full.match(/Aggregate/g)?.length, 1, full)
    t.notRegex(full, /never executed/)
    const bounded = await listRan('limit=20&count=estimated')
    t.regex(bounded, /Aggregate[^\n]*\n\s+-> +Limit/, bounded)
  },
)

test.serial('a search ranks what a limit leaves of the matches that its index finds', async (t) => {
  const { text, values } = searchFor('l')
  const plan = await ranAs(text, values)
  t.regex(plan, /CTE ranked\n\s+-> +Limit/, plan)
  t.regex(plan, /Bitmap Index Scan on \S*search_vector/, plan)
  t.regex(await ranAs(text, values, restricted), /CTE ranked\n\s+-> +Limit/)
})

test('one statement serves pages of all sizes, and batches of all sizes', (t) => {
  t.is(listOf('limit=1').text, listOf('limit=200').text)
  const insert = (records: readonly unknown[]) => {
    const author = { source: 'API', name: 'test', workspaceMemberId: null } as const
    return asTables(compileInsertMany(createParams(), model, objectOf('companies'), records, author))
  }
  const records = Array.from({ length: 60 }, (_, index) => ({ name: `Company ${index}` }))
  t.is(insert(records), insert(records.slice(0, 1)))
})
