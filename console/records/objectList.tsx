// List of objects, virtualized for hundreds of them; a select on narrow screens.

import { Select, TextInput } from '@mantine/core'
import { IconSearch } from '@tabler/icons-react'
import { useVirtualizer } from '@tanstack/react-virtual'
import { useRef, useState } from 'react'
import { Link, useLocation } from 'wouter'
import type { ObjectSummary } from '../model/object.ts'
import { useRecordCounts } from '../model/objectQueries.ts'
import classes from './records.module.css'

const ROW_HEIGHT = 32

interface ObjectListProps {
  readonly objects: readonly ObjectSummary[]
  readonly current: string
}

const hrefOf = (namePlural: string): string => `/records/${namePlural}`

const Rows = ({ objects, current }: ObjectListProps) => {
  const counts = useRecordCounts()
  const box = useRef<HTMLDivElement>(null)
  const virtualizer = useVirtualizer({
    count: objects.length,
    getScrollElement: () => box.current,
    estimateSize: () => ROW_HEIGHT,
    overscan: 12,
    initialOffset: Math.max(
      0,
      objects.findIndex(({ namePlural }) => namePlural === current) * ROW_HEIGHT - 4 * ROW_HEIGHT,
    ),
  })
  return (
    <div ref={box} className={classes.objects}>
      <ul style={{ height: virtualizer.getTotalSize() }} className={classes.rows}>
        {virtualizer.getVirtualItems().map(({ index, start }) => {
          const object = objects[index]
          if (object === undefined) return null
          return (
            <li key={object.id} className={classes.row} style={{ transform: `translateY(${start}px)` }}>
              <Link
                href={hrefOf(object.namePlural)}
                className={classes.objectLink}
                {...(object.namePlural === current ? { 'aria-current': 'page' as const } : {})}
              >
                <span className={classes.objectName}>{object.labelPlural}</span>
                <span className={classes.count}>{counts.data?.get(object.namePlural)?.toLocaleString()}</span>
              </Link>
            </li>
          )
        })}
      </ul>
    </div>
  )
}

export const ObjectList = ({ objects, current }: ObjectListProps) => {
  const [wanted, setWanted] = useState('')
  const found = objects.filter(({ labelPlural, namePlural }) =>
    `${labelPlural} ${namePlural}`.toLowerCase().includes(wanted.trim().toLowerCase()),
  )
  return (
    <nav aria-label="Objects" className={classes.list}>
      <TextInput
        aria-label="Search for an object"
        placeholder="Search objects"
        leftSection={<IconSearch size={16} aria-hidden />}
        value={wanted}
        onChange={(event) => setWanted(event.currentTarget.value)}
      />
      <Rows key={wanted} objects={found} current={current} />
    </nav>
  )
}

export const ObjectSelect = ({ objects, current }: ObjectListProps) => {
  const [, navigate] = useLocation()
  return (
    <Select
      className={classes.select ?? ''}
      label="Object"
      searchable
      allowDeselect={false}
      limit={100}
      data={objects.map(({ namePlural, labelPlural }) => ({ value: namePlural, label: labelPlural }))}
      value={current}
      onChange={(plural) => plural !== null && navigate(hrefOf(plural))}
    />
  )
}
