// A cell of the permission matrix: allowed or not, set for this object or inherited. A click moves on to the
// next of its states.

import { UnstyledButton } from '@mantine/core'
import { IconCheck, IconX } from '@tabler/icons-react'
import classes from './matrix.module.css'
import type { Resolved } from './rights.ts'

interface CellProps {
  readonly label: string
  readonly object: string
  readonly resolved: Resolved
  readonly isEdited: boolean
  readonly isDisabled: boolean
  readonly onNext: () => void
}

const stateOf = ({ isAllowed, isOwn, isMuted }: Resolved): string => {
  const answer = isAllowed ? 'yes' : 'no'
  if (isMuted) return `${answer}, because the role cannot see these records`
  return isOwn ? `${answer}, for this object` : `${answer}, inherited`
}

export const Cell = ({ label, object, resolved, isEdited, isDisabled, onNext }: CellProps) => {
  const CellIcon = resolved.isAllowed ? IconCheck : IconX
  return (
    <UnstyledButton
      className={classes.cell}
      data-allowed={resolved.isAllowed}
      data-own={resolved.isOwn}
      data-edited={isEdited}
      disabled={isDisabled}
      aria-label={`${label} ${object}: ${stateOf(resolved)}`}
      title={stateOf(resolved)}
      onClick={onNext}
    >
      <CellIcon size={16} stroke={resolved.isOwn ? 2.5 : 2} aria-hidden />
    </UnstyledButton>
  )
}
