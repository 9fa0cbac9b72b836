// The sign-in page: signs in with the secret of a link, from the URL's fragment, or with a pasted key, and
// goes on to the requested page. The fragment is removed before it is used, so that neither history nor a
// screenshot keeps it.

import { Alert, Box, Button, Paper, PasswordInput, SegmentedControl, Stack, Text } from '@mantine/core'
import { useDocumentTitle } from '@mantine/hooks'
import { useMutation } from '@tanstack/react-query'
import { type SubmitEvent, useEffect, useEffectEvent, useRef, useState } from 'react'
import { useLocation, useSearch } from 'wouter'
import { failureOf } from '../api/failure.ts'
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

const explain = (error: unknown, isLink: boolean): string => {
  const { status, message, retryAfterSeconds } = failureOf(error)
  if (status === 401)
    return isLink
      ? 'This sign-in link has already been used or has expired. Ask for a new one, or paste a key.'
      : 'This key is unknown, expired or revoked.'
  return retryAfterSeconds === null ? message : `${message} Try again in ${retryAfterSeconds} seconds.`
}

const useSignIn = () => {
  const { signIn } = useSessionActions()
  const [, navigate] = useLocation()
  const search = useSearch()
  return useMutation({
    mutationFn: (credential: Credential) => signIn(credential),
    meta: { showsFailure: true },
    onSuccess: () => navigate(placeOf(search), { replace: true }),
  })
}

/** Also redeems a link that is opened while this page is shown. */
const useSecret = (redeem: (secret: string) => void): void => {
  // A link works once, and effects run twice in development.
  const last = useRef<string | null>(null)
  const take = useEffectEvent(() => {
    const secret = takeSecret()
    if (secret === null || secret === last.current) return
    last.current = secret
    redeem(secret)
  })
  useEffect(() => {
    take()
    window.addEventListener('hashchange', take)
    return () => window.removeEventListener('hashchange', take)
  }, [])
}

interface KeyFormProps {
  readonly isBusy: boolean
  readonly onKey: (credential: Credential) => void
  readonly onEmpty: () => void
}

const KeyForm = ({ isBusy, onKey, onEmpty }: KeyFormProps) => {
  const [kind, setKind] = useState<Kind>('apiKey')
  const [key, setKey] = useState('')
  const submit = (event: SubmitEvent) => {
    event.preventDefault()
    const pasted = key.trim()
    if (pasted === '') onEmpty()
    else onKey(kind === 'apiKey' ? { apiKey: pasted } : { operatorKey: pasted })
  }
  return (
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
          // Keeps password managers from storing the key.
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
  )
}

const Notes = ({ problem, hasEnded }: { readonly problem: string | null; readonly hasEnded: boolean }) => (
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
)

const SignInPage = () => {
  useDocumentTitle('Sign in · Tenantry')
  const session = useSessionState()
  const signIn = useSignIn()
  const { mutate, reset, error, variables, isPending } = signIn
  const [isEmpty, setIsEmpty] = useState(false)
  useSecret((secret) => mutate({ secret }))
  const problem =
    error !== null
      ? explain(error, variables !== undefined && 'secret' in variables)
      : isEmpty
        ? 'Paste a key first.'
        : null
  return (
    <Box component="main" className={classes.page}>
      <Paper withBorder radius="lg" p="xl" className={classes.card}>
        <Stack gap="lg">
          <Brand title="Sign in" isHeading />
          <Text c="dimmed">
            Open the sign-in link that the gateway printed when it first started, or one that an administrator
            sent you. Or paste a key:
          </Text>
          <KeyForm
            isBusy={isPending || signIn.isSuccess}
            onKey={(credential) => {
              setIsEmpty(false)
              mutate(credential)
            }}
            onEmpty={() => {
              reset()
              setIsEmpty(true)
            }}
          />
          <Notes problem={problem} hasEnded={session.status === 'out' && session.hasEnded} />
        </Stack>
      </Paper>
    </Box>
  )
}

export default SignInPage
