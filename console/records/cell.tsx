// One value of a record, for reading. In: the field and the value; out: text, options in their colours, links to other records.

import { Anchor, Group, Text } from '@mantine/core'
import { Link } from 'wouter'
import type { Field } from '../model/object.ts'
import { OptionBadge } from '../model/optionBadge.tsx'
import { useSoleKey } from './key.ts'
import { linkOf } from './link.ts'
import classes from './records.module.css'
import { useLabels, useObjectOf } from './relationLabels.ts'
import { type Row, valueText } from './value.ts'

const OptionBadges = ({ field, values }: { readonly field: Field; readonly values: readonly unknown[] }) => (
  <Group gap={4} wrap="nowrap" component="span">
    {values.map((value) => {
      const option = field.options?.find((each) => each.value === value)
      return (
        <OptionBadge
          key={String(value)}
          label={option?.label ?? String(value)}
          color={option?.color ?? 'gray'}
        />
      )
    })}
  </Group>
)

export interface LinkCellProps {
  readonly field: Field
  readonly row: Row
  /** All that are shown together, so that one request names what they point to. */
  readonly rows: readonly Row[]
}

/** What the record that another points to is called; its id until that is known. Nothing where one value does not name it. */
const useLinkLabel = ({ field, row, rows }: LinkCellProps) => {
  const known = linkOf(field, row)
  const object = useObjectOf(known?.nameSingular)
  const link = useSoleKey(object.data) === undefined ? null : known
  const ids = rows.flatMap((each) => {
    const other = linkOf(field, each)
    return other !== null && other.nameSingular === link?.nameSingular ? [other.id] : []
  })
  const labels = useLabels(object.data, ids)
  return { link, label: link === null ? '' : (labels.get(link.id) ?? link.id) }
}

/** The same where a link would stand inside something that can be clicked itself. */
export const LinkLabel = (props: LinkCellProps) => useLinkLabel(props).label

export const LinkCell = (props: LinkCellProps) => {
  const { link, label } = useLinkLabel(props)
  if (link === null) return null
  return (
    <Anchor
      component={Link}
      size="sm"
      // Once for the path that names the record, once for the address that holds it.
      href={`/records/${link.namePlural}?open=${encodeURIComponent(encodeURIComponent(link.id))}`}
    >
      {label}
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
