// What a role is called, what it may do with all records, and what beside records. In: the role; out: a
// change that holds only what was edited; permission flags are a call of their own.

import { Alert, Checkbox, SimpleGrid, Stack, Switch, Text, Textarea, TextInput } from '@mantine/core'
import { IconLock } from '@tabler/icons-react'
import { useQuery } from '@tanstack/react-query'
import { useState } from 'react'
import { Form } from '../parts/form.tsx'
import { Panel } from '../parts/panel.tsx'
import { Query } from '../parts/query.tsx'
import { SaveBar } from '../parts/saveBar.tsx'
import { useUnsaved } from '../parts/unsaved.tsx'
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
  canReadAllObjectRecords: 'Required by all others',
  canCreateAllObjectRecords: 'Create records',
  canUpdateAllObjectRecords: 'Change existing records',
  canSoftDeleteAllObjectRecords: 'Move to the trash and restore',
  canDestroyAllObjectRecords: 'Delete for good',
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
  useUnsaved(edits > 0)
  const submit = async () => {
    if ((await change(undefined)) !== null) discard()
  }

  return (
    <Form onSubmit={submit}>
      <Stack>
        {role.isEditable ? null : (
          <Alert color="gray" icon={<IconLock size={18} aria-hidden />} title="This role is built in">
            Its permissions are fixed. Create your own role for different ones.
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
              Can be assigned to
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
            text="Permissions on every object, unless the “Objects” tab sets others."
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
            text="Fields are restricted per object: open the object in the “Objects” tab."
          >
            <Switch
              label="Can see only listed fields"
              description="Off: all fields except hidden ones. On: only listed fields; new fields stay hidden."
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
    </Form>
  )
}
