// One value of a record, for reading. In: the field and the value; out: text, options in their colours, links
// to other records.

import { Anchor, Group, Text } from '@mantine/core'
import { Link } from 'wouter'
import { OptionBadge } from '../model/field/optionBadge.tsx'
import type { Field } from '../model/object.ts'
import { linkOf, referencedOf } from './link.ts'
import classes from './records.module.css'
import { useLabels, useObjectOf, usePointedTo } from './relationLabels.ts'
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

/**
 * What the record that another points to is called; its id until that is known. Nothing where one value does
 * not name it.
 */
const useLinkLabel = ({ field, row, rows }: LinkCellProps) => {
  const known = linkOf(field, row)
  const object = useObjectOf(known?.nameSingular)
  const referenced = referencedOf(field)
  const { by } = usePointedTo(object.data, referenced)
  const link = by === undefined ? null : known
  const ids = rows.flatMap((each) => {
    const other = linkOf(field, each)
    return other !== null && other.nameSingular === link?.nameSingular ? [other.id] : []
  })
  const labels = useLabels(object.data, referenced, ids)
  const named = link === null ? undefined : labels.get(link.id)
  // The key itself names its record before that is known to be there; any other value does not.
  const keyed = referenced === undefined && link !== null ? encodeURIComponent(link.id) : null
  return { link, label: link === null ? '' : (named?.label ?? link.id), key: named?.key ?? keyed }
}

/** The same where a link would stand inside something that can be clicked itself. */
export const LinkLabel = (props: LinkCellProps) => useLinkLabel(props).label

export const LinkCell = (props: LinkCellProps) => {
  const { link, label, key } = useLinkLabel(props)
  if (link === null) return null
  if (key === null)
    return (
      <Text component="span" size="sm">
        {label}
      </Text>
    )
  return (
    <Anchor
      component={Link}
      size="sm"
      // It is made for a path, and is held by an address.
      href={`/records/${link.namePlural}?open=${encodeURIComponent(key)}`}
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
