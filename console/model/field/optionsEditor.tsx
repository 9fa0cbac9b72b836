// Editor for the options of select fields: label, value, color and order. An option keeps its id, so that
// editing renames it instead of replacing it. Buttons change the order, since they work with keyboards and
// screen readers.

import { ActionIcon, Button, ColorSwatch, Fieldset, Group, Menu, Text, TextInput } from '@mantine/core'
import { IconArrowDown, IconArrowUp, IconPlus, IconTrash } from '@tabler/icons-react'
import classes from '../model.module.css'
import { optionValueOf } from '../nameOf.ts'
import type { Option } from '../object.ts'
import { OPTION_COLORS, paletteColor } from './fieldType.ts'

interface OptionsEditorProps {
  readonly options: readonly Option[]
  readonly onChange: (options: readonly Option[]) => void
}

const numbered = (options: readonly Option[]): readonly Option[] =>
  options.map((option, position) => ({ ...option, position }))

export const newOption = (position: number): Option => ({
  value: '',
  label: '',
  color: OPTION_COLORS[position % OPTION_COLORS.length] ?? 'gray',
  position,
})

const shade = (color: string): string => `var(--mantine-color-${paletteColor(color)}-5)`

interface RowProps {
  readonly option: Option
  readonly count: number
  readonly onChange: (option: Option) => void
  readonly onMove: (by: 1 | -1) => void
  readonly onRemove: () => void
}

const ColorMenu = ({ option, onChange }: Pick<RowProps, 'option' | 'onChange'>) => (
  <Menu position="bottom-start" width={160}>
    <Menu.Target>
      <ActionIcon variant="default" size="lg" aria-label={`Color: ${option.color}`}>
        <span className={classes.swatch} style={{ background: shade(option.color) }} />
      </ActionIcon>
    </Menu.Target>
    <Menu.Dropdown>
      {OPTION_COLORS.map((color) => (
        <Menu.Item
          key={color}
          leftSection={<ColorSwatch color={shade(color)} size={14} />}
          onClick={() => onChange({ ...option, color })}
        >
          {color}
        </Menu.Item>
      ))}
    </Menu.Dropdown>
  </Menu>
)

const Row = ({ option, count, onChange, onMove, onRemove }: RowProps) => {
  const { label, value, position } = option
  const name = label === '' ? `option ${position + 1}` : label
  const isDerived = value === '' || value === optionValueOf(label)
  return (
    <li className={classes.option}>
      <ColorMenu option={option} onChange={onChange} />
      <TextInput
        aria-label={`Label of ${name}`}
        placeholder="Label"
        value={label}
        onChange={({ currentTarget: { value: next } }) =>
          onChange({
            ...option,
            label: next,
            // An existing option keeps its value: records refer to it.
            value: isDerived && option.id === undefined ? optionValueOf(next) : value,
          })
        }
      />
      <TextInput
        aria-label={`Value of ${name}`}
        placeholder="Value"
        value={value}
        onChange={(event) => onChange({ ...option, value: event.currentTarget.value })}
      />
      <Group gap={2} wrap="nowrap">
        <ActionIcon
          variant="subtle"
          color="gray"
          disabled={position === 0}
          aria-label={`Move ${name} up`}
          onClick={() => onMove(-1)}
        >
          <IconArrowUp size={16} />
        </ActionIcon>
        <ActionIcon
          variant="subtle"
          color="gray"
          disabled={position === count - 1}
          aria-label={`Move ${name} down`}
          onClick={() => onMove(1)}
        >
          <IconArrowDown size={16} />
        </ActionIcon>
        <ActionIcon variant="subtle" color="red" aria-label={`Remove ${name}`} onClick={onRemove}>
          <IconTrash size={16} />
        </ActionIcon>
      </Group>
    </li>
  )
}

export const OptionsEditor = ({ options, onChange }: OptionsEditorProps) => {
  const move = (from: number, by: 1 | -1) => {
    const next = [...options]
    const [moved] = next.splice(from, 1)
    if (moved === undefined) return
    next.splice(from + by, 0, moved)
    onChange(numbered(next))
  }
  return (
    <Fieldset legend="Options">
      {options.length === 0 ? (
        <Text size="sm" c="dimmed" mb="xs">
          Add at least one option.
        </Text>
      ) : (
        <ul className={classes.options}>
          {options.map((option, index) => (
            <Row
              key={option.id ?? `new ${index}`}
              option={option}
              count={options.length}
              onChange={(changed) => onChange(options.map((each, at) => (at === index ? changed : each)))}
              onMove={(by) => move(index, by)}
              onRemove={() => onChange(numbered(options.filter((_, at) => at !== index)))}
            />
          ))}
        </ul>
      )}
      <Button
        mt="xs"
        size="compact-sm"
        variant="light"
        leftSection={<IconPlus size={14} aria-hidden />}
        onClick={() => onChange([...options, newOption(options.length)])}
      >
        Add an option
      </Button>
    </Fieldset>
  )
}
