// Shows a new token once, with a command that uses it and links to the playgrounds. Neither Escape nor a
// click outside closes it: the token cannot be shown again.

import { Alert, Button, Group, Stack, Text } from '@mantine/core'
import { IconBraces, IconCircleCheck, IconTerminal2 } from '@tabler/icons-react'
import { useLocation } from 'wouter'
import { Modal } from '../parts/dialog.tsx'
import { Snippet } from '../parts/snippet.tsx'
import { usePlaygroundKey } from '../session/provider.tsx'
import type { FreshToken } from './keys.ts'

const ICON_SIZE = 16

interface TokenDialogProps {
  readonly fresh: FreshToken
  /** Plural name of an object, as in `/rest/companies`. */
  readonly example: string | null
  readonly onClose: () => void
}

const commandOf = (token: string, example: string | null): string => {
  const path = example === null ? '/rest/metadata/objects' : `/rest/${example}?limit=3`
  return `curl -g -H "Authorization: Bearer ${token}" '${window.location.origin}${path}'`
}

export const TokenDialog = ({ fresh, example, onClose }: TokenDialogProps) => {
  const [, setPlaygroundKey] = usePlaygroundKey()
  const [, navigate] = useLocation()
  const open = (path: string) => {
    setPlaygroundKey({ name: fresh.name, token: fresh.token })
    navigate(path)
  }
  return (
    <Modal
      opened
      size="lg"
      onClose={onClose}
      title={`Key “${fresh.name}”`}
      closeOnClickOutside={false}
      closeOnEscape={false}
    >
      <Stack>
        <Alert color="pine" icon={<IconCircleCheck size={18} aria-hidden />} title="Copy the key now">
          It is shown only once and is not stored. If you lose it, regenerate it.
        </Alert>
        <Snippet label="Key" what="key" text={fresh.token} />
        <Snippet label="Try it in a terminal" what="command" text={commandOf(fresh.token, example)} />
        <div>
          <Text size="sm" fw={500} mb={4}>
            Or here, with this key
          </Text>
          <Group gap="xs">
            <Button
              variant="light"
              leftSection={<IconTerminal2 size={ICON_SIZE} aria-hidden />}
              onClick={() => open('/playground/rest')}
            >
              REST playground
            </Button>
            <Button
              variant="light"
              leftSection={<IconBraces size={ICON_SIZE} aria-hidden />}
              onClick={() => open('/playground/graphql')}
            >
              GraphQL playground
            </Button>
          </Group>
        </div>
        <Group justify="flex-end">
          <Button onClick={onClose}>I have copied it</Button>
        </Group>
      </Stack>
    </Modal>
  )
}
