// A text to copy, such as a token or a command: selectable with one click, with a copy button.

import { Group, Text } from '@mantine/core'
import { useId } from 'react'
import { CopyButton } from './copyButton.tsx'
import classes from './snippet.module.css'

interface SnippetProps {
  readonly label: string
  /** Names the text in the copy button's label: `key`, `command`. */
  readonly what: string
  readonly text: string
}

export const Snippet = ({ label, what, text }: SnippetProps) => {
  const labelId = useId()
  return (
    <section aria-labelledby={labelId}>
      <Group justify="space-between" mb={4} gap="xs">
        <Text size="sm" fw={500} id={labelId}>
          {label}
        </Text>
        <CopyButton text={text} what={what} />
      </Group>
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reachable by the keyboard. */}
      <pre className={classes.snippet} tabIndex={0}>
        {text}
      </pre>
    </section>
  )
}
