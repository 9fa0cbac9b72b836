// A form over stored values. Returns Mantine's form and the edited values. Unedited values follow the stored
// ones, which a refetch may change.

import { type UseFormReturnType, useForm } from '@mantine/form'
import { useEffect } from 'react'
import { useUnsaved } from './unsaved.tsx'

export interface Edits<Values> {
  readonly form: UseFormReturnType<Values>
  /** Only the values that differ from the stored ones. */
  readonly edited: Partial<Values>
  readonly count: number
}

const isSame = (one: unknown, other: unknown): boolean => JSON.stringify(one) === JSON.stringify(other)

const differences = <Values extends object>(values: Values, stored: Values): Partial<Values> => {
  const known = new Map<string, unknown>(Object.entries(stored))
  const entries = Object.entries(values).filter(([name, value]) => !isSame(value, known.get(name)))
  // The keys are those of `values`.
  return Object.fromEntries(entries) as Partial<Values>
}

export const useEdits = <Values extends object>(stored: Values): Edits<Values> => {
  const form = useForm<Values>({ initialValues: stored })
  const edited = differences(form.values, stored)
  const count = Object.keys(edited).length
  useUnsaved(count > 0)
  const text = JSON.stringify(stored)
  // biome-ignore lint/correctness/useExhaustiveDependencies: `text` is `stored`, compared by value.
  useEffect(() => {
    const before = form.getInitialValues()
    if (isSame(before, stored)) return
    const kept = differences(form.getValues(), before)
    form.setInitialValues(stored)
    form.setValues({ ...stored, ...kept })
  }, [text])
  return { form, edited, count }
}
