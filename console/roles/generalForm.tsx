// What a role is called, what it may do with all records, and what beside records. In: the role; out: a change that holds only what
// was edited; permission flags are a call of their own.

import { Alert, Checkbox, SimpleGrid, Stack, Switch, Text, Textarea, TextInput } from '@mantine/core'
import { IconLock } from '@tabler/icons-react'
import { useQuery } from '@tanstack/react-query'
import { type SubmitEvent, useState } from 'react'
import { Panel } from '../parts/panel.tsx'
import { Query } from '../parts/query.tsx'
import { SaveBar } from '../parts/saveBar.tsx'
import { useChange } from '../parts/useChange.ts'
import { useApi } from '../session/provider.tsx'
import { Flags } from './flags.tsx'
import { RIGHTS } from './rights.ts'
import { changeRole, FLAGS_KEY, ROLES_KEY, type Role, type RoleChange, readFlags, setFlags } from './roles.ts'

const STALE = [ROLES_KEY, ['keyRoles']]

const ASSIGNABLE = [
  ['canBeAssignedToUsers', 'Members'],
  ['canBeAssignedToApiKeys', 'API keys'],
] as const

const HELP: Readonly<Record<(typeof RIGHTS)[number]['general'], string>> = {
  canReadAllObjectRecords: 'All else needs this',
  canCreateAllObjectRecords: 'Create new ones',
  canUpdateAllObjectRecords: 'Change those that exist',
  canSoftDeleteAllObjectRecords: 'Into the trash, and back out',
  canDestroyAllObjectRecords: 'For good',
}

const isSame = (one: ReadonlySet<string>, other: ReadonlySet<string>): boolean =>
  one.size === other.size && [...one].every((flag) => other.has(flag))

export const GeneralForm = ({ role }: { readonly role: Role }) => {
  const api = useApi()
  const knownFlags = useQuery({ queryKey: FLAGS_KEY, queryFn: () => readFlags(api) })
  const current = new Set((role.permissionFlags ?? []).map(({ flag }) => flag))
  const [draft, setDraft] = useState<RoleChange>({})
  const [draftFlags, setDraftFlags] = useState<ReadonlySet<string> | null>(null)
  const shown = { ...role, ...draft }
  const flags = draftFlags ?? current

  const before = new Map(Object.entries(role))
  const edited: RoleChange = Object.fromEntries(
    Object.entries(draft).filter(([name, value]) => before.get(name) !== value),
  )
  const areFlagsEdited = !isSame(flags, current)
  const edits = Object.keys(edited).length + (areFlagsEdited ? 1 : 0)
  const { change, isBusy } = useChange({
    run: async () => {
      if (Object.keys(edited).length > 0) await changeRole(api, role.id, edited)
      if (areFlagsEdited) await setFlags(api, role.id, [...flags])
    },
    stale: STALE,
    done: () => `Role “${shown.label}” was changed.`,
  })
  const edit = (part: RoleChange) => setDraft((all) => ({ ...all, ...part }))
  const discard = () => {
    setDraft({})
    setDraftFlags(null)
  }
  const submit = async (event: SubmitEvent) => {
    event.preventDefault()
    if ((await change(undefined)) !== null) discard()
  }

  return (
    <form onSubmit={submit}>
      <Stack>
        {role.isEditable ? null : (
          <Alert color="gray" icon={<IconLock size={18} aria-hidden />} title="This role is built in">
            What it may do is fixed. Create a role of your own to have it differ.
          </Alert>
        )}
        <fieldset disabled={!role.isEditable} className="contents">
          <Panel title="Name">
            <SimpleGrid cols={{ base: 1, sm: 2 }}>
              <TextInput
                label="Name"
                required
                value={shown.label}
                onChange={(event) => edit({ label: event.currentTarget.value })}
              />
              <Textarea
                label="Description"
                autosize
                minRows={1}
                value={shown.description ?? ''}
                onChange={(event) => edit({ description: event.currentTarget.value })}
              />
            </SimpleGrid>
            <Text size="sm" fw={500} mt="md" mb="xs">
              Can be given to
            </Text>
            <SimpleGrid cols={{ base: 1, xs: 2, sm: 4 }}>
              {ASSIGNABLE.map(([name, label]) => (
                <Checkbox
                  key={name}
                  label={label}
                  checked={shown[name]}
                  onChange={(event) => edit({ [name]: event.currentTarget.checked })}
                />
              ))}
            </SimpleGrid>
          </Panel>
          <Panel
            title="All records"
            text="What holds for every object, where the tab “Objects” says nothing else."
          >
            <SimpleGrid cols={{ base: 1, xs: 2, md: 3 }}>
              {RIGHTS.map(({ general, label }) => (
                <Checkbox
                  key={general}
                  label={label}
                  description={HELP[general]}
                  checked={shown[general] ?? shown.canUpdateAllObjectRecords}
                  onChange={(event) => edit({ [general]: event.currentTarget.checked })}
                />
              ))}
            </SimpleGrid>
          </Panel>
          <Panel
            title="Fields"
            text="How the fields of an object are restricted, where it is opened in the tab “Objects”."
          >
            <Switch
              label="Sees only fields that are listed"
              description="Off: all fields but those that are hidden. On: none but those that are admitted; new fields stay hidden."
              checked={shown.listsFields}
              onChange={(event) => edit({ listsFields: event.currentTarget.checked })}
            />
          </Panel>
          <Query of={knownFlags} rows={3} rowHeight={72}>
            {(known) => (
              <Flags
                known={known}
                chosen={flags}
                role={shown}
                onRole={edit}
                onFlags={(next) => setDraftFlags(next)}
              />
            )}
          </Query>
        </fieldset>
        <SaveBar edits={edits} isBusy={isBusy} onDiscard={discard} />
      </Stack>
    </form>
  )
}
