// The bar above a playground: which API, and whose identity. A pasted key stays in the page's memory until a
// reload: never in browser storage, never in a URL.

import { Anchor, Button, Group, PasswordInput, Popover, Stack, Text } from '@mantine/core'
import { IconKey, IconUser } from '@tabler/icons-react'
import { useState } from 'react'
import { Link } from 'wouter'
import { Form } from '../form/form.tsx'
import { usePlaygroundKey, useSession } from '../session/provider.tsx'
import { ENDPOINTS, type Endpoint } from './endpoints.ts'
import classes from './playground.module.css'

const TOKEN = /^[\w-]+\.[\w-]+\.[\w-]+$/

const KeyForm = ({ onKey }: { readonly onKey: (token: string) => void }) => {
  const [token, setToken] = useState('')
  const text = token.trim().replace(/^Bearer\s+/i, '')
  return (
    <Form
      onSubmit={() => onKey(text)}
      end={
        <Button type="submit" fullWidth>
          Use this key
        </Button>
      }
    >
      <Stack gap="sm">
        <PasswordInput
          data-autofocus
          label="API key"
          description="Kept in this page until you close or reload it."
          value={token}
          autoComplete="off"
          required
          withAsterisk={false}
          error={
            text !== '' && !TOKEN.test(text)
              ? 'Not an API key: a key has three parts with dots between them.'
              : null
          }
          onChange={(event) => setToken(event.currentTarget.value)}
        />
      </Stack>
    </Form>
  )
}

const Identity = () => {
  const { name, role } = useSession()
  const [key, setKey] = usePlaygroundKey()
  const [isOpen, setIsOpen] = useState(false)
  const session = role === null ? name : `${name} (${role.label})`
  return (
    <Group gap="xs" wrap="nowrap" className={classes.identity}>
      {key === null ? <IconUser size={16} aria-hidden /> : <IconKey size={16} aria-hidden />}
      <Text size="sm" truncate aria-live="polite">
        {key === null ? `As ${session}` : `As the key “${key.name}”`}
      </Text>
      <Popover opened={isOpen} onChange={setIsOpen} position="bottom-end" trapFocus width={320} shadow="md">
        <Popover.Target>
          <Button variant="default" size="compact-sm" onClick={() => setIsOpen((before) => !before)}>
            Use a key
          </Button>
        </Popover.Target>
        <Popover.Dropdown>
          <KeyForm
            onKey={(token) => {
              setKey({ name: `…${token.slice(-6)}`, token })
              setIsOpen(false)
            }}
          />
        </Popover.Dropdown>
      </Popover>
      {key === null ? null : (
        <Button variant="subtle" size="compact-sm" onClick={() => setKey(null)}>
          Back to my session
        </Button>
      )}
    </Group>
  )
}

export const PlaygroundBar = ({ endpoint }: { readonly endpoint: Endpoint }) => (
  <div className={classes.bar}>
    <nav aria-label="Playgrounds" className={classes.endpoints}>
      {ENDPOINTS.map(({ path, label }) => (
        <Anchor
          key={path}
          component={Link}
          href={path}
          size="sm"
          className={classes.endpoint ?? ''}
          {...(path === endpoint.path ? { 'aria-current': 'page' } : {})}
        >
          {label}
        </Anchor>
      ))}
    </nav>
    <Identity />
  </div>
)
