// Every way to change a member through the record APIs, by action and entry point.

export interface Attempt {
  readonly entryPoint: string
  readonly method: string
  readonly path: string
  readonly body?: unknown
}

const graphql = (entryPoint: string, query: string, variables: Record<string, unknown>): Attempt => ({
  entryPoint,
  method: 'POST',
  path: '/graphql',
  body: { query, variables },
})

const rest = (method: string, path: string, body?: unknown): Attempt => ({
  entryPoint: `${method} ${path.replaceAll(/[0-9a-f-]{36}/g, '…')}`,
  method,
  path,
  body,
})

const MEMBERS = '/rest/workspaceMembers'
const filterOf = (id: string): string => `filter=id[eq]:${id}`
const where = '$filter: WorkspaceMemberFilterInput!'
const one = { userId: '00000000-0000-7000-8000-000000000000', name: { firstName: 'Eve', lastName: '' } }

/** New members, each by one way. */
export const creations = (id: string): readonly Attempt[] => [
  rest('POST', MEMBERS, one),
  rest('POST', `${MEMBERS}?upsert=true`, one),
  rest('POST', '/rest/batch/workspaceMembers', [one, one]),
  rest('POST', '/rest/batch/workspaceMembers?upsert=true', [one, { ...one, id }]),
  graphql(
    'createOne',
    'mutation ($data: WorkspaceMemberCreateInput!) { createWorkspaceMember(data: $data) { id } }',
    {
      data: one,
    },
  ),
  graphql(
    'createOne upsert',
    'mutation ($data: WorkspaceMemberCreateInput!) { createWorkspaceMember(data: $data, upsert: true) { id } }',
    { data: one },
  ),
  graphql(
    'createMany',
    'mutation ($data: [WorkspaceMemberCreateInput!]!) { createWorkspaceMembers(data: $data) { id } }',
    { data: [one] },
  ),
  graphql(
    'createMany upsert',
    'mutation ($data: [WorkspaceMemberCreateInput!]!) { createWorkspaceMembers(data: $data, upsert: true) { id } }',
    { data: [one, { ...one, id }] },
  ),
]

/** Ends of a member for good. */
export const destructions = (id: string): readonly Attempt[] => [
  rest('DELETE', `${MEMBERS}/${id}`),
  rest('DELETE', `${MEMBERS}?${filterOf(id)}`),
  graphql('destroyOne', 'mutation ($id: UUID!) { destroyWorkspaceMember(id: $id) { id } }', { id }),
  graphql('destroyMany', `mutation (${where}) { destroyWorkspaceMembers(filter: $filter) { id } }`, {
    filter: { id: { eq: id } },
  }),
]

/** Ways into the trash. */
export const deletions = (id: string): readonly Attempt[] => [
  rest('DELETE', `${MEMBERS}/${id}?soft_delete=true`),
  rest('DELETE', `${MEMBERS}?${filterOf(id)}&soft_delete=true`),
  graphql('deleteOne', 'mutation ($id: UUID!) { deleteWorkspaceMember(id: $id) { id } }', { id }),
  graphql('deleteMany', `mutation (${where}) { deleteWorkspaceMembers(filter: $filter) { id } }`, {
    filter: { id: { eq: id } },
  }),
]

/** Ways out of it. */
export const restorations = (id: string): readonly Attempt[] => [
  rest('PATCH', `${MEMBERS}/${id}/restore`),
  rest('PATCH', `${MEMBERS}/restore?${filterOf(id)}`),
  graphql('restoreOne', 'mutation ($id: UUID!) { restoreWorkspaceMember(id: $id) { id } }', { id }),
  graphql('restoreMany', `mutation (${where}) { restoreWorkspaceMembers(filter: $filter) { id } }`, {
    filter: { id: { eq: id } },
  }),
]

/** Changes of single values. */
export const edits = (id: string, data: Record<string, unknown>): readonly Attempt[] => [
  rest('PATCH', `${MEMBERS}/${id}`, data),
  rest('PUT', `${MEMBERS}/${id}`, data),
  rest('PATCH', `${MEMBERS}?${filterOf(id)}`, data),
  graphql(
    'updateOne',
    'mutation ($id: UUID!, $data: WorkspaceMemberUpdateInput!) { updateWorkspaceMember(id: $id, data: $data) { id } }',
    { id, data },
  ),
  graphql(
    'updateMany',
    `mutation (${where}, $data: WorkspaceMemberUpdateInput!) { updateWorkspaceMembers(filter: $filter, data: $data) { id } }`,
    { filter: { id: { eq: id } }, data },
  ),
]
