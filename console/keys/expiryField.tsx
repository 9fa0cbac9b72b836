// Input for the expiry of a key: a time span or a date.

import { NativeSelect, SimpleGrid, TextInput } from '@mantine/core'
import { DEFAULT_EXPIRY, EXPIRIES, type Expiry } from './expiry.ts'

/** `2026-01-31` in the browser's time zone: the gateway refuses an expiry in the past. */
const today = (): string => {
  const now = new Date()
  return new Date(now.getTime() - now.getTimezoneOffset() * 60_000)
    .toISOString()
    .slice(0, 'YYYY-MM-DD'.length)
}

const DEFAULT: Expiry = { choice: DEFAULT_EXPIRY, date: '' }

interface ExpiryFieldProps {
  readonly value?: Expiry
  readonly onChange: (value: Expiry) => void
  /** The first choice, for an existing key. */
  readonly keep?: { readonly value: string; readonly label: string }
}

export const ExpiryField = ({ value = DEFAULT, onChange, keep }: ExpiryFieldProps) => (
  <SimpleGrid cols={value.choice === 'date' ? { base: 1, xs: 2 } : 1}>
    <NativeSelect
      label="Expires"
      data={[...(keep === undefined ? [] : [keep]), ...EXPIRIES]}
      value={value.choice}
      onChange={(event) => onChange({ ...value, choice: event.currentTarget.value })}
    />
    {value.choice === 'date' ? (
      <TextInput
        type="date"
        label="Last day"
        required
        min={today()}
        value={value.date}
        onChange={(event) => onChange({ ...value, date: event.currentTarget.value })}
      />
    ) : null}
  </SimpleGrid>
)
