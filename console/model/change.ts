// Changes of the data model: a mutation of /metadata with one input, planned by a dry run and then applied.

import type { ChangePlan } from '../../tenants/model/metadata.ts'
import type { Api } from '../api/api.ts'
import type { Document } from '../api/document.ts'
import type { JsonObject } from '../api/json.ts'
import type { ChangeMeta } from '../api/queries.ts'
import { RECORDS_KEY } from '../records/page.ts'
import { COUNTS_KEY, MODEL_KEY } from './objectQueries.ts'

interface Words {
  /** Heading of its dialog: `Create the field “Tier”`. */
  readonly title: string
  /** Notice of success: `The field “Tier” was created.` */
  readonly done: string
  readonly isDangerous?: boolean
  /** Must be typed before the change can be applied. */
  readonly typed?: string
}

interface Variables<Input> {
  readonly input: Input
  readonly dryRun: boolean
  readonly allowRewrite?: boolean
}

export interface Change extends Words {
  readonly document: Document<unknown, Variables<JsonObject>>
  readonly input: JsonObject
}

/** Checks the input against the document's type. */
export const changeOf = <Input extends JsonObject>(
  document: Document<unknown, Variables<Input>>,
  input: Input,
  words: Words,
): Change => ({ document, input, ...words })

/** What a change would do, as far as it is shown. */
export type Plan = Pick<ChangePlan, 'statements' | 'locks' | 'rows' | 'rewrites'>

const EMPTY: Plan = { statements: [], locks: [], rows: [], rewrites: [] }

/** Whether the gateway applies it only if the rewrite of a large table is allowed. */
export const rewritesLargeTable = ({ rewrites }: Plan): boolean =>
  rewrites.some(({ needsAllowRewrite }) => needsAllowRewrite)

/** What the change would do; throws the gateway's refusal. */
export const planChange = async (api: Api, { document, input }: Change): Promise<Plan> => {
  const { extensions } = await api.metadataAnswer(document, { input, dryRun: true })
  return (extensions.dryRun as Plan | undefined) ?? EMPTY
}

export const applyChange = (api: Api, { document, input }: Change, allowRewrite = false): Promise<unknown> =>
  api.metadata(document, { input, dryRun: false, ...(allowRewrite ? { allowRewrite } : {}) })

/** Records and their counts depend on the model too, but the dialog need not wait for them. */
export const APPLYING: ChangeMeta = {
  stale: [[MODEL_KEY]],
  staleInBackground: [[RECORDS_KEY], COUNTS_KEY],
  done: ({ done }: Change) => done,
  showsFailure: true,
}
