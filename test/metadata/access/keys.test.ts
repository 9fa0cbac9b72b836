import test from 'ava'
import pino from 'pino'
import { readConfig } from '../../../gateway/config.ts'
import { createGateway } from '../../../gateway/start.ts'
import { findRole } from '../../../tenants/permission/role.ts'
import { ask, type Client, startTestGateway } from '../../support/gateway.ts'
import { metadataOf } from '../../support/metadata.ts'
import { until } from '../../support/until.ts'

const one = await startTestGateway()
const two = await startTestGateway({ database: one.database })
const { pool } = one.gateway
test.after.always(async () => {
  await two.close()
  await one.close()
})

const LATER = '2099-12-31T23:59:59Z'
const KEY = 'id name expiresAt revokedAt prefix lastUsedAt rateLimitPerMinute role { id label icon }'
const CREATE = `mutation ($input: CreateApiKeyInput!) { createApiKey(input: $input) { ${KEY} } }`
const CREATE_WITH_TOKEN = `mutation ($input: CreateApiKeyInput!) { createApiKey(input: $input) { ${KEY} token } }`
const UPDATE = `mutation ($input: UpdateApiKeyInput!) { updateApiKey(input: $input) { ${KEY} token } }`
const REVOKE = `mutation ($id: UUID!) { revokeApiKey(input: { id: $id }) { ${KEY} } }`
const DELETE = `mutation ($id: UUID!) { deleteApiKey(input: { id: $id }) { ${KEY} } }`
const ASSIGN =
  'mutation ($apiKeyId: UUID!, $roleId: UUID!) { assignRoleToApiKey(apiKeyId: $apiKeyId, roleId: $roleId) }'
const TOKEN =
  'mutation ($id: UUID!, $expiresAt: String!) { generateApiKeyToken(apiKeyId: $id, expiresAt: $expiresAt) { token } }'
const LIST = `{ apiKeys { ${KEY} token } }`
const LIST_ALL = `{ apiKeys(includeRevoked: true) { ${KEY} token } }`
const DENIED = 'Entity performing the request does not have permission'
const NOBODY = '00000000-0000-7000-8000-000000000000'

const roleId = async ({ workspace }: Client, label: string): Promise<string> =>
  (await findRole(pool, workspace.id, label)).id
const makeKey = async (client: Client, more: Record<string, unknown> = {}) => {
  const input = { name: 'k', expiresAt: LATER, roleId: await roleId(client, 'Member'), ...more }
  return (await metadataOf(client).ask(CREATE_WITH_TOKEN, { input })).createApiKey
}
const statusAt = async (url: string, token: string): Promise<number> =>
  (await ask(`${url}/rest/companies?limit=1`, 'GET', undefined, { authorization: `Bearer ${token}` })).status
/** Half of the time for which a gateway remembers a key: what is known sooner, it was notified of. */
const NOTIFIED_MS = 30_000
const becomes = (token: string, status: number): Promise<void> =>
  until(
    `both gateways answer ${status}`,
    async () =>
      (await Promise.all([one.url, two.url].map((url) => statusAt(url, token)))).every(
        (each) => each === status,
      ),
    NOTIFIED_MS,
  )

test('a key is made with name, expiry and role, and works once its token is made', async (t) => {
  const admin = await one.enter()
  const metadata = metadataOf(admin)
  const guest = await roleId(admin, 'Guest')
  const { createApiKey: key } = await metadata.ask(CREATE, {
    input: { name: ' O\'Brien "x" ', expiresAt: '2099-12-31T23:59:59Z', roleId: guest },
  })
  t.deepEqual(key, {
    id: key.id,
    name: 'O\'Brien "x"',
    expiresAt: '2099-12-31T23:59:59.000Z',
    revokedAt: null,
    prefix: key.id.slice(0, 13),
    lastUsedAt: null,
    rateLimitPerMinute: null,
    role: { id: guest, label: 'Guest', icon: 'IconUserQuestion' },
  })
  const { generateApiKeyToken } = await metadata.ask(TOKEN, { id: key.id, expiresAt: LATER })
  t.is(await statusAt(one.url, generateApiKeyToken.token), 200)
  t.is(await statusAt(two.url, generateApiKeyToken.token), 200)
  const { apiKey } = await metadata.ask(
    `query ($id: UUID!) { apiKey(input: { id: $id }) { ${KEY} token } }`,
    {
      id: key.id,
    },
  )
  t.like(apiKey, { name: 'O\'Brien "x"', token: null })
})

test('a token is in the answer that made it, and nowhere else', async (t) => {
  const lines: string[] = []
  const loud = await createGateway({
    config: readConfig({ PORT: '0' }),
    ownerUrl: one.database.ownerUrl,
    secretKey: one.database.secretKey,
    log: pino({ level: 'trace' }, { write: (line: string) => lines.push(line) }),
  })
  const url = await loud.listen()
  const entered = await one.enter()
  const admin: Client = {
    ...entered,
    request: (method, path, body) =>
      ask(url + path, method, body, { authorization: `Bearer ${entered.token}` }),
  }
  const key = await makeKey(admin)
  const { generateApiKeyToken } = await metadataOf(admin).ask(TOKEN, { id: key.id, expiresAt: LATER })
  t.is(await statusAt(url, generateApiKeyToken.token), 200)
  const { apiKeys } = await metadataOf(admin).ask(LIST)
  t.true(apiKeys.every((each: { token: string | null }) => each.token === null))
  await loud.close()
  const { rows } = await pool.query<{ text: string }>(
    `select query_to_xml(format('select * from tenantry.%I', table_name), true, false, '')::text as text
     from information_schema.tables where table_schema = 'tenantry'`,
  )
  const dump = rows.map(({ text }) => text).join('\n')
  t.true(dump.includes(key.id))
  t.true(lines.join('').includes('/metadata'), 'the log was listened to')
  for (const token of [key.token, generateApiKeyToken.token]) {
    const [, , signature] = token.split('.')
    t.false(dump.includes(signature), 'the database does not hold it')
    t.false(lines.join('').includes(signature), 'nor the log')
  }
})

test('a new token ends the previous one, on every notified gateway', async (t) => {
  const admin = await one.enter()
  const { id, token: first } = await makeKey(admin)
  await becomes(first, 200)
  const { generateApiKeyToken } = await metadataOf(admin).ask(TOKEN, { id, expiresAt: LATER })
  t.is(await statusAt(one.url, first), 401, 'here at once')
  await becomes(first, 401)
  await becomes(generateApiKeyToken.token, 200)
})

test('a key that is revoked, restored, expired or deleted is so on every gateway that is notified', async (t) => {
  const admin = await one.enter()
  const metadata = metadataOf(admin)
  const { id, token } = await makeKey(admin)
  await becomes(token, 200)
  const { revokeApiKey: revoked } = await metadata.ask(REVOKE, { id })
  t.is(revoked.id, id)
  t.truthy(revoked.revokedAt)
  t.is(revoked.role.label, 'Member')
  t.is(await statusAt(one.url, token), 401, 'here at once')
  await becomes(token, 401)
  t.is((await metadata.ask(REVOKE, { id })).revokeApiKey.revokedAt, revoked.revokedAt)
  const ids = async (query: string): Promise<string[]> =>
    (await metadata.ask(query)).apiKeys.map((key: { id: string }) => key.id)
  t.false((await ids(LIST)).includes(id))
  t.true((await ids(LIST_ALL)).includes(id))
  await metadata.ask(UPDATE, { input: { id, revokedAt: null } })
  await becomes(token, 200)
  await expire(id)
  await becomes(token, 401)
  await metadata.ask(UPDATE, { input: { id, expiresAt: LATER } })
  await becomes(token, 200)
  t.like((await metadata.ask(DELETE, { id })).deleteApiKey, { id, role: { label: 'Member' } })
  await becomes(token, 401)
  t.false((await ids(LIST_ALL)).includes(id))
})

test('a key is renamed, limited and given another role', async (t) => {
  const admin = await one.enter()
  const metadata = metadataOf(admin)
  const { id, token } = await makeKey(admin)
  const guest = await roleId(admin, 'Guest')
  const { updateApiKey } = await metadata.ask(UPDATE, {
    input: { id, name: 'renamed', rateLimitPerMinute: 7 },
  })
  t.like(updateApiKey, { id, name: 'renamed', rateLimitPerMinute: 7, expiresAt: '2099-12-31T23:59:59.000Z' })
  const answer = await ask(`${one.url}/rest/companies`, 'GET', undefined, {
    authorization: `Bearer ${token}`,
  })
  t.is(answer.headers.get('x-ratelimit-limit'), '7')
  t.true((await metadata.ask(ASSIGN, { apiKeyId: id, roleId: guest })).assignRoleToApiKey)
  const write = await ask(
    `${one.url}/rest/companies`,
    'POST',
    { name: 'x' },
    { authorization: `Bearer ${token}` },
  )
  t.is(write.status, 403, 'a guest does not write')
  const member = await roleId(admin, 'Member')
  t.is((await metadata.ask(UPDATE, { input: { id, roleId: member } })).updateApiKey.role.label, 'Member')
})

test('a key manages keys, where its role has the flag', async (t) => {
  const admin = await one.enter()
  const metadata = metadataOf(admin)
  const { id } = (await metadata.ask(LIST)).apiKeys[0]
  const { createOneRole } = await metadata.ask(
    'mutation { createOneRole(createRoleInput: { label: "Key \\"manager\\"", canReadAllObjectRecords: true }) { id } }',
  )
  const manager = metadataOf(await one.client(admin.workspace, 'Key "manager"'))
  const guest = await roleId(admin, 'Guest')
  const input = { name: 'k', expiresAt: LATER, roleId: guest }
  const everything: readonly (readonly [string, Record<string, unknown>])[] = [
    [LIST, {}],
    ['query ($id: UUID!) { apiKey(input: { id: $id }) { id } }', { id }],
    ['{ getApiKeyRoles { id } }', {}],
    [CREATE, { input }],
    [UPDATE, { input: { id, name: 'x' } }],
    [REVOKE, { id }],
    [DELETE, { id }],
    [ASSIGN, { apiKeyId: id, roleId: guest }],
    [TOKEN, { id, expiresAt: LATER }],
  ]
  for (const [query, variables] of everything) {
    const { message, extensions } = await manager.refused(query, variables)
    t.is(message, DENIED, query)
    t.like(extensions, { code: 'FORBIDDEN', subCode: 'PERMISSION_DENIED' })
  }
  await metadata.ask(
    'mutation ($roleId: UUID!) { upsertPermissionFlags(upsertPermissionFlagsInput: { roleId: $roleId, permissionFlagKeys: ["API_KEYS_AND_WEBHOOKS"] }) { id } }',
    { roleId: createOneRole.id },
  )
  const { createApiKey } = await manager.ask(CREATE, { input })
  t.is(createApiKey.role.label, 'Guest')
  const strong = [
    [CREATE, { input: { ...input, roleId: await roleId(admin, 'Admin') } }],
    [ASSIGN, { apiKeyId: createApiKey.id, roleId: await roleId(admin, 'Member') }],
    [UPDATE, { input: { id: createApiKey.id, roleId: await roleId(admin, 'Admin') } }],
    [UPDATE, { input: { id, name: 'x' } }],
    [REVOKE, { id }],
    [DELETE, { id }],
    [TOKEN, { id, expiresAt: LATER }],
  ] as const
  for (const [query, variables] of strong) {
    const { extensions } = await manager.refused(query, variables)
    t.like(extensions, { code: 'FORBIDDEN', subCode: 'ROLE_STRONGER_THAN_CALLER' }, query)
  }
  t.is((await manager.ask('{ getApiKeyRoles { label canBeAssignedToApiKeys } }')).getApiKeyRoles.length, 4)
})

test('refuses invalid keys with a reason', async (t) => {
  const admin = await one.enter()
  const metadata = metadataOf(admin)
  const member = await roleId(admin, 'Member')
  const { id } = await makeKey(admin)
  const { id: expired } = await makeKey(admin)
  await expire(expired)
  const { id: revoked } = await makeKey(admin)
  await metadata.ask(REVOKE, { id: revoked })
  await metadata.ask(
    'mutation { createOneRole(createRoleInput: { label: "people", canBeAssignedToApiKeys: false }) { id } }',
  )
  const people = await roleId(admin, 'people')
  const otherWorkspace = await one.enter('Other', { standardObjects: false })
  const theirs = await makeKey(otherWorkspace)
  const input = { name: 'k', expiresAt: LATER, roleId: member }
  const refusals: readonly (readonly [
    string,
    Record<string, unknown>,
    string,
    string | undefined,
    RegExp,
  ])[] = [
    [
      CREATE,
      { input: { ...input, expiresAt: 'invalid-date' } },
      'BAD_USER_INPUT',
      undefined,
      /"invalid-date" is not a date/,
    ],
    [CREATE, { input: { ...input, expiresAt: '1' } }, 'BAD_USER_INPUT', undefined, /"1" is not a date/],
    [CREATE, { input: { ...input, expiresAt: '2099-13-45' } }, 'BAD_USER_INPUT', undefined, /is not a date/],
    [CREATE, { input: { ...input, expiresAt: '2099-02-30' } }, 'BAD_USER_INPUT', undefined, /is not a date/],
    [CREATE, { input: { ...input, name: ' ' } }, 'BAD_USER_INPUT', undefined, /name must have 1 to 200/],
    [CREATE, { input: { ...input, name: 'a\0b' } }, 'BAD_USER_INPUT', 'INVALID_TEXT', /U\+0000/],
    [
      CREATE,
      { input: { ...input, roleId: NOBODY } },
      'NOT_FOUND',
      'ROLE_NOT_FOUND',
      /^Role with id .* not found$/,
    ],
    [
      CREATE,
      { input: { ...input, roleId: await roleId(otherWorkspace, 'Member') } },
      'NOT_FOUND',
      'ROLE_NOT_FOUND',
      /not found/,
    ],
    [
      CREATE,
      { input: { ...input, roleId: people } },
      'BAD_USER_INPUT',
      'ROLE_CANNOT_BE_ASSIGNED_TO_API_KEYS',
      /cannot be assigned to API keys/,
    ],
    [CREATE, { input: { ...input, rateLimitPerMinute: 0 } }, 'BAD_USER_INPUT', undefined, /from 1 to/],
    [
      CREATE,
      { input: { ...input, rateLimitPerMinute: 1_000_001 } },
      'FORBIDDEN',
      'RATE_LIMIT_EXCEEDS_WORKSPACE',
      /at most 1000000 requests a minute/,
    ],
    [
      ASSIGN,
      { apiKeyId: id, roleId: people },
      'BAD_USER_INPUT',
      'ROLE_CANNOT_BE_ASSIGNED_TO_API_KEYS',
      /people/,
    ],
    [
      UPDATE,
      { input: { id: NOBODY, name: 'x' } },
      'NOT_FOUND',
      'API_KEY_NOT_FOUND',
      /^API Key with id .* not found$/,
    ],
    [REVOKE, { id: theirs.id }, 'NOT_FOUND', 'API_KEY_NOT_FOUND', /not found/],
    [DELETE, { id: theirs.id }, 'NOT_FOUND', 'API_KEY_NOT_FOUND', /not found/],
    [TOKEN, { id: theirs.id, expiresAt: LATER }, 'NOT_FOUND', 'API_KEY_NOT_FOUND', /not found/],
    [
      TOKEN,
      { id: expired, expiresAt: LATER },
      'BAD_USER_INPUT',
      'API_KEY_EXPIRED',
      /^This API Key has expired$/,
    ],
    [
      TOKEN,
      { id: revoked, expiresAt: LATER },
      'BAD_USER_INPUT',
      'API_KEY_REVOKED',
      /^This API Key is revoked$/,
    ],
    [TOKEN, { id, expiresAt: '2020-01-01' }, 'BAD_USER_INPUT', undefined, /in the future/],
    [TOKEN, { id, expiresAt: 'soon' }, 'BAD_USER_INPUT', undefined, /is not a date/],
  ]
  for (const [query, variables, code, subCode, message] of refusals) {
    const error = await metadata.refused(query, variables)
    t.regex(error.message, message)
    t.is(error.extensions.code, code, error.message)
    t.is(error.extensions.subCode, subCode, error.message)
  }
  t.is(
    (await metadata.ask('query ($id: UUID!) { apiKey(input: { id: $id }) { id } }', { id: theirs.id }))
      .apiKey,
    null,
  )
})

const expire = (id: string) =>
  pool.query(`update tenantry.api_keys set expires_at = now() - interval '1 second' where id = $1`, [id])

/** Ends that no key can have, and the message that each is refused with. */
const NO_END: readonly (readonly [string, RegExp])[] = [
  ['2020-01-01', /^expiresAt must be in the future, not at 2020-01-01T00:00:00\.000Z\.$/],
  [new Date(Date.now() - 1000).toISOString(), /^expiresAt must be in the future/],
  ['0000-01-01', /^expiresAt must be in the future/],
  ['1969-12-31T23:59:59Z', /^expiresAt must be in the future/],
  ['9999-12-31T23:59:59.999-01:00', /^expiresAt is after the year 9999\.$/],
  ['+275760-09-13T00:00:00Z', /is not a date/],
  ['294277-01-01', /is not a date/],
  ['infinity', /is not a date/],
  ['', /is not a date/],
  ['2099-02-29', /is not a date/],
  ['2099-01-01T25:00:00Z', /is not a date/],
]

test('the end of a key and of a token lies in the future, over GraphQL and REST', async (t) => {
  const admin = await one.enter()
  const metadata = metadataOf(admin)
  const { id } = await makeKey(admin)
  const role = await roleId(admin, 'Member')
  const [keys, key] = ['/rest/metadata/apiKeys', `/rest/metadata/apiKeys/${id}`]
  for (const [expiresAt, message] of NO_END) {
    const wanted = { name: 'k', expiresAt, roleId: role }
    for (const [query, variables] of [
      [CREATE, { input: wanted }],
      [UPDATE, { input: { id, expiresAt } }],
      [TOKEN, { id, expiresAt }],
    ] as const) {
      const error = await metadata.refused(query, variables)
      t.regex(error.message, message, expiresAt)
      t.is(error.extensions.code, 'BAD_USER_INPUT')
    }
    for (const [method, path, body] of [
      ['POST', keys, wanted],
      ['PATCH', key, { expiresAt }],
      ['POST', `${key}/token`, { expiresAt }],
    ] as const) {
      const answer = await admin.request(method, path, body)
      t.is(answer.status, 400, `${method} ${path} ${expiresAt}`)
      t.regex(answer.body.messages[0], message)
    }
  }
  const { rows } = await pool.query(
    'select count(*)::int as count from tenantry.api_keys where workspace_id = $1 and expires_at < now()',
    [admin.workspace.id],
  )
  t.deepEqual(rows, [{ count: 0 }])
})

test('no key is created revoked, and none is revoked later than now', async (t) => {
  const admin = await one.enter()
  const metadata = metadataOf(admin)
  const { id } = await makeKey(admin, { revokedAt: null })
  const input = { name: 'k', expiresAt: LATER, roleId: await roleId(admin, 'Member') }
  for (const revokedAt of ['2025-01-01', LATER])
    t.regex((await metadata.refused(CREATE, { input: { ...input, revokedAt } })).message, /cannot be revoked/)
  t.regex(
    (await metadata.refused(UPDATE, { input: { id, revokedAt: LATER } })).message,
    /takes effect immediately/,
  )
})

test('a key that has ended or is revoked gets no token, and can be renamed as it is', async (t) => {
  const admin = await one.enter()
  const metadata = metadataOf(admin)
  const { id } = await makeKey(admin)
  await expire(id)
  const path = `/rest/metadata/apiKeys/${id}`
  const { body } = await admin.request('GET', path)
  t.is((await admin.request('PATCH', path, { name: 'old', expiresAt: body.expiresAt })).status, 200)
  const expired = await admin.request('POST', `${path}/token`, { expiresAt: LATER })
  t.is(expired.status, 400)
  t.like(expired.body, { code: 'API_KEY_EXPIRED', messages: ['This API Key has expired'] })
  await metadata.ask(REVOKE, { id })
  const revoked = await admin.request('POST', `${path}/token`, {})
  t.is(revoked.status, 400)
  t.like(revoked.body, { code: 'API_KEY_REVOKED', messages: ['This API Key is revoked'] })
})

test('dates are those of the contract', async (t) => {
  const admin = await one.enter()
  t.like(await makeKey(admin, { expiresAt: '2099-06-01T12:00:00' }), {
    expiresAt: '2099-06-01T12:00:00.000Z',
  })
  t.like(await makeKey(admin, { expiresAt: '2099-06-01T12:00:00+02:00' }), {
    expiresAt: '2099-06-01T10:00:00.000Z',
  })
})

test('a token ends with its key, or before', async (t) => {
  const admin = await one.enter()
  const { id } = await makeKey(admin, { expiresAt: '2098-01-01' })
  const expiryOf = async (expiresAt: string): Promise<number> => {
    const { generateApiKeyToken } = await metadataOf(admin).ask(TOKEN, { id, expiresAt })
    const [, payload = ''] = generateApiKeyToken.token.split('.')
    return JSON.parse(Buffer.from(payload, 'base64url').toString()).exp
  }
  t.is(await expiryOf('2099-01-01'), Date.parse('2098-01-01') / 1000)
  t.is(await expiryOf('2097-01-01'), Date.parse('2097-01-01') / 1000)
})

test('the audit records what was done with keys, by whom, and without tokens', async (t) => {
  const admin = await one.enter()
  const metadata = metadataOf(admin)
  const { id } = await makeKey(admin)
  await metadata.ask(UPDATE, { input: { id, name: 'renamed' } })
  await metadata.ask(TOKEN, { id, expiresAt: LATER })
  await metadata.refused(UPDATE, { input: { id, name: ' ' } })
  await metadata.ask(REVOKE, { id })
  await metadata.ask(DELETE, { id })
  const { rows } = await pool.query(
    `select action, caller_name, api_key_id is not null as by_key, details ->> 'keyId' as key
     from tenantry.audit where workspace_id = $1 order by at, id`,
    [admin.workspace.id],
  )
  t.deepEqual(
    rows.map(({ action }) => action),
    ['apiKey.create', 'apiKey.update', 'apiKey.regenerate', 'apiKey.revoke', 'apiKey.delete'],
  )
  for (const row of rows) t.like(row, { caller_name: 'Key of Admin', by_key: true, key: id })
})
