// Link to the parent list, above the title of a page.

import { Anchor } from '@mantine/core'
import { IconArrowLeft } from '@tabler/icons-react'
import { Link } from 'wouter'
import classes from './backLink.module.css'

export const BackLink = ({ href, label }: { readonly href: string; readonly label: string }) => (
  <Anchor component={Link} href={href} size="sm" className={classes.link ?? ''}>
    <IconArrowLeft size={16} aria-hidden /> {label}
  </Anchor>
)
