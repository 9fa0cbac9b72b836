// Record rules of a role on one object: from the stored predicates to the rows of the form, and back.

import type { RoleFieldFragment } from '../objects.graphql.ts'
import type { UpsertRowLevelPermissionPredicatesInput } from '../roleChanges.graphql.ts'
import type { Role } from '../roles.ts'
import { newId } from './newId.ts'
import { type OperandName, operandsOf, partsOf } from './operands.ts'

type Joint = 'AND' | 'OR'

export interface RecordRule {
  readonly key: string
  readonly fieldId: string
  readonly part: string | null
  readonly operand: OperandName
  readonly value: unknown
  readonly memberFieldId: string | null
}

export interface RecordRuleSet {
  readonly joint: Joint
  readonly rules: readonly RecordRule[]
}

interface OfObject {
  readonly objectMetadataId: string
}

const groupsOf = (role: Role, objectId: string) =>
  (role.rowLevelPermissionPredicateGroups ?? []).filter(
    (each: OfObject) => each.objectMetadataId === objectId,
  )

const predicatesOf = (role: Role, objectId: string) =>
  (role.rowLevelPermissionPredicates ?? []).filter((each: OfObject) => each.objectMetadataId === objectId)

/** Groups within groups, or several: the form cannot edit them. */
export const isNested = (role: Role, objectId: string): boolean =>
  groupsOf(role, objectId).length > 1 ||
  new Set(predicatesOf(role, objectId).map((each) => each.rowLevelPermissionPredicateGroupId)).size > 1

export const rulesOf = (role: Role, objectId: string): RecordRuleSet => ({
  joint: groupsOf(role, objectId)[0]?.logicalOperator ?? 'AND',
  rules: predicatesOf(role, objectId).map((predicate) => ({
    key: predicate.id,
    fieldId: predicate.fieldMetadataId,
    part: predicate.subFieldName,
    operand: predicate.operand,
    value: predicate.value,
    memberFieldId: predicate.workspaceMemberFieldMetadataId,
  })),
})

type Typed = Pick<RoleFieldFragment, 'id' | 'type'>

/** The defaults of a rule on a field: its first part and operator, and no value yet. */
export const onField = (key: string, field: Typed): RecordRule => ({
  key,
  fieldId: field.id,
  part: partsOf(field.type)[0] ?? null,
  operand: operandsOf(field.type)[0]?.value ?? 'IS',
  value: null,
  memberFieldId: null,
})

export const ruleInputOf = (
  role: Pick<Role, 'id'>,
  object: { readonly id: string },
  { joint, rules }: RecordRuleSet,
): UpsertRowLevelPermissionPredicatesInput => {
  // Rules outside a group must all match; only alternatives need one.
  const groupId = joint === 'OR' && rules.length > 1 ? newId() : null
  return {
    roleId: role.id,
    objectMetadataId: object.id,
    predicateGroups:
      groupId === null
        ? []
        : [
            {
              id: groupId,
              objectMetadataId: object.id,
              parentRowLevelPermissionPredicateGroupId: null,
              logicalOperator: joint,
            },
          ],
    predicates: rules.map(({ fieldId, part, operand, value, memberFieldId }, position) => ({
      fieldMetadataId: fieldId,
      subFieldName: part,
      operand,
      value: memberFieldId === null ? value : null,
      workspaceMemberFieldMetadataId: memberFieldId,
      workspaceMemberSubFieldName: null,
      rowLevelPermissionPredicateGroupId: groupId,
      positionInRowLevelPermissionPredicateGroup: position,
    })),
  }
}
