// Roles over REST, as path items of metadata/access/restRoles.ts, in the envelopes of accessPaths.ts.

import { UNUSED_ID } from '../../records/exampleRecord.ts'
import { leafProperties } from '../graphqlTypes.ts'
import { inputBody, keyParameter, type MetadataScope, outputType } from '../nodes.ts'
import { listOf, type Schema, STRING, wholeObjectOf, without } from '../schema.ts'
import { type AccessScope, operation, UUID, wholeList } from './accessPaths.ts'

/** Permissions of a role that differ from its general rights. */
const restrictionsOf = ({ components, schema }: MetadataScope): Readonly<Record<string, Schema>> => {
  const leaves = (name: string): Schema =>
    components.share(name, wholeObjectOf(leafProperties(components, outputType(schema, name))))
  const rules = {
    rowLevelPermissionPredicates: listOf(leaves('RowLevelPermissionPredicate')),
    rowLevelPermissionPredicateGroups: listOf(leaves('RowLevelPermissionPredicateGroup')),
  }
  const objectPermission = wholeObjectOf({
    ...leafProperties(components, outputType(schema, 'ObjectPermission')),
    ...rules,
  })
  return {
    objectPermissions: listOf(components.share('ObjectPermission', objectPermission)),
    fieldPermissions: listOf(leaves('FieldPermission')),
    ...rules,
  }
}

/** Properties that REST does not answer. */
const GRAPHQL_ALONE = ['universalIdentifier', 'workspaceMemberCount', 'apiKeyCount']

const roleSchemas = (scope: MetadataScope) => {
  const { components, schema } = scope
  const properties = {
    ...without(leafProperties(components, outputType(schema, 'Role')), ...GRAPHQL_ALONE),
    permissionFlags: listOf(STRING),
  }
  return {
    role: components.share('Role', wholeObjectOf(properties)),
    wholeRole: components.share(
      'RoleWithPermissions',
      wholeObjectOf({
        ...properties,
        ...restrictionsOf(scope),
        apiKeys: listOf(wholeObjectOf({ id: UUID, name: STRING })),
        workspaceMembers: listOf(wholeObjectOf({ id: UUID })),
      }),
    ),
  }
}

/** Collections of a role, each set by a PUT. */
const SETTINGS = [
  {
    name: 'objectPermissions',
    input: 'UpsertObjectPermissionsInput',
    summary: "Set the role's permissions on some objects; others do not change",
    description: 'Null inherits the general permission of the role.',
    example: { objectPermissions: [{ objectMetadataId: UNUSED_ID, canUpdateObjectRecords: false }] },
  },
  {
    name: 'fieldPermissions',
    input: 'UpsertFieldPermissionsInput',
    summary: "Set the role's permissions on some fields; others do not change",
    description:
      'Restricts whole fields, or with `subFieldName` a part of a composite field. Null removes the restriction.',
    example: {
      fieldPermissions: [
        { objectMetadataId: UNUSED_ID, fieldMetadataId: UNUSED_ID, canReadFieldValue: false },
      ],
    },
  },
  {
    name: 'permissionFlags',
    input: 'UpsertPermissionFlagsInput',
    summary: 'Set all flags of the role',
    description: 'Flags that the body does not name are removed from the role.',
    example: { permissionFlagKeys: ['DATA_MODEL'] },
  },
  {
    name: 'rowLevelPermissionPredicates',
    input: 'UpsertRowLevelPermissionPredicatesInput',
    summary: 'Set all record rules of the role for one object',
    description:
      'The role sees the records of the object that match the predicates. An empty list removes the rules.',
    example: { objectMetadataId: UNUSED_ID, predicates: [], predicateGroups: [] },
  },
] as const

const ROLE_ID = keyParameter('Id of the role.', UUID)

const capitalised = (name: string): string => name.charAt(0).toUpperCase() + name.slice(1)

const settingPaths = (scope: AccessScope, wholeRole: Schema): Readonly<Record<string, unknown>> =>
  Object.fromEntries(
    SETTINGS.map(({ name, input, summary, description, example }) => [
      `/roles/{id}/${name}`,
      {
        parameters: ROLE_ID,
        put: operation('roles', wholeRole, {
          operationId: `set${capitalised(name)}`,
          summary,
          description,
          canConflict: true,
          requestBody: inputBody(scope, input, example, ['roleId']),
        }),
      },
    ]),
  )

export const rolePaths = (scope: AccessScope): Readonly<Record<string, unknown>> => {
  const { role, wholeRole } = roleSchemas(scope)
  return {
    '/roles': {
      get: operation('roles', wholeList(scope, role), {
        operationId: 'findManyRoles',
        summary: 'Find roles',
        description:
          'Returns the roles of the workspace without their permissions on single objects and fields.',
        headers: ['Link'],
        parameters: ['pageLimit', 'afterItem', 'searchedName'],
      }),
      post: operation('roles', role, {
        operationId: 'createOneRole',
        summary: 'Create one role',
        description: 'Creates a role with general permissions. The role may do no more than the caller.',
        status: 201,
        canConflict: true,
        requestBody: inputBody(scope, 'CreateRoleInput', { label: 'Seller', canReadAllObjectRecords: true }),
      }),
    },
    '/roles/{id}': {
      parameters: ROLE_ID,
      get: operation('roles', wholeRole, {
        operationId: 'findOneRole',
        summary: 'Find one role with all its permissions',
        description:
          'Returns general permissions, permissions on objects and fields, flags, record rules, keys and members.',
      }),
      patch: operation('roles', role, {
        operationId: 'updateOneRole',
        summary: 'Change one role',
        description: 'Changes labels and general permissions. Absent properties keep their values.',
        canConflict: true,
        requestBody: inputBody(scope, 'UpdateRolePayload', { description: 'Sells' }),
      }),
      delete: operation('roles', role, {
        operationId: 'deleteOneRole',
        summary: 'Delete one role; its members get the default one',
        description:
          'Returns 409 `ROLE_IN_USE` while an active key has the role; its revoked and expired keys are deleted too.',
        canConflict: true,
      }),
    },
    ...settingPaths(scope, wholeRole),
  }
}
