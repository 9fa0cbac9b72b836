// The icon of an object, by the name that the API has for it. A box stands for icons that the console does
// not carry.

import { IconBox } from '@tabler/icons-react'
import { ICONS } from './icons.ts'

export const ObjectIcon = ({ name, size = 16 }: { readonly name: string | null; readonly size?: number }) => {
  const Shape = (name === null ? undefined : ICONS[name]) ?? IconBox
  return <Shape size={size} stroke={1.75} aria-hidden style={{ flex: 'none' }} />
}
