// The end of a form in a dialog: away, or on.

import { Button, Group } from '@mantine/core'

export interface FormButtonsProps {
  /** What submitting does, as a verb. */
  readonly action: string
  readonly isBusy: boolean
  readonly isDisabled?: boolean
  /** Where the first thing to do is to think again. */
  readonly focusesCancel?: boolean
  readonly onCancel: () => void
}

export const FormButtons = ({ action, isBusy, isDisabled, focusesCancel, onCancel }: FormButtonsProps) => (
  <Group justify="flex-end" gap="xs">
    <Button
      variant="default"
      {...(focusesCancel === true ? { 'data-autofocus': true } : {})}
      onClick={onCancel}
    >
      Cancel
    </Button>
    <Button type="submit" loading={isBusy} disabled={isDisabled === true}>
      {action}
    </Button>
  </Group>
)
