// Save and Discard at the bottom of a form, visible only while something is edited. Save submits the form.

import { Button, Group, Text } from '@mantine/core'
import classes from './saveBar.module.css'

interface SaveBarProps {
  readonly edits: number
  readonly isBusy: boolean
  readonly onDiscard: () => void
}

export const SaveBar = ({ edits, isBusy, onDiscard }: SaveBarProps) => (
  <div aria-live="polite" className={classes.region}>
    {edits === 0 ? null : (
      <Group className={classes.bar} justify="space-between" gap="xs">
        <Text size="sm">
          {edits} unsaved change{edits === 1 ? '' : 's'}
        </Text>
        <Group gap="xs">
          <Button variant="default" onClick={onDiscard}>
            Discard
          </Button>
          <Button type="submit" loading={isBusy}>
            Save
          </Button>
        </Group>
      </Group>
    )}
  </div>
)
