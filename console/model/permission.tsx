// Whether the session can change the data model, for buttons and for the note that explains why they are
// disabled. The gateway enforces it.

import { Text } from '@mantine/core'
import { useSession } from '../session/provider.tsx'

export const useMayChangeModel = (): boolean => useSession().flags.includes('DATA_MODEL')

export const ReadOnlyNote = () =>
  useMayChangeModel() ? null : (
    <Text size="sm" c="dimmed" mb="sm">
      Your role can view the data model. Changing it requires the permission “Data model”.
    </Text>
  )
