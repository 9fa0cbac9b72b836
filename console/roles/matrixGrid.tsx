// The grid of the permission matrix: a row per object, a cell per permission. Only visible rows are rendered,
// so that hundreds of objects cost as much as a dozen.

import { Badge, UnstyledButton } from '@mantine/core'
import { IconCheck, IconX } from '@tabler/icons-react'
import { useVirtualizer } from '@tanstack/react-virtual'
import { useRef } from 'react'
import { Cell } from './cell.tsx'
import classes from './matrix.module.css'
import { type MatrixEdits, objectRightsOf, restrictionsOf } from './objectRight.ts'
import type { RoleObjectSummary } from './objects.ts'
import { RIGHTS, type RightName, resolve } from './rights.ts'
import type { Role } from './roles.ts'

export const ROW_HEIGHT = 44
const OVERSCAN = 8

const Samples = ({ isOwn }: { readonly isOwn: boolean }) =>
  [true, false].map((isAllowed) => (
    <span
      key={String(isAllowed)}
      className={`${classes.cell} ${classes.sample}`}
      data-allowed={isAllowed}
      data-own={isOwn}
    >
      {isAllowed ? <IconCheck size={14} aria-hidden /> : <IconX size={14} aria-hidden />}
    </span>
  ))

export const Legend = () => (
  <div className={classes.legend}>
    <span>
      <Samples isOwn={false} />
      Inherited
    </span>
    <span>
      <Samples isOwn />
      For this object
    </span>
    <span>Click a permission to change it, or an object to set its fields and record rules.</span>
  </div>
)

export interface GridProps {
  readonly role: Role
  readonly objects: readonly RoleObjectSummary[]
  readonly edits: MatrixEdits
  readonly onNext: (objectId: string, name: RightName) => void
  readonly onOpen: (object: RoleObjectSummary) => void
}

const Head = () => (
  // biome-ignore-start lint/a11y/useSemanticElements: rows are positioned absolutely.
  // biome-ignore-start lint/a11y/useFocusableInteractive: a row of headings is not interactive.
  <div className={classes.head} role="row" aria-rowindex={1}>
    {['Object', ...RIGHTS.map(({ label }) => label)].map((label) => (
      <span key={label} role="columnheader">
        {label}
      </span>
    ))}
  </div>
  // biome-ignore-end lint/a11y/useSemanticElements: as above.
  // biome-ignore-end lint/a11y/useFocusableInteractive: as above.
)

interface RowProps extends Omit<GridProps, 'objects'> {
  readonly object: RoleObjectSummary
  readonly index: number
  readonly start: number
}

const Row = ({ role, object, edits, index, start, onNext, onOpen }: RowProps) => {
  const edited = edits.get(object.id)
  const rights = { ...objectRightsOf(role, object.id), ...edited }
  const restrictions = restrictionsOf(role, object.id)
  return (
    // biome-ignore-start lint/a11y/useSemanticElements: rows are positioned absolutely.
    // biome-ignore-start lint/a11y/useFocusableInteractive: the buttons within are.
    <div
      role="row"
      aria-rowindex={index + 2}
      className={classes.row}
      style={{ transform: `translateY(${start}px)` }}
    >
      <div role="rowheader" className={classes.name}>
        <UnstyledButton className={classes.open} onClick={() => onOpen(object)}>
          {object.labelPlural}
        </UnstyledButton>
        {restrictions === 0 ? null : (
          <Badge size="xs" variant="light" tt="none">
            {restrictions} rule{restrictions === 1 ? '' : 's'}
          </Badge>
        )}
      </div>
      {RIGHTS.map(({ name, label }) => (
        <div key={name} role="cell" className={classes.place}>
          <Cell
            label={label}
            object={object.labelPlural}
            resolved={resolve(name, rights, role)}
            isEdited={edited?.[name] !== undefined}
            isDisabled={!role.isEditable}
            onNext={() => onNext(object.id, name)}
          />
        </div>
      ))}
    </div>
    // biome-ignore-end lint/a11y/useSemanticElements: as above.
    // biome-ignore-end lint/a11y/useFocusableInteractive: as above.
  )
}

export const Grid = ({ objects, ...row }: GridProps) => {
  const scroll = useRef<HTMLDivElement>(null)
  const rows = useVirtualizer({
    count: objects.length,
    getScrollElement: () => scroll.current,
    estimateSize: () => ROW_HEIGHT,
    overscan: OVERSCAN,
  })
  return (
    <div className={classes.frame}>
      {/* biome-ignore lint/a11y/useSemanticElements: rows are positioned absolutely. */}
      <div
        ref={scroll}
        className={classes.scroll}
        role="table"
        aria-label="Permissions by object"
        aria-rowcount={objects.length + 1}
      >
        <Head />
        <div style={{ height: rows.getTotalSize(), position: 'relative' }}>
          {rows.getVirtualItems().map(({ index, start }) => {
            const object = objects[index]
            return object === undefined ? null : (
              <Row key={object.id} {...row} object={object} index={index} start={start} />
            )
          })}
        </div>
      </div>
    </div>
  )
}
