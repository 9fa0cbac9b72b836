// One meaning of the trash: a reference to a record in the trash is null wherever it is read, compared,
// grouped, counted or sorted by, and from the other side the record has no list. The expected answers are
// computed from the records themselves.

import test, { type ExecutionContext } from 'ava'
import { unlimitedBudget } from '../../gateway/cache/budget.ts'
import { createListStatements } from '../../gateway/records/select/listStatements.ts'
import { prepareFindMany } from '../../gateway/rest/reads.ts'
import { readCatalog } from '../../sql/catalog/catalog.ts'
import { bindSchema } from '../../sql/placeholder.ts'
import { importSql } from '../../tenants/importSql.ts'
import { deriveModel } from '../../tenants/model/read/derive.ts'
import { asOwnerAt } from '../support/citus.ts'
import { type Client, startTestGateway, type TestGateway } from '../support/gateway.ts'
import { shardsAt } from '../support/placement.ts'
import { runInSchema } from '../support/sqlByHand.ts'

type Row = Readonly<Record<string, unknown>> & { readonly id: string }

let server: TestGateway
let client: Client
let handmade: Client
/** Of the standard objects: live, trashed, none. */
let live = ''
let gone = ''

const SCRIPT = `
create table shelf (id int primary key, label text, deleted_at timestamptz);
create table tome (id int primary key, shelf_id int not null references shelf, twin_id int references shelf, title text);
insert into shelf values (1, 'oak', null), (2, 'ash', now());
insert into tome values (1, 1, 1, 'a'), (2, 2, 2, 'b'), (3, 2, null, 'c');
`

test.before(async () => {
  server = await startTestGateway()
  client = await server.enter()
  handmade = await server.enter('Books', { standardObjects: false })
  await importSql(server.gateway.pool, handmade.workspace.id, SCRIPT)
  const { body } = await client.request('POST', '/rest/batch/companies', [{ name: 'Live' }, { name: 'Gone' }])
  ;[live, gone] = body.data.createCompanies.map(({ id }: Row) => id)
  const people = [live, gone, null, gone, live].map((companyId, position) => ({
    position,
    companyId,
    jobTitle: `p${position}`,
  }))
  await client.request('POST', '/rest/batch/people', people)
  const { body: notes } = await client.request('POST', '/rest/batch/notes', [{ title: 'a' }, { title: 'b' }])
  const [a, b] = notes.data.createNotes.map(({ id }: Row) => id)
  await client.request('POST', '/rest/batch/noteTargets', [
    { noteId: a, targetCompanyId: gone },
    { noteId: b, targetCompanyId: live },
  ])
  await client.request('DELETE', `/rest/companies/${gone}?soft_delete=true`)
})
test.after.always(() => server?.close())

const rest = async (asked: Client, path: string) => {
  const { status, body, text } = await asked.get(`/rest/${path}`)
  if (status !== 200) throw new Error(`${path}: ${text}`)
  return body
}

const ask = async (asked: Client, query: string, variables?: Record<string, unknown>) => {
  const { body, text } = await asked.graphql(query, variables)
  if (body.errors !== undefined) throw new Error(`${query}: ${text}`)
  return body.data
}

interface Subject {
  readonly client: Client
  readonly plural: string
  readonly typeName: string
  /** The foreign key, and names of what ends in it. */
  readonly key: string
  readonly relation: string
  readonly ids: readonly unknown[]
  /** A field of the target, and its value of the live one. */
  readonly label: readonly [field: string, value: string]
}

const stem = (name: string): string => name[0]?.toUpperCase() + name.slice(1)

const subjects = (): readonly Subject[] => [
  {
    client,
    plural: 'people',
    typeName: 'Person',
    key: 'companyId',
    relation: 'company',
    ids: [live, gone],
    label: ['name', 'Live'],
  },
  {
    client,
    plural: 'noteTargets',
    typeName: 'NoteTarget',
    key: 'targetCompanyId',
    relation: 'targetCompany',
    ids: [live, gone],
    label: ['name', 'Live'],
  },
  {
    client: handmade,
    plural: 'tomes',
    typeName: 'Tome',
    key: 'twinId',
    relation: 'twin',
    ids: [1, 2],
    label: ['label', 'oak'],
  },
  {
    client: handmade,
    plural: 'tomes',
    typeName: 'Tome',
    key: 'shelfId',
    relation: 'shelf',
    ids: [1, 2],
    label: ['label', 'oak'],
  },
]

const idsOf = (rows: readonly Row[]): string[] => rows.map(({ id }) => String(id)).sort()

/** Filters on the key, and which values they hold for. */
const conditions = ({ ids: [one, other] }: Subject) =>
  [
    [{ is: 'NULL' }, (id: unknown) => id === null],
    [{ is: 'NOT_NULL' }, (id: unknown) => id !== null],
    [{ eq: one }, (id: unknown) => id === one],
    [{ eq: other }, (id: unknown) => id === other],
    [{ neq: one }, (id: unknown) => id !== null && id !== one],
    [{ neq: other }, (id: unknown) => id !== null && id !== other],
    [{ in: [one, other] }, (id: unknown) => id !== null],
    [{ in: [other] }, (id: unknown) => id === other],
    [{ gte: other }, (id: unknown) => id !== null && String(id) >= String(other)],
    [
      { lte: other, gte: one },
      (id: unknown) => id !== null && String(id) <= String(other) && String(id) >= String(one),
    ],
  ] as const

const restCondition = (key: string, condition: Readonly<Record<string, unknown>>): string =>
  Object.entries(condition)
    .map(
      ([operator, value]) => `${key}[${operator}]:${Array.isArray(value) ? `[${value.join(',')}]` : value}`,
    )
    .join(',')

const checkFilters = async (t: ExecutionContext, subject: Subject, rows: readonly Row[]): Promise<void> => {
  const { client: asked, plural, typeName, key } = subject
  for (const [condition, holds] of conditions(subject))
    for (const isNegated of [false, true]) {
      const expected = idsOf(rows.filter((row) => holds(row[key]) !== isNegated))
      const message = `${plural} ${isNegated ? 'not ' : ''}${key} ${JSON.stringify(condition)}`
      const text = `and(${restCondition(key, condition)})`
      const body = await rest(asked, `${plural}?filter=${isNegated ? `not(${text})` : text}`)
      t.deepEqual(idsOf(body.data[plural]), expected, message)
      t.is(body.totalCount, expected.length, message)
      const filter = isNegated ? { not: { [key]: condition } } : { [key]: condition }
      for (const extra of ['totalCount', 'totalCount countEmptyId']) {
        const { list } = await ask(
          asked,
          `query ($filter: ${typeName}FilterInput) { list: ${plural}(filter: $filter) { ${extra} edges { node { id ${key} } } } }`,
          { filter },
        )
        t.deepEqual(idsOf(list.edges.map(({ node }: { node: Row }) => node)), expected, message)
        t.is(list.totalCount, expected.length, message)
      }
    }
}

const checkCounts = async (t: ExecutionContext, subject: Subject, rows: readonly Row[]): Promise<void> => {
  const { client: asked, plural, key, relation } = subject
  const filled = rows.filter((row) => row[key] !== null)
  const [K, R] = [stem(key), stem(relation)]
  const related = rows.filter((row) => row[relation] !== null).length
  const names = `countEmpty${K} countNotEmpty${K} countUniqueValues${K} percentageEmpty${K} countEmpty${R} countNotEmpty${R}`
  const expected = {
    [`countEmpty${K}`]: rows.length - filled.length,
    [`countNotEmpty${K}`]: filled.length,
    [`countUniqueValues${K}`]: new Set(filled.map((row) => row[key])).size,
    [`percentageEmpty${K}`]: (rows.length - filled.length) / rows.length,
    [`countEmpty${R}`]: rows.length - related,
    [`countNotEmpty${R}`]: related,
  }
  t.deepEqual((await ask(asked, `{ list: ${plural} { ${names} } }`)).list, expected)
  const groups = Map.groupBy(rows, (row) => row[key])
  const expectedGroups = [...groups].map(([value, members]) => [value, members.length]).sort()
  const { list } = await ask(
    asked,
    `{ list: ${plural}GroupBy(groupBy: [{ ${key}: true }]) { groupByDimensionValues totalCount edges { node { ${key} } } } }`,
  )
  t.deepEqual(
    list
      .map((group: { groupByDimensionValues: unknown[]; totalCount: number }) => [
        ...group.groupByDimensionValues,
        group.totalCount,
      ])
      .sort(),
    expectedGroups,
  )
  for (const { groupByDimensionValues, edges } of list)
    for (const { node } of edges) t.deepEqual([node[key]], groupByDimensionValues)
  const aggregate = encodeURIComponent(JSON.stringify(['totalCount']))
  const body = await rest(
    asked,
    `${plural}/groupBy?group_by=[{"${key}":true}]&aggregate=${aggregate}&include_records_sample=true`,
  )
  t.deepEqual(
    body
      .map((group: { groupByDimensionValues: unknown[]; totalCount: number }) => [
        ...group.groupByDimensionValues,
        group.totalCount,
      ])
      .sort(),
    expectedGroups,
  )
  for (const { groupByDimensionValues, records } of body)
    for (const record of records) t.deepEqual([record[key]], groupByDimensionValues)
}

const checkOrder = async (t: ExecutionContext, subject: Subject, rows: readonly Row[]): Promise<void> => {
  const { client: asked, plural, typeName, key } = subject
  for (const direction of ['AscNullsFirst', 'AscNullsLast', 'DescNullsFirst', 'DescNullsLast']) {
    const nulls = direction.endsWith('First') ? -1 : 1
    const sign = direction.startsWith('Asc') ? 1 : -1
    const expected = rows
      .toSorted((a, b) => {
        const [x, y] = [a[key], b[key]]
        if (x === y) return String(a.id) < String(b.id) ? -1 : 1
        if (x === null) return nulls
        if (y === null) return -nulls
        return (String(x) < String(y) ? -1 : 1) * sign
      })
      .map(({ id }) => String(id))
    const read: string[] = []
    let after = ''
    do {
      const body = await rest(asked, `${plural}?limit=1&order_by=${key}[${direction}]${after}`)
      read.push(...body.data[plural].map(({ id }: Row) => String(id)))
      after = body.pageInfo.hasNextPage
        ? `&starting_after=${encodeURIComponent(body.pageInfo.endCursor)}`
        : ''
    } while (after !== '' && read.length <= rows.length)
    t.deepEqual(read, expected, `${plural} by ${key} ${direction}`)
    const { list } = await ask(
      asked,
      `query ($orderBy: [${typeName}OrderByInput]) { list: ${plural}(orderBy: $orderBy) { countEmptyId edges { node { id } } } }`,
      { orderBy: [{ [key]: direction }] },
    )
    t.deepEqual(
      list.edges.map(({ node }: { node: Row }) => String(node.id)),
      expected,
    )
  }
}

/** Conditions on fields of the target, where its record has all of them and a missing record none. */
const checkAbsence = async (t: ExecutionContext, subject: Subject, rows: readonly Row[]): Promise<void> => {
  const { client: asked, plural, typeName, relation, label } = subject
  for (const field of ['id', label[0]])
    for (const state of ['NULL', 'NOT_NULL'])
      for (const [where, isNegated] of [
        [`${relation}.${field}[is]:${state}`, false],
        [`not(${relation}.${field}[is]:${state})`, true],
        [`and(${relation}.${field}[is]:${state},or(${relation}.id[is]:${state}))`, false],
      ] as const) {
        const expected = idsOf(
          rows.filter((row) => ((row[relation] === null) === (state === 'NULL')) !== isNegated),
        )
        t.deepEqual(idsOf((await rest(asked, `${plural}?filter=${where}`)).data[plural]), expected, where)
      }
  const { list } = await ask(
    asked,
    `query ($filter: ${typeName}FilterInput) { list: ${plural}(filter: $filter) { edges { node { id } } } }`,
    { filter: { [relation]: { or: [{ id: { is: 'NULL' } }, { not: { id: { is: 'NOT_NULL' } } }] } } },
  )
  t.deepEqual(
    idsOf(list.edges.map(({ node }: { node: Row }) => node)),
    idsOf(rows.filter((row) => row[relation] === null)),
  )
}

const checkRelation = async (t: ExecutionContext, subject: Subject, rows: readonly Row[]): Promise<void> => {
  const {
    client: asked,
    plural,
    relation,
    label: [field, value],
  } = subject
  const related = idsOf(rows.filter((row) => row[relation] !== null))
  const through = await rest(asked, `${plural}?filter=${relation}.${field}[eq]:${value}`)
  t.deepEqual(idsOf(through.data[plural]), related)
  const without = await rest(asked, `${plural}?filter=not(${relation}.${field}[eq]:${value})`)
  t.deepEqual(idsOf(without.data[plural]), idsOf(rows.filter((row) => row[relation] === null)))
  // The way into the trash that a filter can ask for.
  const asking = await rest(asked, `${plural}?filter=${relation}.deletedAt[is]:NOT_NULL`)
  t.true(asking.totalCount > 0)
}

for (const [index, name] of [
  'people.companyId',
  'noteTargets.targetCompanyId',
  'tomes.twinId',
  'tomes.shelfId',
].entries())
  test(`${name}: filters, counts, groups, orders and cursors agree with the answers`, async (t) => {
    const subject = subjects()[index] as Subject
    const body = await rest(subject.client, `${subject.plural}?depth=1`)
    const rows: readonly Row[] = body.data[subject.plural]
    await checkFilters(t, subject, rows)
    await checkCounts(t, subject, rows)
    await checkOrder(t, subject, rows)
    await checkRelation(t, subject, rows)
    await checkAbsence(t, subject, rows)
  })

test('answers: a reference into the trash is null; one that may not be null keeps its id and can be written back', async (t) => {
  const people = (await rest(client, 'people?depth=1&order_by=position')).data.people
  t.deepEqual(
    people.map(({ companyId, company }: Row) => [companyId, (company as Row | null)?.id ?? null]),
    [
      [live, live],
      [null, null],
      [null, null],
      [null, null],
      [live, live],
    ],
  )
  const { data } = await rest(handmade, 'tomes?depth=1&order_by=id')
  t.deepEqual(
    data.tomes.map(({ shelfId, shelf, twinId, twin }: Row) => [
      shelfId,
      (shelf as Row | null)?.id ?? null,
      twinId,
      (twin as Row | null)?.id ?? null,
    ]),
    [
      [1, 1, 1, 1],
      [2, null, null, null],
      [2, null, null, null],
    ],
  )
  const { tomes } = await ask(
    handmade,
    '{ tomes(orderBy: [{ id: AscNullsFirst }]) { edges { node { shelfId shelf { id } twinId twin { id } } } } }',
  )
  t.deepEqual(
    tomes.edges.map(({ node }: { node: Row }) => [node.shelfId, node.shelf, node.twinId, node.twin]),
    [
      [1, { id: 1 }, 1, { id: 1 }],
      [2, null, null, null],
      [2, null, null, null],
    ],
  )
  for (const tome of (await rest(handmade, 'tomes')).data.tomes) {
    const { status, body } = await handmade.request('PATCH', `/rest/tomes/${tome.id}`, {
      shelfId: tome.shelfId,
      title: tome.title,
    })
    t.is(status, 200)
    t.is(body.data.updateTome.shelfId, tome.shelfId)
  }
})

test('lists from the other side: a record in the trash has none, live ones count live links', async (t) => {
  const trashed = '{ deletedAt: { is: NOT_NULL } }'
  for (const extra of ['', 'maxPosition'])
    t.deepEqual(
      (
        await ask(
          client,
          `{ companies(filter: ${trashed}) { edges { node { people { totalCount ${extra} edges { node { companyId } } } } } } }`,
        )
      ).companies.edges[0].node.people,
      { totalCount: 0, ...(extra === '' ? {} : { maxPosition: null }), edges: [] },
    )
  const body = await rest(client, 'companies?depth=1&filter=deletedAt[is]:NOT_NULL')
  t.deepEqual(body.data.companies[0].people, [])
  const count = async (filter: string): Promise<number> =>
    (
      await ask(
        client,
        `{ companies(filter: { id: { in: ["${live}", "${gone}"] }, and: [${filter}] }) { totalCount } }`,
      )
    ).companies.totalCount
  t.is(await count(`{ not: { deletedAt: { is: NULL } } }, { people: { some: {} } }`), 0)
  t.is(await count(`{ deletedAt: { is: NOT_NULL } }, { people: { none: {} } }`), 1)
  t.is(await count('{ people: { some: {} } }'), 1)
  t.is(await count('{ people: { every: { companyId: { is: NOT_NULL } } } }'), 1)
  // A required reference keeps its id, so the list keeps its records.
  const catalog = await readCatalog(server.gateway.pool, handmade.workspace.schemaName)
  const shelf = catalog === null ? undefined : deriveModel(catalog, { standard: false }).byTable.get('shelf')
  const listOf = (column: string): string =>
    [...(shelf?.fields.values() ?? [])].find(
      (field) => field.kind === 'toMany' && field.target === 'tome' && field.targetColumns.join() === column,
    )?.name ?? ''
  const { shelves } = await ask(
    handmade,
    `{ shelves(filter: ${trashed}) { edges { node { byShelf: ${listOf('shelf_id')} { totalCount } byTwin: ${listOf('twin_id')} { totalCount } } } } }`,
  )
  t.deepEqual(shelves.edges[0].node, { byShelf: { totalCount: 2 }, byTwin: { totalCount: 0 } })
})

test('restoring brings the links back, on all of these ways', async (t) => {
  const [made] = (await client.request('POST', '/rest/batch/companies', [{ name: 'Returns' }])).body.data
    .createCompanies
  await client.request('POST', '/rest/tasks', { title: 'x' })
  await client.request('POST', '/rest/opportunities', { name: 'returns', companyId: made.id })
  const seen = async () => (await rest(client, `opportunities?filter=companyId[eq]:${made.id}`)).totalCount
  t.is(await seen(), 1)
  await client.request('DELETE', `/rest/companies/${made.id}?soft_delete=true`)
  t.is(await seen(), 0)
  await client.request('PATCH', `/rest/companies/${made.id}/restore`)
  t.is(await seen(), 1)
})

test('the index of a foreign key serves a filter on it', async (t) => {
  const { pool } = server.gateway
  const { schemaName } = handmade.workspace
  await runInSchema(
    pool,
    schemaName,
    `create table leaf (id int primary key, shelf_id int references shelf);
    create index leaf_shelf on leaf (shelf_id);
    insert into shelf select n from generate_series(100, 2100) n;
    insert into leaf select n, 100 + n % 2000 from generate_series(1, 60000) n;`,
  )
  for (const table of ['leaf', 'shelf']) await pool.query(`analyze "${schemaName}".${table}`)
  const shards = await shardsAt(server.database, schemaName)
  const catalog = await readCatalog(pool, schemaName)
  if (catalog === null) throw new Error('The workspace has no schema.')
  const model = deriveModel(catalog, { standard: false })
  const leaf = model.bySingular.get('leaf')
  if (leaf === undefined) throw new Error('There is no leaf.')
  for (const [filter, count] of [
    [{ shelfId: { eq: '150' } }, 30],
    [{ shelfId: { in: ['150', '151'] } }, 60],
    [{ shelfId: { eq: '99' } }, 0],
  ] as const) {
    const page = { first: 60, last: null, offset: null, cursor: null }
    const shown = { depth: 0, fields: null } as const
    const { text, values } = prepareFindMany(
      model,
      leaf,
      { list: { filter, orderBy: [], page, isLenient: true }, count: null, shown },
      'exact',
      createListStatements(unlimitedBudget()),
    )
    const { rows } = await asOwnerAt(server.database, schemaName, (node) =>
      node.query(`explain ${bindSchema(text, schemaName, shards)}`, [...values]),
    )
    const plan = rows.map((row) => row['QUERY PLAN']).join('\n')
    t.regex(plan, /leaf_shelf/)
    t.notRegex(plan, /Seq Scan on leaf/)
    const asked = await rest(
      handmade,
      `leaves?filter=shelfId${'eq' in filter.shelfId ? `[eq]:${filter.shelfId.eq}` : `[in]:[${filter.shelfId.in}]`}`,
    )
    t.is(asked.totalCount, count)
  }
})
