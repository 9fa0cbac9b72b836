// One condition of a record rule: a field, an operator, and a value or a property of the caller.

import { ActionIcon, Group, NativeSelect, Paper, Stack, Text, TextInput } from '@mantine/core'
import { IconTrash } from '@tabler/icons-react'
import { optionsIn } from '../../model/object.ts'
import type { RoleField } from '../objects.ts'
import type { MemberField } from './memberFields.ts'
import { operandOf, operandsOf, partsOf } from './operands.ts'
import { onField, type RecordRule } from './recordRule.ts'

interface PartProps {
  readonly rule: RecordRule
  /** Position in the list, from 1. */
  readonly number: number
  /** Undefined where the field was deleted. */
  readonly field: RoleField | undefined
  readonly onChange: (rule: RecordRule) => void
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

/** The values of select and boolean fields; null where the input is free text. */
const choicesOf = (field: RoleField | undefined) => {
  if (field?.type === 'BOOLEAN')
    return [
      { value: 'true', label: 'yes' },
      { value: 'false', label: 'no' },
    ]
  return optionsIn(field?.options)?.map(({ value, label }) => ({ value, label })) ?? null
}

const ValueInput = ({ rule, field, number, onChange }: PartProps) => {
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

const FieldSelect = ({
  rule,
  number,
  field,
  fields,
  onChange,
}: PartProps & { readonly fields: readonly RoleField[] }) => (
  <NativeSelect
    aria-label={`Field of rule ${number}`}
    data={[
      ...(field === undefined ? [{ value: rule.fieldId, label: 'A deleted field' }] : []),
      ...fields.map(({ id, label }) => ({ value: id, label })),
    ]}
    value={rule.fieldId}
    onChange={({ currentTarget: { value } }) => {
      const chosen = fields.find(({ id }) => id === value)
      if (chosen !== undefined) onChange(onField(rule.key, chosen))
    }}
  />
)

const PartSelect = ({ rule, number, field, onChange }: PartProps) => {
  const parts = partsOf(field?.type ?? '')
  if (parts.length < 2) return null
  return (
    <NativeSelect
      aria-label={`Part of the field of rule ${number}`}
      data={[...parts]}
      value={rule.part ?? ''}
      onChange={(event) => onChange({ ...rule, part: event.currentTarget.value })}
    />
  )
}

const OperandSelect = ({ rule, number, field, onChange }: PartProps) => {
  const offered = operandsOf(field?.type ?? '')
  const isOffered = offered.some(({ value }) => value === rule.operand)
  const operands = isOffered ? offered : [operandOf(rule.operand), ...offered]
  return (
    <NativeSelect
      aria-label={`Comparison of rule ${number}`}
      data={operands.map(({ value, label }) => ({ value, label }))}
      value={rule.operand}
      onChange={(event) => {
        const chosen = operands.find(({ value }) => value === event.currentTarget.value)
        if (chosen !== undefined) onChange({ ...rule, operand: chosen.value })
      }}
    />
  )
}

const Comparison = (props: PartProps & { readonly memberFields: readonly MemberField[] }) => {
  const { rule, number, memberFields, onChange } = props
  if (!operandOf(rule.operand).takesValue) return null
  return (
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
      {rule.memberFieldId === null ? <ValueInput {...props} /> : null}
    </Group>
  )
}

interface RuleRowProps extends Omit<PartProps, 'field'> {
  readonly fields: readonly RoleField[]
  readonly memberFields: readonly MemberField[]
  readonly onRemove: () => void
}

export const RuleRow = ({ rule, number, fields, memberFields, onChange, onRemove }: RuleRowProps) => {
  const part: PartProps = { rule, number, field: fields.find(({ id }) => id === rule.fieldId), onChange }
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
          <FieldSelect {...part} fields={fields} />
          <PartSelect {...part} />
          <OperandSelect {...part} />
        </Group>
        <Comparison {...part} memberFields={memberFields} />
      </Stack>
    </Paper>
  )
}
