// The state of an object's records page in the URL: filter, sort, columns, trash, page and open record. Views
// can be shared, and the browser's back button works.

import { useCallback, useMemo } from 'react'
import { useLocation } from 'wouter'
import { useSearch } from 'wouter/use-browser-location'
import { isRecord } from '../api/json.ts'
import type { Condition } from './filter.ts'
import type { Sort } from './page.ts'

export interface View {
  readonly conditions: readonly Condition[]
  readonly sort: Sort | null
  /** Null for the default columns. */
  readonly columns: readonly string[] | null
  readonly isTrash: boolean
  readonly place: Place
  /** Key of the open record; `new` for a new one. */
  readonly open: string | null
}

/** A page of the list: its number, and the cursor that it starts after or ends before. */
export interface Place {
  /** From 0. */
  readonly index: number
  readonly after: string | null
  readonly before: string | null
}

export const FIRST_PAGE: Place = { index: 0, after: null, before: null }

export const NEW = 'new'

const isTexts = (value: unknown): value is readonly string[] =>
  Array.isArray(value) && value.every((each) => typeof each === 'string')

/** URLs can be edited by hand: invalid conditions are dropped. */
const conditionsOf = (text: string | null): readonly Condition[] => {
  try {
    const given: unknown = JSON.parse(text ?? '[]')
    return (Array.isArray(given) ? given : []).flatMap((each) => {
      if (!isRecord(each)) return []
      const { path, operator, values } = each
      return typeof path === 'string' && typeof operator === 'string' && isTexts(values)
        ? [{ path, operator, values }]
        : []
    })
  } catch {
    return []
  }
}

/** Without a cursor only the first page can be loaded, so the number is ignored. */
const placeOf = (parameters: URLSearchParams): Place => {
  const [page, after, before] = ['page', 'after', 'before'].map((name) => parameters.get(name))
  const number = Number(page ?? 1)
  if (!Number.isSafeInteger(number) || number < 2 || (after == null && before == null)) return FIRST_PAGE
  return { index: number - 1, after: after ?? null, before: after == null ? (before ?? null) : null }
}

const sortOf = (text: string | null): Sort | null => {
  if (text === null || text === '') return null
  return text.startsWith('-')
    ? { path: text.slice(1), isDescending: true }
    : { path: text, isDescending: false }
}

/** The search parameter of conditions, for links to a filtered list. */
export const conditionsParameter = (conditions: readonly Condition[]): string =>
  `where=${encodeURIComponent(JSON.stringify(conditions))}`

type Parameters = readonly (readonly [string, string | null])[]

const PARAMETERS: { readonly [Key in keyof View]: (value: View[Key]) => Parameters } = {
  conditions: (conditions) => [['where', conditions.length === 0 ? null : JSON.stringify(conditions)]],
  sort: (sort) => [['sort', sort === null ? null : `${sort.isDescending ? '-' : ''}${sort.path}`]],
  columns: (columns) => [['columns', columns === null ? null : columns.join(',')]],
  isTrash: (isTrash) => [['trash', isTrash ? 'yes' : null]],
  place: ({ index, after, before }) => [
    ['page', index === 0 ? null : String(index + 1)],
    ['after', after],
    ['before', before],
  ],
  open: (open) => [['open', open]],
}

const parametersOf = (change: Partial<View>): Parameters => [
  ...(change.conditions === undefined ? [] : PARAMETERS.conditions(change.conditions)),
  ...(change.sort === undefined ? [] : PARAMETERS.sort(change.sort)),
  ...(change.columns === undefined ? [] : PARAMETERS.columns(change.columns)),
  ...(change.isTrash === undefined ? [] : PARAMETERS.isTrash(change.isTrash)),
  ...(change.place === undefined ? [] : PARAMETERS.place(change.place)),
  ...(change.open === undefined ? [] : PARAMETERS.open(change.open)),
]

const subjectsOf = (conditions: readonly Condition[]): string =>
  JSON.stringify(conditions.map(({ path, operator }) => [path, operator]))

/** Typing into a condition and choosing columns add no entry to the history. */
const isStep = (change: Partial<View>, before: View): boolean => {
  if (change.conditions !== undefined) return subjectsOf(change.conditions) !== subjectsOf(before.conditions)
  return change.columns === undefined
}

/** Another filter or order starts at the first page. */
const isOtherList = ({ conditions, sort, isTrash }: Partial<View>): boolean =>
  conditions !== undefined || sort !== undefined || isTrash !== undefined

export const useView = (): readonly [View, (change: Partial<View>) => void] => {
  const [location, navigate] = useLocation()
  // The raw query: wouter's hook decodes it first, which breaks values with `%` or `&`.
  const search = useSearch()
  const view = useMemo((): View => {
    const parameters = new URLSearchParams(search)
    return {
      conditions: conditionsOf(parameters.get('where')),
      sort: sortOf(parameters.get('sort')),
      columns: parameters.get('columns')?.split(',') ?? null,
      isTrash: parameters.get('trash') === 'yes',
      place: placeOf(parameters),
      open: parameters.get('open'),
    }
  }, [search])
  const change = useCallback(
    (wanted: Partial<View>) => {
      const changed = isOtherList(wanted) ? { place: FIRST_PAGE, ...wanted } : wanted
      const parameters = new URLSearchParams(search)
      for (const [name, value] of parametersOf(changed))
        if (value === null) parameters.delete(name)
        else parameters.set(name, value)
      const text = parameters.toString()
      navigate(text === '' ? location : `${location}?${text}`, { replace: !isStep(wanted, view) })
    },
    [search, location, navigate, view],
  )
  return [view, change]
}
