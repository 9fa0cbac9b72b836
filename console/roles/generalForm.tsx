// The General tab of a role: its name, its permissions on all records, and settings.

import { Alert, Checkbox, SimpleGrid, Stack, Switch, Text, Textarea, TextInput } from '@mantine/core'
import type { UseFormReturnType } from '@mantine/form'
import { IconLock } from '@tabler/icons-react'
import { useMutation, useQuery } from '@tanstack/react-query'
import { Form } from '../form/form.tsx'
import { NetworksField } from '../form/networksField.tsx'
import { SaveBar } from '../form/saveBar.tsx'
import { useEdits } from '../form/useEdits.ts'
import { Panel } from '../parts/panel.tsx'
import { Query } from '../parts/query.tsx'
import { useApi } from '../session/provider.tsx'
import { FlagsPanel } from './flags.tsx'
import { RIGHTS } from './rights.ts'
import { FLAGS_KEY, ROLES_KEY, type Role, readFlags, setFlags, updateRole } from './roles.ts'
import { changesIn, type RoleValues, roleValuesOf } from './roleValues.ts'

const ASSIGNABLE = [
  ['canBeAssignedToUsers', 'Members'],
  ['canBeAssignedToApiKeys', 'API keys'],
] as const

const HELP: Readonly<Record<(typeof RIGHTS)[number]['general'], string>> = {
  canReadAllObjectRecords: 'Required by all others',
  canCreateAllObjectRecords: 'Create records',
  canUpdateAllObjectRecords: 'Change existing records',
  canSoftDeleteAllObjectRecords: 'Move to the trash and restore',
  canDestroyAllObjectRecords: 'Delete permanently',
}

interface PartProps {
  readonly form: UseFormReturnType<RoleValues>
}

const NamePanel = ({ form: { getInputProps } }: PartProps) => (
  <Panel title="Name">
    <SimpleGrid cols={{ base: 1, sm: 2 }}>
      <TextInput label="Name" required {...getInputProps('label')} />
      <Textarea label="Description" autosize minRows={1} {...getInputProps('description')} />
    </SimpleGrid>
    <Text size="sm" fw={500} mt="md" mb="xs">
      Can be assigned to
    </Text>
    <SimpleGrid cols={{ base: 1, xs: 2, sm: 4 }}>
      {ASSIGNABLE.map(([name, label]) => (
        <Checkbox key={name} label={label} {...getInputProps(name, { type: 'checkbox' })} />
      ))}
    </SimpleGrid>
  </Panel>
)

const RecordsPanel = ({ form: { values, getInputProps } }: PartProps) => (
  <Panel title="All records" text="Permissions on every object, unless the “Objects” tab sets others.">
    <SimpleGrid cols={{ base: 1, xs: 2, md: 3 }}>
      {RIGHTS.map(({ general, label }) => (
        <Checkbox
          key={general}
          label={label}
          description={HELP[general]}
          {...getInputProps(general, { type: 'checkbox' })}
          checked={values[general] ?? values.canUpdateAllObjectRecords}
        />
      ))}
    </SimpleGrid>
  </Panel>
)

const FieldsPanel = ({ form: { getInputProps } }: PartProps) => (
  <Panel title="Fields" text="Fields are restricted per object: open the object in the “Objects” tab.">
    <Switch
      label="Can see only listed fields"
      description="Off: the role sees all fields except hidden ones. On: it sees only the listed fields, and new fields stay hidden."
      {...getInputProps('listsFields', { type: 'checkbox' })}
    />
  </Panel>
)

const NetworksPanel = ({ form: { getInputProps }, isEditable }: PartProps & Pick<Role, 'isEditable'>) => (
  <Panel title="Networks" text="Where requests of members and API keys with this role may come from.">
    <NetworksField
      description={
        isEditable
          ? 'Networks or addresses, one a line. Leave empty to allow all'
          : 'Administrators can sign in from all networks, so that one can always correct a list'
      }
      disabled={!isEditable}
      {...getInputProps('networks')}
    />
  </Panel>
)

const BuiltInNote = () => (
  <Alert color="gray" icon={<IconLock size={18} aria-hidden />} title="This is a built-in role">
    Its permissions cannot be changed. Create your own role if you need different ones.
  </Alert>
)

export const GeneralForm = ({ role }: { readonly role: Role }) => {
  const api = useApi()
  const knownFlags = useQuery({ queryKey: FLAGS_KEY, queryFn: () => readFlags(api) })
  const { form, edited, count } = useEdits(roleValuesOf(role))
  const save = useMutation({
    mutationFn: async () => {
      const { update, flags } = changesIn(edited)
      if (update !== undefined) await updateRole(api, role.id, update)
      if (flags !== undefined) await setFlags(api, role.id, flags)
    },
    meta: { stale: [ROLES_KEY, ['keyRoles']], done: () => `Role “${form.values.label}” was changed.` },
    onSuccess: form.reset,
  })
  return (
    <Form onSubmit={() => save.mutate()} isSaving={save.isPending}>
      <Stack>
        {role.isEditable ? null : <BuiltInNote />}
        <fieldset disabled={!role.isEditable} className="contents">
          <NamePanel form={form} />
          <RecordsPanel form={form} />
          <FieldsPanel form={form} />
          <NetworksPanel form={form} isEditable={role.isEditable} />
          <Query of={knownFlags} rows={3} rowHeight={72}>
            {(known) => <FlagsPanel known={known} form={form} />}
          </Query>
        </fieldset>
        <SaveBar edits={count} isBusy={save.isPending} onDiscard={form.reset} />
      </Stack>
    </Form>
  )
}
