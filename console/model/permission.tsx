// Whether the session may change the data model. Out: a claim for buttons, and the sentence that says why
// they rest. The gateway holds it; this only saves the way there.

import { Text } from '@mantine/core'
import { useSession } from '../session/provider.tsx'

export const useMayChangeModel = (): boolean => useSession().flags.includes('DATA_MODEL')

export const ReadOnlyNote = () =>
  useMayChangeModel() ? null : (
    <Text size="sm" c="dimmed" mb="sm">
      Your role can view the data model. Changing it requires the permission “Data model”.
    </Text>
  )
