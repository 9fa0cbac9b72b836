// Selects one of a list that the gateway searches: an ordinary select where all options fit on a page, and
// otherwise an input that searches them.

import { NativeSelect, Select } from '@mantine/core'
import { useDebouncedValue } from '@mantine/hooks'
import { keepPreviousData, type UseQueryResult, useQuery } from '@tanstack/react-query'
import { useState } from 'react'
import { LIST_PAGE_SIZE, type OptionSource, type SelectOption } from './listPage.ts'
import { canMatch } from './pagedList.tsx'

const PAUSE_MS = 200
/** A dialog and its select share an answer; the next time the dialog opens it asks again. */
const FRESH_MS = 1_000

/** The first options; the select itself asks for the same. */
export const useOptions = (
  { queryKey, read }: OptionSource,
  search = '',
): UseQueryResult<readonly SelectOption[]> =>
  useQuery({
    queryKey: [...queryKey, 'options', search],
    queryFn: () => (canMatch(search) ? read(search) : []),
    placeholderData: keepPreviousData,
    staleTime: FRESH_MS,
  })

interface SearchSelectProps {
  readonly source: OptionSource
  readonly label: string
  readonly description?: string
  readonly placeholder?: string
  readonly required?: boolean
  /** Options beside those of the list, before them. */
  readonly fixed?: readonly SelectOption[]
  /** Empty: none, or the fixed option without a value. */
  readonly value?: string
  /** Of a value that the first page may lack. */
  readonly valueLabel?: string
  readonly onChange: (value: string) => void
  readonly 'data-autofocus'?: boolean
}

const SearchInput = ({ source, fixed = [], value = '', valueLabel, ...props }: SearchSelectProps) => {
  const { onChange, placeholder, ...input } = props
  const [typed, setTyped] = useState('')
  const [chosen, setChosen] = useState<SelectOption | null>(null)
  const known = chosen !== null && chosen.value === value ? chosen : { value, label: valueLabel ?? '' }
  const [search] = useDebouncedValue(typed === known.label ? '' : typed.trim(), PAUSE_MS)
  const options = useOptions(source, search)
  const found = [...(search === '' ? fixed : []), ...(options.data ?? [])]
  const isListed = (value === '' && fixed.length === 0) || found.some((each) => each.value === value)
  return (
    <Select
      {...input}
      placeholder={`${placeholder ?? 'Choose …'} Type to search`}
      searchable
      allowDeselect={false}
      data={isListed ? found : [known, ...found]}
      value={value === '' && fixed.length === 0 ? null : value}
      onChange={(next, option) => {
        setChosen(option)
        if (next !== null) onChange(next)
      }}
      searchValue={typed}
      onSearchChange={setTyped}
      // The gateway has filtered already.
      filter={({ options: all }) => all}
      nothingFoundMessage={options.isFetching ? 'Searching …' : 'No match. Enter the first letters of words'}
    />
  )
}

export const SearchSelect = (props: SearchSelectProps) => {
  const { source, fixed = [], value = '', valueLabel, onChange, placeholder, ...input } = props
  const { data = [], isPending } = useOptions(source)
  if (data.length >= LIST_PAGE_SIZE) return <SearchInput {...props} />
  const all = [...fixed, ...data]
  const isListed = value === '' || all.some((each) => each.value === value)
  return (
    <NativeSelect
      {...input}
      // There is nothing to choose from yet, and an input may take its place. A dialog's first field keeps
      // the focus.
      disabled={isPending && props['data-autofocus'] !== true}
      data={[
        ...(fixed.some((each) => each.value === '')
          ? []
          : [{ value: '', label: placeholder ?? 'Choose …', disabled: true }]),
        ...(isListed ? [] : [{ value, label: valueLabel ?? value }]),
        ...all,
      ]}
      value={value}
      onChange={(event) => onChange(event.currentTarget.value)}
    />
  )
}
