// Labels of the records that a page points to, in one request per object. The id stands in for records that
// the role cannot read or that no longer exist.

import { useQuery } from '@tanstack/react-query'
import type { Api } from '../api/api.ts'
import type { Field, ModelObject } from '../model/object.ts'
import { useModelObject, useObjects } from '../model/objectQueries.ts'
import { useApi } from '../session/provider.tsx'
import { quote } from './filter.ts'
import { keyOf, useKey } from './key.ts'
import { RECORDS_KEY } from './page.ts'
import { type Row, valueText } from './value.ts'

export const labelField = (object: ModelObject): Field | undefined =>
  object.fieldsList.find(({ id }) => id === object.labelIdentifierFieldMetadataId)

/** The label of a record, or else its key. */
export const labelOf = (object: ModelObject, row: Row): string => {
  const field = labelField(object)
  const label = field === undefined ? '' : valueText(field, row[field.name])
  return label === '' ? String(row.id ?? Object.values(row)[0] ?? '') : label
}

export interface Named {
  readonly label: string
  /** Path segment of the record; null if it has none. */
  readonly key: string | null
}

const fetchLabels = async (
  api: Api,
  object: ModelObject,
  {
    by,
    keys,
    ids,
  }: { readonly by: string; readonly keys: readonly string[]; readonly ids: readonly string[] },
): Promise<ReadonlyMap<string, Named>> => {
  const query = new URLSearchParams({
    filter: `${by}[in]:[${ids.map(quote).join(',')}]`,
    limit: String(ids.length),
    fields: [...new Set([by, labelField(object)?.name ?? by])].join(','),
  })
  const { data } = await api.records<{ readonly data: Readonly<Record<string, readonly Row[]>> }>(
    `/rest/${object.namePlural}?${query}`,
  )
  return new Map(
    (data[object.namePlural] ?? []).map((row) => [
      String(row[by]),
      { label: labelOf(object, row), key: keyOf(row, keys) },
    ]),
  )
}

/** The object with a singular name, with its fields. */
export const useObjectOf = (nameSingular: string | undefined) => {
  const objects = useObjects()
  return useModelObject(objects.data?.find((object) => object.nameSingular === nameSingular)?.id)
}

/**
 * The field that a relation references: the key, unless the relation is set to another.
 */
export const usePointedTo = (
  object: ModelObject | undefined,
  referenced: string | undefined,
): { readonly by: string | undefined; readonly keys: readonly string[] } => {
  const keys = useKey(object).data ?? []
  return { by: referenced ?? (keys.length === 1 ? keys[0] : undefined), keys }
}

/**
 * Labels by referencing value; empty while they load.
 * @param referenced the referenced field, if it is not the key
 */
export const useLabels = (
  object: ModelObject | undefined,
  referenced: string | undefined,
  ids: readonly string[],
): ReadonlyMap<string, Named> => {
  const api = useApi()
  const { by, keys } = usePointedTo(object, referenced)
  const wanted = [...new Set(ids)].toSorted()
  const labels = useQuery({
    queryKey: [RECORDS_KEY, object?.namePlural, 'labels', by, keys, wanted],
    enabled: object !== undefined && by !== undefined && wanted.length > 0,
    queryFn: () =>
      object === undefined || by === undefined
        ? new Map<string, Named>()
        : fetchLabels(api, object, { by, keys, ids: wanted }),
  })
  return labels.data ?? new Map()
}
