// One value of a record, for reading. In: the field and the value; out: text, options in their colours, links to other records.

import { Anchor, Badge, Group, Text } from '@mantine/core'
import { Link } from 'wouter'
import { paletteColor } from '../model/fieldType.ts'
import type { Field } from '../model/object.ts'
import { linkOf } from './link.ts'
import classes from './records.module.css'
import { useLabels, useObjectOf } from './relationLabels.ts'
import { type Row, valueText } from './value.ts'

const OptionBadges = ({ field, values }: { readonly field: Field; readonly values: readonly unknown[] }) => (
  <Group gap={4} wrap="nowrap" component="span">
    {values.map((value) => {
      const option = field.options?.find((each) => each.value === value)
      return (
        <Badge
          key={String(value)}
          component="span"
          variant="light"
          tt="none"
          fw={500}
          miw="max-content"
          color={paletteColor(option?.color ?? 'gray')}
        >
          {option?.label ?? String(value)}
        </Badge>
      )
    })}
  </Group>
)

/** A record that another points to. Whoever draws many hands in all rows, so that one request names them all. */
export const LinkCell = ({
  field,
  row,
  rows,
}: {
  readonly field: Field
  readonly row: Row
  readonly rows: readonly Row[]
}) => {
  const link = linkOf(field, row)
  const object = useObjectOf(link?.nameSingular)
  const ids = rows.flatMap((each) => {
    const other = linkOf(field, each)
    return other !== null && other.nameSingular === link?.nameSingular ? [other.id] : []
  })
  const labels = useLabels(object.data, ids)
  if (link === null) return null
  return (
    <Anchor
      component={Link}
      size="sm"
      href={`/records/${link.namePlural}?open=${encodeURIComponent(link.id)}`}
    >
      {labels.get(link.id) ?? link.id}
    </Anchor>
  )
}

export const ValueCell = ({ field, value }: { readonly field: Field; readonly value: unknown }) => {
  if (value === null || value === undefined) return null
  if (field.type === 'SELECT') return <OptionBadges field={field} values={[value]} />
  if (field.type === 'MULTI_SELECT' && Array.isArray(value))
    return <OptionBadges field={field} values={value} />
  const text = valueText(field, value)
  const isNumber = field.type === 'NUMBER' || field.type === 'NUMERIC' || field.type === 'CURRENCY'
  return (
    <Text component="span" size="sm" className={isNumber ? (classes.figure ?? '') : (classes.text ?? '')}>
      {text}
    </Text>
  )
}
