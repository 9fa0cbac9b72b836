// The input of a value that is one: text, number, date, option, list, JSON. In: the field and its value; out:
// the same, changed, as the API takes it.

import { JsonInput, MultiSelect, Select, TagsInput, Textarea, TextInput } from '@mantine/core'
import { useState } from 'react'
import type { Field } from '../../model/object.ts'
import { isNumberText, jsonNumber, numberText } from '../number.ts'

export interface ScalarInputProps {
  readonly field: Field
  /** Where the focus goes when its dialog opens. */
  readonly isFirst: boolean
  readonly value: unknown
  readonly onChange: (value: unknown) => void
  /** What was typed cannot be sent as it is. */
  readonly onFault: (isFaulty: boolean) => void
}

const RATINGS = [1, 2, 3, 4, 5].map((stars) => ({ value: `RATING_${stars}`, label: '★'.repeat(stars) }))

const BOOLEANS = [
  { value: 'true', label: 'Yes' },
  { value: 'false', label: 'No' },
]

const textsOf = (value: unknown): string[] => (Array.isArray(value) ? value.map(String) : [])

const textOf = (value: unknown): string => (value === null || value === undefined ? '' : String(value))

const LOCAL_LENGTH = 'YYYY-MM-DDTHH:mm:ss'.length

/** An instant in the reader's time zone, as `datetime-local` has it. */
const localOf = (value: unknown): string => {
  const date = new Date(textOf(value))
  if (Number.isNaN(date.getTime())) return ''
  const shifted = new Date(date.getTime() - date.getTimezoneOffset() * 60_000)
  return shifted.toISOString().slice(0, LOCAL_LENGTH)
}

const instantOf = (text: string): string | null => {
  const date = new Date(text)
  return Number.isNaN(date.getTime()) ? null : date.toISOString()
}

const JsonValue = ({ field, value, onChange, onFault }: ScalarInputProps) => {
  const [text, setText] = useState(() => (value == null ? '' : JSON.stringify(value, null, 2)))
  const [isFaulty, setIsFaulty] = useState(false)
  return (
    <JsonInput
      label={field.label}
      autosize
      minRows={2}
      maxRows={16}
      value={text}
      error={isFaulty ? 'This is not valid JSON.' : null}
      onChange={(next) => {
        setText(next)
        try {
          onChange(next.trim() === '' ? null : JSON.parse(next))
          onFault(false)
          setIsFaulty(false)
        } catch {
          onFault(true)
          setIsFaulty(true)
        }
      }}
    />
  )
}

const NumberValue = ({ field, isFirst, value, onChange, onFault }: ScalarInputProps) => {
  const [text, setText] = useState(() => numberText(value))
  return (
    <TextInput
      label={field.label}
      {...(isFirst ? { 'data-autofocus': true } : {})}
      inputMode="decimal"
      value={text}
      error={isNumberText(text) ? null : 'This is not a number.'}
      onChange={({ currentTarget: { value: next } }) => {
        setText(next)
        onFault(!isNumberText(next))
        onChange(jsonNumber(next))
      }}
    />
  )
}

export const ScalarInput = (props: ScalarInputProps) => {
  const { field, isFirst, value, onChange } = props
  const { label, type } = field
  const isRequired = field.isNullable === false
  const options = (field.options ?? []).map((option) => ({ value: option.value, label: option.label }))
  switch (type) {
    case 'NUMBER':
    case 'NUMERIC':
      return <NumberValue {...props} />
    case 'BOOLEAN':
      return (
        <Select
          label={label}
          clearable={!isRequired}
          data={BOOLEANS}
          value={typeof value === 'boolean' ? String(value) : null}
          onChange={(choice) => onChange(choice === null ? null : choice === 'true')}
        />
      )
    case 'DATE':
      return (
        <TextInput
          type="date"
          label={label}
          value={textOf(value)}
          onChange={(event) => onChange(event.currentTarget.value || null)}
        />
      )
    case 'DATE_TIME':
      return (
        <TextInput
          type="datetime-local"
          step={1}
          label={label}
          value={localOf(value)}
          onChange={(event) => onChange(instantOf(event.currentTarget.value))}
        />
      )
    case 'SELECT':
    case 'RATING':
      return (
        <Select
          label={label}
          clearable={!isRequired}
          data={type === 'RATING' ? RATINGS : options}
          value={typeof value === 'string' ? value : null}
          onChange={onChange}
        />
      )
    case 'MULTI_SELECT':
      return <MultiSelect label={label} clearable data={options} value={textsOf(value)} onChange={onChange} />
    case 'ARRAY':
      return <TagsInput label={label} value={textsOf(value)} onChange={onChange} />
    case 'RAW_JSON':
      return <JsonValue {...props} />
    case 'UUID':
      return (
        <TextInput
          label={label}
          value={textOf(value)}
          spellCheck={false}
          onChange={(event) => onChange(event.currentTarget.value || null)}
        />
      )
    default:
      return (
        <Textarea
          label={label}
          {...(isFirst ? { 'data-autofocus': true } : {})}
          autosize
          maxRows={10}
          value={textOf(value)}
          onChange={(event) => onChange(event.currentTarget.value)}
        />
      )
  }
}
