// Searches the list of keys. Loaded where the list is long.

import { TextInput } from '@mantine/core'
import { useDebouncedCallback } from '@mantine/hooks'
import { IconSearch } from '@tabler/icons-react'

const PAUSE_MS = 200
/** As the gateway accepts it. */
const MAX_LENGTH = 200

const KeySearch = ({ onChange }: { readonly onChange: (search: string) => void }) => {
  const change = useDebouncedCallback(onChange, PAUSE_MS)
  return (
    <TextInput
      aria-label="Find a key"
      placeholder="Name"
      leftSection={<IconSearch size={16} aria-hidden />}
      maw={320}
      mb="sm"
      maxLength={MAX_LENGTH}
      onChange={(event) => change(event.currentTarget.value.trim())}
    />
  )
}

export default KeySearch
