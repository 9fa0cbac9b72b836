// Converts the contract's inputs of record rules, which name objects and fields by id, to the domain's rules,
// which name columns. A rule compares one column of the record itself.

import type { RowRuleGroupInput, RowRuleInput } from '../../../tenants/permission/record.ts'
import { PermissionRefusal } from '../../../tenants/permission/refusal.ts'
import type { Places } from './places.ts'

export interface PredicateInput {
  readonly id?: string | null
  readonly fieldMetadataId: string
  readonly operand: string
  readonly value?: unknown
  readonly subFieldName?: string | null
  readonly workspaceMemberFieldMetadataId?: string | null
  readonly workspaceMemberSubFieldName?: string | null
  readonly rowLevelPermissionPredicateGroupId?: string | null
  readonly positionInRowLevelPermissionPredicateGroup?: number | null
}

export interface PredicateGroupInput {
  readonly id?: string | null
  readonly objectMetadataId: string
  readonly parentRowLevelPermissionPredicateGroupId?: string | null
  readonly logicalOperator: 'AND' | 'OR'
  readonly positionInRowLevelPermissionPredicateGroup?: number | null
}

const MEMBERS = 'workspace_member'

const invalid = (message: string, hint: string): PermissionRefusal =>
  new PermissionRefusal('INVALID_ROW_RULE', message, { hint })

const columnAt = (places: Places, objectId: string, fieldId: string, part: string | null): string => {
  const table = places.tableOf(objectId)
  const [first, ...more] = places.columnsOf(objectId, fieldId, part)
  if (first === undefined || first.table !== table)
    throw invalid(
      'A record rule compares a field of the record itself.',
      'Set it on the object at the other end of the relation.',
    )
  if (more.length === 0) return first.column
  throw invalid(
    'A record rule compares one value, and this field has several.',
    first.part === null
      ? 'It refers to records of several objects.'
      : `Name one of its parts in subFieldName: ${[first, ...more].map((column) => column.part).join(', ')}.`,
  )
}

const optional = <Name extends string, T>(name: Name, value: T | null | undefined) =>
  (value == null ? {} : { [name]: value }) as { readonly [Key in Name]?: T }

export const rowRulesOf = (
  places: Places,
  objectId: string,
  predicates: readonly PredicateInput[],
  groups: readonly PredicateGroupInput[],
): { readonly rules: readonly RowRuleInput[]; readonly groups: readonly RowRuleGroupInput[] } => {
  const membersId = places.objectIdOf(MEMBERS)
  const memberColumnOf = ({
    workspaceMemberFieldMetadataId: fieldId,
    workspaceMemberSubFieldName: part,
  }: PredicateInput): string | null => {
    if (fieldId == null) return null
    if (membersId !== undefined) return columnAt(places, membersId, fieldId, part ?? null)
    throw invalid('The workspace has no members to compare with.', 'Compare with a value.')
  }
  if (groups.some(({ objectMetadataId }) => objectMetadataId !== objectId))
    throw invalid(
      'A group of record rules belongs to another object.',
      'Set the rules of each object separately.',
    )
  return {
    rules: predicates.map((predicate) => ({
      ...optional('id', predicate.id),
      column: columnAt(places, objectId, predicate.fieldMetadataId, predicate.subFieldName ?? null),
      operand: predicate.operand,
      ...(predicate.value === undefined ? {} : { value: predicate.value }),
      memberColumn: memberColumnOf(predicate),
      subFieldName: predicate.subFieldName ?? null,
      memberSubFieldName: predicate.workspaceMemberSubFieldName ?? null,
      groupId: predicate.rowLevelPermissionPredicateGroupId ?? null,
      ...optional('position', predicate.positionInRowLevelPermissionPredicateGroup),
    })),
    groups: groups.map((group) => ({
      ...optional('id', group.id),
      parentId: group.parentRowLevelPermissionPredicateGroupId ?? null,
      logicalOperator: group.logicalOperator,
      ...optional('position', group.positionInRowLevelPermissionPredicateGroup),
    })),
  }
}
