// Chooses when a key ends: a span, or a date.

import { NativeSelect, SimpleGrid, TextInput } from '@mantine/core'
import { EXPIRIES } from './expiry.ts'

/** `2026-01-31`, where the browser is: a key that has ended before it is made is refused. */
const today = (): string => {
  const now = new Date()
  return new Date(now.getTime() - now.getTimezoneOffset() * 60_000)
    .toISOString()
    .slice(0, 'YYYY-MM-DD'.length)
}

export interface ExpiryFieldProps {
  readonly choice: string
  readonly date: string
  readonly onChange: (choice: string, date: string) => void
  /** Choices before the spans: for a key that has an end already. */
  readonly keep?: { readonly value: string; readonly label: string }
}

export const ExpiryField = ({ choice, date, onChange, keep }: ExpiryFieldProps) => (
  <SimpleGrid cols={choice === 'date' ? { base: 1, xs: 2 } : 1}>
    <NativeSelect
      label="Expires"
      data={[...(keep === undefined ? [] : [keep]), ...EXPIRIES]}
      value={choice}
      onChange={(event) => onChange(event.currentTarget.value, date)}
    />
    {choice === 'date' ? (
      <TextInput
        type="date"
        label="Last day"
        required
        min={today()}
        value={date}
        onChange={(event) => onChange(choice, event.currentTarget.value)}
      />
    ) : null}
  </SimpleGrid>
)
