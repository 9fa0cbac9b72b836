// Which records of one object a role sees: conditions that all hold, or one of which does. In: the rules as
// they are; out: all of them anew, which is how the gateway takes them. Rules that were nested over the API
// are shown and left alone.

import { Alert, Button, Group, NativeSelect, Stack, Text } from '@mantine/core'
import { IconPlus } from '@tabler/icons-react'
import { useState } from 'react'
import { EmptyState } from '../parts/emptyState.tsx'
import { FailureAlert } from '../parts/failureAlert.tsx'
import { Form } from '../parts/form.tsx'
import { useUnsaved } from '../parts/unsaved.tsx'
import { useChange } from '../parts/useChange.ts'
import { useApi } from '../session/provider.tsx'
import { useMemberFields } from './memberFields.ts'
import { newId } from './newId.ts'
import type { Field, ModelObject } from './objects.ts'
import { isComparable, operandsOf, partsOf } from './operands.ts'
import { ROLES_KEY, type Role, setRecordRules } from './roles.ts'
import { type DraftRule, RuleRow } from './ruleRow.tsx'

const STALE = [ROLES_KEY]

type Joint = 'AND' | 'OR'

interface Rules {
  readonly joint: Joint
  readonly rules: readonly DraftRule[]
  /** Groups within groups, or several: more than this form can say. */
  readonly isNested: boolean
}

const rulesOf = (role: Role, objectId: string): Rules => {
  const predicates = (role.rowLevelPermissionPredicates ?? []).filter(
    ({ objectMetadataId }) => objectMetadataId === objectId,
  )
  const groups = (role.rowLevelPermissionPredicateGroups ?? []).filter(
    ({ objectMetadataId }) => objectMetadataId === objectId,
  )
  const [group] = groups
  const isMixed =
    new Set(predicates.map((predicate) => predicate.rowLevelPermissionPredicateGroupId)).size > 1
  return {
    joint: group?.logicalOperator ?? 'AND',
    isNested: groups.length > 1 || isMixed,
    rules: predicates.map((predicate) => ({
      key: predicate.id,
      fieldId: predicate.fieldMetadataId,
      part: predicate.subFieldName,
      operand: predicate.operand,
      value: predicate.value,
      memberFieldId: predicate.workspaceMemberFieldMetadataId,
    })),
  }
}

const newRule = (field: Field): DraftRule => ({
  key: newId(),
  fieldId: field.id,
  part: partsOf(field.type)[0] ?? null,
  operand: operandsOf(field.type)[0]?.value ?? 'IS',
  value: null,
  memberFieldId: null,
})

const payloadOf = (role: Role, object: ModelObject, joint: Joint, rules: readonly DraftRule[]) => {
  // A rule stands alone or under all others; only alternatives need a group.
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

export const RecordRules = ({ role, object }: { readonly role: Role; readonly object: ModelObject }) => {
  const api = useApi()
  const memberFields = useMemberFields()
  const known = rulesOf(role, object.id)
  const [draft, setDraft] = useState<Rules | null>(null)
  const [failure, setFailure] = useState<unknown>(null)
  const { joint, rules, isNested } = draft ?? known
  const fields = object.fieldsList.filter(isComparable)
  const isFixed = !role.isEditable || isNested
  const { change, isBusy } = useChange({
    run: () => setRecordRules(api, payloadOf(role, object, joint, rules)),
    stale: STALE,
    done: () => `The record rules of “${object.labelPlural}” were changed.`,
    onFailure: setFailure,
  })
  const edit = (part: Partial<Rules>) => setDraft({ joint, rules, isNested, ...part })
  const add = () => {
    const [field] = fields
    if (field !== undefined) edit({ rules: [...rules, newRule(field)] })
  }
  useUnsaved(draft !== null)
  const submit = async () => {
    setFailure(null)
    if ((await change(undefined)) !== null) setDraft(null)
  }
  return (
    <Form onSubmit={submit}>
      <Stack>
        <Text size="sm" c="dimmed">
          Without rules the role sees all {object.labelPlural.toLowerCase()} that it may see at all. With
          rules it sees, edits and creates only those that fit. A rule that cannot be evaluated lets nothing
          through: API keys have no member behind them.
        </Text>
        {isNested ? (
          <Alert color="gray" title="Created with the API">
            These rules are nested in groups. They apply, but this form cannot change them.
          </Alert>
        ) : null}
        {rules.length === 0 ? (
          <EmptyState
            title="No record rules"
            text="The role’s permissions apply to every record of this object."
          />
        ) : (
          <>
            {rules.length > 1 ? (
              <NativeSelect
                label="A record matches if"
                disabled={isFixed}
                data={[
                  { value: 'AND', label: 'all rules match' },
                  { value: 'OR', label: 'any rule matches' },
                ]}
                value={joint}
                onChange={(event) => edit({ joint: event.currentTarget.value === 'OR' ? 'OR' : 'AND' })}
              />
            ) : null}
            <fieldset disabled={isFixed} className="contents">
              {rules.map((rule, index) => (
                <RuleRow
                  key={rule.key}
                  rule={rule}
                  number={index + 1}
                  fields={fields}
                  memberFields={memberFields}
                  onChange={(next) =>
                    edit({ rules: rules.map((each) => (each.key === rule.key ? next : each)) })
                  }
                  onRemove={() => edit({ rules: rules.filter((each) => each.key !== rule.key) })}
                />
              ))}
            </fieldset>
          </>
        )}
        <FailureAlert failure={failure} />
        {isFixed ? null : (
          <Group justify="space-between">
            <Button variant="default" leftSection={<IconPlus size={16} aria-hidden />} onClick={add}>
              Add rule
            </Button>
            {draft === null ? null : (
              <Group gap="xs">
                <Button variant="default" onClick={() => setDraft(null)}>
                  Discard
                </Button>
                <Button type="submit" loading={isBusy}>
                  Save rules
                </Button>
              </Group>
            )}
          </Group>
        )}
      </Stack>
    </Form>
  )
}
