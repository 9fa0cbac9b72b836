// `/rest/metadata/objects|fields[/{id or name}]`: parse → look up or change → answer, in the legacy envelope
// (`data.objects`, `data.createOneObject`) or, if the workspace is configured so, flat.

import type { ChangeOptions } from '../../../tenants/model/change/check/input.ts'
import type { ChangePlan } from '../../../tenants/model/metadata.ts'
import { isUuid } from '../../../tenants/uuid.ts'
import type { RequestContext } from '../../entry/requestContext.ts'
import { methodNotAllowed } from '../../error/problem.ts'
import type { ReadJson } from '../../http/body.ts'
import type { Context, Handler, RouteRow } from '../../http/context.ts'
import { parseQuery, type Query } from '../../http/query.ts'
import { rowsOf } from '../../http/surface.ts'
import { sendText } from '../../slices/send.ts'
import { jsonTextOf } from '../../slices/writeJson.ts'
import { type Identified, takePage } from '../connectionPage.ts'
import { METADATA_ROOT } from '../paths.ts'
import type { ReadSteps } from './builds.ts'
import type { ChangedNode, ModelChanges } from './changes.ts'
import { metadataProblemOf } from './fault.ts'
import {
  type Collection,
  type Conditions,
  keyOf,
  type MetadataListRequest,
  modelChangeOptions,
  parseMetadataList,
  tooLongPath,
  unknownCollection,
} from './metadataRequest.ts'
import type { Models } from './models.ts'
import type { FieldNode, ModelNodes, ObjectNode } from './nodes.ts'
import { metadataNotFound } from './notFound.ts'
import { fieldJson, listInSlices, objectJson, type ReadInput, type Steps, withoutOwnId } from './restBody.ts'

interface Listed extends Identified {
  readonly body: Identified['body'] & { readonly isActive: boolean; readonly objectMetadataId?: string }
}

interface MetadataRestOptions {
  readonly inputOf: ReadInput
  readonly readModel: Models['seenBy']
  readonly readSteps: ReadSteps
  readonly changes: ModelChanges
  readonly readJson: ReadJson
}

interface Answered {
  readonly status: number
  readonly body: Readonly<Record<string, unknown>>
}

/** Differences between the two collections. */
interface Resource<Node extends Listed> {
  readonly many: Collection
  readonly one: string
  /** Suffix of `createOne…`, and of the input types' names. */
  readonly noun: 'Object' | 'Field'
  readonly createInput: string
  readonly updateInput: string
  readonly all: (model: ModelNodes) => readonly Node[]
  readonly find: (model: ModelNodes, key: string) => Node | undefined
  readonly toJson: (node: Node, steps: Steps) => Readonly<Record<string, unknown>>
  readonly create: (
    requestContext: RequestContext<unknown>,
    input: never,
    options: ChangeOptions,
  ) => Promise<ChangedNode<Node>>
  readonly update: (
    requestContext: RequestContext<unknown>,
    id: string,
    input: never,
    options: ChangeOptions,
  ) => Promise<ChangedNode<Node>>
  readonly delete: (
    requestContext: RequestContext<unknown>,
    id: string,
    options: ChangeOptions,
  ) => Promise<ChangedNode<Node>>
}

const findField = (model: ModelNodes, key: string): FieldNode | undefined => {
  if (isUuid(key)) return model.fieldById.get(key)
  const [object = '', name] = key.split('.')
  return model.objectByName.get(object)?.fields.find(({ body }) => body.name === name)
}

const resourcesOf = (changes: ModelChanges) => {
  const objects: Resource<ObjectNode> = {
    many: 'objects',
    one: 'object',
    noun: 'Object',
    createInput: 'CreateObjectInput',
    updateInput: 'UpdateObjectPayload',
    all: (model) => model.objects,
    find: (model, key) => (isUuid(key) ? model.objectById : model.objectByName).get(key),
    toJson: objectJson,
    create: changes.createObject,
    update: changes.updateObject,
    delete: changes.deleteObject,
  }
  const fields: Resource<FieldNode> = {
    many: 'fields',
    one: 'field',
    noun: 'Field',
    createInput: 'CreateFieldInput',
    updateInput: 'UpdateFieldInput',
    all: (model) => model.fields,
    find: findField,
    toJson: fieldJson,
    create: changes.createField,
    update: changes.updateField,
    delete: changes.deleteField,
  }
  return { objects, fields }
}

const meets = ({ body }: Listed, { objectMetadataId, isActive }: Conditions): boolean =>
  (objectMetadataId === undefined || body.objectMetadataId === objectMetadataId) &&
  (isActive === undefined || body.isActive === isActive)

/** Tables and functions without a place in the record APIs; absent where there are none. */
const omissions = ({ omitted, unserved }: ModelNodes) => ({
  ...(omitted.length > 0 ? { omitted } : {}),
  ...(unserved.length > 0 ? { unservedFunctions: unserved } : {}),
})

const pageBody = async <Node extends Listed>(
  resource: Resource<Node>,
  model: ModelNodes,
  { bounds, conditions }: MetadataListRequest,
  { flat, steps }: { readonly flat: boolean; readonly steps: Steps },
) => {
  const all = resource.all(model).filter((node) => meets(node, conditions))
  const { nodes, hasNextPage, hasPreviousPage } = takePage(all, bounds)
  const list = await listInSlices(nodes, (node) => resource.toJson(node, steps))
  return {
    data: flat ? list : { [resource.many]: list },
    pageInfo: {
      hasNextPage,
      hasPreviousPage,
      startCursor: nodes[0]?.body.id ?? null,
      endCursor: nodes.at(-1)?.body.id ?? null,
    },
    totalCount: all.length,
    ...(resource.many === 'objects' ? omissions(model) : {}),
  }
}

const oneBody = (
  name: string,
  json: Readonly<Record<string, unknown>>,
  flat: boolean,
  dryRun: ChangePlan | null = null,
) => ({ ...(flat ? json : { data: { [name]: json } }), ...(dryRun === null ? {} : { dryRun }) })

/** Input of an operation. */
interface Call {
  readonly ctx: Context
  readonly requestContext: RequestContext<unknown>
  readonly query: Query
  /** Empty if the path has none. */
  readonly key: string
}

type Operation = (call: Call) => Promise<Answered>

const isFlat = ({ requestContext }: Call): boolean =>
  requestContext.workspace.settings.restMetadataFormat === 'flat'

const operationsOn = <Node extends Listed>(
  resource: Resource<Node>,
  { readModel, readSteps, readJson, inputOf }: MetadataRestOptions,
): Readonly<Record<string, Operation>> => {
  const stepsOf = ({ requestContext }: Call, model: ModelNodes): Promise<Steps> | null =>
    model.fields.some(({ build }) => build !== null) ? readSteps(requestContext.workspace.id) : null
  const find = async ({ requestContext, key }: Call): Promise<Node> => {
    const node = resource.find(await readModel(requestContext), key)
    if (node === undefined) throw metadataNotFound(resource.noun)
    return node
  }
  const changed = (call: Call, verb: string, { node, dryRun }: ChangedNode<Node>): Answered['body'] =>
    oneBody(`${verb}One${resource.noun}`, resource.toJson(node, null), isFlat(call), dryRun)
  const howOf = ({ query }: Call) => modelChangeOptions(query)
  const root = `${METADATA_ROOT}/${resource.many}`
  return {
    [`GET ${root}`]: async (call) => {
      const request = parseMetadataList(call.query, resource.many)
      const model = await readModel(call.requestContext)
      const steps = await stepsOf(call, model)
      return { status: 200, body: await pageBody(resource, model, request, { flat: isFlat(call), steps }) }
    },
    [`POST ${root}`]: async (call) => {
      const input = await inputOf<never>(resource.createInput, await readJson(call.ctx.req))
      const made = await resource.create(call.requestContext, input, howOf(call))
      return { status: made.dryRun === null ? 201 : 200, body: changed(call, 'create', made) }
    },
    [`GET ${root}/{id}`]: async (call) => {
      const node = await find(call)
      const steps = await stepsOf(call, await readModel(call.requestContext))
      return { status: 200, body: oneBody(resource.one, resource.toJson(node, steps), isFlat(call)) }
    },
    [`PATCH ${root}/{id}`]: async (call) => {
      const { id } = (await find(call)).body
      const input = await inputOf<never>(resource.updateInput, withoutOwnId(await readJson(call.ctx.req), id))
      return {
        status: 200,
        body: changed(call, 'update', await resource.update(call.requestContext, id, input, howOf(call))),
      }
    },
    [`DELETE ${root}/{id}`]: async (call) => {
      const { id } = (await find(call)).body
      return {
        status: 200,
        body: changed(call, 'delete', await resource.delete(call.requestContext, id, howOf(call))),
      }
    },
  }
}

/** Tries the failed build of a field again. */
const retryOn = (
  fields: Resource<FieldNode>,
  { readModel, changes }: MetadataRestOptions,
): Readonly<Record<string, Operation>> => ({
  [`POST ${METADATA_ROOT}/fields/{id}/build`]: async (call) => {
    const model = await readModel(call.requestContext)
    const field = fields.find(model, call.key)
    if (field === undefined) throw metadataNotFound('Field')
    await changes.retryBuild(call.requestContext, model, field.body.id)
    const pending = { buildState: 'pending', buildError: null, buildProgress: null }
    const json = { ...fields.toJson(field, null), ...pending }
    return { status: 200, body: oneBody('retryFieldBuild', json, isFlat(call)) }
  },
})

const answering =
  (pattern: string, operation: Operation): Handler<RequestContext<unknown>> =>
  async (ctx, requestContext) => {
    const { params, search } = ctx.state.target
    const key = params.id === undefined ? '' : keyOf(params.id)
    ctx.state.route = pattern
    const { status, body } = await operation({ ctx, requestContext, query: parseQuery(search), key }).catch(
      (error: unknown) => {
        throw metadataProblemOf(error)
      },
    )
    ctx.status = status
    ctx.type = 'application/json'
    sendText(ctx, await jsonTextOf(body))
  }

/** Invalid keys are refused before wrong methods. */
const refuseMethod = async ({ method, state: { target } }: Context): Promise<never> => {
  if (target.params.id !== undefined) keyOf(target.params.id)
  throw methodNotAllowed(method, target.route?.allow ?? [])
}

export const createMetadataRest = (options: MetadataRestOptions) => {
  const { objects, fields } = resourcesOf(options.changes)
  const operations = {
    ...operationsOn(objects, options),
    ...operationsOn(fields, options),
    ...retryOn(fields, options),
  }
  const rows = rowsOf(operations).map(
    ({ pattern, methods }): RouteRow<Handler<RequestContext<unknown>>> => ({
      pattern,
      methods: Object.fromEntries(
        Object.entries(methods).map(([method, operation]) => [method, answering(pattern, operation)]),
      ),
      otherwise: refuseMethod,
    }),
  )
  const refusePath = async ({ state }: Context): Promise<never> => {
    throw tooLongPath(state.target.path)
  }
  const tooLong = [objects, fields].map(({ many }) => ({
    pattern: `${METADATA_ROOT}/${many}/{...}`,
    methods: {},
    otherwise: refusePath,
  }))
  return [...rows, ...tooLong]
}

/** The last row of /rest/metadata. */
export const UNKNOWN_COLLECTION: RouteRow<Handler<RequestContext<unknown>>> = {
  pattern: `${METADATA_ROOT}/{...}`,
  methods: {},
  otherwise: async ({ state }) => {
    throw unknownCollection(state.target.path)
  },
}
