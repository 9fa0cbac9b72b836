// Generated clients have a word for "every scalar of this type" (`__scalar` of genql), and mean the scalars
// that the contract's types have: one that is missing breaks the whole request. Asked here as they ask it,
// out of metadata-2.43.txt.

import { readFileSync } from 'node:fs'
import test from 'ava'
import { addMember, signInMember } from '../support/console.ts'
import { type Client, startTestGateway } from '../support/gateway.ts'
import { metadataOf } from '../support/metadata.ts'

const server = await startTestGateway()
test.after.always(() => server.close())

const LINES = readFileSync(new URL('metadata-2.43.txt', import.meta.url), 'utf8')
  .trim()
  .split('\n')
const LEAVES = new Set([
  ...['String', 'Int', 'Float', 'Boolean', 'UUID', 'DateTime', 'JSON', 'JSONObject'],
  ...LINES.flatMap((line) => /^(\w+) = /.exec(line)?.[1] ?? []),
])

const scalarsOf = (type: string): string => {
  const names = LINES.flatMap((line) => {
    const [, owner, name = '', base = ''] = /^(\w+)\.(\w+): \[?(\w+)/.exec(line) ?? []
    return owner === type && LEAVES.has(base) ? [name] : []
  })
  return ['__typename', ...names].join(' ')
}

const OF_ANYBODY: Readonly<Record<string, string>> = {
  currentWorkspace: `{ ${scalarsOf('Workspace')} defaultRole { ${scalarsOf('Role')} } workspaceUrls { ${scalarsOf('WorkspaceUrls')} }
    featureFlags { ${scalarsOf('FeatureFlag')} } }`,
  objects: `{ edges { node { ${scalarsOf('Object')} fieldsList { ${scalarsOf('Field')} relation { ${scalarsOf('Relation')} }
    morphRelations { ${scalarsOf('Relation')} } } indexMetadataList { ${scalarsOf('Index')} indexFieldMetadataList { ${scalarsOf('IndexField')} } }
    searchFieldMetadataList { ${scalarsOf('SearchField')} } } } }`,
  minimalMetadata: `{ objectMetadataItems { ${scalarsOf('MinimalObjectMetadata')} } }`,
  objectRecordCounts: `{ ${scalarsOf('ObjectRecordCount')} }`,
  apiKeys: `{ ${scalarsOf('ApiKey')} role { ${scalarsOf('Role')} } }`,
  getRoles: `{ ${scalarsOf('Role')} workspaceMembers { ${scalarsOf('WorkspaceMember')} } apiKeys { ${scalarsOf('ApiKeyForRole')} }
    agents { ${scalarsOf('Agent')} } permissionFlags { ${scalarsOf('RolePermissionFlag')} } objectPermissions { ${scalarsOf('ObjectPermission')} }
    fieldPermissions { ${scalarsOf('FieldPermission')} } }`,
  getPermissionFlags: `{ ${scalarsOf('PermissionFlag')} }`,
}

const OF_PEOPLE: Readonly<Record<string, string>> = {
  currentUser: `{ ${scalarsOf('User')} workspaceMember { ${scalarsOf('WorkspaceMember')} } currentWorkspace { ${scalarsOf('Workspace')} }
    currentUserWorkspace { ${scalarsOf('UserWorkspace')} } }`,
}

let admin: Client
let person: Client
test.before(async () => {
  admin = await server.enter()
  const memberId = await addMember(server.gateway.pool, admin.workspace.schemaName)
  const { request } = await signInMember(server.url, server.gateway.pool, admin.workspace.id, memberId)
  person = { ...admin, request }
})

for (const [name, selection] of Object.entries({ ...OF_ANYBODY, ...OF_PEOPLE }))
  test(`${name} answers every scalar that the contract's types have`, async (t) => {
    const asker = name in OF_PEOPLE ? person : admin
    const { [name]: answer } = await metadataOf(asker).ask(`{ ${name} ${selection} }`)
    t.truthy(answer)
  })

test('features that do not exist here read as disabled', async (t) => {
  const { currentWorkspace } = await metadataOf(admin).ask(
    `{ currentWorkspace { ${scalarsOf('Workspace')} } }`,
  )
  t.like(currentWorkspace, {
    isAutoModelSelectionEnabled: false,
    aiModelIdByTier: {},
    aiAdditionalInstructions: null,
    hasValidSignedEnterpriseKey: false,
    hasValidEnterpriseValidityToken: false,
  })
  const { currentUser } = await metadataOf(person).ask(`{ currentUser { ${scalarsOf('User')} } }`)
  t.like(currentUser, { onboardingStatus: 'COMPLETED', userVars: {}, isWorkspaceCreator: false })
})
