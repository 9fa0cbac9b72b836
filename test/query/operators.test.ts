// Operator × type of field × protocol: every operator filters as plain SQL does, or is refused by name.

import test, { type ExecutionContext } from 'ava'
import { importSql } from '../../tenants/importSql.ts'
import { type Answer, type Client, startTestGateway, type TestGateway } from '../support/gateway.ts'
import { metadataOf } from '../support/metadata.ts'
import { FIELDS, type Leaf, OPERATORS, PROBE_DDL, SUBJECTS, type Subject } from './operatorSamples.ts'

type Filter = Readonly<Record<string, unknown>>

let server: TestGateway
let client: Client
let schema: string

const q = (name: string): string => `"${name.replaceAll('"', '""')}"`
const ROWS = 5

test.before(async () => {
  server = await startTestGateway()
  client = await server.enter('Operators', { standardObjects: false })
  schema = q(client.workspace.schemaName)
  const { createObject, createField } = metadataOf(client)
  const objectMetadataId = await createObject('rocket')
  for (const field of FIELDS) await createField({ ...field, objectMetadataId })
  await importSql(server.gateway.pool, client.workspace.id, PROBE_DDL)
  for (const { table, leaves } of SUBJECTS)
    for (let row = 0; row < ROWS; row += 1) {
      const values = leaves.map(({ stored }) => stored[row] ?? null)
      await server.gateway.pool.query(
        `insert into ${schema}.${table} (name, ${leaves.map(({ column }) => q(column)).join(', ')})
         values ('row ${row}', ${values.map((_, at) => `$${at + 1}`).join(', ')})`,
        values,
      )
    }
})
test.after.always(() => server?.close())

/** What each operator is given. */
const argumentOf = ({ type, operands }: Leaf, operator: string): unknown => {
  const [first] = operands
  const text = String(first)
  switch (operator) {
    case 'in':
    case 'containsAny':
      return operands
    case 'is':
      return 'NULL'
    case 'isEmptyArray':
      return true
    case 'like':
    case 'ilike':
      return type === 'RAW_JSON' ? '%alpha%' : `%${text.slice(1, 5).toUpperCase()}%`
    case 'containsIlike':
      return `${text.slice(0, 3).toUpperCase()}%`
    case 'startsWith':
      return text.slice(0, 4)
    case 'endsWith':
      return text.slice(-4)
    default:
      return first
  }
}

const SYMBOLS: Readonly<Record<string, string>> = {
  eq: '=',
  neq: '<>',
  gt: '>',
  gte: '>=',
  lt: '<',
  lte: '<=',
}

/** The same in plain SQL, of which `$1` is the argument as text or a list of texts. */
const sqlOf = ({ isManaged }: Subject, leaf: Leaf, operator: string, sqlType: string): string => {
  const { type, isBlankText } = leaf
  const column = q(leaf.column)
  const isList = type === 'ARRAY' || type === 'MULTI_SELECT'
  const value =
    isManaged && isBlankText
      ? `coalesce(${column}, '')`
      : isManaged && type === 'DATE_TIME'
        ? `date_trunc('milliseconds', ${column})`
        : column
  const symbol = SYMBOLS[operator]
  if (symbol !== undefined) return `${value} ${symbol} $1::text::${sqlType}`
  switch (operator) {
    case 'in':
      return `${value} = any($1::text[]::${sqlType}[])`
    case 'containsAny':
      return isList ? `${column} && $1::text[]::${sqlType}` : `${column} = any($1::text[]::${sqlType}[])`
    case 'is':
      if (isManaged && isBlankText) return `${value} = '' and $1 = 'NULL'`
      return `${isManaged && isList ? `coalesce(cardinality(${column}), 0) = 0` : `${column} is null`} and $1 = 'NULL'`
    case 'isEmptyArray':
      return `${isList ? `coalesce(cardinality(${column}), 0) = 0` : `${column} is null`} and $1 = 'true'`
    case 'containsIlike':
      return `exists (select from unnest(${column}::text[]) item where item ilike $1)`
    case 'startsWith':
      return `left(${value}, length($1)) = $1`
    case 'endsWith':
      return `right(${value}, length($1)) = $1`
    case 'search':
      return `${column} @@ ($1 || ':*')::tsquery`
    default:
      return `${value === column ? `${column}::text` : value} ${operator} $1`
  }
}

const expectedRows = async (
  subject: Subject,
  leaf: Leaf,
  operator: string,
  isNegated: boolean,
): Promise<readonly string[]> => {
  // From a pool of the test's own: requests wait for the gateway's.
  const { rows: types } = await server.database.pool.query<{ type: string }>(
    `select format_type(atttypid, null) as type from pg_attribute where attrelid = $1::regclass and attname = $2`,
    [`${schema}.${subject.table}`, leaf.column],
  )
  const connection = await server.database.pool.connect()
  try {
    await connection.query(`set search_path to ${schema}`)
    const given = argumentOf(leaf, operator)
    const condition = sqlOf(subject, leaf, operator, types[0]?.type ?? '')
    const { rows } = await connection.query<{ name: string }>(
      `select name from ${schema}.${subject.table} where (${condition}) is ${isNegated ? 'not ' : ''}true order by name`,
      [Array.isArray(given) ? given.map(String) : String(given)],
    )
    return rows.map(({ name }) => name)
  } finally {
    await connection.query('reset search_path')
    connection.release()
  }
}

const quoted = (value: unknown): string => `"${String(value).replace(/["\\]/g, '\\$&')}"`

const restFilter = ({ path }: Leaf, operator: string, argument: unknown): string =>
  `${path.join('.')}[${operator}]:${Array.isArray(argument) ? `[${argument.map(quoted).join(',')}]` : quoted(argument)}`

const graphqlFilter = ({ path }: Leaf, operator: string, argument: unknown): Filter =>
  [...path, operator].reduceRight<unknown>((inner, name) => ({ [name]: inner }), argument) as Filter

const askRest = ({ plural }: Subject, filter: string): Promise<Answer> =>
  client.get(`/rest/${plural}?fields=name&order_by=name&filter=${encodeURIComponent(filter)}`)

const askGraphQL = ({ plural, typeName }: Subject, filter: Filter): Promise<Answer> =>
  client.graphql(
    `query($filter: ${typeName}FilterInput) { ${plural}(filter: $filter, orderBy: [{ name: AscNullsFirst }]) { edges { node { name } } } }`,
    { filter },
  )

const namesOf = ({ plural }: Subject, { body, text }: Answer): readonly string[] | string => {
  const list: readonly { name?: string; node?: { name: string } }[] | undefined =
    body?.data?.[plural]?.edges ?? body?.data?.[plural]
  return list?.map((each) => each.name ?? each.node?.name ?? '') ?? text
}

const checkAllowed = async (
  t: ExecutionContext,
  subject: Subject,
  leaf: Leaf,
  operator: string,
): Promise<void> => {
  const argument = argumentOf(leaf, operator)
  const rest = restFilter(leaf, operator, argument)
  const filter = graphqlFilter(leaf, operator, argument)
  const met = await expectedRows(subject, leaf, operator, false)
  const unmet = await expectedRows(subject, leaf, operator, true)
  t.is(met.length + unmet.length, ROWS)
  t.deepEqual(namesOf(subject, await askRest(subject, rest)), met, rest)
  t.deepEqual(namesOf(subject, await askGraphQL(subject, filter)), met, JSON.stringify(filter))
  const nested = `or(not(or(${rest},${rest})),and(${rest},not(${rest})))`
  t.deepEqual(namesOf(subject, await askRest(subject, nested)), unmet, nested)
  const inner = { or: [{ not: { or: [filter, filter] } }, { and: [filter, { not: filter }] }] }
  t.deepEqual(namesOf(subject, await askGraphQL(subject, inner)), unmet, JSON.stringify(inner))

  const nothing = await askGraphQL(subject, graphqlFilter(leaf, operator, null))
  t.is(nothing.body.errors?.[0]?.extensions.code, 'BAD_USER_INPUT', `${operator}: null ${nothing.text}`)
}

const checkRefused = async (
  t: ExecutionContext,
  subject: Subject,
  leaf: Leaf,
  operator: string,
): Promise<void> => {
  const argument =
    operator === 'in' || operator === 'containsAny' ? ['x'] : operator === 'isEmptyArray' ? true : 'x'
  const filter = restFilter(leaf, operator, argument)
  const refusal = `Operator "${operator}" is not valid for field "${leaf.path.join('.')}" of type ${leaf.type} - Allowed operators: ${leaf.allowed.join(', ')}`
  for (const asked of [filter, `or(name[eq]:x,not(${filter}))`]) {
    const { status, body, text } = await askRest(subject, asked)
    t.is(status, 400, `${asked} ${text}`)
    if (operator.endsWith('regex'))
      t.regex(body.messages[0], new RegExp(`comparator ${operator} not in eq, neq`))
    else t.is(body.messages[0], refusal)
  }
  const variable = graphqlFilter(leaf, operator, argument)
  for (const asked of [variable, { or: [{ name: { eq: 'x' } }, { not: variable }] }]) {
    const { status, body, text } = await askGraphQL(subject, asked)
    t.true(status === 400 || body.data?.[subject.plural] === null, text)
    t.is(body.errors?.[0]?.message, refusal)
  }
  const literal = `${leaf.path.map((name) => `{ ${name}: `).join('')}{ ${operator}: null }${' }'.repeat(leaf.path.length)}`
  const { body } = await client.graphql(`{ ${subject.plural}(filter: { and: [${literal}] }) { totalCount } }`)
  t.is(body.errors?.[0]?.message, refusal)
}

for (const subject of SUBJECTS)
  for (const leaf of subject.leaves)
    test(`${subject.table}.${leaf.path.join('.')} (${leaf.type}) takes its operators and refuses all others by name`, async (t) => {
      for (const operator of OPERATORS)
        if (leaf.allowed.includes(operator)) await checkAllowed(t, subject, leaf, operator)
        else await checkRefused(t, subject, leaf, operator)
    })

test('an operator on a composite or a relation is named as one, over both protocols', async (t) => {
  await importSql(
    server.gateway.pool,
    client.workspace.id,
    `create table parent (id int primary key, "like" text);
     create table child (id int primary key, "parentId" int references parent);`,
  )
  await server.gateway.pool.query(
    `insert into ${schema}.parent values (1, 'x'), (2, 'y'); insert into ${schema}.child values (1, 1), (2, 2), (3, null)`,
  )
  const cases: readonly (readonly [
    plural: string,
    typeName: string,
    rest: string,
    filter: Filter,
    message: RegExp,
  ])[] = [
    [
      'rockets',
      'Rocket',
      'placed[eq]:x',
      { placed: { eq: 'x' } },
      /^Operator "eq" is not valid for field "placed" of type ADDRESS - Filter by a sub-field: placed\.addressStreet1, .*placed\.addressLng$/,
    ],
    [
      'rockets',
      'Rocket',
      'wholeName[containsAny]:[x]',
      { wholeName: { containsAny: ['x'] } },
      /^Operator "containsAny" is not valid for field "wholeName" of type FULL_NAME/,
    ],
    [
      'rockets',
      'Rocket',
      'wholeName.lastname[eq]:x',
      { wholeName: { lastname: { eq: 'x' } } },
      /^Object rocket doesn't have any "wholeName.lastname" field\.$/,
    ],
    [
      'rockets',
      'Rocket',
      'phrase.part[eq]:x',
      { phrase: { part: { eq: 'x' } } },
      /^Object rocket doesn't have any "phrase.part" field\.$/,
    ],
    [
      'children',
      'Child',
      'parent[isEmptyArray]:true',
      { parent: { isEmptyArray: true } },
      /^Cannot filter by relation field "parent": use "parentId" instead$/,
    ],
    [
      'parents',
      'Parent',
      'children[eq]:1',
      { children: { eq: 1 } },
      /^Cannot filter or order through children by "eq": a one-to-many relation takes some, every, none$/,
    ],
  ]
  for (const [plural, typeName, rest, filter, message] of cases) {
    const refused = await client.get(`/rest/${plural}?filter=${encodeURIComponent(rest)}`)
    t.is(refused.status, 400, refused.text)
    t.regex(refused.body.messages[0], message)
    const { body } = await client.graphql(
      `query($filter: ${typeName}FilterInput) { ${plural}(filter: $filter) { totalCount } }`,
      { filter },
    )
    t.regex(body.errors[0].message, message)
  }
  const { body } = await client.get('/rest/children?filter=parent.like[like]:"x%25"')
  t.deepEqual(
    body.data?.children.map(({ id }: { id: number }) => id),
    [1],
    'a field may be named as an operator is',
  )
})
