// The matrix of a role: objects × rights. In: the role; out: the rights that were changed, in one call. Only
// the rows in sight are drawn, so that hundreds of objects cost what a dozen do.

import { Badge, Group, Stack, TextInput, UnstyledButton } from '@mantine/core'
import { IconCheck, IconSearch, IconX } from '@tabler/icons-react'
import { useVirtualizer } from '@tanstack/react-virtual'
import { useRef, useState } from 'react'
import { useSearchParams } from 'wouter'
import { EmptyState } from '../parts/emptyState.tsx'
import { Form } from '../parts/form.tsx'
import { Query } from '../parts/query.tsx'
import { SaveBar } from '../parts/saveBar.tsx'
import { KEEPS_INPUT, useUnsaved } from '../parts/unsaved.tsx'
import { useChange } from '../parts/useChange.ts'
import { useApi } from '../session/provider.tsx'
import { Cell } from './cell.tsx'
import classes from './matrix.module.css'
import { ObjectDrawer } from './objectDrawer.tsx'
import { type ObjectSummary, useObjects } from './objects.ts'
import { INHERITED, nextOf, RIGHTS, type RightName, resolve } from './rights.ts'
import { type ObjectRights, ROLES_KEY, type Role, setObjectRights } from './roles.ts'

const STALE = [ROLES_KEY]
const ROW_HEIGHT = 44
const OVERSCAN = 8

type Draft = ReadonlyMap<string, Partial<ObjectRights>>

const rightsOf = (role: Role, objectId: string): ObjectRights =>
  role.objectPermissions?.find(({ objectMetadataId }) => objectMetadataId === objectId) ?? INHERITED

/** Fields and records that the role is restricted in, on one object. */
const restrictionsOf = (role: Role, objectId: string): number => {
  const isHere = (each: { readonly objectMetadataId: string }): boolean => each.objectMetadataId === objectId
  return (
    (role.fieldPermissions ?? []).filter(isHere).length +
    (role.rowLevelPermissionPredicates ?? []).filter(isHere).length
  )
}

const Legend = () => (
  <div className={classes.legend}>
    <span>
      <span className={`${classes.cell} ${classes.sample}`} data-allowed data-own={false}>
        <IconCheck size={14} aria-hidden />
      </span>
      <span className={`${classes.cell} ${classes.sample}`} data-allowed={false} data-own={false}>
        <IconX size={14} aria-hidden />
      </span>
      Inherited
    </span>
    <span>
      <span className={`${classes.cell} ${classes.sample}`} data-allowed data-own>
        <IconCheck size={14} aria-hidden />
      </span>
      <span className={`${classes.cell} ${classes.sample}`} data-allowed={false} data-own>
        <IconX size={14} aria-hidden />
      </span>
      For this object
    </span>
    <span>Click a permission to change it, or an object to set its fields and record rules.</span>
  </div>
)

interface GridProps {
  readonly role: Role
  readonly objects: readonly ObjectSummary[]
  readonly draft: Draft
  readonly onNext: (objectId: string, name: RightName) => void
  readonly onOpen: (object: ObjectSummary) => void
}

const Grid = ({ role, objects, draft, onNext, onOpen }: GridProps) => {
  const scroll = useRef<HTMLDivElement>(null)
  const rows = useVirtualizer({
    count: objects.length,
    getScrollElement: () => scroll.current,
    estimateSize: () => ROW_HEIGHT,
    overscan: OVERSCAN,
  })
  return (
    <div className={classes.frame}>
      {/* biome-ignore lint/a11y/useSemanticElements: rows that stand apart from each other cannot be a table's. */}
      <div
        ref={scroll}
        className={classes.scroll}
        role="table"
        aria-label="Permissions by object"
        aria-rowcount={objects.length + 1}
      >
        {/* biome-ignore lint/a11y/useSemanticElements: as above. */}
        {/* biome-ignore lint/a11y/useFocusableInteractive: a row of headings is not interactive. */}
        <div className={classes.head} role="row" aria-rowindex={1}>
          {['Object', ...RIGHTS.map(({ label }) => label)].map((label) => (
            // biome-ignore lint/a11y/useSemanticElements lint/a11y/useFocusableInteractive: as above.
            <span key={label} role="columnheader">
              {label}
            </span>
          ))}
        </div>
        <div style={{ height: rows.getTotalSize(), position: 'relative' }}>
          {rows.getVirtualItems().map(({ index, start }) => {
            const object = objects[index]
            if (object === undefined) return null
            const edited = draft.get(object.id)
            const rights = { ...rightsOf(role, object.id), ...edited }
            const restrictions = restrictionsOf(role, object.id)
            return (
              // biome-ignore lint/a11y/useSemanticElements lint/a11y/useFocusableInteractive: as above.
              <div
                key={object.id}
                role="row"
                aria-rowindex={index + 2}
                className={classes.row}
                style={{ transform: `translateY(${start}px)` }}
              >
                {/* biome-ignore lint/a11y/useSemanticElements lint/a11y/useFocusableInteractive: as above. */}
                <div role="rowheader" className={classes.name}>
                  <UnstyledButton className={classes.open} onClick={() => onOpen(object)}>
                    {object.labelPlural}
                  </UnstyledButton>
                  {restrictions === 0 ? null : (
                    <Badge size="xs" variant="light" tt="none">
                      {restrictions} rule{restrictions === 1 ? '' : 's'}
                    </Badge>
                  )}
                </div>
                {RIGHTS.map(({ name, label }) => (
                  // biome-ignore lint/a11y/useSemanticElements: as above.
                  <div key={name} role="cell" className={classes.place}>
                    <Cell
                      label={label}
                      object={object.labelPlural}
                      resolved={resolve(name, rights, role)}
                      isEdited={edited?.[name] !== undefined}
                      isDisabled={!role.isEditable}
                      onNext={() => onNext(object.id, name)}
                    />
                  </div>
                ))}
              </div>
            )
          })}
        </div>
      </div>
    </div>
  )
}

export const Matrix = ({ role }: { readonly role: Role }) => {
  const api = useApi()
  const objects = useObjects()
  const [search, setSearch] = useState('')
  const [draft, setDraft] = useState<Draft>(new Map())
  const [parameters, setParameters] = useSearchParams()
  const opened = objects.data?.find(({ nameSingular }) => nameSingular === parameters.get('object'))
  const openObject = (name: string | null) =>
    setParameters((before) => {
      const next = new URLSearchParams(before)
      if (name === null) next.delete('object')
      else next.set('object', name)
      return next
    }, KEEPS_INPUT)
  const { change, isBusy } = useChange({
    run: () =>
      setObjectRights(
        api,
        role.id,
        [...draft].map(([objectMetadataId, rights]) => ({ objectMetadataId, ...rights })),
      ),
    stale: STALE,
    done: () => `Role “${role.label}” was changed.`,
  })
  const next = (objectId: string, name: RightName) =>
    setDraft((all) => {
      const stored = rightsOf(role, objectId)
      const { [name]: _, ...others } = all.get(objectId) ?? {}
      const value = nextOf(name, { ...stored, ...all.get(objectId) }, role)
      const rights = value === stored[name] ? others : { ...others, [name]: value }
      const changed = new Map(all)
      if (Object.keys(rights).length === 0) changed.delete(objectId)
      else changed.set(objectId, rights)
      return changed
    })
  const discard = () => setDraft(new Map())
  const submit = async () => {
    if ((await change(undefined)) !== null) discard()
  }
  const edits = [...draft.values()].reduce((sum, rights) => sum + Object.keys(rights).length, 0)
  useUnsaved(edits > 0)
  return (
    <Form onSubmit={submit}>
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
          {(all) => {
            const found = all.filter(({ labelPlural, nameSingular }) =>
              `${labelPlural} ${nameSingular}`.toLowerCase().includes(search.trim().toLowerCase()),
            )
            return found.length === 0 ? (
              <EmptyState
                title="No matching object"
                text="Search for a part of its name, or create the object under Data model."
              />
            ) : (
              <div>
                <Legend />
                <Grid
                  role={role}
                  objects={found}
                  draft={draft}
                  onNext={next}
                  onOpen={({ nameSingular }) => openObject(nameSingular)}
                />
              </div>
            )
          }}
        </Query>
        <SaveBar edits={edits} isBusy={isBusy} onDiscard={discard} />
      </Stack>
      {opened === undefined ? null : (
        <ObjectDrawer key={opened.id} role={role} object={opened} onClose={() => openObject(null)} />
      )}
    </Form>
  )
}
