// One condition of a record rule: a field, how it compares, and with what: a value, or what is known of the
// caller.

import { ActionIcon, Group, NativeSelect, Paper, Stack, Text, TextInput } from '@mantine/core'
import { IconTrash } from '@tabler/icons-react'
import type { MemberField } from './memberFields.ts'
import type { Field } from './objects.ts'
import { operandOf, operandsOf, partsOf } from './operands.ts'

export interface DraftRule {
  readonly key: string
  readonly fieldId: string
  readonly part: string | null
  readonly operand: string
  readonly value: unknown
  readonly memberFieldId: string | null
}

export interface RuleRowProps {
  readonly rule: DraftRule
  readonly number: number
  readonly fields: readonly Field[]
  readonly memberFields: readonly MemberField[]
  readonly onChange: (rule: DraftRule) => void
  readonly onRemove: () => void
}

const VALUE = 'value'

const textOf = (value: unknown): string =>
  value === null || value === undefined ? '' : typeof value === 'string' ? value : JSON.stringify(value)

const HINTS: Readonly<Record<string, string>> = {
  DATE: 'A day, for example 2026-12-31',
  DATE_TIME: 'A time, for example 2026-12-31T12:00:00Z',
  RELATION: 'The id of a record',
  UUID: 'The id of a record',
}

/** Values that the field's own type lists; null where any text will do. */
const choicesOf = (field: Field | undefined) => {
  if (field?.type === 'BOOLEAN')
    return [
      { value: 'true', label: 'yes' },
      { value: 'false', label: 'no' },
    ]
  return field?.options?.map(({ value, label }) => ({ value, label })) ?? null
}

const ValueInput = ({
  rule,
  field,
  number,
  onChange,
}: Pick<RuleRowProps, 'rule' | 'number' | 'onChange'> & { readonly field: Field | undefined }) => {
  const choices = choicesOf(field)
  const label = `Value of rule ${number}`
  const change = (value: string) => onChange({ ...rule, value })
  if (choices !== null)
    return (
      <NativeSelect
        aria-label={label}
        data={[{ value: '', label: 'Choose …', disabled: true }, ...choices]}
        required
        value={textOf(rule.value)}
        onChange={(event) => change(event.currentTarget.value)}
      />
    )
  return (
    <TextInput
      aria-label={label}
      required
      description={
        rule.operand === 'IS_RELATIVE'
          ? 'For example PAST_7_DAY, NEXT_1_MONTH or THIS_YEAR'
          : HINTS[field?.type ?? '']
      }
      value={textOf(rule.value)}
      onChange={(event) => change(event.currentTarget.value)}
    />
  )
}

export const RuleRow = ({ rule, number, fields, memberFields, onChange, onRemove }: RuleRowProps) => {
  const field = fields.find(({ id }) => id === rule.fieldId)
  const operands = operandsOf(field?.type ?? '')
  const operand = operandOf(rule.operand)
  const parts = partsOf(field?.type ?? '')
  const choose = (fieldId: string) => {
    const type = fields.find(({ id }) => id === fieldId)?.type ?? ''
    onChange({
      ...rule,
      fieldId,
      part: partsOf(type)[0] ?? null,
      operand: operandsOf(type)[0]?.value ?? 'IS',
      value: null,
      memberFieldId: null,
    })
  }
  return (
    <Paper withBorder p="sm" radius="md" component="section" aria-label={`Rule ${number}`}>
      <Stack gap="xs">
        <Group justify="space-between">
          <Text size="sm" fw={600}>
            Rule {number}
          </Text>
          <ActionIcon variant="subtle" color="gray" aria-label={`Remove rule ${number}`} onClick={onRemove}>
            <IconTrash size={16} aria-hidden />
          </ActionIcon>
        </Group>
        <Group gap="xs" grow align="flex-start">
          <NativeSelect
            aria-label={`Field of rule ${number}`}
            data={[
              ...(field === undefined ? [{ value: rule.fieldId, label: 'A deleted field' }] : []),
              ...fields.map(({ id, label }) => ({ value: id, label })),
            ]}
            value={rule.fieldId}
            onChange={(event) => choose(event.currentTarget.value)}
          />
          {parts.length > 1 ? (
            <NativeSelect
              aria-label={`Part of the field of rule ${number}`}
              data={[...parts]}
              value={rule.part ?? ''}
              onChange={(event) => onChange({ ...rule, part: event.currentTarget.value })}
            />
          ) : null}
          <NativeSelect
            aria-label={`Comparison of rule ${number}`}
            data={[
              ...(operands.some(({ value }) => value === rule.operand) ? [] : [operand]),
              ...operands,
            ].map(({ value, label }) => ({ value, label }))}
            value={rule.operand}
            onChange={(event) => onChange({ ...rule, operand: event.currentTarget.value })}
          />
        </Group>
        {operand.takesValue ? (
          <Group gap="xs" grow align="flex-start">
            <NativeSelect
              aria-label={`What rule ${number} compares with`}
              data={[
                { value: VALUE, label: 'this value:' },
                ...memberFields.map(({ id, label }) => ({ value: id, label })),
              ]}
              value={rule.memberFieldId ?? VALUE}
              onChange={({ currentTarget: { value } }) =>
                onChange({ ...rule, value: null, memberFieldId: value === VALUE ? null : value })
              }
            />
            {rule.memberFieldId === null ? (
              <ValueInput rule={rule} field={field} number={number} onChange={onChange} />
            ) : null}
          </Group>
        ) : null}
      </Stack>
    </Paper>
  )
}
