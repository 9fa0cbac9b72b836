// /metadata, introspected as a generator of typed clients does it, against the names, arguments and
// nullability of the contract's version: metadata-2.43.txt has one line for each member of the types that are
// served here, and each root field.

import { readFileSync } from 'node:fs'
import test from 'ava'
import {
  astFromValue,
  buildClientSchema,
  type GraphQLNamedType,
  getIntrospectionQuery,
  isEnumType,
  isInputObjectType,
  isObjectType,
  print,
} from 'postgraphile/graphql'
import { startTestGateway } from '../support/gateway.ts'
import { metadataOf } from '../support/metadata.ts'
import { undescribed } from '../support/undescribed.ts'

/**
 * What the contract's types have and ours have not: views, billing, applications, and accounts beyond one
 * workspace. Scalars are all there, because generated clients have a word for "every scalar of this type".
 */
const LEFT_OUT = [
  'MinimalMetadata: collectionHashes views',
  'User: availableWorkspaces deletedWorkspaceMembers workspaceMembers workspaces',
  'UserWorkspace: twoFactorAuthenticationMethodSummary',
  'Workspace: billingCustomer billingEntitlements billingSubscriptions currentBillingSubscription installedApplications viewFields viewFilterGroups viewFilters viewGroups viewSorts views workspaceCustomApplication',
]

/** What ours have beyond the contract's. */
const ADDED = [
  'ApiKey: lastUsedAt networks prefix rateLimitPerMinute token',
  'ApiKeyForRole: lastUsedAt prefix',
  'CreateApiKeyInput: networks rateLimitPerMinute',
  'CreateRoleInput: canCreateAllObjectRecords listsFields networks',
  'CreateWebhookInput: changedFields fields filter includePrevious ordered roleId skipOwnChanges',
  'Field: buildError buildProgress buildState columnType isCustom',
  'FieldFilter: isCustom',
  'FieldPermission: subFieldName',
  'FieldPermissionInput: subFieldName',
  'Index: buildError buildProgress buildState isValid',
  'Mutation: applyModel deleteApiKey redeliverWebhook replayWebhook retryBuild rotateWebhookSecret testWebhook updateObjectChangeLog',
  'Object: isCustom',
  'ObjectFilter: isCustom',
  'ObjectPermission: canCreateObjectRecords',
  'ObjectPermissionInput: canCreateObjectRecords',
  'Query: currentObjectPermissions currentRole diffModel modelDocument objectChangeLogs omittedTables role unservedFunctions webhookDeliveries webhookDeliveryBody webhookSample workspaceMembers',
  'Role: apiKeyCount canCreateAllObjectRecords listsFields networks workspaceMemberCount',
  'UpdateApiKeyInput: force networks rateLimitPerMinute roleId',
  'UpdateRolePayload: canCreateAllObjectRecords listsFields networks',
  'UpdateWebhookInputUpdates: changedFields fields filter includePrevious ordered roleId skipOwnChanges status',
  'UpdateWorkspaceInput: capture countMode history maxBatchRecords restMetadataFormat',
  'Webhook: changedFields failingSince failures fields filter includePrevious nextAttemptAt ordered previousSecretUntil roleId skipOwnChanges status statusReason',
  'Workspace: capture countMode history maxBatchRecords restMetadataFormat',
]

/** Arguments of ours, which no caller has to give. */
const ADDED_ARGUMENTS = new Set([
  'dryRun: Boolean',
  'allowRewrite: Boolean',
  'force: Boolean',
  'includeRevoked: Boolean',
  'after: UUID',
  'first: Int',
  'search: String',
])

type Members = Map<string, string>

const membersOf = (type: GraphQLNamedType): readonly (readonly [string, string])[] => {
  if (isEnumType(type)) return type.getValues().map(({ name }) => [name, ''] as const)
  if (isInputObjectType(type))
    return Object.values(type.getFields()).map((field) => [field.name, `: ${field.type}`] as const)
  if (!isObjectType(type)) return []
  return Object.values(type.getFields()).map((field) => {
    const given = field.args
      .map((argument) => {
        const preset = astFromValue(argument.defaultValue, argument.type)
        return `${argument.name}: ${argument.type}${preset ? ` = ${print(preset)}` : ''}`
      })
      .filter((argument) => !ADDED_ARGUMENTS.has(argument))
      .toSorted()
    return [field.name, `${given.length === 0 ? '' : `(${given.join(', ')})`}: ${field.type}`] as const
  })
}

/** By `Type.member`. */
const readContract = (): Members => {
  const lines = readFileSync(new URL('metadata-2.43.txt', import.meta.url), 'utf8')
    .trim()
    .split('\n')
  return new Map(
    lines.flatMap((line): [string, string][] => {
      const [, type, values] = /^(\w+) = (.*)$/.exec(line) ?? []
      if (values !== undefined) return values.split(' ').map((value) => [`${type}.${value}`, ''])
      const [, member = '', rest = ''] = /^([\w.]+)(.*)$/.exec(line) ?? []
      return [[member, rest]]
    }),
  )
}

const grouped = (members: readonly string[]): readonly string[] => {
  const byType = Map.groupBy(members, (member) => member.slice(0, member.indexOf('.')))
  return [...byType]
    .map(
      ([type, list]) =>
        `${type}: ${list
          .map((member) => member.slice(type.length + 1))
          .toSorted()
          .join(' ')}`,
    )
    .toSorted()
}

test('types, names, arguments with their defaults and nullability of /metadata are those of the contract', async (t) => {
  const server = await startTestGateway()
  t.teardown(() => server.close())
  const schema = buildClientSchema(await metadataOf(await server.enter()).ask(getIntrospectionQuery()))
  const contract = readContract()
  const types = new Set([...contract.keys()].map((member) => member.slice(0, member.indexOf('.'))))
  const served: Members = new Map(
    [...types].flatMap((name) => {
      const type = schema.getType(name)
      return type === undefined
        ? []
        : membersOf(type).map(([member, text]): [string, string] => [`${name}.${member}`, text])
    }),
  )
  const different = [...served].filter(
    ([member, text]) => contract.has(member) && contract.get(member) !== text,
  )
  t.deepEqual(different, [])
  t.deepEqual(Object.values(schema.getTypeMap()).flatMap(undescribed), [])
  t.deepEqual(grouped([...contract.keys()].filter((member) => !served.has(member))), LEFT_OUT)
  t.deepEqual(grouped([...served.keys()].filter((member) => !contract.has(member))), ADDED)
})
