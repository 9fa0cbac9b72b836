// The frame of every page: navigation on the left, or behind a button on phones, and the account menu.
// Navigating moves focus to the page, as loading a document would; so does removing the focused element.

import { Burger, Text } from '@mantine/core'
import { useDisclosure, useHotkeys } from '@mantine/hooks'
import { type ReactNode, type RefObject, useEffect, useRef } from 'react'
import { useLocation } from 'wouter'
import { useSession } from '../session/provider.tsx'
import { Account } from './account.tsx'
import { Brand } from './brand.tsx'
import { ImpersonationBanner } from './impersonation.tsx'
import { Navigation } from './navigation.tsx'
import classes from './shell.module.css'

/** Focuses `main` when the path changes. */
const useFocusOnPage = (location: string) => {
  const main = useRef<HTMLElement>(null)
  const shown = useRef(location)
  useEffect(() => {
    if (shown.current === location) return
    shown.current = location
    main.current?.focus({ preventScroll: true })
    window.scrollTo(0, 0)
  }, [location])
  return main
}

/**
 * Focuses `main` when the focused element is removed, a deleted row for example: the keyboard goes on from
 * the page, not from the navigation.
 */
const useKeptFocus = (main: RefObject<HTMLElement | null>): void => {
  useEffect(() => {
    const { current } = main
    if (current === null) return
    let last: EventTarget | null = null
    const remember = ({ target }: FocusEvent) => {
      last = target
    }
    const observer = new MutationObserver(() => {
      if (!(last instanceof Element) || last.isConnected || document.activeElement !== document.body) return
      last = null
      current.focus({ preventScroll: true })
    })
    current.addEventListener('focusin', remember)
    // The whole body: a dialog cannot return focus to a row that was removed meanwhile.
    observer.observe(document.body, { childList: true, subtree: true })
    return () => {
      current.removeEventListener('focusin', remember)
      observer.disconnect()
    }
  }, [main])
}

export const Shell = ({ children }: { readonly children: ReactNode }) => {
  const [isOpen, { toggle, close }] = useDisclosure(false)
  const [location] = useLocation()
  const { workspace } = useSession()
  const main = useFocusOnPage(location)
  useKeptFocus(main)
  useHotkeys([['Escape', close]])
  const title = workspace?.displayName ?? 'All workspaces'
  return (
    <div className={classes.frame}>
      <a className="skip" href="#main">
        Skip to the content
      </a>
      <header className={classes.bar}>
        <Burger
          opened={isOpen}
          onClick={toggle}
          size="sm"
          aria-label={isOpen ? 'Close navigation' : 'Open navigation'}
          aria-expanded={isOpen}
          aria-controls="navigation"
        />
        <Text fw={600} truncate>
          {title}
        </Text>
      </header>
      <aside id="navigation" className={classes.side} data-open={isOpen} aria-label="Console">
        <div className={classes.brand}>
          <Brand title={title} />
        </div>
        <div className={classes.links}>
          <Navigation onLeave={close} />
        </div>
        <div className={classes.account}>
          <Account />
        </div>
      </aside>
      <main id="main" ref={main} tabIndex={-1} className={classes.main}>
        <div className={classes.page}>
          <ImpersonationBanner />
          {children}
        </div>
      </main>
    </div>
  )
}
