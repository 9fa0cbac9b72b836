// Input of a list. Texts are edited one by one; a list with other items (inner lists, null, objects) as JSON,
// which can express them.

import type { ReactNode } from 'react'
import { useState } from 'react'
import { JsonInput } from './jsonInput.tsx'

interface ListInputProps {
  readonly label: string
  readonly value: unknown
  readonly onChange: (value: unknown) => void
  readonly onFault: (isFaulty: boolean) => void
  /** The input of a list that it can express. */
  readonly children: (texts: string[]) => ReactNode
}

const isTexts = (value: unknown): value is string[] =>
  Array.isArray(value) && value.every((item) => typeof item === 'string')

const faultOf = (value: unknown): string | null =>
  value === null || Array.isArray(value) ? null : 'This is not a list.'

export const ListInput = ({ label, value, onChange, onFault, children }: ListInputProps) => {
  const [isPlain] = useState(() => value == null || isTexts(value))
  if (isPlain) return children(isTexts(value) ? value : [])
  return <JsonInput label={label} value={value} faultOf={faultOf} onChange={onChange} onFault={onFault} />
}
