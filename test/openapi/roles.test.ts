// Each role's document against what the gateway lets the role do: what is in it is not refused, what is not
// in it is.

import test, { type ExecutionContext } from 'ava'
import { createRole, updateRole } from '../../tenants/permission/role.ts'
import { makeWorld, ROLE_NAMES, type World } from '../permissions/fixture.ts'
import { type Client, startTestGateway, type TestGateway } from '../support/gateway.ts'
import { until } from '../support/until.ts'
import { createContract, type Json } from './contract.ts'

const MISSING = '018f0000-0000-7000-8000-000000000000'
const OTHER = '018f0000-0000-7000-8000-000000000001'
const PLURALS = ['companies', 'people', 'notes', 'noteTargets', 'paySlips', 'bargains']

let server: TestGateway
let world: World
const documents = new Map<string, Json>()

test.before(async () => {
  server = await startTestGateway()
  world = await makeWorld(server)
  for (const [name, client] of Object.entries(world.roles))
    documents.set(name, (await client.get('/rest/open-api/core')).body)
})
test.after.always(() => server?.close())

const clientOf = (role: string): Client => world.roles[role] ?? world.admin

const operationsOf = (document: Json): readonly (readonly [verb: string, path: string])[] =>
  Object.entries<Json>(document.paths)
    .filter(([path]) => PLURALS.includes(path.split('/').find((word) => PLURALS.includes(word)) ?? ''))
    .flatMap(([path, item]) =>
      Object.keys(item).flatMap((verb) => (verb === 'parameters' ? [] : [[verb, path] as const])),
    )

const filterOf = (path: string): string =>
  encodeURIComponent(path.includes('paySlips') ? 'empId[eq]:9' : `id[eq]:${MISSING}`)

/** A record may be refused for what it is, although the operation is open. */
const isRefused = ({ status, text }: { readonly status: number; readonly text: string }): boolean =>
  status === 403 && !text.includes('record rules')

/** A request to an operation that changes nothing that is there. */
const targetOf = (verb: string, path: string): string => {
  const filled = path
    .replace('{id}', MISSING)
    .replace('{empId}', '9')
    .replace('{lineNo}', '9')
    .replace('{position}', '1')
  const isBulk = !path.includes('{') && (['patch', 'delete'].includes(verb) || path.endsWith('/restore'))
  if (path.endsWith('/groupBy')) return `/rest${filled}?group_by=${encodeURIComponent('[{"id":true}]')}`
  return isBulk && !path.endsWith('/merge') ? `/rest${filled}?filter=${filterOf(path)}` : `/rest${filled}`
}

const bodyOf = (verb: string, path: string): unknown => {
  if (path.endsWith('/restore') || verb === 'get' || verb === 'delete') return undefined
  if (path.endsWith('/merge')) return { ids: [MISSING, OTHER] }
  if (path.endsWith('/duplicates')) return { ids: [MISSING] }
  if (path.startsWith('/batch')) return [path.includes('paySlips') ? { empId: 7, lineNo: 7 } : {}]
  return path.includes('paySlips') && verb === 'post' ? { empId: 8, lineNo: 8 } : {}
}

const isInDocument = (document: Json, verb: string, path: string): boolean =>
  document.paths[path]?.[verb] !== undefined

for (const role of ROLE_NAMES)
  test(`the document of "${role}" has the operations that are not refused`, async (t) => {
    const document = documents.get(role)
    const { check } = createContract(document)
    for (const [verb, path] of operationsOf(documents.get('all'))) {
      if (path.includes('paySlips/groupBy')) continue
      const isKnown = isInDocument(document, verb, path)
      const method = verb.toUpperCase()
      // Where only one way to delete is open, it has to be asked for.
      const isSoft =
        verb === 'delete' &&
        document.paths[path]?.delete?.parameters.some(
          ({ $ref }: Json) => $ref === '#/components/parameters/softDeleteOnly',
        )
      const plain = targetOf(verb, path)
      const target = isSoft ? `${plain}${plain.includes('?') ? '&' : '?'}soft_delete=true` : plain
      const body = bodyOf(verb, path)
      const answer = await clientOf(role).request(method, target, body)
      t.is(!isRefused(answer), isKnown, `${role} ${method} ${target} ${answer.status} ${answer.text}`)
      if (isKnown) t.deepEqual(check({ method, target, body, answer }), [])
    }
  })

/** Values of fields one by one, composites by their parts. */
const pieces = (document: Json, schema: Json): readonly (readonly [path: string, body: unknown])[] => {
  const found: (readonly [string, unknown])[] = []
  for (const [name, property] of Object.entries<Json>(schema?.properties ?? {})) {
    const ref: string | undefined = property.$ref ?? property.anyOf?.[0]?.$ref
    const shared = ref === undefined ? undefined : document.components.schemas[ref.split('/').at(-1) ?? '']
    if (shared?.properties !== undefined)
      for (const part of Object.keys(shared.properties))
        found.push([`${name}.${part}`, { [name]: { [part]: null } }])
    // Relations are written by their foreign keys, too.
    else if (shared?.anyOf === undefined) found.push([name, { [name]: null }])
  }
  return found
}

for (const role of ROLE_NAMES)
  test(`the document of "${role}" has the fields that may be written`, async (t) => {
    const document = documents.get(role)
    const all = documents.get('all')
    for (const [name, plural, key] of [
      ['Company', 'companies', MISSING],
      ['Person', 'people', MISSING],
      ['PaySlip', 'paySlips', '9,9'],
    ] as const) {
      const item = `/${plural}/${key === MISSING ? '{id}' : '{empId},{lineNo}'}`
      if (!isInDocument(document, 'patch', item)) {
        t.is((await clientOf(role).request('PATCH', `/rest/${plural}/${key}`, {})).status, 403)
        continue
      }
      const own = new Set(
        pieces(document, document.components.schemas[`${name}ForUpdate`]).map(([path]) => path),
      )
      for (const [path, body] of pieces(all, all.components.schemas[`${name}ForUpdate`])) {
        const answer = await clientOf(role).request('PATCH', `/rest/${plural}/${key}`, body)
        t.is(
          answer.status !== 403,
          own.has(path),
          `${role} ${plural} ${path} ${answer.status} ${answer.text}`,
        )
      }
    }
  })

const namesIn = (document: Json, schema: string): readonly string[] =>
  Object.keys(document.components.schemas[schema].properties).toSorted()

const listOf = async (t: ExecutionContext, role: string, plural: string): Promise<readonly Json[]> => {
  const target = `/rest/${plural}?depth=1`
  const answer = await clientOf(role).get(target)
  t.is(answer.status, 200, answer.text)
  t.deepEqual(createContract(documents.get(role)).check({ method: 'GET', target, answer }), [])
  return answer.body.data[plural]
}

for (const role of ROLE_NAMES)
  test(`the document of "${role}" has the fields that are answered, and no others`, async (t) => {
    const document = documents.get(role)
    for (const [schema, plural] of [
      ['CompanyForResponse', 'companies'],
      ['PersonForResponse', 'people'],
      ['NoteTargetForResponse', 'noteTargets'],
      ['PaySlipForResponse', 'paySlips'],
      ['BargainForResponse', 'bargains'],
    ] as const) {
      if (!isInDocument(document, 'get', `/${plural}`)) continue
      for (const record of await listOf(t, role, plural))
        t.deepEqual(Object.keys(record).toSorted(), namesIn(document, schema))
    }
  })

test('a refusal that names fields is as documented', async (t) => {
  const { check } = createContract(documents.get('seller'))
  const requests: readonly (readonly [method: string, target: string, body?: unknown])[] = [
    ['GET', '/rest/people?filter=jobTitle[eq]:x'],
    ['GET', '/rest/people?fields=jobTitle'],
    ['POST', '/rest/people', { jobTitle: 'x' }],
    ['PATCH', `/rest/people/${MISSING}`, { emails: { primaryEmail: 'a@b.test' } }],
  ]
  for (const [method, target, body] of requests) {
    const answer = await clientOf('seller').request(method, target, body)
    t.is(answer.status, 403)
    t.is(answer.body.fields.length, 1)
    t.deepEqual(check({ method, target, body, answer }), [])
  }
})

test('hidden things appear nowhere in the document', (t) => {
  const seller = documents.get('seller')
  t.false(JSON.stringify(seller).includes('secretX'))
  t.is(seller.paths['/notes'], undefined)
  for (const name of ['Person', 'PersonForUpdate', 'PersonForResponse', 'PersonGroup'])
    t.notRegex(JSON.stringify(seller.components.schemas[name]), /jobTitle/i, name)
  for (const name of ['PeopleFilter', 'PeopleOrderBy', 'PeopleFields'])
    t.notRegex(JSON.stringify(seller.components.parameters[name]), /jobTitle|primaryEmail/i, name)
  t.is(documents.get('boxed').components.schemas.CompanyForResponse, undefined)
})

test('a change of the role is in the document of the next request', async (t) => {
  const { pool } = server.gateway
  const { workspace } = world.admin
  const role = await createRole(pool, workspace.id, { label: 'changing', canReadAllObjectRecords: true })
  const client = await server.client(workspace, 'changing')
  const before = await client.get('/rest/open-api/core')
  t.is(before.body.paths['/companies'].post, undefined)
  await updateRole(pool, workspace.id, role.id, { canCreateAllObjectRecords: true })
  await until('the gateway knows it', async () => {
    const { headers } = await client.get('/rest/open-api/core')
    return headers.get('etag') !== before.headers.get('etag')
  })
  t.truthy((await client.get('/rest/open-api/core')).body.paths['/companies'].post)
})
