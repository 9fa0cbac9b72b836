// The navigation: links to the pages that the session can open, by section.

import { Link, useLocation } from 'wouter'
import { isOpenTo, PAGES, type Page, SECTIONS } from '../pages.ts'
import { useSession } from '../session/provider.tsx'
import classes from './shell.module.css'

const ICON_SIZE = 18

/** Also current while a page below it is open. */
const isCurrent = (location: string, path: string): boolean =>
  location === path || location.startsWith(`${path}/`)

const PageLink = ({ page, onLeave }: { readonly page: Page; readonly onLeave: () => void }) => {
  const [location] = useLocation()
  const PageIcon = page.icon
  return (
    <Link
      href={page.path}
      className={classes.link}
      aria-current={isCurrent(location, page.path) ? 'page' : undefined}
      onClick={onLeave}
    >
      {PageIcon === undefined ? null : <PageIcon size={ICON_SIZE} stroke={1.75} aria-hidden />}
      {page.title}
    </Link>
  )
}

export const Navigation = ({ onLeave }: { readonly onLeave: () => void }) => {
  const session = useSession()
  return (
    <nav aria-label="Pages">
      {SECTIONS.map((section) => {
        const pages = PAGES.filter((page) => page.section === section && isOpenTo(session, page))
        return pages.length === 0 ? null : (
          <div key={section}>
            <div className={classes.section} id={`section-${section}`}>
              {section}
            </div>
            <ul className={classes.list} aria-labelledby={`section-${section}`}>
              {pages.map((page) => (
                <li key={page.path}>
                  <PageLink page={page} onLeave={onLeave} />
                </li>
              ))}
            </ul>
          </div>
        )
      })}
    </nav>
  )
}
