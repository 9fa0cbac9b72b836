// A read-only value of a record: text, colored options, or a link to another record.

import { Anchor, Group, Text } from '@mantine/core'
import { Link } from 'wouter'
import { OptionBadge } from '../model/field/optionBadge.tsx'
import type { Field } from '../model/object.ts'
import { segmentOf } from './key.ts'
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

interface LinkCellProps {
  readonly field: Field
  readonly row: Row
  /** All rows of the page, so that one request loads all labels. */
  readonly rows: readonly Row[]
}

/**
 * Label of the related record; its id while that loads. Empty if a single value cannot identify the record.
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
  // A key can be linked before the record has loaded; another referenced value cannot.
  const keyed = referenced === undefined && link !== null ? segmentOf(link.id) : null
  return { link, label: link === null ? '' : (named?.label ?? link.id), key: named?.key ?? keyed }
}

/** The label alone, for places inside a button. */
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
      // The key is encoded as a path segment, and is encoded again as a parameter.
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
