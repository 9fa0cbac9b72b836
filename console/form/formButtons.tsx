// Cancel and submit buttons of a form in a dialog.

import { Button, Group } from '@mantine/core'

interface FormButtonsProps {
  /** Label of the submit button: a verb and its object. */
  readonly action: string
  readonly isBusy: boolean
  readonly isDisabled?: boolean
  /** For dangerous actions. */
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
