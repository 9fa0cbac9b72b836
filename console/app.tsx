// Routes by URL and session: the sign-in page, or a page inside the shell.

import { Button } from '@mantine/core'
import { IconMapSearch } from '@tabler/icons-react'
import { lazy, Suspense } from 'react'
import { Link, Redirect, Route, Switch, useLocation, useSearch } from 'wouter'
import { homeOf, isOpenTo, PAGES } from './pages.ts'
import { Missing } from './parts/emptyState.tsx'
import { ErrorBoundary } from './parts/errorBoundary.tsx'
import { ErrorState } from './parts/errorState.tsx'
import { Loading } from './parts/loading.tsx'
import { useSessionActions, useSessionState } from './session/provider.tsx'
import type { Session } from './session/session.ts'
import { Shell } from './shell/shell.tsx'
import { placeOf, signInPath } from './signIn/place.ts'

const SignInPage = lazy(() => import('./signIn/signInPage.tsx'))
const VIEWS = PAGES.map((page) => ({ page, View: lazy(page.load) }))

const NotFound = ({ home }: { readonly home: string }) => (
  <Missing
    icon={<IconMapSearch size={32} stroke={1.5} aria-hidden />}
    title="Page not found"
    text="Check the address, or use the navigation to find the page."
    action={
      <Button component={Link} href={home} variant="default">
        Go to the first page
      </Button>
    }
  />
)

const Views = ({ session }: { readonly session: Session }) => {
  const [location] = useLocation()
  return (
    <ErrorBoundary key={location}>
      <Suspense fallback={<Loading />}>
        <Switch>
          <Route path="/">
            <Redirect to={homeOf(session)} replace />
          </Route>
          {VIEWS.filter(({ page }) => isOpenTo(session, page)).map(({ page, View }) => (
            <Route key={page.path} path={page.path}>
              <View />
            </Route>
          ))}
          <Route>
            <NotFound home={homeOf(session)} />
          </Route>
        </Switch>
      </Suspense>
    </ErrorBoundary>
  )
}

export const App = () => {
  const state = useSessionState()
  const { refresh } = useSessionActions()
  const [location] = useLocation()
  const search = useSearch()
  if (location === '/sign-in')
    // A sign-in link is redeemed even during a session: it may be for another user.
    return state.status === 'in' && window.location.hash === '' ? (
      <Redirect to={placeOf(search)} replace />
    ) : (
      <Suspense fallback={null}>
        <SignInPage />
      </Suspense>
    )
  switch (state.status) {
    case 'unknown':
      return null
    case 'unreachable':
      return (
        <main className="alone">
          <div>
            <ErrorState failure={state.failure} onRetry={refresh} />
            {state.failure.status === 403 ? (
              <Button component={Link} href="/sign-in" variant="default">
                Sign in with another key
              </Button>
            ) : null}
          </div>
        </main>
      )
    case 'out':
      return <Redirect to={signInPath(location, search)} replace />
    case 'in':
      return (
        <Shell>
          <Views session={state.session} />
        </Shell>
      )
  }
}
