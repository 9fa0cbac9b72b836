// Input for the operations of a webhook: a list of an object and an action each.

import { ActionIcon, Button, Fieldset, Group, NativeSelect, SimpleGrid, Stack, Text } from '@mantine/core'
import { IconPlus, IconX } from '@tabler/icons-react'
import { useObjects } from '../model/objectQueries.ts'
import { ACTIONS, EVERYTHING, objectChoices, type WebhookOperation } from './operation.ts'

interface OperationsInputProps {
  readonly value?: readonly WebhookOperation[]
  readonly onChange: (value: readonly WebhookOperation[]) => void
}

interface RowProps {
  readonly operation: WebhookOperation
  /** Position in the list, from 1. */
  readonly number: number
  readonly onChange: (operation: WebhookOperation) => void
  readonly onRemove: () => void
}

const Row = ({ operation, number, onChange, onRemove }: RowProps) => {
  const objects = useObjects()
  return (
    <Group gap="xs" wrap="nowrap" align="center">
      <SimpleGrid cols={{ base: 1, xs: 2 }} spacing="xs" verticalSpacing={4} flex={1}>
        <NativeSelect
          aria-label={`Object ${number}`}
          data={objectChoices(objects.data ?? [], operation.object)}
          value={operation.object}
          onChange={(event) => onChange({ ...operation, object: event.currentTarget.value })}
        />
        <NativeSelect
          aria-label={`Change ${number}`}
          data={[...ACTIONS]}
          value={operation.action}
          onChange={(event) => onChange({ ...operation, action: event.currentTarget.value })}
        />
      </SimpleGrid>
      <ActionIcon
        variant="subtle"
        color="gray"
        size="lg"
        aria-label={`Remove operation ${number}`}
        onClick={onRemove}
      >
        <IconX size={16} aria-hidden />
      </ActionIcon>
    </Group>
  )
}

export const OperationsInput = ({ value = [], onChange }: OperationsInputProps) => (
  <Fieldset legend="Operations">
    <Stack gap="xs" align="stretch">
      {value.length === 0 ? <Text size="sm">Add an operation, or the webhook sends nothing.</Text> : null}
      {value.map((operation, index) => (
        <Row
          // biome-ignore lint/suspicious/noArrayIndexKey: two operations may be equal.
          key={index}
          operation={operation}
          number={index + 1}
          onChange={(changed) => onChange(value.map((each, at) => (at === index ? changed : each)))}
          onRemove={() => onChange(value.filter((_, at) => at !== index))}
        />
      ))}
      <Group>
        <Button
          size="compact-sm"
          variant="light"
          leftSection={<IconPlus size={14} aria-hidden />}
          onClick={() => onChange([...value, EVERYTHING])}
        >
          Add operation
        </Button>
      </Group>
    </Stack>
  </Fieldset>
)
