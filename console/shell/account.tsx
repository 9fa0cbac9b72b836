// The account menu: name and role of the session, color scheme, sign-out.

import { Group, Menu, Text, UnstyledButton, useMantineColorScheme } from '@mantine/core'
import { IconDeviceDesktop, IconLogout, IconMoon, IconSelector, IconSun } from '@tabler/icons-react'
import { useMutation } from '@tanstack/react-query'
import { useMayDiscard } from '../form/unsaved.tsx'
import { useSession, useSessionActions } from '../session/provider.tsx'
import type { Session } from '../session/session.ts'
import classes from './account.module.css'

const SCHEMES = [
  { value: 'light', label: 'Light', SchemeIcon: IconSun },
  { value: 'dark', label: 'Dark', SchemeIcon: IconMoon },
  { value: 'auto', label: 'Same as system', SchemeIcon: IconDeviceDesktop },
] as const

const roleOf = ({ kind, role }: Session): string => {
  if (kind === 'operator') return 'Operator'
  const label = role?.label ?? 'No role'
  return kind === 'key' ? `${label} · API key` : label
}

export const Account = () => {
  const session = useSession()
  const { signOut } = useSessionActions()
  const mayDiscard = useMayDiscard()
  const leave = useMutation({ mutationFn: signOut })
  const { colorScheme, setColorScheme } = useMantineColorScheme()
  return (
    <Menu position="top-start" width="target" shadow="md" withInitialFocusPlaceholder={false}>
      <Menu.Target>
        <UnstyledButton className={classes.account}>
          <Group gap="xs" wrap="nowrap" justify="space-between">
            <div className={classes.identity}>
              <Text size="sm" fw={600} truncate>
                {session.name}
              </Text>
              <Text size="xs" c="dimmed" truncate>
                {roleOf(session)}
              </Text>
            </div>
            <IconSelector size={16} aria-hidden />
          </Group>
        </UnstyledButton>
      </Menu.Target>
      <Menu.Dropdown>
        <Menu.Label>Theme</Menu.Label>
        <Menu.RadioGroup
          value={colorScheme}
          onChange={(chosen) => {
            const scheme = SCHEMES.find(({ value }) => value === chosen)
            if (scheme !== undefined) setColorScheme(scheme.value)
          }}
        >
          {SCHEMES.map(({ value, label, SchemeIcon }) => (
            <Menu.RadioItem key={value} value={value} rightSection={<SchemeIcon size={16} aria-hidden />}>
              {label}
            </Menu.RadioItem>
          ))}
        </Menu.RadioGroup>
        <Menu.Divider />
        <Menu.Item
          leftSection={<IconLogout size={16} aria-hidden />}
          onClick={async () => {
            if (await mayDiscard()) leave.mutate()
          }}
        >
          Sign out
        </Menu.Item>
      </Menu.Dropdown>
    </Menu>
  )
}
