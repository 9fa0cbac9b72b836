// Changes of the data model, and what they would do. In: a change, planned by a form; out: the plan of a dry
// run, or the change made. Every one is a mutation of /metadata with one input.

import { useQueryClient } from '@tanstack/react-query'
import { useCallback } from 'react'
import { useApi } from '../session/provider.tsx'
import { MODEL_KEY } from './objectQueries.ts'

export type Mutation =
  | 'createOneObject'
  | 'updateOneObject'
  | 'deleteOneObject'
  | 'createOneField'
  | 'updateOneField'
  | 'deleteOneField'
  | 'createOneIndex'
  | 'deleteOneIndex'

export interface Change {
  readonly mutation: Mutation
  readonly input: Readonly<Record<string, unknown>>
  /** What it is, as a heading: `Create the field “Tier”`. */
  readonly title: string
  /** What to say when it is done: `The field “Tier” was created.` */
  readonly done: string
  readonly isDangerous?: boolean
  /** Must be typed before it is applied. */
  readonly typed?: string
}

export interface Plan {
  readonly statements: readonly string[]
  readonly locks: readonly { readonly table: string; readonly mode: string; readonly why: string }[]
  readonly rows: readonly { readonly table: string; readonly count: number; readonly effect: string }[]
}

const INPUT_TYPES: Readonly<Record<Mutation, string>> = {
  createOneObject: 'CreateOneObjectInput',
  updateOneObject: 'UpdateOneObjectInput',
  deleteOneObject: 'DeleteOneObjectInput',
  createOneField: 'CreateOneFieldMetadataInput',
  updateOneField: 'UpdateOneFieldMetadataInput',
  deleteOneField: 'DeleteOneFieldInput',
  createOneIndex: 'CreateOneIndexInput',
  deleteOneIndex: 'DeleteOneIndexInput',
}

const documentOf = (mutation: Mutation): string =>
  `mutation Change($input: ${INPUT_TYPES[mutation]}!, $dryRun: Boolean) {
    ${mutation}(input: $input, dryRun: $dryRun) { id }
  }`

const EMPTY: Plan = { statements: [], locks: [], rows: [] }

export interface Changes {
  /** What the change would do; throws the gateway's refusal. */
  readonly plan: (change: Change) => Promise<Plan>
  /** Makes it and forgets every answer that it made stale. */
  readonly apply: (change: Change) => Promise<void>
}

export const useChanges = (): Changes => {
  const api = useApi()
  const queries = useQueryClient()
  const run = useCallback(
    ({ mutation, input }: Change, dryRun: boolean) =>
      api.metadataAnswer<unknown>(documentOf(mutation), { input, dryRun }),
    [api],
  )
  return {
    plan: async (change) => ((await run(change, true)).extensions.dryRun as Plan | undefined) ?? EMPTY,
    apply: async (change) => {
      await run(change, false)
      await queries.invalidateQueries({ queryKey: [MODEL_KEY] })
      // Records and their numbers speak of the model too, but nobody waits for them here.
      void queries.invalidateQueries({ queryKey: ['records'] })
      void queries.invalidateQueries({ queryKey: ['recordCounts'] })
    },
  }
}
