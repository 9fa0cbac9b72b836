// Header of the two pages “APIs & Webhooks”, with links between them.

import type { ReactNode } from 'react'
import { Link } from 'wouter'
import { PageHeader } from '../parts/pageHeader.tsx'
import classes from './apiHeader.module.css'

const PARTS = [
  ['/api', 'API keys'],
  ['/api/webhooks', 'Webhooks'],
] as const

interface ApiHeaderProps {
  readonly path: (typeof PARTS)[number][0]
  readonly text: string
  readonly actions?: ReactNode
}

export const ApiHeader = ({ path, ...header }: ApiHeaderProps) => (
  <>
    <PageHeader title="APIs & Webhooks" {...header} />
    <nav aria-label="Parts of the page" className={classes.parts}>
      {PARTS.map(([href, label]) => (
        <Link key={href} href={href} aria-current={href === path ? 'page' : undefined}>
          {label}
        </Link>
      ))}
    </nav>
  </>
)
