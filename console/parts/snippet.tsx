// A text to take away: a token, a command. In: the text; out: it, selectable at one click, with a button that
// copies it.

import { Group, Text } from '@mantine/core'
import { useId } from 'react'
import { CopyButton } from './copyButton.tsx'
import classes from './snippet.module.css'

export interface SnippetProps {
  readonly label: string
  /** What is copied: `key`, `command`. */
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
