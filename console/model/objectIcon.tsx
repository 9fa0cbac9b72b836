// The icon of an object by its API name, or a box if the console does not include it.

import { IconBox } from '@tabler/icons-react'
import { ICONS } from './icons.ts'

export const ObjectIcon = ({ name, size = 16 }: { readonly name: string | null; readonly size?: number }) => {
  const Shape = (name === null ? undefined : ICONS[name]) ?? IconBox
  return <Shape size={size} stroke={1.75} aria-hidden style={{ flex: 'none' }} />
}
