// `/rest/metadata/objects|fields[/{id or name}]`: parse → look up or change → answer. In: an admitted request; out: status and body, in the
// legacy envelope (`data.objects`, `data.createOneObject`) or, where the workspace is set so, flat. Not decided here: what a change is.

import type { GraphQLSchema } from 'postgraphile/graphql'
import type { ChangePlan } from '../../../tenants/model/metadata.ts'
import { isUuid } from '../../../tenants/uuid.ts'
import type { Opened } from '../../entry/requestContext.ts'
import type { ReadJson } from '../../http/body.ts'
import type { Context } from '../../http/context.ts'
import { splitTarget } from '../../http/target.ts'
import { type Bounds, type Identified, takePage } from '../page.ts'
import type { Changed, Changes } from './changes.ts'
import { metadataProblemOf } from './fault.ts'
import { notFound } from './modelResolvers.ts'
import type { Models } from './models.ts'
import type { FieldNode, ModelNodes, ObjectNode } from './nodes.ts'
import { createInputReader, fieldJson, objectJson, withoutOwnId } from './restBody.ts'
import { type Conditions, METADATA_ROOT, type MetadataRequest, parseMetadataRequest } from './restRequest.ts'

interface Listed extends Identified {
  readonly body: Identified['body'] & { readonly isActive: boolean; readonly objectMetadataId?: string }
}

export interface MetadataRestOptions {
  readonly schema: GraphQLSchema
  readonly readModel: Models['seenBy']
  readonly changes: Changes
  readonly readJson: ReadJson
}

interface Answer {
  readonly status: number
  readonly body: Readonly<Record<string, unknown>>
}

/** What differs between the two collections. */
interface Face<Node extends Listed> {
  readonly many: string
  readonly one: string
  /** Ends of `createOne…`, and of the input types' names. */
  readonly noun: 'Object' | 'Field'
  readonly createInput: string
  readonly updateInput: string
  readonly all: (model: ModelNodes) => readonly Node[]
  readonly find: (model: ModelNodes, key: string) => Node | undefined
  readonly toJson: (node: Node) => Readonly<Record<string, unknown>>
  readonly create: (opened: Opened<unknown>, input: never, how: { dryRun: boolean }) => Promise<Changed<Node>>
  readonly update: (
    opened: Opened<unknown>,
    id: string,
    input: never,
    how: { dryRun: boolean },
  ) => Promise<Changed<Node>>
  readonly delete: (opened: Opened<unknown>, id: string, how: { dryRun: boolean }) => Promise<Changed<Node>>
}

const findField = (model: ModelNodes, key: string): FieldNode | undefined => {
  if (isUuid(key)) return model.fieldById.get(key)
  const [object = '', name] = key.split('.')
  return model.objectByName.get(object)?.fields.find(({ body }) => body.name === name)
}

const facesOf = (changes: Changes) => {
  const objects: Face<ObjectNode> = {
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
  const fields: Face<FieldNode> = {
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

const pageBody = <Node extends Listed>(
  face: Face<Node>,
  model: ModelNodes,
  { bounds, conditions }: { readonly bounds: Bounds; readonly conditions: Conditions },
  isFlat: boolean,
) => {
  const all = face.all(model).filter((node) => meets(node, conditions))
  const { nodes, hasNextPage, hasPreviousPage } = takePage(all, bounds)
  const list = nodes.map(face.toJson)
  return {
    data: isFlat ? list : { [face.many]: list },
    pageInfo: {
      hasNextPage,
      hasPreviousPage,
      startCursor: nodes[0]?.body.id ?? null,
      endCursor: nodes.at(-1)?.body.id ?? null,
    },
    totalCount: all.length,
    ...(face.many === 'objects' && model.omitted.length > 0 ? { omitted: model.omitted } : {}),
  }
}

const oneBody = (
  name: string,
  json: Readonly<Record<string, unknown>>,
  isFlat: boolean,
  dryRun: ChangePlan | null = null,
) => ({ ...(isFlat ? json : { data: { [name]: json } }), ...(dryRun === null ? {} : { dryRun }) })

export const isMetadataPath = (path: string): boolean =>
  path === METADATA_ROOT || path.startsWith(`${METADATA_ROOT}/`)

export const createMetadataRest = ({ schema, readModel, changes, readJson }: MetadataRestOptions) => {
  const faces = facesOf(changes)
  const inputOf = createInputReader(schema)

  const answer = async <Node extends Listed>(
    face: Face<Node>,
    request: MetadataRequest,
    ctx: Context,
    opened: Opened<unknown>,
  ): Promise<Answer> => {
    const isFlat = opened.workspace.settings.restMetadataFormat === 'flat'
    const how = { dryRun: request.isDryRun }
    const find = async (key: string): Promise<Node> => {
      const node = face.find(await readModel(opened), key)
      if (node === undefined) throw notFound(face.noun)
      return node
    }
    switch (request.kind) {
      case 'findMany':
        return {
          status: 200,
          body: pageBody(face, await readModel(opened), request, isFlat),
        }
      case 'findOne':
        return { status: 200, body: oneBody(face.one, face.toJson(await find(request.key)), isFlat) }
      case 'createOne': {
        const input = inputOf<never>(face.createInput, await readJson(ctx.req))
        const { node, dryRun } = await face.create(opened, input, how)
        const body = oneBody(`createOne${face.noun}`, face.toJson(node), isFlat, dryRun)
        return { status: dryRun === null ? 201 : 200, body }
      }
      case 'updateOne': {
        const { id } = (await find(request.key)).body
        const input = inputOf<never>(face.updateInput, withoutOwnId(await readJson(ctx.req), id))
        const { node, dryRun } = await face.update(opened, id, input, how)
        return { status: 200, body: oneBody(`updateOne${face.noun}`, face.toJson(node), isFlat, dryRun) }
      }
      case 'deleteOne': {
        const { id } = (await find(request.key)).body
        const { node, dryRun } = await face.delete(opened, id, how)
        return { status: 200, body: oneBody(`deleteOne${face.noun}`, face.toJson(node), isFlat, dryRun) }
      }
    }
  }

  return async (ctx: Context, opened: Opened<unknown>): Promise<void> => {
    const [path, search] = splitTarget(ctx.req.url ?? '')
    const request = parseMetadataRequest(ctx.method, path.slice(METADATA_ROOT.length), search)
    ctx.state.route = `${METADATA_ROOT}/${request.collection}${'key' in request ? '/{id}' : ''}`
    const answering =
      request.collection === 'objects'
        ? answer(faces.objects, request, ctx, opened)
        : answer(faces.fields, request, ctx, opened)
    const { status, body } = await answering.catch((error: unknown) => {
      throw metadataProblemOf(error)
    })
    ctx.status = status
    ctx.type = 'application/json'
    ctx.body = JSON.stringify(body)
  }
}
