// An option of a select field: its label with a dot in its color. The text keeps the default color, so that
// all ten colors are equally readable.

import { Badge } from '@mantine/core'
import classes from '../model.module.css'
import { paletteColor } from './fieldType.ts'

interface OptionBadgeProps {
  readonly label: string
  readonly color: string
}

export const OptionBadge = ({ label, color }: OptionBadgeProps) => (
  <Badge
    component="span"
    variant="default"
    tt="none"
    fw={500}
    miw="max-content"
    leftSection={
      <span className={classes.dot} style={{ background: `var(--mantine-color-${paletteColor(color)}-5)` }} />
    }
  >
    {label}
  </Badge>
)
