// Copies a text. On plain http, except on localhost, browsers offer no clipboard: the button then asks to
// copy by hand.

import { Button } from '@mantine/core'
import { useClipboard } from '@mantine/hooks'
import { IconCheck, IconCopy } from '@tabler/icons-react'

const SHOWN_MS = 2000
const ICON_SIZE = 16

interface CopyButtonProps {
  readonly text: string
  /** Names the text in the button's label: `Copy key`. */
  readonly what: string
}

export const CopyButton = ({ text, what }: CopyButtonProps) => {
  const { copy, copied, error } = useClipboard({ timeout: SHOWN_MS })
  const CopyIcon = copied ? IconCheck : IconCopy
  return (
    <Button
      size="xs"
      variant="default"
      leftSection={<CopyIcon size={ICON_SIZE} aria-hidden />}
      onClick={() => copy(text)}
    >
      <span aria-live="polite">
        {error !== null ? 'Select the text and copy it' : copied ? 'Copied' : `Copy ${what}`}
      </span>
    </Button>
  )
}
