// Changes of the data model, for both protocols, from validated inputs. They return the changed things as
// they are afterwards (before, if deleted). This gateway's cache is invalidated at once, the others are
// notified. tenants/model plans and checks the change.

import type { Pool } from 'pg'
import type {
  ChangeOptions,
  CreateFieldInput,
  CreateIndexInput,
  CreateObjectInput,
  UpdateFieldInput,
  UpdateObjectPayload,
} from '../../../tenants/model/change/check/input.ts'
import { createField, deleteField, updateField } from '../../../tenants/model/change/field/field.ts'
import { createCustomIndex, deleteIndex } from '../../../tenants/model/change/object/indexes.ts'
import {
  createObject,
  deleteObject,
  type ObjectUpdate,
  updateObject,
  updateObjects,
} from '../../../tenants/model/change/object/object.ts'
import type { ChangePlan, ModelMetadata } from '../../../tenants/model/metadata.ts'
import { demandFlag } from '../../auth/flags.ts'
import type { RequestContext } from '../../entry/requestContext.ts'
import { createBuildRetry } from './builds.ts'
import { type FieldNode, type IndexNode, linkModel, type ModelNodes, type ObjectNode } from './nodes.ts'
import { type Preview, previewField, previewIndex, previewObject } from './preview.ts'
import { refuseUnsupported } from './unsupported.ts'

export interface ChangedNode<Node> {
  readonly node: Node
  /** The plan of a dry run; null after a real change. */
  readonly dryRun: ChangePlan | null
}

interface Done {
  readonly id: string
  readonly model: ModelMetadata
  readonly before: ModelMetadata
  readonly plan: ChangePlan
  readonly hasBuilds: boolean
}

interface Operation<Node> {
  readonly kind: Kind<Node>
  readonly run: (workspaceId: string, options: ChangeOptions) => Promise<Done>
  /** As it was sent. */
  readonly input?: object
  /** For a creation: builds the node that a dry run did not create. */
  readonly preview?: Preview
  readonly isDeletion?: boolean
}

type Kind<Node> = (model: ModelNodes) => ReadonlyMap<string, Node>

const OBJECT: Kind<ObjectNode> = (model) => model.objectById
const FIELD: Kind<FieldNode> = (model) => model.fieldById
const INDEX: Kind<IndexNode> = (model) => model.indexById

const nodeOf = <Node>(
  kind: Kind<Node>,
  model: ModelNodes,
  id: string,
  dryRun: ChangePlan | null,
): ChangedNode<Node> => {
  const node = kind(model).get(id)
  if (node === undefined) throw new Error(`A change gave the id ${id}, which its model does not have.`)
  return { node, dryRun }
}

/** Changes of one transaction have one model. */
const linkOnce = () => {
  const linked = new Map<ModelMetadata, Promise<ModelNodes>>()
  return (model: ModelMetadata): Promise<ModelNodes> => {
    const known = linked.get(model) ?? linkModel(model)
    linked.set(model, known)
    return known
  }
}

interface ModelChangeOptions {
  readonly pool: Pool
  readonly forget: (workspaceId: string) => void
  /** Begins what a change left to build. */
  readonly build: () => void
}

type Caller = Pick<RequestContext<unknown>, 'caller'>

/** Makes one change, or plans it in a dry run. */
type Change = <Node>(
  requestContext: Caller,
  operation: Operation<Node>,
  options: ChangeOptions,
) => Promise<ChangedNode<Node>>

const createChange =
  ({ forget, build }: ModelChangeOptions): Change =>
  async (
    { caller },
    { kind, run, input = {}, preview, isDeletion = false },
    { dryRun = false, allowRewrite = false },
  ) => {
    demandFlag(caller, 'DATA_MODEL')
    refuseUnsupported(input)
    const { workspaceId } = caller
    const done = await run(workspaceId, { dryRun, allowRewrite }).finally(() => dryRun || forget(workspaceId))
    if (!dryRun && done.hasBuilds) build()
    const model = isDeletion ? done.before : done.model
    const shown = dryRun && preview !== undefined ? preview(model, done.id, new Date()) : model
    return nodeOf(kind, await linkModel(shown), done.id, dryRun ? done.plan : null)
  }

const objectChanges = ({ pool }: ModelChangeOptions, change: Change) => ({
  createObject: (requestContext: Caller, input: CreateObjectInput, options: ChangeOptions) =>
    change(
      requestContext,
      {
        kind: OBJECT,
        run: (workspaceId, options) => createObject(pool, workspaceId, input, options),
        input,
        preview: previewObject(input),
      },
      options,
    ),
  updateObject: (requestContext: Caller, id: string, update: UpdateObjectPayload, options: ChangeOptions) =>
    change(
      requestContext,
      {
        kind: OBJECT,
        run: (workspaceId, options) => updateObject(pool, workspaceId, id, update, options),
        input: update,
      },
      options,
    ),
  deleteObject: (requestContext: Caller, id: string, options: ChangeOptions) =>
    change(
      requestContext,
      {
        kind: OBJECT,
        run: (workspaceId, options) => deleteObject(pool, workspaceId, id, options),
        isDeletion: true,
      },
      options,
    ),
})

/** Updates all of the objects, or none. */
const createObjectUpdates =
  ({ pool, forget, build }: ModelChangeOptions) =>
  async (
    { caller }: Caller,
    updates: readonly ObjectUpdate[],
    { dryRun = false, allowRewrite = false }: ChangeOptions,
  ): Promise<readonly ChangedNode<ObjectNode>[]> => {
    demandFlag(caller, 'DATA_MODEL')
    for (const { update } of updates) refuseUnsupported(update)
    if (updates.length === 0) return []
    const { workspaceId } = caller
    const done = await updateObjects(pool, workspaceId, updates, { dryRun, allowRewrite }).finally(
      () => dryRun || forget(workspaceId),
    )
    if (!dryRun && done.some(({ hasBuilds }) => hasBuilds)) build()
    const link = linkOnce()
    return Promise.all(
      done.map(async ({ id, model, plan }) => nodeOf(OBJECT, await link(model), id, dryRun ? plan : null)),
    )
  }

const fieldChanges = ({ pool }: ModelChangeOptions, change: Change) => ({
  createField: (requestContext: Caller, input: CreateFieldInput, options: ChangeOptions) =>
    change(
      requestContext,
      {
        kind: FIELD,
        run: (workspaceId, options) => createField(pool, workspaceId, input, options),
        input,
        preview: previewField(input),
      },
      options,
    ),
  updateField: (requestContext: Caller, id: string, update: UpdateFieldInput, options: ChangeOptions) =>
    change(
      requestContext,
      {
        kind: FIELD,
        run: (workspaceId, options) => updateField(pool, workspaceId, id, update, options),
        input: update,
      },
      options,
    ),
  deleteField: (requestContext: Caller, id: string, options: ChangeOptions) =>
    change(
      requestContext,
      {
        kind: FIELD,
        run: (workspaceId, options) => deleteField(pool, workspaceId, id, options),
        isDeletion: true,
      },
      options,
    ),
})

const indexChanges = ({ pool }: ModelChangeOptions, change: Change) => ({
  createIndex: (requestContext: Caller, input: CreateIndexInput, options: ChangeOptions) =>
    change(
      requestContext,
      {
        kind: INDEX,
        run: (workspaceId, options) => createCustomIndex(pool, workspaceId, input, options),
        input,
        preview: previewIndex(input),
      },
      options,
    ),
  deleteIndex: (requestContext: Caller, id: string, options: ChangeOptions) =>
    change(
      requestContext,
      {
        kind: INDEX,
        run: (workspaceId, options) => deleteIndex(pool, workspaceId, id, options),
        isDeletion: true,
      },
      options,
    ),
})

export type ModelChanges = ReturnType<typeof createModelChanges>

export const createModelChanges = (options: ModelChangeOptions) => {
  const { pool, forget, build } = options
  const change = createChange(options)
  return Object.freeze({
    ...objectChanges(options, change),
    updateObjects: createObjectUpdates(options),
    ...fieldChanges(options, change),
    ...indexChanges(options, change),
    retryBuild: createBuildRetry(pool, (workspaceId) => {
      forget(workspaceId)
      build()
    }),
  })
}
