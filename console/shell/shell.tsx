// The frame of every page: navigation at the left, on phones behind a button, and who is signed in. In: the page; out: it, framed.
// When the page changes, the focus goes to its beginning, as it would after loading a document.

import { AppShell, Burger, Divider, Group, Text } from '@mantine/core'
import { useDisclosure } from '@mantine/hooks'
import { type ReactNode, useEffect, useRef } from 'react'
import { useLocation } from 'wouter'
import { useSession } from '../session/provider.tsx'
import { Account } from './account.tsx'
import { Brand } from './brand.tsx'
import { Navigation } from './navigation.tsx'
import classes from './shell.module.css'

const NAVBAR_WIDTH = 236
const PHONE_HEADER_HEIGHT = 52

export const Shell = ({ children }: { readonly children: ReactNode }) => {
  const [isOpen, { toggle, close }] = useDisclosure(false)
  const [location] = useLocation()
  const { workspace } = useSession()
  const main = useRef<HTMLElement>(null)
  const isFirstPage = useRef(true)

  // biome-ignore lint/correctness/useExhaustiveDependencies: the location is the occasion.
  useEffect(() => {
    close()
    if (isFirstPage.current) isFirstPage.current = false
    else {
      main.current?.focus({ preventScroll: true })
      window.scrollTo(0, 0)
    }
  }, [location, close])

  const title = workspace?.displayName ?? 'All workspaces'
  return (
    <AppShell
      header={{ height: { base: PHONE_HEADER_HEIGHT, sm: 0 } }}
      navbar={{ width: NAVBAR_WIDTH, breakpoint: 'sm', collapsed: { mobile: !isOpen } }}
      padding={0}
    >
      <a className="skip" href="#main">
        Skip to the content
      </a>
      <AppShell.Header hiddenFrom="sm" px="md">
        <Group h="100%" gap="sm" wrap="nowrap">
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
        </Group>
      </AppShell.Header>
      <AppShell.Navbar id="navigation" className={classes.navbar}>
        <AppShell.Section visibleFrom="sm" px="md" pt="md" pb="sm">
          <Brand title={title} />
        </AppShell.Section>
        <AppShell.Section grow className={classes.links} p="xs">
          <Navigation onLeave={close} />
        </AppShell.Section>
        <Divider color="var(--hairline)" />
        <AppShell.Section p="xs">
          <Account />
        </AppShell.Section>
      </AppShell.Navbar>
      <AppShell.Main id="main" ref={main} tabIndex={-1}>
        <div className={classes.page}>{children}</div>
      </AppShell.Main>
    </AppShell>
  )
}
