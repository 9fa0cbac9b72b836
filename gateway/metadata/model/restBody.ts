// Bodies of /rest/metadata: what is read as an input type of /metadata, and objects and fields as plain JSON.

import { isRecord } from '../../../tenants/model/json.ts'
import { createSlices, eachInSlices } from '../../../tenants/model/read/slices.ts'
import { statusOf } from './builds.ts'
import { type FieldNode, linkRelation, type ObjectNode } from './nodes.ts'

/** @param typeName of the input that the body must be. */
export type ReadInput = <Input>(typeName: string, body: unknown) => Promise<Input>

/** Steps of builds; null for the state when the change was made. */
export type Steps = Parameters<typeof statusOf>[1]

/** A client that sends back what it has read includes the id, which must equal the path's. */
export const withoutOwnId = (body: unknown, id: string): unknown => {
  if (!isRecord(body) || body.id !== id) return body
  const { id: _id, ...rest } = body
  return rest
}

/** Values from the path for the input type; the path takes precedence. */
export const withProperty = (body: unknown, name: string, value: string): unknown =>
  isRecord(body) ? { ...body, [name]: value } : body

const relationBody = (field: FieldNode, relation: FieldNode['relation']) => {
  const linked = relation === null ? null : linkRelation(field.model, relation)
  if (linked === null) return null
  const objectOf = ({ body: { id, nameSingular, namePlural } }: ObjectNode) => ({
    id,
    nameSingular,
    namePlural,
  })
  const fieldOf = ({ body: { id, name } }: FieldNode) => ({ id, name })
  return {
    type: linked.type,
    sourceObjectMetadata: objectOf(linked.sourceObjectMetadata),
    targetObjectMetadata: objectOf(linked.targetObjectMetadata),
    sourceFieldMetadata: fieldOf(linked.sourceFieldMetadata),
    targetFieldMetadata: fieldOf(linked.targetFieldMetadata),
  }
}

/** Nothing, where there is nothing to build: clients of the contract know no builds. */
const buildJson = ({ build }: FieldNode, steps: Steps) => {
  const status = statusOf(build, steps)
  return status.buildState === 'ready' ? {} : status
}

export const fieldJson = (field: FieldNode, steps: Steps) => ({
  ...field.body,
  ...buildJson(field, steps),
  ...(field.relation === null ? {} : { relation: relationBody(field, field.relation) }),
  ...(field.morphRelations === null
    ? {}
    : { morphRelations: field.morphRelations.flatMap((relation) => relationBody(field, relation) ?? []) }),
})

export const objectJson = (object: ObjectNode, steps: Steps) => ({
  ...object.body,
  fields: object.fields.map((field) => fieldJson(field, steps)),
})

/** Fields after which a slice ends. Measured: 2 µs each. */
const MAX_FIELDS_PER_SLICE = 1_000

export const listInSlices = async <Node extends object>(
  nodes: readonly Node[],
  toJson: (node: Node) => Readonly<Record<string, unknown>>,
): Promise<readonly Readonly<Record<string, unknown>>[]> => {
  const list: Readonly<Record<string, unknown>>[] = []
  await eachInSlices(nodes, createSlices({ maxUnits: MAX_FIELDS_PER_SLICE }), (node) => {
    list.push(toJson(node))
    return 'fields' in node && Array.isArray(node.fields) ? node.fields.length : 1
  })
  return list
}
