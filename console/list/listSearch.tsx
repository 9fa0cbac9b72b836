// Searches a list of the gateway's.

import { TextInput } from '@mantine/core'
import { useDebouncedCallback } from '@mantine/hooks'
import { IconSearch } from '@tabler/icons-react'

const PAUSE_MS = 200
/** As the gateway accepts it. */
const MAX_LENGTH = 200

interface ListSearchProps {
  readonly label: string
  readonly placeholder: string
  readonly onChange: (search: string) => void
}

const ListSearch = ({ label, placeholder, onChange }: ListSearchProps) => {
  const change = useDebouncedCallback(onChange, PAUSE_MS)
  return (
    <TextInput
      aria-label={label}
      placeholder={placeholder}
      leftSection={<IconSearch size={16} aria-hidden />}
      maw={320}
      mb="sm"
      maxLength={MAX_LENGTH}
      onChange={(event) => change(event.currentTarget.value.trim())}
    />
  )
}

export default ListSearch
