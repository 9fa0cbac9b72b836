// Names of the records that a page points to. In: an object and ids of its records; out: what they are called, in one request per object. Where the
// role may not read them, or they are gone, the id has to do.

import { useQuery } from '@tanstack/react-query'
import type { Api } from '../api/api.ts'
import type { Field, ModelObject } from '../model/object.ts'
import { useModelObject, useObjects } from '../model/objectQueries.ts'
import { useApi } from '../session/provider.tsx'
import { quote } from './filter.ts'
import { useSoleKey } from './key.ts'
import { RECORDS_KEY } from './page.ts'
import { type Row, valueText } from './value.ts'

export const labelField = (object: ModelObject): Field | undefined =>
  object.fieldsList.find(({ id }) => id === object.labelIdentifierFieldMetadataId)

/** What a record is called: its label, or else its key. */
export const labelOf = (object: ModelObject, row: Row): string => {
  const field = labelField(object)
  const label = field === undefined ? '' : valueText(field, row[field.name])
  return label === '' ? String(row.id ?? Object.values(row)[0] ?? '') : label
}

const fetchLabels = async (
  api: Api,
  object: ModelObject,
  key: string,
  ids: readonly string[],
): Promise<ReadonlyMap<string, string>> => {
  const query = new URLSearchParams({
    filter: `${key}[in]:[${ids.map(quote).join(',')}]`,
    limit: String(ids.length),
    fields: labelField(object)?.name ?? key,
  })
  const { data } = await api.rest<{ readonly data: Readonly<Record<string, readonly Row[]>> }>(
    'GET',
    `/rest/${object.namePlural}?${query}`,
  )
  return new Map((data[object.namePlural] ?? []).map((row) => [String(row[key]), labelOf(object, row)]))
}

/** The object that a name in the singular stands for, with its fields. */
export const useObjectOf = (nameSingular: string | undefined) => {
  const objects = useObjects()
  return useModelObject(objects.data?.find((object) => object.nameSingular === nameSingular)?.id)
}

/** Labels by id; empty until they are there. */
export const useLabels = (
  object: ModelObject | undefined,
  ids: readonly string[],
): ReadonlyMap<string, string> => {
  const api = useApi()
  const key = useSoleKey(object)
  const wanted = [...new Set(ids)].toSorted()
  const labels = useQuery({
    queryKey: [RECORDS_KEY, object?.namePlural, 'labels', wanted],
    enabled: object !== undefined && key !== undefined && wanted.length > 0,
    queryFn: () =>
      object === undefined || key === undefined
        ? new Map<string, string>()
        : fetchLabels(api, object, key, wanted),
  })
  return labels.data ?? new Map()
}
