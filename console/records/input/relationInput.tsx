// Input for a relation: searches records by label on the server. A relation to several objects selects the
// object first.

import { Group, Select } from '@mantine/core'
import { useDebouncedValue } from '@mantine/hooks'
import { keepPreviousData, useQuery } from '@tanstack/react-query'
import { useState } from 'react'
import { FIELD_TYPES } from '../../model/field/fieldType.ts'
import type { Field, ModelObject } from '../../model/object.ts'
import { useApi } from '../../session/provider.tsx'
import { filterText } from '../filter.ts'
import { type LinkTarget, linkOf, referencedOf, targetsOf } from '../link.ts'
import { filterablesOf } from '../operator.ts'
import { RECORDS_KEY } from '../page.ts'
import { labelField, labelOf, useLabels, useObjectOf, usePointedTo } from '../relationLabels.ts'
import type { Row } from '../value.ts'

const FOUND_AT_MOST = 20

/** Records whose label contains the typed text; composite labels are searched in their first parts. */
const useFound = (object: ModelObject | undefined, by: string | undefined, typed: string) => {
  const api = useApi()
  const [wanted] = useDebouncedValue(typed.trim(), 200)
  return useQuery({
    queryKey: [RECORDS_KEY, object?.namePlural, 'search', by, wanted],
    enabled: object !== undefined && by !== undefined,
    placeholderData: keepPreviousData,
    queryFn: async (): Promise<readonly Row[]> => {
      if (object === undefined || by === undefined) return []
      const label = labelField(object)
      const query = new URLSearchParams({
        limit: String(FOUND_AT_MOST),
        fields: [...new Set([by, label?.name ?? by])].join(','),
      })
      const contains =
        label === undefined
          ? []
          : filterablesOf(label).filter(({ operators }) => operators[0]?.name === 'ilike')
      const texts = contains
        .slice(0, FIELD_TYPES[label?.type ?? 'TEXT'].parts.length === 0 ? 1 : 2)
        .flatMap(({ path }) => filterText([{ path, operator: 'contains', values: [wanted] }], contains) ?? [])
      if (texts.length > 0) query.set('filter', `or(${texts.join(',')})`)
      const { data } = await api.records<{ readonly data: Readonly<Record<string, readonly Row[]>> }>(
        `/rest/${object.namePlural}?${query}`,
      )
      return data[object.namePlural] ?? []
    },
  })
}

interface PickerProps {
  readonly label: string
  readonly nameSingular: string
  /** The referenced field, if it is not the key. */
  readonly referenced: string | undefined
  readonly id: string | null
  readonly onChange: (id: string | null) => void
}

const RecordPicker = ({ label, nameSingular, referenced, id, onChange }: PickerProps) => {
  const object = useObjectOf(nameSingular).data
  const [typed, setTyped] = useState('')
  const { by } = usePointedTo(object, referenced)
  const chosen = useLabels(object, referenced, id === null ? [] : [id])
  const found = useFound(object, by, id !== null && typed === chosen.get(id)?.label ? '' : typed)
  // Composite keys are set by fields of their own.
  if (object === undefined || by === undefined) return null
  const rows = (found.data ?? []).flatMap((row) =>
    // A unique column can be null, which nothing can reference.
    row[by] === null ? [] : [{ value: String(row[by]), label: labelOf(object, row) }],
  )
  const data =
    id === null || rows.some(({ value }) => value === id)
      ? rows
      : [{ value: id, label: chosen.get(id)?.label ?? id }, ...rows]
  return (
    <Select
      flex={1}
      label={label}
      placeholder="Search records"
      searchable
      clearable
      data={data}
      value={id}
      onChange={onChange}
      searchValue={typed}
      onSearchChange={setTyped}
      // The server has filtered already.
      filter={({ options }) => options}
      nothingFoundMessage={found.isFetching ? 'Searching …' : 'No matching record'}
    />
  )
}

interface RelationInputProps {
  readonly field: Field
  /** The record with its edited values. */
  readonly row: Row
  readonly onChange: (values: Row) => void
}

export const RelationInput = ({ field, row, onChange }: RelationInputProps) => {
  const targets = targetsOf(field)
  const link = linkOf(field, row)
  const [chosen, setChosen] = useState<LinkTarget | undefined>(
    () => targets.find(({ nameSingular }) => nameSingular === link?.nameSingular) ?? targets[0],
  )
  if (chosen === undefined) return null
  const set = (id: string | null) =>
    onChange(Object.fromEntries(targets.map(({ join }) => [join, join === chosen.join ? id : null])))
  const picker = (
    <RecordPicker
      key={chosen.nameSingular}
      label={targets.length > 1 ? 'Record' : field.label}
      nameSingular={chosen.nameSingular}
      referenced={referencedOf(field)}
      id={link?.nameSingular === chosen.nameSingular ? link.id : null}
      onChange={set}
    />
  )
  if (targets.length === 1) return picker
  return (
    <Group align="flex-end" gap="xs" wrap="nowrap">
      <Select
        label={field.label}
        allowDeselect={false}
        w={150}
        data={targets.map(({ nameSingular, labelPlural }) => ({ value: nameSingular, label: labelPlural }))}
        value={chosen.nameSingular}
        onChange={(name) => setChosen(targets.find(({ nameSingular }) => nameSingular === name))}
      />
      {picker}
    </Group>
  )
}
