import { randomUUID } from 'node:crypto'
import test, { type ExecutionContext } from 'ava'
import type { Answer } from '../support/gateway.ts'
import { edits, restorations } from './records.ts'
import { closeWorlds, openWorld, pool, tenantry, type World } from './world.ts'

test.after.always(closeWorlds)

type Outcome = readonly [status: number, code: string | null]

const MALFORMED: Outcome = [400, 'INVALID_ARGS_DATA']
const TAKEN: Outcome = [409, 'DUPLICATE_ENTRY_DETECTED']
const STATUSES: Readonly<Record<string, number>> = { BAD_USER_INPUT: 400, CONFLICT: 409 }

/** The same for both protocols. */
const outcomeOf = ({ status, body }: Answer): Outcome => {
  const error = body?.errors?.[0]
  if (error !== undefined) return [STATUSES[error.extensions.code] ?? 500, error.extensions.subCode]
  return status < 400 ? [status, null] : [status, body?.code ?? null]
}

const tableOf = ({ workspace }: World): string => `"${workspace.schemaName}".workspace_member`

const addMember = async (world: World, email: string | null): Promise<string> => {
  const { rows } = await pool.query<{ id: string }>(
    `insert into ${tableOf(world)} (name_first_name, user_email, user_id) values ('M', $1, $2) returning id`,
    [email, randomUUID()],
  )
  return rows[0]?.id ?? ''
}

const emailsOf = async (world: World): Promise<unknown> =>
  (await pool.query(`select id, user_email, deleted_at from ${tableOf(world)} order by id`)).rows

const refuseWrites = async (
  t: ExecutionContext,
  world: World,
  id: string,
  email: string,
  expected: Outcome,
): Promise<void> => {
  const before = await emailsOf(world)
  for (const { entryPoint, method, path, body } of edits(id, { userEmail: email }))
    t.deepEqual(outcomeOf(await world.admin.request(method, path, body)), expected, `${entryPoint}: ${email}`)
  t.deepEqual(await emailsOf(world), before)
}

test('a member has an e-mail address, and no text that is not one', async (t) => {
  const world = await openWorld()
  const id = await addMember(world, 'mia@example.com')
  for (const email of [
    'mia',
    'mia@',
    '@example.com',
    'mia @example.com',
    'a@b@c',
    ' mia@example.com',
    'a@b\u0007',
  ])
    await refuseWrites(t, world, id, email, MALFORMED)
  t.not(await world.operator('POST', 'members', { firstName: 'A', email: 'mia' }), 'done')
  t.regex(await tenantry('member', 'create', world.workspace.id, 'A', '--email', 'mia'), /e-mail address/)
  await t.throwsAsync(pool.query(`update ${tableOf(world)} set user_email = 'mia' where id = $1`, [id]), {
    message: 'user_email "mia" is not an e-mail address',
  })
  for (const { entryPoint, method, path, body } of edits(id, { userEmail: 'other@example.com' })) {
    const answer = await world.admin.request(method, path, body)
    t.true(answer.status < 300 && answer.body.errors === undefined, `${entryPoint} ${answer.text}`)
  }
  t.is((await world.admin.request('PATCH', `/rest/workspaceMembers/${id}`, { userEmail: '' })).status, 200)
})

test('an e-mail address is one live member’s, in any letter case', async (t) => {
  const world = await openWorld()
  const holder = await addMember(world, 'Mia@Example.com')
  const id = await addMember(world, 'ida@example.com')
  for (const email of ['Mia@Example.com', 'mia@example.com', 'MIA@EXAMPLE.COM'])
    await refuseWrites(t, world, id, email, TAKEN)
  const { body } = await world.admin.request('PATCH', `/rest/workspaceMembers/${id}`, {
    userEmail: 'mia@example.com',
  })
  t.like(body, { conflictingRecordId: holder, conflictingObjectNameSingular: 'workspaceMember' })
  t.not(await world.operator('POST', 'members', { firstName: 'A', email: 'MIA@example.com' }), 'done')
  t.regex(
    await tenantry('member', 'create', world.workspace.id, 'A', '--email', 'miA@example.com'),
    /already/,
  )
  await t.throwsAsync(addMember(world, 'mia@example.com'), {
    message: 'another member has the e-mail address Mia@Example.com',
  })
  const own = await world.admin.request('PATCH', `/rest/workspaceMembers/${holder}`, {
    userEmail: 'mia@example.com',
  })
  t.is(own.status, 200, 'another spelling of the member’s own')
})

test('a bulk update gives no address to two members', async (t) => {
  const world = await openWorld()
  const ids = [await addMember(world, null), await addMember(world, null)]
  const before = await emailsOf(world)
  const path = `/rest/workspaceMembers?filter=id[in]:[${ids.join()}]`
  t.deepEqual(outcomeOf(await world.admin.request('PATCH', path, { userEmail: 'x@example.com' })), TAKEN)
  t.deepEqual(await emailsOf(world), before)
})

test('a member whose address was taken meanwhile stays in the trash', async (t) => {
  const world = await openWorld()
  const id = await addMember(world, 'mia@example.com')
  t.is((await world.admin.request('DELETE', `/rest/workspaceMembers/${id}?soft_delete=true`)).status, 200)
  await addMember(world, 'MIA@example.com')
  const before = await emailsOf(world)
  for (const { entryPoint, method, path, body } of restorations(id))
    t.deepEqual(outcomeOf(await world.admin.request(method, path, body)), TAKEN, entryPoint)
  t.deepEqual(await emailsOf(world), before)
})

test('two members who take one address at one moment do not both get it', async (t) => {
  const world = await openWorld()
  const ids = [await addMember(world, null), await addMember(world, null)]
  for (let round = 0; round < 5; round += 1) {
    const statuses = await Promise.all(
      ids.map(async (id, index) => {
        const userEmail = index === 0 ? `m${round}@example.com` : `M${round}@example.com`
        return (await world.admin.request('PATCH', `/rest/workspaceMembers/${id}`, { userEmail })).status
      }),
    )
    t.deepEqual(statuses.sort(), [200, 409])
  }
})

test('members who held such values before are changed in every other way', async (t) => {
  const world = await openWorld()
  await pool.query(`alter table ${tableOf(world)} disable trigger tenantry_guard_member`)
  const ids = [
    await addMember(world, 'no address'),
    await addMember(world, 'a@example.com'),
    await addMember(world, 'A@example.com'),
  ]
  await pool.query(`alter table ${tableOf(world)} enable trigger tenantry_guard_member`)
  for (const id of ids) {
    const { body } = await world.admin.get(`/rest/workspaceMembers/${id}`)
    const { jobTitle: _, ...record } = body.data.workspaceMember
    const answer = await world.admin.request('PATCH', `/rest/workspaceMembers/${id}`, {
      ...record,
      jobTitle: 'x',
    })
    t.is(answer.status, 200, answer.text)
    t.is((await world.admin.request('DELETE', `/rest/workspaceMembers/${id}?soft_delete=true`)).status, 200)
  }
  t.is((await world.admin.request('PATCH', `/rest/workspaceMembers/${ids[0]}/restore`)).status, 200)
})
