// Permissions of a role as the console resolves and edits them: no browser needed.

import test from 'ava'
import {
  fieldRightOf,
  isTicked,
  recordAccessOf,
  withFieldRight,
  withRead,
  withUpdate,
} from '../../console/roles/object/fieldRight.ts'
import { isNested, onField, ruleInputOf, rulesOf } from '../../console/roles/object/recordRule.ts'
import { countOf, objectRightsOf, restrictionsOf, withNextRight } from '../../console/roles/objectRight.ts'
import { INHERITED, nextOf, resolve } from '../../console/roles/rights.ts'
import type { Role } from '../../console/roles/roles.ts'
import { changesIn, roleValuesOf, withFlag } from '../../console/roles/roleValues.ts'

const GUEST: Role = {
  id: 'guest',
  label: 'Guest',
  description: null,
  isEditable: true,
  canBeAssignedToUsers: true,
  canBeAssignedToAgents: false,
  canBeAssignedToApiKeys: true,
  canUpdateAllSettings: false,
  canAccessAllTools: false,
  canReadAllObjectRecords: true,
  canCreateAllObjectRecords: null,
  canUpdateAllObjectRecords: false,
  canSoftDeleteAllObjectRecords: false,
  canDestroyAllObjectRecords: false,
  listsFields: false,
  networks: [],
  permissionFlags: [{ flag: 'ROLES' }, { flag: 'DATA_MODEL' }],
  objectPermissions: [{ ...INHERITED, objectMetadataId: 'notes', canUpdateObjectRecords: true }],
  fieldPermissions: [
    {
      objectMetadataId: 'notes',
      fieldMetadataId: 'title',
      canReadFieldValue: false,
      canUpdateFieldValue: false,
      subFieldName: null,
    },
  ],
  rowLevelPermissionPredicates: null,
  rowLevelPermissionPredicateGroups: null,
}

test('a permission is the object’s own, or else the general one; creating follows editing', (t) => {
  const notes = objectRightsOf(GUEST, 'notes')
  t.deepEqual(resolve('canUpdateObjectRecords', notes, GUEST), {
    isAllowed: true,
    isOwn: true,
    isMuted: false,
  })
  t.deepEqual(resolve('canCreateObjectRecords', notes, GUEST), {
    isAllowed: true,
    isOwn: false,
    isMuted: false,
  })
  t.deepEqual(resolve('canReadObjectRecords', notes, GUEST), {
    isAllowed: true,
    isOwn: false,
    isMuted: false,
  })
  t.deepEqual(resolve('canUpdateObjectRecords', INHERITED, GUEST), {
    isAllowed: false,
    isOwn: false,
    isMuted: false,
  })
})

test('no permission has an effect without the one to see', (t) => {
  const blind = { ...objectRightsOf(GUEST, 'notes'), canReadObjectRecords: false }
  t.deepEqual(resolve('canUpdateObjectRecords', blind, GUEST), {
    isAllowed: false,
    isOwn: true,
    isMuted: true,
  })
})

test('clicks on a cell lead from inherited to the opposite, to the explicit inherited value, and back', (t) => {
  const name = 'canUpdateObjectRecords'
  const first = nextOf(name, INHERITED, GUEST)
  const second = nextOf(name, { ...INHERITED, [name]: first }, GUEST)
  const third = nextOf(name, { ...INHERITED, [name]: second }, GUEST)
  t.deepEqual([first, second, third], [true, false, null])
})

test('edits of the matrix contain only differences from the stored permissions', (t) => {
  const once = withNextRight(new Map(), GUEST, 'companies', 'canUpdateObjectRecords')
  t.deepEqual([...once], [['companies', { canUpdateObjectRecords: true }]])
  const both = withNextRight(once, GUEST, 'companies', 'canReadObjectRecords')
  t.is(countOf(both), 2)
  const twice = withNextRight(once, GUEST, 'companies', 'canUpdateObjectRecords')
  const thrice = withNextRight(twice, GUEST, 'companies', 'canUpdateObjectRecords')
  t.is(countOf(thrice), 0)
  t.is(restrictionsOf(GUEST, 'notes'), 1)
})

test('a role stores the fields it may not see, or with a list of fields those it may', (t) => {
  const title = fieldRightOf(GUEST, 'title')
  t.false(isTicked(title.canRead, false))
  t.true(isTicked(fieldRightOf(GUEST, 'body').canRead, false))
  t.deepEqual(withRead(title, true, false), { canRead: null, canUpdate: false })
  t.deepEqual(withUpdate({ canRead: null, canUpdate: false }, true, false), {
    canRead: null,
    canUpdate: null,
  })

  const hidden = { canRead: null, canUpdate: null }
  t.false(isTicked(hidden.canRead, true))
  t.deepEqual(withRead(hidden, true, true), { canRead: true, canUpdate: null })
})

test('a field that is hidden cannot be edited either', (t) => {
  const open = { canRead: null, canUpdate: null }
  t.deepEqual(withRead(open, false, false), { canRead: false, canUpdate: false })
  t.deepEqual(withRead({ canRead: true, canUpdate: true }, false, true), { canRead: null, canUpdate: null })
})

test('restoring a field’s stored permission removes the edit', (t) => {
  const edited = withFieldRight(new Map(), GUEST, 'body', { canRead: false, canUpdate: false })
  t.is(edited.size, 1)
  t.is(withFieldRight(edited, GUEST, 'body', { canRead: null, canUpdate: null }).size, 0)
})

test('fields can be edited only where records can be edited or created', (t) => {
  t.deepEqual(recordAccessOf(GUEST, 'companies'), { sees: true, edits: false })
  t.deepEqual(recordAccessOf(GUEST, 'notes'), { sees: true, edits: true })
  t.deepEqual(recordAccessOf({ ...GUEST, canReadAllObjectRecords: false }, 'notes'), {
    sees: false,
    edits: false,
  })
})

test('permission flags are one edited value, in any order', (t) => {
  const { flags } = roleValuesOf(GUEST)
  t.deepEqual(flags, ['DATA_MODEL', 'ROLES'])
  t.deepEqual(withFlag(withFlag(flags, 'ROLES', false), 'ROLES', true), flags)
  t.deepEqual(changesIn({ label: 'Visitor' }), { update: { label: 'Visitor' } })
  t.deepEqual(changesIn({ flags: ['ROLES'] }), { flags: ['ROLES'] })
})

test('record rules survive the form: read, changed and sent', (t) => {
  const predicate = {
    id: 'p1',
    fieldMetadataId: 'name',
    objectMetadataId: 'companies',
    operand: 'CONTAINS',
    value: '50 % "off"',
    subFieldName: null,
    workspaceMemberFieldMetadataId: null,
    workspaceMemberSubFieldName: null,
    rowLevelPermissionPredicateGroupId: null,
  } as const
  const role = { ...GUEST, rowLevelPermissionPredicates: [predicate] }
  const known = rulesOf(role, 'companies')
  t.deepEqual(rulesOf(role, 'notes').rules, [])
  const object = { id: 'companies' }
  const single = ruleInputOf(role, object, known)
  t.deepEqual(single.predicateGroups, [])
  t.like(single.predicates[0], { fieldMetadataId: 'name', operand: 'CONTAINS', value: '50 % "off"' })

  const added = onField('k2', { id: 'owner', type: 'RELATION' })
  const either = ruleInputOf(role, object, {
    joint: 'OR',
    rules: [...known.rules, { ...added, value: 'ignored', memberFieldId: 'member-id' }],
  })
  const [group] = either.predicateGroups
  t.is(group?.logicalOperator, 'OR')
  t.deepEqual(
    either.predicates.map((each) => each.rowLevelPermissionPredicateGroupId),
    [group?.id, group?.id],
  )
  t.is(either.predicates[1]?.value, null, 'a rule about the caller has no value of its own')
})

test('rules in several groups are nested', (t) => {
  const group = {
    id: 'g1',
    objectMetadataId: 'companies',
    parentRowLevelPermissionPredicateGroupId: null,
    logicalOperator: 'AND',
  } as const
  const nested = { ...GUEST, rowLevelPermissionPredicateGroups: [group, { ...group, id: 'g2' }] }
  t.true(isNested(nested, 'companies'))
  t.false(isNested(nested, 'notes'))
})
