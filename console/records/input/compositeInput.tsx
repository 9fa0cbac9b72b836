// Inputs of a composite field, one per sub-field. Values are in the API's encoding.

import { Fieldset, SimpleGrid, TagsInput, Textarea, TextInput } from '@mantine/core'
import { useState } from 'react'
import { isRecord } from '../../api/json.ts'
import { FIELD_TYPES, type Part } from '../../model/field/fieldType.ts'
import type { Field } from '../../model/object.ts'
import { isNumberText, jsonNumber, numberText } from '../number.ts'
import classes from '../records.module.css'
import { amountOfMicros, microsOfAmount } from '../value.ts'
import { ListInput } from './listInput.tsx'
import { RowsInput } from './rowsInput.tsx'

interface CompositeInputProps {
  readonly field: Field
  /** Gets the initial focus. */
  readonly isFirst: boolean
  readonly value: unknown
  readonly onChange: (part: string, value: unknown) => void
  readonly onFault: (part: string, isFaulty: boolean) => void
}

interface PartInputProps {
  readonly isFirst: boolean
  readonly part: Part
  readonly value: unknown
  readonly onChange: (value: unknown) => void
  readonly onFault: (isFaulty: boolean) => void
}

const Amount = ({ part, value, onChange, onFault }: PartInputProps) => {
  const [text, setText] = useState(() => amountOfMicros(value))
  const isFaulty = text.trim() !== '' && microsOfAmount(text) === null
  return (
    <TextInput
      label={part.label}
      inputMode="decimal"
      value={text}
      error={isFaulty ? 'Enter digits, with at most six decimals.' : null}
      onChange={({ currentTarget: { value: next } }) => {
        setText(next)
        const micros = microsOfAmount(next)
        onFault(next.trim() !== '' && micros === null)
        if (next.trim() === '' || micros !== null) onChange(micros)
      }}
    />
  )
}

const NumberPart = ({ part, value, onChange, onFault }: PartInputProps) => {
  const [text, setText] = useState(() => numberText(value))
  const isFaulty = !isNumberText(text)
  return (
    <TextInput
      label={part.label}
      inputMode="decimal"
      value={text}
      error={isFaulty ? 'This is not a number.' : null}
      onChange={({ currentTarget: { value: next } }) => {
        setText(next)
        onFault(!isNumberText(next))
        onChange(jsonNumber(next))
      }}
    />
  )
}

const PartInput = (props: PartInputProps) => {
  const { part, isFirst, value, onChange, onFault } = props
  const text = value === null || value === undefined ? '' : String(value)
  switch (part.kind) {
    case 'readOnly':
      return null
    case 'micros':
      return <Amount {...props} />
    case 'rows':
      return <RowsInput part={part} value={value} onChange={onChange} onFault={onFault} />
    case 'list':
      return (
        <ListInput {...props} label={part.label}>
          {(texts) => <TagsInput label={part.label} value={texts} onChange={onChange} />}
        </ListInput>
      )
    case 'longText':
      return (
        <Textarea
          label={part.label}
          autosize
          minRows={3}
          maxRows={14}
          value={text}
          onChange={(event) => onChange(event.currentTarget.value)}
        />
      )
    case 'number':
      return <NumberPart {...props} />
    case 'text':
      return (
        <TextInput
          {...(isFirst ? { 'data-autofocus': true } : {})}
          label={part.label}
          value={text}
          onChange={(event) => onChange(event.currentTarget.value)}
        />
      )
  }
}

export const CompositeInput = ({ field, isFirst, value, onChange, onFault }: CompositeInputProps) => {
  const parts = isRecord(value) ? value : {}
  const isWide = field.type === 'RICH_TEXT'
  return (
    <Fieldset legend={field.label} className={classes.composite ?? ''}>
      <SimpleGrid
        className={classes.compositeParts ?? ''}
        cols={isWide ? 1 : { base: 1, xs: 2 }}
        spacing="xs"
        verticalSpacing="xs"
      >
        {FIELD_TYPES[field.type].parts.map((part, index) => (
          <PartInput
            key={part.name}
            isFirst={isFirst && index === 0}
            part={part}
            value={parts[part.name]}
            onChange={(next) => onChange(part.name, next)}
            onFault={(isFaulty) => onFault(part.name, isFaulty)}
          />
        ))}
      </SimpleGrid>
    </Fieldset>
  )
}
