// Plans new relations, both sides at once, or refuses with the contract's codes. The foreign key is on the
// many side: here for MANY_TO_ONE, on the target for ONE_TO_MANY; a morph relation has one per target.

import { isUuid, newUuid } from '../../../uuid.ts'
import { columnComment } from '../../ddl/comment.ts'
import type { RelationDefinition } from '../../definition.ts'
import type { Described, DescribedObject } from '../../describe/catalogRef.ts'
import { isRecord } from '../../json.ts'
import { fieldNameOfLabel } from '../../label.ts'
import type { MetadataFault } from '../../metadata.ts'
import { toCamelCase, toTypeName } from '../../name.ts'
import type { FieldAnnotationRow } from '../../read/registry.ts'
import { faultOf, lengthFaults, namingLabelFaults, type Subject } from '../check/check.ts'
import type { CreateFieldInput } from '../check/input.ts'
import { MetadataRefusal, refuseFaults } from '../check/metadataRefusal.ts'
import { columnFaults, fieldNameFaults } from '../check/nameUse.ts'
import type { FieldWrite, SchemaChange } from '../run/schemaChange.ts'
import { joinColumnOf, planRelation } from '../step/relationPlan.ts'

type RelationType = 'MANY_TO_ONE' | 'ONE_TO_MANY'

interface Payload {
  readonly target: DescribedObject
  readonly type: RelationType
  readonly label: string
  readonly icon: string | null
}

export const ON_DELETE: readonly RelationDefinition['onDelete'][] = [
  'CASCADE',
  'SET_NULL',
  'RESTRICT',
  'NO_ACTION',
]

const INVALID = 'Relation creation payload is invalid: '

const readPayload = (before: Described, subject: Subject, given: unknown): Payload => {
  const refuse = (message: string, value?: unknown) => new MetadataRefusal([faultOf(subject, message, value)])
  if (!isRecord(given)) throw refuse('Relation creation payload is required', given)
  const { targetObjectMetadataId: id, type, targetFieldLabel: label, targetFieldIcon: icon } = given
  if (typeof id !== 'string' || !isUuid(id))
    throw refuse(`${INVALID}targetObjectMetadataId must be a UUID`, id)
  if (type !== 'MANY_TO_ONE' && type !== 'ONE_TO_MANY')
    throw refuse(`${INVALID}type must be one of the following values: MANY_TO_ONE, ONE_TO_MANY`, type)
  if (typeof label !== 'string') throw refuse(`${INVALID}targetFieldLabel must be a string`, label)
  refuseFaults(namingLabelFaults(subject, label))
  const target = before.objects.get(id)
  if (target === undefined)
    throw refuse('Object metadata relation target not found for relation creation payload', id)
  return { target, type, label: label.trim(), icon: typeof icon === 'string' ? icon : null }
}

const onDeleteOf = (
  subject: Subject,
  input: CreateFieldInput,
  type: RelationType,
): RelationDefinition['onDelete'] => {
  const wanted = isRecord(input.settings) ? input.settings.onDelete : undefined
  if (wanted === undefined || wanted === null) return 'SET_NULL'
  const found = ON_DELETE.find((each) => each === wanted)
  if (type === 'ONE_TO_MANY')
    throw new MetadataRefusal([
      faultOf(subject, 'On delete action is only supported for many to one relations', wanted),
    ])
  if (found !== undefined) return found
  throw new MetadataRefusal([faultOf(subject, `onDelete must be one of ${ON_DELETE.join(', ')}`, wanted)])
}

/** One side of a relation as the API shows it. */
interface Side {
  readonly name: string
  readonly label: string
  readonly icon: string | null
  readonly description: string | null
}

interface LinkRequest {
  /** The side with the foreign key. */
  readonly source: DescribedObject
  readonly target: DescribedObject
  readonly own: Side
  readonly inverse: Side
  readonly morph?: { readonly id: string; readonly name: string }
  readonly onDelete: RelationDefinition['onDelete']
  readonly ownId: string
  readonly inverseId: string
}

const keyOf = (subject: Subject, target: DescribedObject): { column: string; sql: string } => {
  const [column, ...more] = target.model.key
  const type = column === undefined ? undefined : target.model.columns.get(column)?.type
  if (column !== undefined && type !== undefined && more.length === 0 && target.model.kind === 'table')
    return { column, sql: type.sql }
  throw new MetadataRefusal([
    faultOf(
      subject,
      `"${target.model.nameSingular}" has no key of one column that a relation could point at`,
    ),
  ])
}

const sideAnnotation = (side: Side): FieldAnnotationRow => ({
  label: side.label,
  icon: side.icon,
  description: side.description,
})

export const planLink = (before: Described, subject: Subject, requested: LinkRequest): SchemaChange => {
  const { source, target, own, inverse } = requested
  const table = source.relation.name
  const column = joinColumnOf(own.name)
  refuseFaults([
    ...lengthFaults(subject, own.name, [column]),
    ...fieldNameFaults(subject, target, inverse.name),
    ...fieldNameFaults(subject, source, own.name),
    ...fieldNameFaults(subject, source, toCamelCase(column)),
    ...columnFaults(subject, source, own.name, [column]),
  ])
  if (source.relation.kind !== 'r' && source.relation.kind !== 'p')
    refuseFaults([
      faultOf(subject, `"${source.model.nameSingular}" is not a table, so it cannot have new fields`),
    ])
  const plan = planRelation(before, {
    table,
    name: own.name,
    comment: columnComment(own.label, own.description),
    targetTable: target.relation.name,
    targetKey: keyOf(subject, target),
    onDelete: requested.onDelete,
  })
  const write = { objectId: source.id, table, column: plan.column }
  const fields: readonly FieldWrite[] = [
    {
      ...write,
      id: requested.ownId,
      face: 'own',
      annotation: {
        ...sideAnnotation(own),
        type: 'RELATION',
        name: own.name,
        ...(requested.morph === undefined ? {} : { morph: requested.morph }),
      },
    },
    {
      ...write,
      id: requested.inverseId,
      face: 'inverse',
      annotation: { ...sideAnnotation(inverse), name: inverse.name },
    },
  ]
  return { id: requested.ownId, steps: plan.steps, afterwards: plan.afterwards, fields }
}

const here = (input: CreateFieldInput): Side => ({
  name: input.name,
  label: input.label.trim(),
  icon: input.icon ?? null,
  description: input.description ?? null,
})

const there = (payload: Payload): Side => ({
  name: fieldNameOfLabel(payload.label),
  label: payload.label,
  icon: payload.icon,
  description: null,
})

const planMorph = (
  before: Described,
  object: DescribedObject,
  subject: Subject,
  input: CreateFieldInput,
): SchemaChange => {
  const refuse = (message: string) => new MetadataRefusal([faultOf(subject, message)])
  const given: unknown = input.morphRelationsCreationPayload
  if (!Array.isArray(given) || given.length === 0) throw refuse('Morph relation creation payloads are empty')
  const payloads = given.map((payload) => readPayload(before, subject, payload))
  if (new Set(payloads.map(({ type }) => type)).size > 1)
    throw refuse('Morph relation creation payloads must have the same relation type')
  if (new Set(payloads.map(({ target }) => target)).size < payloads.length)
    throw refuse('Morph relation creation payloads must have only relation to the same object metadata')
  if (payloads.some(({ target }) => target === object))
    throw refuse('Source object cannot be the target object')
  if (payloads.some(({ type }) => type === 'ONE_TO_MANY'))
    throw refuse('Morph relations are many to one: create the field on the object that refers to the others')
  const onDelete = onDeleteOf(subject, input, 'MANY_TO_ONE')
  const id = newUuid()
  const links = payloads.map((payload) =>
    planLink(before, subject, {
      source: object,
      target: payload.target,
      own: { ...here(input), name: input.name + toTypeName(payload.target.model.nameSingular) },
      inverse: there(payload),
      morph: { id, name: input.name },
      onDelete,
      ownId: newUuid(),
      inverseId: newUuid(),
    }),
  )
  return {
    id,
    steps: links.flatMap(({ steps }) => steps),
    afterwards: links.flatMap(({ afterwards = [] }) => afterwards),
    fields: links.flatMap(({ fields = [] }) => fields),
  }
}

const twinFaults = (
  subject: Subject,
  payload: Payload,
  object: DescribedObject,
  name: string,
): readonly MetadataFault[] =>
  payload.target === object && there(payload).name === name
    ? [
        faultOf(
          { ...subject, code: 'NOT_AVAILABLE' },
          `Name "${name}" is not available as it is already used by another field`,
          name,
        ),
      ]
    : []

export const planRelationField = (
  before: Described,
  object: DescribedObject,
  subject: Subject,
  input: CreateFieldInput,
): SchemaChange => {
  if (input.isUnique === true)
    refuseFaults([
      faultOf(subject, `Unique index cannot be created for field ${input.name} of type ${input.type}`),
    ])
  if (input.type === 'MORPH_RELATION') return planMorph(before, object, subject, input)
  const payload = readPayload(before, subject, input.relationCreationPayload)
  const onDelete = onDeleteOf(subject, input, payload.type)
  refuseFaults(twinFaults(subject, payload, object, input.name))
  const [ownId, inverseId] = [newUuid(), newUuid()]
  if (payload.type === 'MANY_TO_ONE')
    return planLink(before, subject, {
      source: object,
      target: payload.target,
      own: here(input),
      inverse: there(payload),
      onDelete,
      ownId,
      inverseId,
    })
  return {
    ...planLink(before, subject, {
      source: payload.target,
      target: object,
      own: there(payload),
      inverse: here(input),
      onDelete,
      ownId,
      inverseId,
    }),
    id: inverseId,
  }
}
