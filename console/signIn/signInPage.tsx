// The way in. In: the fragment of a sign-in link, or a key that is pasted; out: a session, and the place that
// was asked for. The fragment is taken out of the address before it is used, so that neither history nor a
// screenshot keeps it. Keys go into the request and nowhere else.

import { Alert, Box, Button, Paper, PasswordInput, SegmentedControl, Stack, Text } from '@mantine/core'
import { useDocumentTitle } from '@mantine/hooks'
import { type SubmitEvent, useCallback, useEffect, useRef, useState } from 'react'
import { useLocation, useSearch } from 'wouter'
import { type Failure, failureOf } from '../api/failure.ts'
import { useSessionActions, useSessionState } from '../session/provider.tsx'
import type { Credential } from '../session/session.ts'
import { Brand } from '../shell/brand.tsx'
import { placeOf } from './place.ts'
import classes from './signIn.module.css'

const takeSecret = (): string | null => {
  const secret = window.location.hash.slice(1)
  if (secret === '') return null
  window.history.replaceState(null, '', window.location.pathname + window.location.search)
  return secret
}

type Kind = 'apiKey' | 'operatorKey'

const KINDS = [
  { value: 'apiKey', label: 'API key' },
  { value: 'operatorKey', label: 'Operator key' },
] as const satisfies readonly { readonly value: Kind; readonly label: string }[]

const HELP: Readonly<Record<Kind, string>> = {
  apiKey: 'The session has the permissions of the key’s role.',
  operatorKey: 'Created with `npx tenantry operator key create`. Opens the list of all workspaces.',
}

const explain = (failure: Failure, isLink: boolean): string => {
  if (failure.status === 401)
    return isLink
      ? 'This sign-in link has already been used or has expired. Ask for a new one, or paste a key.'
      : 'This key is unknown, expired or revoked.'
  const wait = failure.retryAfterSeconds === null ? '' : ` Try again in ${failure.retryAfterSeconds} seconds.`
  return `${failure.message}${wait}`
}

const SignInPage = () => {
  useDocumentTitle('Sign in · Tenantry')
  const { signIn } = useSessionActions()
  const session = useSessionState()
  const hasEnded = session.status === 'out' && session.hasEnded
  const [, navigate] = useLocation()
  const search = useSearch()
  const [kind, setKind] = useState<Kind>('apiKey')
  const [key, setKey] = useState('')
  const [isBusy, setIsBusy] = useState(false)
  const [problem, setProblem] = useState<string | null>(null)
  // A link works once, and effects run twice in development.
  const secret = useRef<string | null>(null)

  const enter = useCallback(
    async (credential: Credential) => {
      setIsBusy(true)
      setProblem(null)
      try {
        await signIn(credential)
        navigate(placeOf(search), { replace: true })
      } catch (error) {
        setProblem(explain(failureOf(error), 'secret' in credential))
        setIsBusy(false)
      }
    },
    [signIn, navigate, search],
  )

  useEffect(() => {
    const redeem = () => {
      const taken = takeSecret()
      if (taken === null || taken === secret.current) return
      secret.current = taken
      void enter({ secret: taken })
    }
    redeem()
    window.addEventListener('hashchange', redeem)
    return () => window.removeEventListener('hashchange', redeem)
  }, [enter])

  const submit = (event: SubmitEvent) => {
    event.preventDefault()
    const pasted = key.trim()
    if (pasted === '') setProblem('Paste a key first.')
    else void enter(kind === 'apiKey' ? { apiKey: pasted } : { operatorKey: pasted })
  }

  return (
    <Box component="main" className={classes.page}>
      <Paper withBorder radius="lg" p="xl" className={classes.card}>
        <Stack gap="lg">
          <Brand title="Sign in" isHeading />
          <Text c="dimmed">
            Open the sign-in link that the gateway printed when it first started, or one that an administrator
            sent you. Or paste a key:
          </Text>
          <form onSubmit={submit}>
            <Stack gap="sm">
              <SegmentedControl
                fullWidth
                size="sm"
                aria-label="Kind of key"
                data={[...KINDS]}
                value={kind}
                onChange={setKind}
              />
              <PasswordInput
                label={kind === 'apiKey' ? 'API key' : 'Operator key'}
                description={HELP[kind]}
                value={key}
                disabled={isBusy}
                // No password manager should offer to store it.
                autoComplete="off"
                spellCheck={false}
                visibilityToggleButtonProps={{ 'aria-label': 'Show the key' }}
                onChange={(event) => setKey(event.currentTarget.value)}
              />
              <Button type="submit" loading={isBusy} mt="xs">
                Sign in
              </Button>
            </Stack>
          </form>
          <div aria-live="assertive">
            {problem !== null || !hasEnded ? null : (
              <Alert color="yellow" title="Session expired">
                Sign in again to return to the same page. Unsaved changes are lost.
              </Alert>
            )}
            {problem === null ? null : (
              <Alert color="red" title="Not signed in">
                {problem}
              </Alert>
            )}
          </div>
        </Stack>
      </Paper>
    </Box>
  )
}

export default SignInPage
