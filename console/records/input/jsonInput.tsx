// Input of a value as JSON. Numbers keep their digits.

import { JsonInput as Input } from '@mantine/core'
import { useState } from 'react'
import { keepsDigits, parseExact } from '../../api/json.ts'

interface JsonInputProps {
  readonly label: string
  readonly value: unknown
  /** Why a value cannot be taken, or null. */
  readonly faultOf?: (value: unknown) => string | null
  readonly onChange: (value: unknown) => void
  readonly onFault: (isFaulty: boolean) => void
}

const ROUNDS = 'This browser rounds numbers in JSON. Update it to edit the value.'

const parsed = (text: string): { readonly value: unknown } | null => {
  try {
    return { value: text.trim() === '' ? null : parseExact(text) }
  } catch {
    return null
  }
}

export const JsonInput = ({ label, value, faultOf, onChange, onFault }: JsonInputProps) => {
  const [text, setText] = useState(() => (value == null ? '' : JSON.stringify(value, null, 2)))
  const [fault, setFault] = useState<string | null>(null)
  return (
    <Input
      label={label}
      autosize
      minRows={2}
      maxRows={16}
      readOnly={!keepsDigits}
      description={keepsDigits ? null : ROUNDS}
      value={text}
      error={fault}
      onChange={(next) => {
        setText(next)
        const read = parsed(next)
        const wrong = read === null ? 'This is not valid JSON.' : (faultOf?.(read.value) ?? null)
        setFault(wrong)
        onFault(wrong !== null)
        if (read !== null && wrong === null) onChange(read.value)
      }}
    />
  )
}
