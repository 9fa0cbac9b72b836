// The filter builder: a list of conditions that must all match. Incomplete conditions are ignored.

import { ActionIcon, Button, MultiSelect, Select, Stack, TextInput } from '@mantine/core'
import { IconPlus, IconX } from '@tabler/icons-react'
import type { Condition } from './filter.ts'
import { operatorOf } from './filter.ts'
import type { Filterable, Operator } from './operator.ts'
import classes from './records.module.css'

interface FilterBuilderProps {
  readonly filterables: readonly Filterable[]
  readonly conditions: readonly Condition[]
  readonly onChange: (conditions: readonly Condition[]) => void
}

const BOOLEANS = [
  { value: 'true', label: 'Yes' },
  { value: 'false', label: 'No' },
]

const INPUT_TYPES: Readonly<Record<string, string>> = { day: 'date', instant: 'datetime-local' }

const optionsOf = ({ field }: Filterable) =>
  field.type === 'RATING'
    ? [1, 2, 3, 4, 5].map((stars) => ({ value: `RATING_${stars}`, label: '★'.repeat(stars) }))
    : (field.options ?? []).map(({ value, label }) => ({ value, label }))

interface ValueProps {
  readonly filterable: Filterable
  readonly operator: Operator
  readonly values: readonly string[]
  readonly onChange: (values: readonly string[]) => void
}

const Value = ({ filterable, operator, values, onChange }: ValueProps) => {
  const label = `Value of ${filterable.label}`
  if (operator.input === 'none') return null
  if (operator.isList === true)
    return (
      <MultiSelect aria-label={label} data={optionsOf(filterable)} value={[...values]} onChange={onChange} />
    )
  if (operator.input === 'options' || operator.input === 'boolean')
    return (
      <Select
        aria-label={label}
        data={operator.input === 'boolean' ? BOOLEANS : optionsOf(filterable)}
        value={values[0] ?? null}
        onChange={(value) => onChange(value === null ? [] : [value])}
      />
    )
  return (
    <TextInput
      aria-label={label}
      type={INPUT_TYPES[operator.input] ?? 'text'}
      {...(operator.input === 'number' ? { inputMode: 'decimal' as const } : {})}
      value={values[0] ?? ''}
      onChange={(event) => onChange([event.currentTarget.value])}
    />
  )
}

interface RowProps {
  readonly filterables: readonly Filterable[]
  readonly condition: Condition
  readonly onChange: (condition: Condition) => void
  readonly onRemove: () => void
}

const Row = ({ filterables, condition, onChange, onRemove }: RowProps) => {
  const found = operatorOf(condition, filterables)
  const filterable = found?.filterable ?? filterables.find(({ path }) => path === condition.path)
  return (
    <li className={classes.condition}>
      <div className={classes.parts}>
        <Select
          aria-label="Field"
          searchable
          allowDeselect={false}
          data={filterables.map(({ path, label }) => ({ value: path, label }))}
          value={condition.path}
          onChange={(path) => {
            const operators = filterables.find((each) => each.path === path)?.operators ?? []
            if (path !== null) onChange({ path, operator: operators[0]?.label ?? '', values: [] })
          }}
        />
        <Select
          aria-label="Operator"
          allowDeselect={false}
          data={(filterable?.operators ?? []).map(({ label }) => label)}
          value={condition.operator}
          onChange={(operator) => operator !== null && onChange({ ...condition, operator })}
        />
        <div>
          {found === null ? null : (
            <Value
              {...found}
              values={condition.values}
              onChange={(values) => onChange({ ...condition, values })}
            />
          )}
        </div>
      </div>
      <ActionIcon
        variant="subtle"
        color="gray"
        size="lg"
        aria-label="Remove the condition"
        onClick={onRemove}
      >
        <IconX size={16} />
      </ActionIcon>
    </li>
  )
}

/** On the first filterable field; null if there is none. */
export const newCondition = ([first]: readonly Filterable[]): Condition | null =>
  first === undefined ? null : { path: first.path, operator: first.operators[0]?.label ?? '', values: [] }

export const FilterBuilder = ({ filterables, conditions, onChange }: FilterBuilderProps) => {
  const added = newCondition(filterables)
  if (added === null) return null
  const add = () => onChange([...conditions, added])
  return (
    <Stack gap="xs" align="flex-start">
      {conditions.length === 0 ? null : (
        <ul className={classes.conditions}>
          {conditions.map((condition, index) => (
            <Row
              // biome-ignore lint/suspicious/noArrayIndexKey: two conditions may be alike in everything.
              key={index}
              filterables={filterables}
              condition={condition}
              onChange={(changed) => onChange(conditions.map((each, at) => (at === index ? changed : each)))}
              onRemove={() => onChange(conditions.filter((_, at) => at !== index))}
            />
          ))}
        </ul>
      )}
      <Button
        size="compact-sm"
        variant="light"
        leftSection={<IconPlus size={14} aria-hidden />}
        onClick={add}
      >
        Add a condition
      </Button>
    </Stack>
  )
}
