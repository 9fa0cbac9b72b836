// Select for the icon of an object.

import { Group, Select, Text } from '@mantine/core'
import { ICONS } from './icons.ts'
import { ObjectIcon } from './objectIcon.tsx'

/** `IconBuildingStore` → `Building store`. */
const labelOf = (name: string): string => {
  const words = name
    .replace(/^Icon/, '')
    .replace(/\d+$/, '')
    .replace(/(?<=[a-z])(?=[A-Z])/g, ' ')
    .toLowerCase()
  return words.charAt(0).toUpperCase() + words.slice(1)
}

interface IconPickerProps {
  readonly value: string
  readonly onChange: (name: string) => void
}

export const IconPicker = ({ value, onChange }: IconPickerProps) => {
  const names = value in ICONS ? Object.keys(ICONS) : [value, ...Object.keys(ICONS)]
  return (
    <Select
      label="Icon"
      searchable
      allowDeselect={false}
      leftSection={<ObjectIcon name={value} />}
      data={names.map((name) => ({ value: name, label: labelOf(name) }))}
      value={value}
      renderOption={({ option }) => (
        <Group gap="xs" wrap="nowrap">
          <ObjectIcon name={option.value} />
          <Text size="sm">{option.label}</Text>
        </Group>
      )}
      onChange={(name) => name !== null && onChange(name)}
    />
  )
}
