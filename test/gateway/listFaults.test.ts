// Bad page parameters of all lists. The lists are found in the route table and in the schema of /metadata: a
// new one fails here until it is among them.

import test from 'ava'
import { createOperatorKey, OPERATOR_SCOPES } from '../../tenants/operator.ts'
import { type Answer, ask, type Client, startTestGateway } from '../support/gateway.ts'
import { metadataOf } from '../support/metadata.ts'

const gateway = await startTestGateway()
interface List {
  /** The parameter of the cursor. */
  readonly cursor: string
  readonly least: number
  readonly most: number
  /** Larger pages are reduced, and empty and repeated parameters are the default and the first value. */
  readonly isContract?: true
}

const PAGED: List = { cursor: 'starting_after', least: 1, most: 1_000 }
const RECORDS: List = { cursor: 'starting_after', least: 0, most: 200, isContract: true }
const METADATA: List = { ...RECORDS, most: 1_000 }

const LISTS: Readonly<Record<string, List>> = {
  '/admin/workspaces': PAGED,
  '/admin/workspaces/{id}/members': PAGED,
  '/admin/workspaces/{id}/keys': PAGED,
  '/admin/workspaces/{id}/roles': PAGED,
  '/admin/usage': PAGED,
  '/admin/webhooks/{id}/deliveries': PAGED,
  '/admin/changes': { cursor: 'after', least: 10, most: 1_000 },
  '/changes': { cursor: 'after', least: 1, most: 1_000 },
  '/rest/metadata/objects': METADATA,
  '/rest/metadata/fields': METADATA,
  '/rest/metadata/apiKeys': PAGED,
  '/rest/apiKeys': PAGED,
  '/rest/metadata/roles': PAGED,
  '/rest/metadata/webhooks': PAGED,
  '/rest/webhooks': PAGED,
  '/rest/{plural}': RECORDS,
  '/rest/{plural}/groupBy': { ...RECORDS, cursor: 'none' },
  '/rest/{plural}/{key}/history': RECORDS,
}

/** Their answers have no pages, and their parameters are refused. */
const WHOLE = [
  ...['caches', 'webhooks', 'nodes', 'top', 'statements'].map((name) => `/admin/${name}`),
  ...['/console/audit', '/rest/metadata/changeLog'],
]

/** A stream of the whole log, whose limit has no maximum. */
const UNBOUNDED = ['/admin/audit']

/** Everything else that is read: one thing, a document, a stream. */
const SINGLE = [
  ...['/', '/healthz', '/readyz', '/.well-known/jwks.json', '/graphql', '/metadata'],
  ...['/console/session', '/console/usage'],
  ...['', '/limits', '/settings', '/size'].map((part) => `/admin/workspaces/{id}${part}`),
  ...['/admin/webhooks/{id}', '/admin/changes/stream', '/changes/stream'],
  ...['/rest/open-api/core', '/rest/open-api/metadata', '/open-api/core', '/open-api/metadata'],
  ...['objects', 'fields', 'apiKeys', 'roles', 'webhooks'].map((name) => `/rest/metadata/${name}/{id}`),
  ...['/rest/apiKeys/{id}', '/rest/webhooks/{id}', '/rest/metadata/model'],
  ...['/rest/metadata/changeLog/{object}', '/rest/{plural}/{key}'],
]

interface Asking {
  readonly pathOf: (pattern: string) => string
  readonly get: (path: string) => Promise<Answer>
}

const prepare = async (): Promise<Asking & { readonly client: Client }> => {
  const { secret } = await createOperatorKey(gateway.gateway.pool, 'Faults', { scopes: OPERATOR_SCOPES })
  const client = await gateway.enter('Faults')
  const get = (path: string): Promise<Answer> => {
    const token = path.startsWith('/admin/') ? secret : client.token
    return ask(gateway.url + path, 'GET', undefined, { authorization: `Bearer ${token}` })
  }
  const operator = { authorization: `Bearer ${secret}` }
  const wanted = { targetUrl: 'https://hooks.example.com/', events: ['workspace.*'] }
  const { body: webhook } = await ask(`${gateway.url}/admin/webhooks`, 'POST', wanted, operator)
  const made = await client.request('POST', '/rest/companies', { name: 'Acme' })
  const pathOf = (pattern: string): string =>
    pattern
      .replace('/admin/workspaces/{id}', `/admin/workspaces/${client.workspace.id}`)
      .replace('/admin/webhooks/{id}', `/admin/webhooks/${webhook.id}`)
      .replace('{plural}', 'companies')
      .replace('{key}', made.body.data.createCompany.id)
  return { client, get, pathOf }
}

const asking = await prepare()
test.after.always(() => gateway.close())

const messageOf = ({ body, text }: Answer): string => body?.messages?.join() ?? body?.message ?? text

const withQuery = (pattern: string, query: string): string =>
  `${asking.pathOf(pattern)}?${pattern.endsWith('groupBy') ? 'group_by=[{"name":true}]&' : ''}${query}`

test('every route that is read is a list with pages, one without, or no list', (t) => {
  const read = gateway.gateway.routes
    .filter(({ answers }) => answers.has('GET'))
    .map(({ pattern }) => pattern)
  const known = [...Object.keys(LISTS), ...WHOLE, ...UNBOUNDED, ...SINGLE]
  t.deepEqual(read.toSorted(), known.toSorted())
})

const NO_SIZES = ['-1', '1.5', '1e3', '0x10', 'ten', '%2010', '99999999999999999999', 'NaN', '%00']

/** A second is another workspace's. */
const CURSORS = ['x', '-1', '%27%20or%201=1', 'a'.repeat(5_000), 'eyJhIjoxfQ==']

for (const [pattern, { cursor, least, most, isContract = false }] of Object.entries(LISTS))
  test(`${pattern} refuses bad pages and names the parameter`, async (t) => {
    const refused = async (query: string, expected: RegExp): Promise<void> => {
      const answer = await asking.get(withQuery(pattern, query))
      t.is(answer.status, 400, `${query.slice(0, 60)}: ${answer.text.slice(0, 200)}`)
      if (!query.includes('%00')) t.regex(messageOf(answer), expected, query.slice(0, 60))
      t.true(answer.text.length < 2_000)
    }
    const range = isContract
      ? /limit .*Should be an integer/
      : new RegExp(`limit.* integer from ${least} to ${most}`)
    for (const size of NO_SIZES) await refused(`limit=${size}`, range)
    const sizes = [least - 1, most + 1, 1_000_000].filter((size) => size >= 0)
    if (isContract) {
      const largest = await asking.get(withQuery(pattern, `limit=${most}`))
      for (const query of ['limit=1000000', `limit=${most}&limit=1`]) {
        const { status, text } = await asking.get(withQuery(pattern, query))
        t.deepEqual([status, text], [200, largest.text], query)
      }
      const whole = await asking.get(withQuery(pattern, ''))
      t.is((await asking.get(withQuery(pattern, 'limit='))).text, whole.text)
    } else {
      for (const size of sizes) await refused(`limit=${size}`, range)
      await refused('limit=', range)
      await refused(`limit=${most}&limit=${most}`, /limit/)
      await refused(`${cursor}=`, new RegExp(`${cursor}|position`))
      await refused(`${cursor}=a&${cursor}=b`, new RegExp(cursor))
      await refused('page=2', /page/)
    }
    if (cursor === 'none') return
    for (const text of CURSORS)
      await refused(`${cursor}=${text}`, new RegExp(`${cursor}|cursor|position`, 'i'))
  })

test('lists without pages refuse the parameters of a page', async (t) => {
  for (const pattern of WHOLE)
    for (const name of ['limit', 'starting_after', 'page', 'first']) {
      const answer = await asking.get(`${asking.pathOf(pattern)}?${name}=1`)
      t.is(answer.status, 400, `${pattern} ${name}`)
      t.regex(messageOf(answer), new RegExp(`There is no parameter "${name}" here`), pattern)
    }
  for (const query of ['limit=0', 'limit=-1', 'limit=x', 'limit=', 'limit=1.5', 'limit=1&limit=1'])
    for (const pattern of UNBOUNDED) {
      const answer = await asking.get(`${pattern}?${query}`)
      t.is(answer.status, 400, query)
      t.regex(messageOf(answer), /limit/)
    }
  for (const query of ['after=x', 'after=', 'after=a&after=a'])
    t.regex(messageOf(await asking.get(`/console/audit?${query}`)), /after/)
  for (const query of ['minutes=-1', 'minutes=1000000', 'minutes=', 'minutes=1.5', 'by=nothing'])
    t.regex(messageOf(await asking.get(`/admin/top?${query}`)), /(?:minutes|by) '.*Should be one of /)
})

test('a cursor of another workspace shows nothing of it', async (t) => {
  const other = await gateway.enter('Foreign')
  await other.request('POST', '/rest/companies', { name: 'Foreign Inc.' })
  const foreign = async (path: string): Promise<readonly string[]> => {
    const { body } = await other.get(path)
    const { startCursor, endCursor } = body.pageInfo ?? {}
    return [startCursor, endCursor, body.position, body[0]?.id].filter((each) => typeof each === 'string')
  }
  let asked = 0
  for (const [pattern, { cursor }] of Object.entries(LISTS)) {
    if (pattern.startsWith('/admin/') || cursor === 'none') continue
    const path = pattern.includes('{key}') ? '/rest/companies' : asking.pathOf(pattern)
    for (const text of await foreign(path)) {
      asked += 1
      const answer = await asking.get(withQuery(pattern, `${cursor}=${encodeURIComponent(text)}`))
      t.true([200, 400].includes(answer.status), `${pattern} ${answer.text.slice(0, 200)}`)
      t.notRegex(answer.text, /Foreign/, pattern)
    }
  }
  t.true(asked > 10, `${asked}`)
})

interface Argument {
  readonly name: string
}

interface Type {
  readonly name: string
  readonly fields: readonly { readonly name: string; readonly args: readonly Argument[] }[] | null
}

/** The query around a field, by the type that has it. */
const AROUND: Readonly<Record<string, (field: string) => string>> = {
  Query: (field) => `{ ${field} }`,
  Object: (field) => `{ objects(paging: { first: 1 }) { edges { node { ${field} } } } }`,
  Role: (field) => `{ getRoles(first: 1) { ${field} } }`,
}

const INTS = ['-1', '1000000', '1001', '99999999999999999999', '1.5', '"10"', '"ten"', 'true']

test('every list of /metadata refuses bad pages and names the argument', async (t) => {
  const { ask: metadata, raw } = metadataOf(asking.client)
  const { __schema } = await metadata('{ __schema { types { name fields { name args { name } } } } }')
  const types: readonly Type[] = __schema.types
  const webhookId = '0199aaaa-0000-7000-8000-000000000001'
  const refused = async (query: string, expected: RegExp): Promise<void> => {
    const { status, body, text } = await raw(query)
    t.true(status < 500 && body.errors?.length > 0, `${query}: ${text.slice(0, 300)}`)
    const [{ message, extensions }] = body.errors
    t.regex(`${message} ${JSON.stringify(extensions)}`, expected, query)
    t.notRegex(text, /INTERNAL_SERVER_ERROR/, query)
  }
  let lists = 0
  for (const { name: typeName, fields } of types)
    for (const { name, args } of fields ?? []) {
      const has = (argument: string): boolean => args.some((each) => each.name === argument)
      const [isConnection, isPaged] = [has('paging'), has('first')]
      if (!isConnection && !isPaged) continue
      lists += 1
      const around = AROUND[typeName]
      if (around === undefined) return t.fail(`${typeName}.${name} is a list that this test does not reach.`)
      const given = (page: string): string => (has('webhookId') ? `webhookId: "${webhookId}", ${page}` : page)
      const selected = isConnection ? 'edges { node { id } }' : 'id'
      const query = (page: string): string =>
        around(`${name}(${isConnection ? `paging: { ${page} }` : given(page)}) { ${selected} }`)
      for (const size of isConnection ? INTS : [...INTS, '0'])
        await refused(query(`first: ${size}`), /first|Int/)
      for (const cursor of ['"x"', '"-1"', '5.5'])
        await refused(query(`after: ${cursor}`), /after|cursor|UUID/i)
      if (isConnection) {
        for (const size of INTS) await refused(query(`last: ${size}`), /last|Int/)
        await refused(query('before: "x"'), /cursor/)
        await refused(query('first: 1, last: 1'), /paging\.first and paging\.last/)
      } else if (has('search')) await refused(query('search: "+"'), /search/)
      await refused(query('first: 1, first: 1'), /first/)
    }
  t.true(lists >= 11, `${lists}`)
})

test('webhooks are paged and searched', async (t) => {
  const client = await gateway.enter('Hooks')
  for (const name of ['one', 'two', 'three'])
    await client.request('POST', '/rest/metadata/webhooks', {
      targetUrl: `https://${name}.example.com/`,
      operations: ['company.*'],
    })
  const urlsOf = (list: readonly { readonly targetUrl: string }[]) => list.map(({ targetUrl }) => targetUrl)
  const first = await client.get('/rest/metadata/webhooks?limit=2')
  t.deepEqual(urlsOf(first.body), ['https://one.example.com/', 'https://two.example.com/'])
  const link = /^<(.+)>; rel="next"$/.exec(first.headers.get('link') ?? '')?.[1] ?? ''
  t.deepEqual(urlsOf((await client.get(link)).body), ['https://three.example.com/'])
  t.deepEqual(urlsOf((await client.get('/rest/metadata/webhooks?search=thr')).body), [
    'https://three.example.com/',
  ])
  const { webhooks } = await metadataOf(client).ask(
    `{ webhooks(first: 5, after: "${first.body[0].id}", search: "EXAMPLE t") { targetUrl } }`,
  )
  t.deepEqual(urlsOf(webhooks), ['https://two.example.com/', 'https://three.example.com/'])
})
