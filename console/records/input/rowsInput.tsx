// Further entries of a composite, such as phones and links. Empty entries are not sent; no entries are null.

import { ActionIcon, Button, Input, Stack, TextInput } from '@mantine/core'
import { IconPlus, IconTrash } from '@tabler/icons-react'
import { useState } from 'react'
import { isRecord } from '../../api/json.ts'
import type { Part } from '../../model/field/fieldType.ts'
import classes from '../records.module.css'
import type { Row } from '../value.ts'
import { JsonInput } from './jsonInput.tsx'

interface RowsInputProps {
  readonly part: Part
  readonly value: unknown
  readonly onChange: (value: unknown) => void
  readonly onFault: (isFaulty: boolean) => void
}

const rowsOf = (value: unknown): readonly Row[] => (Array.isArray(value) ? value.filter(isRecord) : [])

/** Whether the inputs can express each entry. */
const isRows = (value: unknown, columns: readonly { readonly name: string }[]): boolean =>
  value == null ||
  (Array.isArray(value) &&
    value.every((row) => isRecord(row) && columns.every(({ name }) => typeof (row[name] ?? '') === 'string')))

const isBlank = (row: Row): boolean =>
  Object.values(row).every((each) => each === null || each === undefined || each === '')

const textOf = (value: unknown): string => (value === null || value === undefined ? '' : String(value))

const Rows = ({ part, value, onChange }: RowsInputProps) => {
  const [rows, setRows] = useState(() => rowsOf(value))
  const columns = part.columns ?? []
  const change = (next: readonly Row[]) => {
    setRows(next)
    const filled = next.filter((row) => !isBlank(row))
    onChange(filled.length === 0 ? null : filled)
  }
  return (
    <Input.Wrapper label={part.label} labelElement="div" className={classes.wide ?? ''}>
      <Stack gap="xs">
        {rows.length === 0 ? null : (
          <ul className={classes.entries}>
            {rows.map((row, index) => (
              // biome-ignore lint/suspicious/noArrayIndexKey: two entries may be alike in everything.
              <li key={index} className={classes.entry}>
                <div className={classes.entryParts}>
                  {columns.map(({ name, label }) => (
                    <TextInput
                      key={name}
                      aria-label={`${label} ${index + 2}`}
                      placeholder={label}
                      value={textOf(row[name])}
                      onChange={({ currentTarget: { value: text } }) =>
                        change(rows.map((each, at) => (at === index ? { ...each, [name]: text } : each)))
                      }
                    />
                  ))}
                </div>
                <ActionIcon
                  variant="subtle"
                  color="gray"
                  size="lg"
                  aria-label={`Remove ${part.label.toLowerCase()} ${index + 2}`}
                  onClick={() => change(rows.filter((_, at) => at !== index))}
                >
                  <IconTrash size={16} aria-hidden />
                </ActionIcon>
              </li>
            ))}
          </ul>
        )}
        <div>
          <Button
            size="compact-sm"
            variant="light"
            leftSection={<IconPlus size={14} aria-hidden />}
            onClick={() => change([...rows, Object.fromEntries(columns.map(({ name }) => [name, '']))])}
          >
            {part.addLabel}
          </Button>
        </div>
      </Stack>
    </Input.Wrapper>
  )
}

/** Entries of another form than the gateway's, which SQL can write, are edited as JSON. */
export const RowsInput = (props: RowsInputProps) => {
  const [isPlain] = useState(() => isRows(props.value, props.part.columns ?? []))
  return isPlain ? <Rows {...props} /> : <JsonInput {...props} label={props.part.label} />
}
