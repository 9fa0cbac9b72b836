import test from 'ava'
import { type Client, startTestGateway, type TestGateway } from '../support/gateway.ts'

let server: TestGateway
let client: Client

test.before(async () => {
  server = await startTestGateway()
  client = await server.enter()
})
test.after.always(() => server?.close())

const batch = async (plural: string, records: readonly unknown[]): Promise<Record<string, string>[]> => {
  const { status, body, text } = await client.request('POST', `/rest/batch/${plural}`, records)
  if (status !== 201) throw new Error(text)
  return Object.values(body.data)[0] as Record<string, string>[]
}
const idsOf = (records: readonly Record<string, string>[]): string[] => records.map(({ id }) => id ?? '')
const named = async (name: string, count: number): Promise<string[]> =>
  idsOf(
    await batch(
      'companies',
      Array.from({ length: count }, () => ({ name })),
    ),
  )

for (const method of ['PATCH', 'PUT']) {
  test(`${method} with a filter updates the records that match and no others`, async (t) => {
    const ids = await named(`bulk ${method}`, 3)
    const [other] = await named('other', 1)
    const filter = encodeURIComponent(`name[eq]:"bulk ${method}"`)
    const answer = await client.request(method, `/rest/companies?filter=${filter}&depth=1`, {
      annualRevenue: { amountMicros: '7' },
    })
    t.is(answer.status, 200)
    const updated = answer.body.data.updateCompanies
    t.deepEqual(idsOf(updated), ids)
    t.like(updated[0], { annualRevenue: { amountMicros: 7 }, accountOwner: null, people: [] })
    const untouched = await client.get(`/rest/companies/${other}`)
    t.is(untouched.body.data.company.annualRevenue.amountMicros, null)
  })
}

test('a bulk write that matches nothing answers with nothing', async (t) => {
  const answer = await client.request('PATCH', '/rest/companies?filter=name[eq]:"nobody"', { name: 'x' })
  t.is(answer.status, 200)
  t.deepEqual(answer.body, { data: { updateCompanies: [] } })
})

test('deletes in bulk into the trash, restores in bulk by both routes, and deletes for good', async (t) => {
  const ids = await named('comes and goes', 2)
  const filter = `id[in]:["${ids.join('","')}"]`
  const trashed = await client.request('DELETE', `/rest/companies?filter=${filter}&soft_delete=true`)
  t.deepEqual(trashed.body, { data: { deleteCompanies: ids.map((id) => ({ id })) } })
  t.is((await client.get(`/rest/companies?filter=${filter}`)).body.totalCount, 0)

  const restored = await client.request('PATCH', `/rest/restore/companies?filter=${filter}`)
  t.is(restored.status, 200)
  t.deepEqual(idsOf(restored.body.data.restoreCompanies), ids)
  t.is(restored.body.data.restoreCompanies[0].deletedAt, null)
  t.deepEqual((await client.request('PATCH', `/rest/companies/restore?filter=${filter}`)).body, {
    data: { restoreCompanies: [] },
  })

  await client.request('DELETE', `/rest/companies?filter=${filter}&soft_delete=true`)
  const again = await client.request('PATCH', `/rest/companies/restore?filter=${filter}&depth=1`)
  t.deepEqual(idsOf(again.body.data.restoreCompanies), ids)
  t.deepEqual(again.body.data.restoreCompanies[0].people, [])

  await client.request('DELETE', `/rest/companies/${ids[0]}?soft_delete=true`)
  const gone = await client.request('DELETE', `/rest/companies?filter=${filter}`)
  t.deepEqual(
    gone.body.data.deleteCompanies,
    ids.map((id) => ({ id })),
    'the trash too',
  )
  const left = await client.get(`/rest/companies?filter=and(${filter},deletedAt[is]:NOT_NULL)`)
  t.is(left.body.totalCount, 0)
})

for (const path of ['restore/companies/{id}', 'companies/{id}/restore']) {
  test(`soft delete, then PATCH ${path}, gives the record again`, async (t) => {
    const [id = ''] = await named('back again', 1)
    const route = `/rest/${path.replace('{id}', id)}`
    t.is((await client.request('PATCH', route)).status, 404, 'nothing to restore')
    await client.request('DELETE', `/rest/companies/${id}?soft_delete=true`)
    const { status, body } = await client.request('PATCH', route)
    t.is(status, 200)
    t.like(body.data.restoreCompany, { id, name: 'back again', deletedAt: null })
    t.is((await client.get(`/rest/companies/${id}`)).status, 200)
  })
}

test('a restore that would collide with a live record is a conflict', async (t) => {
  const emails = { primaryEmail: 'once@bulk.test' }
  const [first] = idsOf(await batch('people', [{ emails }]))
  await client.request('DELETE', `/rest/people/${first}?soft_delete=true`)
  await batch('people', [{ emails }])
  t.is((await client.request('PATCH', `/rest/people/${first}/restore`)).status, 409)
  t.is((await client.request('PATCH', `/rest/people/restore?filter=id[eq]:"${first}"`)).status, 409)
})

const WITHOUT_FILTER: readonly [method: string, path: string, message: string][] = [
  ['PATCH', '/rest/companies', 'A non-empty filter is required for a bulk mutation'],
  ['PUT', '/rest/companies?filter=', 'A non-empty filter is required for a bulk mutation'],
  ['PATCH', '/rest/companies/restore', 'A non-empty filter is required for a bulk mutation'],
  ['PATCH', '/rest/restore/companies', 'A non-empty filter is required for a bulk mutation'],
  [
    'DELETE',
    '/rest/companies',
    'Filters are mandatory for bulk destroy operations. Please provide at least one filter to prevent accidental deletion of all records.',
  ],
  [
    'DELETE',
    '/rest/companies?soft_delete=true',
    'Filters are mandatory for bulk delete operations. Please provide at least one filter to prevent accidental deletion of all records.',
  ],
]
for (const [method, path, message] of WITHOUT_FILTER) {
  test(`refuses ${method} ${path} without a filter`, async (t) => {
    const { status, body } = await client.request(method, path, method === 'DELETE' ? undefined : {})
    t.is(status, 400)
    t.deepEqual(body.messages, [message])
  })
}

test('a bulk write touches at most 60 records, or none', async (t) => {
  await named('sixty-one', 60)
  const filter = 'filter=name[eq]:"sixty-one"'
  t.is(
    (await client.request('PATCH', `/rest/companies?${filter}`, { address: { addressCity: 'A' } })).status,
    200,
  )
  await named('sixty-one', 1)
  for (const [method, path, message] of [
    ['PATCH', `/rest/companies?${filter}`, 'Cannot update more than 60 records at once'],
    ['DELETE', `/rest/companies?${filter}`, 'Cannot delete more than 60 records at once'],
    ['DELETE', `/rest/companies?${filter}&soft_delete=true`, 'Cannot delete more than 60 records at once'],
  ] as const) {
    const answer = await client.request(
      method,
      path,
      method === 'PATCH' ? { address: { addressCity: 'B' } } : undefined,
    )
    t.is(answer.status, 400)
    t.deepEqual(answer.body.messages, [message])
    t.is(answer.body.code, 'TOO_MANY_RECORDS_TO_UPDATE')
  }
  const { body } = await client.get(`/rest/companies?${filter}&limit=1`)
  t.is(body.totalCount, 61)
  const changed = await client.get(
    `/rest/companies?filter=and(name[eq]:"sixty-one",address.addressCity[eq]:"B")`,
  )
  t.is(changed.body.totalCount, 0)
})

test('the workspace sets how many records one call may write', async (t) => {
  const small = await server.enter('small batches')
  await server.gateway.pool.query(
    `update tenantry.workspaces set settings = '{"maxBatchRecords": 2}', version = version + 1 where id = $1`,
    [small.workspace.id],
  )
  const names = [{ name: 'a' }, { name: 'a' }, { name: 'a' }]
  const refused = await small.request('POST', '/rest/batch/companies', names)
  t.deepEqual(refused.body.messages, ['Maximum number of records to upsert is 2.'])
  await small.request('POST', '/rest/batch/companies', names.slice(1))
  await small.request('POST', '/rest/companies', names[0])
  const bulk = await small.request('PATCH', '/rest/companies?filter=name[eq]:"a"', { name: 'b' })
  t.deepEqual(bulk.body.messages, ['Cannot update more than 2 records at once'])
})

test('Prefer: return=minimal answers without bodies', async (t) => {
  const prefer = { prefer: 'respond-async, return=minimal' }
  const created = await client.request('POST', '/rest/companies', { name: 'quiet' }, prefer)
  const many = await client.request('POST', '/rest/batch/companies', [{ name: 'quiet' }, {}], prefer)
  for (const answer of [created, many]) {
    t.is(answer.status, 201)
    t.is(answer.text, '')
    t.is(answer.headers.get('preference-applied'), 'return=minimal')
  }
  const found = await client.get('/rest/companies?filter=name[eq]:"quiet"')
  const [one] = idsOf(found.body.data.companies)
  for (const [method, path, body] of [
    ['PATCH', `/rest/companies/${one}`, { name: 'quieter' }],
    ['DELETE', `/rest/companies/${one}?soft_delete=true`, undefined],
    ['PATCH', `/rest/companies/${one}/restore`, undefined],
    ['PATCH', '/rest/companies?filter=name[eq]:"quiet"', { name: 'quieter' }],
    ['DELETE', '/rest/companies?filter=name[eq]:"quieter"', undefined],
  ] as const) {
    const answer = await client.request(method, path, body, prefer)
    t.is(answer.status, 204, `${method} ${path}`)
    t.is(answer.headers.get('preference-applied'), 'return=minimal')
  }
  const missing = await client.request('PATCH', `/rest/companies/${one}`, { name: 'x' }, prefer)
  t.is(missing.status, 404)
  t.is(missing.headers.get('preference-applied'), null)
  t.is((await client.request('GET', '/rest/companies', undefined, prefer)).status, 200)
})

test('OPTIONS lists the methods of each path', async (t) => {
  const paths: readonly [path: string, allow: string][] = [
    ['companies', 'GET, HEAD, POST, PATCH, PUT, DELETE, OPTIONS'],
    ['companies/1', 'GET, HEAD, PATCH, PUT, DELETE, OPTIONS'],
    ['companies/restore', 'PATCH, PUT, OPTIONS'],
    ['companies/1/restore', 'PATCH, PUT, OPTIONS'],
    ['restore/companies', 'PATCH, PUT, OPTIONS'],
    ['batch/companies', 'POST, OPTIONS'],
  ]
  for (const [path, allow] of paths) {
    const options = await client.request('OPTIONS', `/rest/${path}`)
    t.is(options.status, 204)
    t.is(options.headers.get('allow'), allow, path)
    const refused = await client.request(
      allow.startsWith('POST') ? 'GET' : path === 'companies/1' ? 'POST' : 'GET',
      `/rest/${path}`,
    )
    if (path !== 'companies') {
      t.is(refused.status, 405)
      t.is(refused.headers.get('allow'), allow)
    }
  }
})

test('on_error=continue writes what it can and reports the rest', async (t) => {
  const taken = '018f0000-0000-7000-8000-0000000000c1'
  const { status, body } = await client.request('POST', '/rest/batch/companies?on_error=continue', [
    { id: taken, name: 'first' },
    { id: taken, name: 'second' },
    { name: 3 },
    { name: 'fourth' },
  ])
  t.is(status, 207)
  t.deepEqual(
    body.data.createCompanies.map((record: { name: string } | null) => record?.name ?? null),
    ['first', null, null, 'fourth'],
  )
  t.deepEqual(
    body.results.map(({ index, statusCode }: Record<string, number>) => [index, statusCode]),
    [
      [0, 201],
      [1, 409],
      [2, 400],
      [3, 201],
    ],
  )
  t.is(body.results[1].code, 'DUPLICATE_ENTRY_DETECTED')
  t.deepEqual(body.results[2].messages, ['Invalid string value 3 for text field "name"'])
  const whole = await client.request('POST', '/rest/batch/companies?on_error=continue', [{ name: 'alone' }])
  t.is(whole.status, 201)
  t.deepEqual(whole.body.results, [{ index: 0, statusCode: 201 }])
})
