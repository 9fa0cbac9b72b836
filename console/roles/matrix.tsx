// The Objects tab of a role: the permission matrix with search, and the drawer of one object. The edited
// permissions are saved in one call.

import { Group, Stack, TextInput } from '@mantine/core'
import { IconSearch } from '@tabler/icons-react'
import { useMutation } from '@tanstack/react-query'
import { useState } from 'react'
import { useSearchParams } from 'wouter'
import { Form } from '../form/form.tsx'
import { SaveBar } from '../form/saveBar.tsx'
import { KEEPS_INPUT, useUnsaved } from '../form/unsaved.tsx'
import { EmptyState } from '../parts/emptyState.tsx'
import { Query } from '../parts/query.tsx'
import { useApi } from '../session/provider.tsx'
import { Grid, type GridProps, Legend, ROW_HEIGHT } from './matrixGrid.tsx'
import { ObjectDrawer } from './object/objectDrawer.tsx'
import { countOf, type MatrixEdits, withNextRight } from './objectRight.ts'
import { type RoleObjectSummary, useRoleObjects } from './objects.ts'
import { ROLES_KEY, type Role, setObjectRights } from './roles.ts'

/** The open object is part of the URL. */
const useOpenObject = () => {
  const [parameters, setParameters] = useSearchParams()
  const open = (name: string | null) =>
    setParameters((before) => {
      const next = new URLSearchParams(before)
      if (name === null) next.delete('object')
      else next.set('object', name)
      return next
    }, KEEPS_INPUT)
  return [parameters.get('object'), open] as const
}

const useSave = (role: Role) => {
  const api = useApi()
  return useMutation({
    mutationFn: (edits: MatrixEdits) =>
      setObjectRights(
        api,
        role.id,
        [...edits].map(([objectMetadataId, rights]) => ({ objectMetadataId, ...rights })),
      ),
    meta: { stale: [ROLES_KEY], done: () => `Role “${role.label}” was changed.` },
  })
}

const matches = ({ labelPlural, nameSingular }: RoleObjectSummary, search: string): boolean =>
  `${labelPlural} ${nameSingular}`.toLowerCase().includes(search.trim().toLowerCase())

const FoundObjects = (props: GridProps) =>
  props.objects.length === 0 ? (
    <EmptyState
      title="No matching object"
      text="Search for a part of its name, or create the object under Data model."
    />
  ) : (
    <div>
      <Legend />
      <Grid {...props} />
    </div>
  )

export const Matrix = ({ role }: { readonly role: Role }) => {
  const objects = useRoleObjects()
  const [search, setSearch] = useState('')
  const [edits, setEdits] = useState<MatrixEdits>(new Map())
  const [openName, open] = useOpenObject()
  const opened = objects.data?.find(({ nameSingular }) => nameSingular === openName)
  const save = useSave(role)
  const discard = () => setEdits(new Map())
  const count = countOf(edits)
  useUnsaved(count > 0)
  return (
    <Form onSubmit={() => save.mutate(edits, { onSuccess: discard })} isSaving={save.isPending}>
      <Stack gap="sm">
        <Group>
          <TextInput
            aria-label="Find an object"
            placeholder="Find an object"
            leftSection={<IconSearch size={16} aria-hidden />}
            w={{ base: '100%', xs: 280 }}
            value={search}
            onChange={(event) => setSearch(event.currentTarget.value)}
          />
        </Group>
        <Query of={objects} rows={8} rowHeight={ROW_HEIGHT}>
          {(all) => (
            <FoundObjects
              role={role}
              objects={all.filter((object) => matches(object, search))}
              edits={edits}
              onNext={(objectId, name) => setEdits((before) => withNextRight(before, role, objectId, name))}
              onOpen={({ nameSingular }) => open(nameSingular)}
            />
          )}
        </Query>
        <SaveBar edits={count} isBusy={save.isPending} onDiscard={discard} />
      </Stack>
      {opened === undefined ? null : (
        <ObjectDrawer key={opened.id} role={role} object={opened} onClose={() => open(null)} />
      )}
    </Form>
  )
}
