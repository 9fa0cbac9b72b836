import { randomUUID } from 'node:crypto'
import test, { type ExecutionContext } from 'ava'
import { createMember } from '../../tenants/member/memberCreate.ts'
import { findRole } from '../../tenants/permission/role.ts'
import { type Person, signInMember } from '../support/console.ts'
import { type Answer, type Client, startTestGateway } from '../support/gateway.ts'
import { until } from '../support/until.ts'
import { type Attempt, creations, deletions, destructions, edits, restorations } from './records.ts'

const server = await startTestGateway()
const { pool } = server.gateway
test.after.always(() => server.close())

type Send = (method: string, path: string, body?: unknown) => Promise<Answer>

const DENIED = 'PERMISSION_DENIED'
const LAST = 'CANNOT_UNASSIGN_LAST_ADMIN'
const STRONGER = 'ROLE_STRONGER_THAN_CALLER'

/** Status and finer code, the same for both protocols; 200 where nothing was refused. */
const outcomeOf = ({ status, body }: Answer): readonly [number, string | null] => {
  const error = body?.errors?.[0]
  if (error !== undefined)
    return [error.extensions.code === 'FORBIDDEN' ? 403 : status, error.extensions.subCode]
  return status < 400 ? [200, null] : [status, body?.code ?? null]
}

/** All that decides who gets in. */
const accessOf = async ({ workspace: { id, schemaName } }: Client): Promise<unknown> => {
  const { rows } = await pool.query(
    `select (select jsonb_agg(m order by m ->> 'id') from (
         select jsonb_build_object('id', id, 'user', user_id, 'email', user_email, 'trash', deleted_at is not null) as m
         from "${schemaName}".workspace_member) m) as members,
       (select jsonb_agg(r order by r.workspace_member_id) from tenantry.member_roles r where r.workspace_id = $1) as roles`,
    [id],
  )
  return rows[0]
}

const openWorkspace = async () => {
  const admin = await server.enter()
  const { workspace } = admin
  const roleId = async (label: string): Promise<string> => (await findRole(pool, workspace.id, label)).id
  const addMember = async (label: string, firstName: string): Promise<string> => {
    const email = `${firstName.toLowerCase()}@example.com`
    const member = { firstName, lastName: '', email, roleId: await roleId(label) }
    return (await createMember(pool, workspace.id, member)).id
  }
  const signIn = (id: string): Promise<Person> => signInMember(server.url, pool, workspace.id, id)
  const makeManagers = async () => {
    const { body } = await admin.request('POST', '/rest/metadata/roles', {
      label: 'Managers',
      canReadAllObjectRecords: true,
      canUpdateAllObjectRecords: true,
      canSoftDeleteAllObjectRecords: true,
      canDestroyAllObjectRecords: true,
    })
    await admin.request('PUT', `/rest/metadata/roles/${body.id}/permissionFlags`, {
      permissionFlagKeys: ['WORKSPACE_MEMBERS', 'API_KEYS_AND_WEBHOOKS'],
    })
    return server.client(workspace, 'Managers')
  }
  return { admin, workspace, roleId, addMember, signIn, makeManagers }
}

const refuseEach = async (
  t: ExecutionContext,
  client: Client,
  senders: Readonly<Record<string, Send>>,
  attempts: readonly Attempt[],
  expected: readonly [number, string],
): Promise<void> => {
  const before = await accessOf(client)
  for (const [name, send] of Object.entries(senders))
    for (const { entryPoint, method, path, body } of attempts) {
      t.deepEqual(outcomeOf(await send(method, path, body)), expected, `${name}: ${entryPoint}`)
      t.deepEqual(await accessOf(client), before, `${name}: ${entryPoint}`)
    }
}

test('no record request makes a member or destroys one, of anyone', async (t) => {
  const { admin, addMember, signIn, makeManagers } = await openWorkspace()
  const boss = await addMember('Admin', 'Ada')
  const guest = await addMember('Guest', 'Grace')
  const managers = await makeManagers()
  const person = await signIn(boss)
  const senders = { key: admin.request, session: person.request, managers: managers.request }
  for (const id of [boss, guest])
    await refuseEach(t, admin, senders, [...creations(id), ...destructions(id)], [403, DENIED])
})

test('the last administrator stays, on every way into the trash', async (t) => {
  const { admin, addMember, signIn, makeManagers } = await openWorkspace()
  const boss = await addMember('Admin', 'Ada')
  await addMember('Guest', 'Grace')
  const person = await signIn(boss)
  const managers = await makeManagers()
  const senders = { key: admin.request, session: person.request, managers: managers.request }
  await refuseEach(t, admin, senders, deletions(boss), [403, LAST])
  t.is((await person.request('GET', '/rest/companies')).status, 200)
})

test('one request that names all administrators removes none', async (t) => {
  const { admin, addMember } = await openWorkspace()
  const ids = [
    await addMember('Admin', 'Ada'),
    await addMember('Admin', 'Grace'),
    await addMember('Guest', 'Mia'),
  ]
  const path = `/rest/workspaceMembers?filter=id[in]:[${ids.join()}]&soft_delete=true`
  await refuseEach(
    t,
    admin,
    { key: admin.request },
    [{ entryPoint: 'bulk', method: 'DELETE', path }],
    [403, LAST],
  )
})

test('administrators who remove each other at one moment leave one', async (t) => {
  const { admin, addMember, signIn } = await openWorkspace()
  for (let round = 0; round < 5; round += 1) {
    const ids = await Promise.all(['A', 'B', 'C', 'D'].map((name) => addMember('Admin', `${name}${round}`)))
    const people = await Promise.all(ids.map(signIn))
    const target = (index: number): string => ids[(index + 1) % ids.length] ?? ''
    await Promise.all(
      people.map((person, index) =>
        person.request('DELETE', `/rest/workspaceMembers/${target(index)}?soft_delete=true`),
      ),
    )
    const { rows } = await pool.query('select tenantry.administrators($1) as id', [admin.workspace.id])
    t.true(rows.length > 0)
  }
})

test('a role change and a removal at one moment leave an administrator', async (t) => {
  const { admin, addMember, roleId } = await openWorkspace()
  const guest = await roleId('Guest')
  for (let round = 0; round < 5; round += 1) {
    const [one, other] = [await addMember('Admin', `A${round}`), await addMember('Admin', `B${round}`)]
    // Members of the rounds before are out of the way.
    await pool.query(
      `delete from "${admin.workspace.schemaName}".workspace_member where id not in ($1, $2)`,
      [one, other],
    )
    await Promise.all([
      admin.request('DELETE', `/rest/workspaceMembers/${one}?soft_delete=true`),
      admin.request('POST', '/metadata', {
        query: `mutation { updateWorkspaceMemberRole(workspaceMemberId: "${other}", roleId: "${guest}") { id } }`,
      }),
    ])
    const { rows } = await pool.query('select tenantry.administrators($1) as id', [admin.workspace.id])
    t.is(rows.length, 1)
  }
})

test('a member keeps their account, and setting the same account again changes nothing', async (t) => {
  const { admin, addMember, signIn, makeManagers } = await openWorkspace()
  const boss = await addMember('Admin', 'Ada')
  const guest = await addMember('Guest', 'Grace')
  const person = await signIn(boss)
  const managers = await makeManagers()
  const senders = { key: admin.request, session: person.request, managers: managers.request }
  for (const id of [boss, guest])
    await refuseEach(t, admin, senders, edits(id, { userId: randomUUID() }), [403, DENIED])
  const { body } = await admin.get(`/rest/workspaceMembers/${guest}`)
  const same = { userId: body.data.workspaceMember.userId, jobTitle: 'x' }
  t.is((await admin.request('PATCH', `/rest/workspaceMembers/${guest}`, same)).status, 200)
})

test('only administrators remove, restore and re-address administrators', async (t) => {
  const { admin, addMember, makeManagers } = await openWorkspace()
  const [, other] = [await addMember('Admin', 'Ada'), await addMember('Admin', 'Grace')]
  const managers = await makeManagers()
  const senders = { managers: managers.request }
  await refuseEach(
    t,
    admin,
    senders,
    [...deletions(other), ...edits(other, { userEmail: 'eve@example.com' })],
    [403, STRONGER],
  )
  t.is((await managers.request('PATCH', `/rest/workspaceMembers/${other}`, { jobTitle: 'x' })).status, 200)
  t.is((await admin.request('DELETE', `/rest/workspaceMembers/${other}?soft_delete=true`)).status, 200)
  await refuseEach(t, admin, senders, restorations(other), [403, STRONGER])
  t.is((await admin.request('PATCH', `/rest/workspaceMembers/${other}/restore`)).status, 200)
})

test('a role that manages members removes and restores all others, through every entry point', async (t) => {
  const { admin, addMember, makeManagers } = await openWorkspace()
  await addMember('Admin', 'Ada')
  const guest = await addMember('Guest', 'Grace')
  const managers = await makeManagers()
  for (const [index, removal] of deletions(guest).entries()) {
    const restoration = restorations(guest)[index]
    for (const attempt of [removal, restoration]) {
      if (attempt === undefined) continue
      const { entryPoint, method, path, body } = attempt
      t.deepEqual(outcomeOf(await managers.request(method, path, body)), [200, null], entryPoint)
    }
  }
  const plain = await server.client(admin.workspace, 'Member')
  await refuseEach(
    t,
    admin,
    { plain: plain.request },
    [...creations(guest), ...destructions(guest), ...deletions(guest), ...edits(guest, { jobTitle: 'x' })],
    [403, DENIED],
  )
})

test('SQL of the operator that a request runs does not pass the guard either', async (t) => {
  const { admin, addMember } = await openWorkspace()
  const boss = await addMember('Admin', 'Ada')
  const schema = `"${admin.workspace.schemaName}"`
  await pool.query(`
    create view ${schema}.crew_member as select id, user_id, deleted_at from ${schema}.workspace_member;
    create function ${schema}.resign(member uuid) returns uuid language sql volatile security definer as $$
      update ${schema}.workspace_member set deleted_at = now() where id = member returning id $$;
    create table ${schema}.desk (id uuid primary key default gen_random_uuid(), name text);
    insert into ${schema}.desk (id, name) values ('${boss}', 'd');
    alter table ${schema}.workspace_member add desk_id uuid references ${schema}.desk on delete cascade;
    update ${schema}.workspace_member set desk_id = id`)
  const before = await accessOf(admin)
  const resign = 'mutation ($id: UUID!) { resign(member: $id) }'
  await until('the gateway knows the function', async () => {
    const { body } = await admin.graphql('{ __type(name: "Mutation") { fields { name } } }')
    return body.data.__type.fields.some(({ name }: { name: string }) => name === 'resign')
  })
  t.deepEqual(outcomeOf(await admin.graphql(resign, { id: boss })), [403, LAST])
  t.deepEqual(outcomeOf(await admin.request('DELETE', `/rest/desks/${boss}`)), [403, DENIED])
  t.deepEqual(outcomeOf(await admin.request('DELETE', `/rest/crewMembers?filter=id[eq]:${boss}`)), [
    403,
    DENIED,
  ])
  t.deepEqual(outcomeOf(await admin.request('POST', '/rest/crewMembers', { userId: boss })), [403, DENIED])
  t.deepEqual(await accessOf(admin), before)
})

test('a guard that was taken off by hand is back with the next change of the model', async (t) => {
  const { admin, addMember } = await openWorkspace()
  const boss = await addMember('Admin', 'Ada')
  const table = `"${admin.workspace.schemaName}".workspace_member`
  await pool.query(`drop trigger tenantry_guard_member on ${table}`)
  const label = { labelSingular: 'Rocket', labelPlural: 'Rockets' }
  const object = { nameSingular: 'rocket', namePlural: 'rockets', ...label }
  t.is((await admin.request('POST', '/rest/metadata/objects', object)).status, 201)
  await refuseEach(t, admin, { key: admin.request }, deletions(boss), [403, LAST])
})
