// Popover to choose the visible columns, in the order of the model.

import { Button, Checkbox, Popover, ScrollArea, Stack } from '@mantine/core'
import { IconColumns3 } from '@tabler/icons-react'
import type { Column } from './column.ts'

interface ColumnPickerProps {
  readonly columns: readonly Column[]
  readonly shown: readonly string[]
  readonly onChange: (shown: readonly string[] | null) => void
}

export const ColumnPicker = ({ columns, shown, onChange }: ColumnPickerProps) => (
  <Popover position="bottom-end" shadow="md" trapFocus>
    <Popover.Target>
      <Button variant="default" leftSection={<IconColumns3 size={16} aria-hidden />}>
        Columns
      </Button>
    </Popover.Target>
    <Popover.Dropdown>
      <ScrollArea.Autosize mah={360}>
        <Stack gap={6}>
          {columns.map(({ name, label }) => (
            <Checkbox
              key={name}
              label={label}
              checked={shown.includes(name)}
              disabled={shown.length === 1 && shown.includes(name)}
              onChange={({ currentTarget: { checked } }) =>
                onChange(
                  columns
                    .map((column) => column.name)
                    .filter((each) => (each === name ? checked : shown.includes(each))),
                )
              }
            />
          ))}
          <Button size="compact-sm" variant="subtle" onClick={() => onChange(null)}>
            Reset
          </Button>
        </Stack>
      </ScrollArea.Autosize>
    </Popover.Dropdown>
  </Popover>
)
