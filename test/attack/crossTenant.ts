// Attempts on another workspace: requests that an attacker's own key may send. Each contains names or ids of
// another workspace; the answer must not depend on whose they are.

import type { Random } from '../../tenants/demo/random.ts'
import { graphql, query } from './attempt.ts'
import type { Kind } from './records.ts'
import type { Attempt } from './send.ts'
import type { TenantData } from './tenantData.ts'

const PLURALS = {
  company: 'companies',
  person: 'people',
  opportunity: 'opportunities',
  note: 'notes',
  task: 'tasks',
  note_target: 'noteTargets',
} as const satisfies Record<Kind, string>
const KINDS = ['company', 'person', 'opportunity', 'note', 'task'] as const
const singular = (kind: string): string => kind.charAt(0).toUpperCase() + kind.slice(1)

/** What a template draws from: foreign things, and the attacker's own. */
export interface Draw {
  readonly their: TenantData
  readonly own: TenantData
  readonly random: Random
}
type Template = (draw: Draw) => Attempt

const metadata = (text: string, variables: Readonly<Record<string, unknown>> = {}): Attempt => ({
  ...graphql(text, variables),
  path: '/metadata',
})
/** Kinds of records are drawn together, so that an id belongs to the requested kind. */
const foreign = ({ their, random }: Draw): { readonly kind: (typeof KINDS)[number]; readonly id: string } => {
  const kind = random.pick(KINDS)
  return { kind, id: random.pick(their.records(kind)) }
}
const cursorOf = (id: string): string => Buffer.from(JSON.stringify({ id })).toString('base64')

const READS: readonly Template[] = [
  (draw) => {
    const { kind, id } = foreign(draw)
    return { method: 'GET', path: `/rest/${PLURALS[kind]}/${id}?depth=${draw.random.integer(0, 1)}` }
  },
  (draw) => {
    const { kind, id } = foreign(draw)
    const filter = draw.random.pick([
      `id[eq]:${id}`,
      `id[in]:[${id}]`,
      `or(id[eq]:${id},id[eq]:${id})`,
      `deletedAt[is]:NOT_NULL,id[eq]:${id}`,
    ])
    return { method: 'GET', path: `/rest/${PLURALS[kind]}?${query({ filter, depth: '1' })}` }
  },
  ({ their, random }) => {
    const filter = `companyId[eq]:${random.pick(their.records('company'))}`
    return {
      method: 'GET',
      path: `/rest/${random.pick(['people', 'opportunities'])}?${query({ filter, depth: '1' })}`,
    }
  },
  ({ their, random }) => {
    const filter = `companyId[eq]:${random.pick(their.records('company'))}`
    const group_by = random.pick(['[{"companyId":true}]', '[{"company":{"name":true}}]'])
    return {
      method: 'GET',
      path: `/rest/people/groupBy?${query({ group_by, filter, include_records_sample: 'true' })}`,
    }
  },
  ({ their, random }) => ({
    method: 'POST',
    path: '/rest/people/duplicates',
    body: { ids: [random.pick(their.records('person'))] },
  }),
  (draw) => {
    const { kind, id } = foreign(draw)
    const name = PLURALS[kind]
    return graphql(
      `query ($id: UUID) { a: ${name}(filter: { id: { eq: $id } }) { totalCount edges { cursor node { id } } } b: ${kind}(filter: { id: { eq: $id } }) { id createdBy { name } } }`,
      { id },
    )
  },
  ({ their, random }) =>
    graphql(
      'query ($ids: [UUID!]) { people(filter: { companyId: { in: $ids } }) { edges { node { id company { id name people { edges { node { id } } } } } } } }',
      { ids: [random.pick(their.records('company'))] },
    ),
  ({ their, random }) =>
    graphql(
      'query ($id: UUID) { peopleGroupBy(groupBy: [{ company: { name: true } }], filter: { companyId: { eq: $id } }) { groupByDimensionValues totalCount } }',
      { id: random.pick(their.records('company')) },
    ),
  ({ their, random }) =>
    graphql(
      'query ($id: UUID) { search(searchInput: "person company note", limit: 20, filter: { id: { eq: $id } }) { edges { node { recordId label } } } }',
      { id: random.pick(their.records(random.pick(KINDS))) },
    ),
  ({ their, random }) =>
    graphql('query ($ids: [UUID!]) { personDuplicates(ids: $ids) { totalCount edges { node { id } } } }', {
      ids: [random.pick(their.records('person'))],
    }),
  ({ their, random }) => ({
    method: 'GET',
    path: random.pick([
      `/rest/${their.ownObject[0]}?limit=3`,
      `/rest/${their.ownObject[0]}/1`,
      `/rest/${encodeURIComponent(`${their.schemaName}.company`)}`,
      `/rest/${encodeURIComponent(`"${their.schemaName}"."company"`)}`,
      `/rest/${their.schemaName}`,
      `/rest/companies?${query({ filter: `${their.ownObject[1]}Id[eq]:1` })}`,
      `/rest/companies?${query({ order_by: `${their.ownObject[1]}.name` })}`,
    ]),
  }),
  ({ their, random }) =>
    graphql(
      random.pick([
        `{ ${their.ownObject[0]} { edges { node { id } } } }`,
        `{ __type(name: "${singular(their.ownObject[1])}") { name } }`,
        `{ search(searchInput: "a", limit: 9, includedObjectNameSingulars: ["${their.ownObject[1]}"]) { edges { node { recordId } } } }`,
      ]),
    ),
]

const WRITES: readonly Template[] = [
  (draw) => {
    const { kind, id } = foreign(draw)
    return { method: 'PATCH', path: `/rest/${PLURALS[kind]}/${id}`, body: { position: 1 } }
  },
  (draw) => {
    const { kind, id } = foreign(draw)
    return { method: 'DELETE', path: `/rest/${PLURALS[kind]}/${id}?soft_delete=${draw.random.chance(0.5)}` }
  },
  (draw) => {
    const { kind, id } = foreign(draw)
    return {
      method: 'PATCH',
      path: draw.random.pick([
        `/rest/${PLURALS[kind]}/${id}/restore`,
        `/rest/restore/${PLURALS[kind]}/${id}`,
      ]),
    }
  },
  (draw) => {
    const { kind, id } = foreign(draw)
    return {
      method: draw.random.pick(['PATCH', 'DELETE']),
      path: `/rest/${PLURALS[kind]}?${query({ filter: `id[in]:[${id}]` })}`,
      body: { position: 2 },
    }
  },
  ({ their, own, random }) => ({
    method: 'PATCH',
    path: `/rest/people/${random.pick(own.records('person'))}`,
    body: random.pick([
      { companyId: random.pick(their.records('company')) },
      { company: { connect: { where: { id: random.pick(their.records('company')) } } } },
    ]),
  }),
  ({ their, random }) => ({
    method: 'POST',
    path: '/rest/batch/noteTargets',
    body: [{ noteId: random.pick(their.records('note')) }],
  }),
  ({ their, own, random }) => ({
    method: 'PATCH',
    path: '/rest/people/merge',
    body: {
      ids: random.shuffle([random.pick(their.records('person')), random.pick(own.records('person'))]),
      conflictPriorityIndex: 0,
      dryRun: random.chance(0.5),
    },
  }),
  (draw) => {
    const { kind, id } = foreign(draw)
    const Kind = singular(kind)
    const operation = draw.random.pick([
      `update${Kind}(id: $id, data: { position: 1 })`,
      `delete${Kind}(id: $id)`,
      `destroy${Kind}(id: $id)`,
      `restore${Kind}(id: $id)`,
    ])
    return graphql(`mutation ($id: UUID!) { a: ${operation} { id } }`, { id })
  },
  (draw) => {
    const { kind, id } = foreign(draw)
    const Plural = singular(PLURALS[kind])
    const operation = draw.random.pick([
      `update${Plural}(filter: { id: { in: $ids } }, data: { position: 1 })`,
      `delete${Plural}(filter: { id: { in: $ids } })`,
      `destroy${Plural}(filter: { id: { in: $ids } })`,
    ])
    return graphql(`mutation ($ids: [UUID!]) { ${operation} { id } }`, { ids: [id] })
  },
  ({ their, own, random }) =>
    graphql(
      `mutation ($id: UUID!, $data: PersonUpdateInput!) { updatePerson(id: $id, data: $data) { id company { id name } } }`,
      {
        id: random.pick(own.records('person')),
        data: random.pick([
          { companyId: random.pick(their.records('company')) },
          { company: { connect: { where: { id: random.pick(their.records('company')) } } } },
        ]),
      },
    ),
]

const MODEL: readonly Template[] = [
  ({ their, random }) =>
    metadata('query ($id: UUID!) { object(id: $id) { nameSingular fieldsList { name } } }', {
      id: random.pick(their.objects),
    }),
  ({ their, random }) =>
    metadata('query ($id: UUID!) { field(id: $id) { name object { nameSingular } } }', {
      id: random.pick(their.fields),
    }),
  ({ their, random }) =>
    metadata(
      'query ($id: UUID!) { objects(filter: { id: { eq: $id } }) { edges { node { nameSingular } } } fields(filter: { objectMetadataId: { eq: $id } }) { edges { node { name } } } }',
      { id: random.pick(their.objects) },
    ),
  ({ their, random }) =>
    metadata(
      'mutation ($id: UUID!) { updateOneObject(input: { id: $id, update: { labelSingular: "Taken" } }) { id } }',
      { id: random.pick(their.objects) },
    ),
  ({ their, random }) =>
    metadata('mutation ($id: UUID!) { deleteOneObject(input: { id: $id }) { id } }', {
      id: random.pick(their.objects),
    }),
  ({ their, random }) =>
    metadata(
      'mutation ($id: UUID!) { updateOneField(input: { id: $id, update: { label: "Taken", isActive: false } }) { id } }',
      {
        id: random.pick(their.fields),
      },
    ),
  ({ their, random }) =>
    metadata('mutation ($id: UUID!) { deleteOneField(input: { id: $id }) { id } }', {
      id: random.pick(their.fields),
    }),
  ({ their, own, random }) =>
    metadata('mutation ($input: CreateOneFieldMetadataInput!) { createOneField(input: $input) { id } }', {
      input: {
        field: {
          objectMetadataId: random.pick(own.objects),
          type: 'RELATION',
          name: 'crossing',
          label: 'T',
          relationCreationPayload: {
            targetObjectMetadataId: random.pick(their.objects),
            targetFieldLabel: 'T',
            targetFieldIcon: 'I',
            type: 'MANY_TO_ONE',
          },
        },
      },
    }),
  ({ their, random }) => ({
    method: random.pick(['GET', 'PATCH', 'DELETE']),
    path: random.pick([
      `/rest/metadata/objects/${random.pick(their.objects)}`,
      `/rest/metadata/fields/${random.pick(their.fields)}`,
      `/rest/metadata/objects/${their.ownObject[0]}`,
    ]),
    body: { label: 'Taken' },
  }),
  ({ their, random }) =>
    metadata('mutation ($id: UUID) { updateWorkspace(data: { defaultRoleId: $id }) { id } }', {
      id: random.pick(their.roles),
    }),
  ({ their, random }) =>
    metadata(
      random.pick([
        'query ($id: UUID!) { apiKey(input: { id: $id }) { id name } }',
        'mutation ($id: UUID!) { revokeApiKey(input: { id: $id }) { id } }',
        'mutation ($id: UUID!) { deleteApiKey(input: { id: $id }) { id } }',
        'mutation ($id: UUID!) { updateApiKey(input: { id: $id, name: "Taken" }) { id } }',
        'mutation ($id: UUID!) { generateApiKeyToken(apiKeyId: $id, expiresAt: "2099-01-01") { token } }',
      ]),
      { id: random.pick(their.keys) },
    ),
  ({ their, own, random }) =>
    metadata(
      random.pick([
        'mutation ($id: UUID!, $key: UUID!) { assignRoleToApiKey(apiKeyId: $key, roleId: $id) }',
        'mutation ($id: UUID!) { deleteOneRole(roleId: $id) }',
        'mutation ($id: UUID!) { updateOneRole(updateRoleInput: { id: $id, update: { label: "Taken" } }) { id } }',
        'mutation ($id: UUID!) { upsertPermissionFlags(upsertPermissionFlagsInput: { roleId: $id, permissionFlagKeys: [] }) { id } }',
        'mutation ($id: UUID!) { createApiKey(input: { name: "Taken", expiresAt: "2099-01-01", roleId: $id }) { id } }',
      ]),
      { id: random.pick(their.roles), key: random.pick(own.keys) },
    ),
]

/** Those whose answer to something foreign must be that to something that does not exist. */
export const COMPARED: readonly Template[] = [...READS, ...WRITES, ...MODEL]

/**
 * These may succeed, because their names do not identify an owner: they must only stay in the attacker's own
 * workspace.
 */
export const UNCOMPARED: readonly Template[] = [
  ({ their, random }) => ({
    method: 'GET',
    path: `/rest/people?${query({ [random.pick(['starting_after', 'ending_before'])]: cursorOf(random.pick(their.records('person'))), depth: '1' })}`,
  }),
  ({ their, random }) =>
    graphql('query ($after: String) { people(first: 3, after: $after) { edges { cursor node { id } } } }', {
      after: cursorOf(random.pick(their.records('person'))),
    }),
  ({ their, random }) => ({
    method: 'GET',
    path: `/rest/metadata/objects?${query({ starting_after: random.pick(their.objects), limit: '1' })}`,
  }),
  // An id that is taken elsewhere is free here.
  ({ their, random }) => ({
    method: 'POST',
    path: '/rest/notes?upsert=true',
    body: { id: random.pick(their.records('note')).replace('-7000-', '-7001-'), title: 'mine' },
    headers: { 'idempotency-key': random.pick([their.idempotencyKey, String(random.fraction())]) },
  }),
  ({ their, random }) => ({
    method: 'GET',
    path: '/rest/companies?depth=1',
    headers: random.pick([
      { host: `${their.subdomain}.localhost` },
      { 'x-workspace-id': their.workspaceId, 'x-tenant': their.schemaName },
      { 'accept-profile': their.schemaName, 'content-profile': their.schemaName },
      { prefer: `schema=${their.schemaName}`, 'x-forwarded-host': `${their.subdomain}.localhost` },
    ]),
  }),
  ({ their }) =>
    metadata('mutation ($s: String) { updateWorkspace(data: { subdomain: $s }) { id } }', {
      s: their.subdomain,
    }),
  () => graphql('{ people { totalCount edges { node { id company { id name } } } } }'),
]

export type { Template }
