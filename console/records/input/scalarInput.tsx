// The input of a scalar field, by its type. Values are in the API's encoding.

import { MultiSelect, Select, TagsInput, Textarea, TextInput } from '@mantine/core'
import { useState } from 'react'
import type { Field } from '../../model/object.ts'
import { textOrNull } from '../emptyText.ts'
import { columnNumber, isNumberText, numberText } from '../number.ts'
import { dayInput, timeInput, timeOfInput } from '../time.ts'
import { JsonInput } from './jsonInput.tsx'
import { ListInput } from './listInput.tsx'

interface ScalarInputProps {
  readonly field: Field
  /** Gets the initial focus. */
  readonly isFirst: boolean
  readonly value: unknown
  readonly onChange: (value: unknown) => void
  /** Reports whether the typed text is invalid. */
  readonly onFault: (isFaulty: boolean) => void
}

const RATINGS = [1, 2, 3, 4, 5].map((stars) => ({ value: `RATING_${stars}`, label: '★'.repeat(stars) }))

const BOOLEANS = [
  { value: 'true', label: 'Yes' },
  { value: 'false', label: 'No' },
]

const textOf = (value: unknown): string => (value === null || value === undefined ? '' : String(value))

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
        onChange(columnNumber(field.columnType, next))
      }}
    />
  )
}

/** An input of text; emptied, its value is null. */
const PlainValue = ({ field, value, onChange }: Pick<ScalarInputProps, 'field' | 'value' | 'onChange'>) => (
  <TextInput
    label={field.label}
    value={textOf(value)}
    spellCheck={false}
    onChange={(event) => onChange(event.currentTarget.value || null)}
  />
)

interface DateValueProps extends ScalarInputProps {
  readonly type: 'date' | 'datetime-local'
  /** The text of the input; null if it cannot show the value. */
  readonly inputOf: (value: string) => string | null
  readonly storedOf: (text: string) => string | null
}

/** A stored value that the browser's input cannot show is edited as text. */
const DateValue = ({ type, field, value, inputOf, storedOf, onChange }: DateValueProps) => {
  const [isText] = useState(() => value != null && inputOf(textOf(value)) === null)
  if (isText) return <PlainValue field={field} value={value} onChange={onChange} />
  return (
    <TextInput
      type={type}
      {...(type === 'date' ? {} : { step: 1 })}
      label={field.label}
      value={inputOf(textOf(value)) ?? ''}
      onChange={(event) => onChange(storedOf(event.currentTarget.value))}
    />
  )
}

interface ChoiceProps extends ScalarInputProps {
  readonly choices: readonly { readonly value: string; readonly label: string }[]
}

const ChoiceValue = ({ field, choices, value, onChange }: ChoiceProps) => (
  <Select
    label={field.label}
    clearable={field.isNullable !== false}
    data={choices}
    value={textOf(value) || null}
    onChange={onChange}
  />
)

const BooleanValue = (props: ScalarInputProps) => (
  <ChoiceValue
    {...props}
    choices={BOOLEANS}
    onChange={(choice) => props.onChange(choice === null ? null : choice === 'true')}
  />
)

const TextValue = ({ field, isFirst, value, onChange }: ScalarInputProps) => (
  <Textarea
    label={field.label}
    {...(isFirst ? { 'data-autofocus': true } : {})}
    autosize
    maxRows={10}
    value={textOf(value)}
    onChange={(event) => onChange(textOrNull(field, event.currentTarget.value))}
  />
)

export const ScalarInput = (props: ScalarInputProps) => {
  const { field, onChange } = props
  const options = (field.options ?? []).map((option) => ({ value: option.value, label: option.label }))
  switch (field.type) {
    case 'NUMBER':
    case 'NUMERIC':
      return <NumberValue {...props} />
    case 'BOOLEAN':
      return <BooleanValue {...props} />
    case 'DATE':
      return <DateValue {...props} type="date" inputOf={dayInput} storedOf={dayInput} />
    case 'DATE_TIME':
      return (
        <DateValue
          {...props}
          type="datetime-local"
          inputOf={(time) => timeInput(field, time)}
          storedOf={(text) => timeOfInput(field, text)}
        />
      )
    case 'SELECT':
      return <ChoiceValue {...props} choices={options} />
    case 'RATING':
      return <ChoiceValue {...props} choices={RATINGS} />
    case 'MULTI_SELECT':
      return (
        <ListInput {...props} label={field.label}>
          {(texts) => (
            <MultiSelect label={field.label} clearable data={options} value={texts} onChange={onChange} />
          )}
        </ListInput>
      )
    case 'ARRAY':
      return (
        <ListInput {...props} label={field.label}>
          {(texts) => <TagsInput label={field.label} value={texts} onChange={onChange} />}
        </ListInput>
      )
    case 'RAW_JSON':
      return <JsonInput {...props} label={field.label} />
    case 'UUID':
      return <PlainValue {...props} />
    case 'TEXT':
    case 'POSITION':
    case 'TS_VECTOR':
    case 'RELATION':
    case 'MORPH_RELATION':
    case 'FILES':
    case 'FULL_NAME':
    case 'EMAILS':
    case 'PHONES':
    case 'LINKS':
    case 'CURRENCY':
    case 'ADDRESS':
    case 'ACTOR':
    case 'RICH_TEXT':
      return <TextValue {...props} />
  }
}
