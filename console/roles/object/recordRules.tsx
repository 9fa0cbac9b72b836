// The records of one object that a role can see: conditions that must all match, or any of them. Nested
// rules, which only the API can create, are shown read-only.

import { Alert, Button, Group, NativeSelect, Stack, Text } from '@mantine/core'
import type { UseFormReturnType } from '@mantine/form'
import { IconPlus } from '@tabler/icons-react'
import { useMutation } from '@tanstack/react-query'
import { FailureAlert } from '../../form/failureAlert.tsx'
import { Form } from '../../form/form.tsx'
import { useEdits } from '../../form/useEdits.ts'
import { EmptyState } from '../../parts/emptyState.tsx'
import { useApi } from '../../session/provider.tsx'
import type { RoleField, RoleObject } from '../objects.ts'
import { ROLES_KEY, type Role, setRecordRules } from '../roles.ts'
import { useMemberFields } from './memberFields.ts'
import { newId } from './newId.ts'
import { isComparable } from './operands.ts'
import { isNested, onField, type RecordRuleSet as Rules, ruleInputOf, rulesOf } from './recordRule.ts'
import { RuleRow } from './ruleRow.tsx'

const Explanation = ({
  object,
  isReadOnly,
}: {
  readonly object: RoleObject
  readonly isReadOnly: boolean
}) => (
  <>
    <Text size="sm" c="dimmed">
      Without rules, the role’s permissions cover all {object.labelPlural.toLowerCase()}. With rules, the role
      sees, edits and creates only records that match. A rule that cannot be evaluated matches no record; for
      example, an API key has no member to compare with.
    </Text>
    {isReadOnly ? (
      <Alert color="gray" title="Created with the API">
        These rules are nested in groups. They apply, but you cannot edit them in this form.
      </Alert>
    ) : null}
  </>
)

interface RulesListProps {
  readonly form: UseFormReturnType<Rules>
  readonly fields: readonly RoleField[]
  readonly isFixed: boolean
}

const RulesList = ({ form, fields, isFixed }: RulesListProps) => {
  const memberFields = useMemberFields()
  const { joint, rules } = form.values
  if (rules.length === 0)
    return (
      <EmptyState
        title="No record rules"
        text="The role’s permissions apply to every record of this object."
      />
    )
  return (
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
          onChange={(event) => form.setFieldValue('joint', event.currentTarget.value === 'OR' ? 'OR' : 'AND')}
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
            onChange={(changed) => form.replaceListItem('rules', index, changed)}
            onRemove={() => form.removeListItem('rules', index)}
          />
        ))}
      </fieldset>
    </>
  )
}

export const RecordRules = ({ role, object }: { readonly role: Role; readonly object: RoleObject }) => {
  const api = useApi()
  const { form, count } = useEdits(rulesOf(role, object.id))
  const isReadOnly = isNested(role, object.id)
  const isFixed = !role.isEditable || isReadOnly
  const fields = object.fieldsList.filter(isComparable)
  const [first] = fields
  const save = useMutation({
    mutationFn: () => setRecordRules(api, ruleInputOf(role, object, form.values)),
    meta: {
      stale: [ROLES_KEY],
      done: () => `The record rules of “${object.labelPlural}” were changed.`,
      showsFailure: true,
    },
    onSuccess: form.reset,
  })
  const add = () => first !== undefined && form.insertListItem('rules', onField(newId(), first))
  return (
    <Form onSubmit={() => save.mutate()} isSaving={save.isPending}>
      <Stack>
        <Explanation object={object} isReadOnly={isReadOnly} />
        <RulesList form={form} fields={fields} isFixed={isFixed} />
        <FailureAlert failure={save.error} />
        {isFixed ? null : (
          <Group justify="space-between">
            <Button variant="default" leftSection={<IconPlus size={16} aria-hidden />} onClick={add}>
              Add rule
            </Button>
            {count === 0 ? null : (
              <Group gap="xs">
                <Button variant="default" onClick={form.reset}>
                  Discard
                </Button>
                <Button type="submit" loading={save.isPending}>
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
