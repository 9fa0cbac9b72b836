import test from 'ava'
import { closeWorlds, LATER, type Outcome, openWorld, pool, tenantry, type World } from './world.ts'

test.after.always(closeWorlds)

const LAST = 'Cannot unassign admin role from last admin of the workspace'
const MEMBER_ROLE =
  'mutation ($id: UUID!, $roleId: UUID!) { updateWorkspaceMemberRole(workspaceMemberId: $id, roleId: $roleId) { id } }'
const CREATE_KEY = 'mutation ($input: CreateApiKeyInput!) { createApiKey(input: $input) { id } }'
const DELETE_ROLE = 'mutation ($id: UUID!) { deleteOneRole(roleId: $id) }'

/** Changes of who may do what, each by an entry point, with its outcome. */
const CHANGES: readonly (readonly [
  action: string,
  entryPoint: string,
  outcome: Outcome,
  act: (world: World) => Promise<Outcome>,
])[] = [
  [
    'the last administrator gets another role',
    'metadata, key',
    'CANNOT_UNASSIGN_LAST_ADMIN',
    async ({ metadata, boss, roleId }) => metadata(MEMBER_ROLE, { id: boss, roleId: await roleId('Guest') }),
  ],
  [
    'the last administrator resigns',
    'metadata, session',
    'CANNOT_UPDATE_SELF_ROLE',
    async ({ metadata, boss, roleId, person }) =>
      metadata(MEMBER_ROLE, { id: boss, roleId: await roleId('Guest') }, person.request),
  ],
  [
    'the default role stops making administrators',
    'metadata, key',
    'CANNOT_UNASSIGN_LAST_ADMIN',
    async ({ metadata, boss, roleId, workspace }) => {
      const choose = async (label: string): Promise<Outcome> =>
        metadata('mutation ($id: UUID) { updateWorkspace(data: { defaultRoleId: $id }) { id } }', {
          id: await roleId(label),
        })
      if ((await choose('Admin')) !== 'done') return 'not begun'
      await pool.query(
        'delete from tenantry.member_roles where workspace_id = $1 and workspace_member_id = $2',
        [workspace.id, boss],
      )
      return choose('Member')
    },
  ],
  [
    'the last administrator is removed',
    'operator API',
    'CANNOT_UNASSIGN_LAST_ADMIN',
    ({ operator, boss }) => operator('DELETE', `members/${boss}`),
  ],
  [
    'the last administrator is removed',
    'command line',
    LAST,
    ({ workspace, boss }) => tenantry('member', 'delete', workspace.id, boss),
  ],
  [
    'another administrator is removed',
    'operator API',
    'done',
    async ({ operator, addMember }) => operator('DELETE', `members/${await addMember('Admin')}`),
  ],
  [
    'a guest is removed',
    'command line',
    'done',
    async ({ workspace, addMember }) => tenantry('member', 'delete', workspace.id, await addMember('Guest')),
  ],
  [
    'a member of another workspace is removed',
    'operator API',
    'WORKSPACE_MEMBER_NOT_FOUND',
    async ({ operator }) => operator('DELETE', `members/${(await openWorld()).boss}`),
  ],
  [
    'a member is added',
    'operator API',
    'done',
    ({ operator }) => operator('POST', 'members', { firstName: 'Mia', role: 'Guest' }),
  ],
  [
    'a member is added',
    'command line',
    'done',
    ({ workspace }) => tenantry('member', 'create', workspace.id, 'Mia'),
  ],
  [
    'a stronger member gets another role',
    'metadata, key',
    'ROLE_STRONGER_THAN_CALLER',
    async ({ metadata, addMember, roleId, keepers }) =>
      metadata(MEMBER_ROLE, { id: await addMember('Admin'), roleId: await roleId('Guest') }, keepers.request),
  ],
  [
    'a member gets a stronger role',
    'metadata, key',
    'ROLE_STRONGER_THAN_CALLER',
    async ({ metadata, addMember, roleId, keepers }) =>
      metadata(MEMBER_ROLE, { id: await addMember('Guest'), roleId: await roleId('Admin') }, keepers.request),
  ],
  [
    'a key is created with a stronger role',
    'metadata, key',
    'ROLE_STRONGER_THAN_CALLER',
    async ({ metadata, roleId, keepers }) =>
      metadata(
        CREATE_KEY,
        { input: { name: 'k', expiresAt: LATER, roleId: await roleId('Admin') } },
        keepers.request,
      ),
  ],
  [
    'a key is created with a stronger role',
    'REST metadata, key',
    'ROLE_STRONGER_THAN_CALLER',
    async ({ rest, roleId, keepers }) =>
      rest(
        'POST',
        'apiKeys',
        { name: 'k', expiresAt: LATER, roleId: await roleId('Admin') },
        keepers.request,
      ),
  ],
  [
    'a key is created with a stronger role',
    'command line',
    'done',
    ({ workspace }) => tenantry('key', 'create', workspace.id, 'k', '--role', 'admin'),
  ],
  [
    'a key gets a stronger role',
    'metadata, key',
    'ROLE_STRONGER_THAN_CALLER',
    async ({ metadata, keepersKey, roleId, keepers }) =>
      metadata(
        'mutation ($id: UUID!, $roleId: UUID!) { assignRoleToApiKey(apiKeyId: $id, roleId: $roleId) }',
        { id: keepersKey, roleId: await roleId('Admin') },
        keepers.request,
      ),
  ],
  [
    'a key gets a stronger role',
    'REST metadata, key',
    'ROLE_STRONGER_THAN_CALLER',
    async ({ rest, keepersKey, roleId, keepers }) =>
      rest('PATCH', `apiKeys/${keepersKey}`, { roleId: await roleId('Admin') }, keepers.request),
  ],
  ...(['', '/token', '?permanent=true'] as const).map(
    (rest) =>
      [
        `a stronger key is touched: ${rest || 'revoked'}`,
        'REST metadata, key',
        'ROLE_STRONGER_THAN_CALLER',
        async (world: World) =>
          world.rest(
            rest === '/token' ? 'POST' : 'DELETE',
            `apiKeys/${await world.addKey('Admin')}${rest}`,
            rest === '/token' ? {} : undefined,
            world.keepers.request,
          ),
      ] as const,
  ),
  ...(
    [
      'generateApiKeyToken(apiKeyId: $id, expiresAt: "2099-01-01") { token }',
      'revokeApiKey(input: { id: $id }) { id }',
    ] as const
  ).map(
    (mutation) =>
      [
        `a stronger key is touched: ${mutation}`,
        'metadata, key',
        'ROLE_STRONGER_THAN_CALLER',
        async ({ metadata, addKey, keepers }: World) =>
          metadata(`mutation ($id: UUID!) { ${mutation} }`, { id: await addKey('Admin') }, keepers.request),
      ] as const,
  ),
  ...(['Admin', 'Member'] as const).flatMap((label) => {
    const outcome = label === 'Admin' ? 'ROLE_NOT_EDITABLE' : 'DEFAULT_ROLE_CANNOT_BE_DELETED'
    return [
      [
        `the role ${label} is deleted`,
        'metadata, session',
        outcome,
        async ({ metadata, roleId, person }: World) =>
          metadata(DELETE_ROLE, { id: await roleId(label) }, person.request),
      ],
      [
        `the role ${label} is deleted`,
        'REST metadata, key',
        outcome,
        async ({ rest, roleId }: World) => rest('DELETE', `roles/${await roleId(label)}`),
      ],
    ] as const
  }),
  [
    'a role is deleted whose key works',
    'metadata, key',
    'ROLE_IN_USE',
    async ({ metadata, makeRole, addKey }) => {
      const id = await makeRole('Busy')
      await addKey('Busy')
      return metadata(DELETE_ROLE, { id })
    },
  ],
  [
    'a role is deleted whose keys are revoked or have ended',
    'REST metadata, key',
    'done',
    async ({ rest, makeRole, addKey }) => {
      const id = await makeRole('Quiet')
      const [revoked, expired] = [await addKey('Quiet'), await addKey('Quiet')]
      await rest('DELETE', `apiKeys/${revoked}`)
      await pool.query("update tenantry.api_keys set expires_at = now() - interval '1 s' where id = $1", [
        expired,
      ])
      return rest('DELETE', `roles/${id}`)
    },
  ],
  [
    'a role is deleted of which one key is revoked and one works',
    'REST metadata, session',
    'ROLE_IN_USE',
    async ({ rest, makeRole, addKey, person }) => {
      const id = await makeRole('Half')
      const [revoked, working] = [await addKey('Half'), await addKey('Half')]
      await rest('DELETE', `apiKeys/${revoked}`)
      const outcome = await rest('DELETE', `roles/${id}`, undefined, person.request)
      const { rowCount } = await pool.query('select from tenantry.api_keys where id in ($1, $2)', [
        revoked,
        working,
      ])
      return rowCount === 2 ? outcome : 'a key is gone'
    },
  ],
]

for (const [index, [action, entryPoint, outcome, act]] of CHANGES.entries())
  test(`${index + 1}: ${action}; ${entryPoint}: ${outcome}`, async (t) => {
    t.is(await act(await openWorld()), outcome)
  })
