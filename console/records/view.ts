// What the page of an object shows, as its address holds it: conditions, order, columns, trash, the record that is open. In: the search
// parameters; out: the view, and how to change it. So a view can be sent to somebody and the browser's buttons walk through it.

import { useCallback, useMemo } from 'react'
import { useLocation } from 'wouter'
import { useSearch } from 'wouter/use-browser-location'
import type { Condition } from './filter.ts'
import type { Sort } from './page.ts'
import { isRecord } from './value.ts'

export interface View {
  readonly conditions: readonly Condition[]
  readonly sort: Sort | null
  /** Null: those that are shown at first. */
  readonly columns: readonly string[] | null
  readonly isTrash: boolean
  /** Key of the record that is open; `new` for one that is being made. */
  readonly open: string | null
}

export const NEW = 'new'

const isTexts = (value: unknown): value is readonly string[] =>
  Array.isArray(value) && value.every((each) => typeof each === 'string')

/** An address may have been typed by hand: what is no condition is left out. */
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

const sortOf = (text: string | null): Sort | null => {
  if (text === null || text === '') return null
  return text.startsWith('-')
    ? { path: text.slice(1), isDescending: true }
    : { path: text, isDescending: false }
}

/** The search parameter of conditions, for links that lead to a filtered list. */
export const conditionsParameter = (conditions: readonly Condition[]): string =>
  `where=${encodeURIComponent(JSON.stringify(conditions))}`

const PARAMETERS: { readonly [Key in keyof View]: (value: View[Key]) => readonly [string, string | null] } = {
  conditions: (conditions) => ['where', conditions.length === 0 ? null : JSON.stringify(conditions)],
  sort: (sort) => ['sort', sort === null ? null : `${sort.isDescending ? '-' : ''}${sort.path}`],
  columns: (columns) => ['columns', columns === null ? null : columns.join(',')],
  isTrash: (isTrash) => ['trash', isTrash ? 'yes' : null],
  open: (open) => ['open', open],
}

const parametersOf = (change: Partial<View>): readonly (readonly [string, string | null])[] => [
  ...(change.conditions === undefined ? [] : [PARAMETERS.conditions(change.conditions)]),
  ...(change.sort === undefined ? [] : [PARAMETERS.sort(change.sort)]),
  ...(change.columns === undefined ? [] : [PARAMETERS.columns(change.columns)]),
  ...(change.isTrash === undefined ? [] : [PARAMETERS.isTrash(change.isTrash)]),
  ...(change.open === undefined ? [] : [PARAMETERS.open(change.open)]),
]

export const useView = (): readonly [View, (change: Partial<View>) => void] => {
  const [location, navigate] = useLocation()
  // As it stands in the address: wouter's own hook decodes it first, and a value with `%` or `&` in it falls apart.
  const search = useSearch()
  const view = useMemo((): View => {
    const parameters = new URLSearchParams(search)
    return {
      conditions: conditionsOf(parameters.get('where')),
      sort: sortOf(parameters.get('sort')),
      columns: parameters.get('columns')?.split(',') ?? null,
      isTrash: parameters.get('trash') === 'yes',
      open: parameters.get('open'),
    }
  }, [search])
  const change = useCallback(
    (changed: Partial<View>) => {
      const parameters = new URLSearchParams(search)
      for (const [name, value] of parametersOf(changed))
        if (value === null) parameters.delete(name)
        else parameters.set(name, value)
      const text = parameters.toString()
      // Each letter of a condition would be a step back otherwise.
      navigate(text === '' ? location : `${location}?${text}`, { replace: changed.open === undefined })
    },
    [search, location, navigate],
  )
  return [view, change]
}
