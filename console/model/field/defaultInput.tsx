// Input for the default value of a field, by its type. Values are in the API's encoding.

import {
  Fieldset,
  JsonInput,
  MultiSelect,
  NumberInput,
  SegmentedControl,
  Select,
  Stack,
  TagsInput,
  Text,
  TextInput,
} from '@mantine/core'
import { useState } from 'react'
import type { Option } from '../object.ts'
import { defaultPartsOf, listOf, quoted, quotedList, unquoted, withDefaultPart } from './defaultValue.ts'
import { FIELD_TYPES, type FieldType, type Part } from './fieldType.ts'

interface InputProps {
  readonly value: unknown
  readonly onChange: (value: unknown) => void
}

interface DefaultInputProps extends InputProps {
  readonly type: FieldType
  readonly options: readonly Option[]
}

const LABEL = 'Default'

const RATINGS = [1, 2, 3, 4, 5].map((stars) => ({ value: `RATING_${stars}`, label: '★'.repeat(stars) }))

const BooleanDefault = ({ value, onChange }: InputProps) => (
  <Stack gap={4}>
    <Text size="sm" fw={500} id="default-boolean">
      {LABEL}
    </Text>
    <SegmentedControl
      aria-labelledby="default-boolean"
      value={typeof value === 'boolean' ? String(value) : 'none'}
      onChange={(choice) => onChange(choice === 'none' ? null : choice === 'true')}
      data={[
        { value: 'none', label: 'None' },
        { value: 'true', label: 'True' },
        { value: 'false', label: 'False' },
      ]}
    />
  </Stack>
)

const DateDefault = ({ value, onChange, isDay }: InputProps & { readonly isDay: boolean }) => {
  const kind = value === 'now' ? 'now' : value === null || value === undefined ? 'none' : 'fixed'
  const [isFixed, setIsFixed] = useState(kind === 'fixed')
  return (
    <Stack gap="xs">
      <Select
        label={LABEL}
        allowDeselect={false}
        value={isFixed ? 'fixed' : kind}
        onChange={(choice) => {
          setIsFixed(choice === 'fixed')
          onChange(choice === 'now' ? 'now' : null)
        }}
        data={[
          { value: 'none', label: 'None' },
          { value: 'now', label: isDay ? 'Today' : 'Now' },
          { value: 'fixed', label: isDay ? 'A fixed date' : 'A fixed time' },
        ]}
      />
      {isFixed ? (
        <TextInput
          type={isDay ? 'date' : 'datetime-local'}
          aria-label="Default date"
          value={unquoted(value)}
          onChange={(event) => onChange(quoted(event.currentTarget.value))}
        />
      ) : null}
    </Stack>
  )
}

const JsonDefault = ({ value, onChange }: InputProps) => {
  const [text, setText] = useState(() => (value == null ? '' : JSON.stringify(value, null, 2)))
  return (
    <JsonInput
      label={LABEL}
      autosize
      minRows={2}
      maxRows={10}
      value={text}
      validationError="This is not valid JSON."
      onChange={(next) => {
        setText(next)
        try {
          onChange(next.trim() === '' ? null : JSON.parse(next))
        } catch {
          onChange(null)
        }
      }}
    />
  )
}

const PartDefault = ({ part, value, onChange }: InputProps & { readonly part: Part }) => {
  if (part.kind === 'micros' || part.kind === 'number') {
    const factor = part.kind === 'micros' ? 1_000_000 : 1
    const number = Number(typeof value === 'number' ? value : unquoted(value) || Number.NaN)
    return (
      <NumberInput
        label={part.label}
        value={Number.isFinite(number) ? number / factor : ''}
        onChange={(next) => onChange(typeof next === 'number' ? Math.round(next * factor) : null)}
      />
    )
  }
  return (
    <TextInput
      label={part.label}
      value={unquoted(value)}
      onChange={(event) => onChange(quoted(event.currentTarget.value))}
    />
  )
}

const PartsDefault = ({ type, value, onChange }: InputProps & { readonly type: FieldType }) => (
  <Fieldset legend={LABEL}>
    <Stack gap="xs">
      {FIELD_TYPES[type].parts
        .filter(
          ({ kind }) => kind === 'text' || kind === 'longText' || kind === 'micros' || kind === 'number',
        )
        .map((part) => (
          <PartDefault
            key={part.name}
            part={part}
            value={defaultPartsOf(value)[part.name]}
            onChange={(next) => onChange(withDefaultPart(value, part.name, next))}
          />
        ))}
    </Stack>
  </Fieldset>
)

const OptionsDefault = ({ type, options, value, onChange }: DefaultInputProps) => {
  const data =
    type === 'RATING'
      ? RATINGS
      : options
          .filter((option, index) => options.findIndex((each) => each.value === option.value) === index)
          .filter(({ value: name }) => name !== '')
          .map((option) => ({
            value: option.value,
            label: option.label === '' ? option.value : option.label,
          }))
  if (type === 'MULTI_SELECT')
    return (
      <MultiSelect
        label={LABEL}
        clearable
        data={data}
        value={[...listOf(value)]}
        onChange={(values) => onChange(quotedList(values))}
      />
    )
  return (
    <Select
      label={LABEL}
      placeholder="No default"
      clearable
      data={data}
      value={unquoted(value) || null}
      onChange={(next) => onChange(quoted(next ?? ''))}
    />
  )
}

export const DefaultInput = (props: DefaultInputProps) => {
  const { type, value, onChange } = props
  switch (FIELD_TYPES[type].defaultInput) {
    case null:
      return null
    case 'text':
      return (
        <TextInput
          label={LABEL}
          value={unquoted(value)}
          onChange={(event) => onChange(quoted(event.currentTarget.value))}
        />
      )
    case 'number':
      return (
        <NumberInput
          label={LABEL}
          value={typeof value === 'number' || (typeof value === 'string' && /\d/.test(value)) ? value : ''}
          // Beyond the safe integers the input yields a string, which the API accepts too.
          onChange={(next) => onChange(next === '' ? null : next)}
        />
      )
    case 'boolean':
      return <BooleanDefault value={value} onChange={onChange} />
    case 'date':
      return <DateDefault value={value} onChange={onChange} isDay={type === 'DATE'} />
    case 'options':
      return <OptionsDefault {...props} />
    case 'list':
      return (
        <TagsInput
          label={LABEL}
          value={[...listOf(value)]}
          onChange={(values) => onChange(quotedList(values))}
        />
      )
    case 'json':
      return <JsonDefault value={value} onChange={onChange} />
    case 'uuid':
      return (
        <Select
          label={LABEL}
          allowDeselect={false}
          value={value === 'uuid' ? 'uuid' : 'none'}
          onChange={(choice) => onChange(choice === 'uuid' ? 'uuid' : null)}
          data={[
            { value: 'none', label: 'None' },
            { value: 'uuid', label: 'A new UUID' },
          ]}
        />
      )
    case 'parts':
      return <PartsDefault type={type} value={value} onChange={onChange} />
  }
}
