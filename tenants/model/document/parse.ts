// Parses a model document from JSON: returns it with defaults filled in, or refuses with the place of every
// fault. The planner decides whether a database can represent it.

import { z } from 'zod'
import { MetadataRefusal } from '../change/check/metadataRefusal.ts'
import { normalDefault } from '../change/check/normalDefault.ts'
import { COMPOSITE_TYPES } from '../compositeType.ts'
import { isLabelType } from '../fieldType.ts'
import { capitalised, labelOfName } from '../label.ts'
import { atOnce, type DeriveSteps } from '../read/steps.ts'
import { RESERVED_FIELDS } from '../reserved.ts'
import { hasDataType, SCALAR_TYPES, SCALARS } from '../scalarType.ts'
import { ValueRefusal } from '../value/valueRefusal.ts'
import { contradictionsIn } from './contradictions.ts'
import {
  DOCUMENT_FORMAT,
  type DocumentRename,
  type FaceDocument,
  type FieldDocument,
  type LinkDocument,
  type ModelDocument,
  type ObjectDocument,
  type ValueDocument,
} from './document.ts'
import type { DocumentFault } from './renameFaults.ts'

const VALUE_TYPES: readonly ValueDocument['type'][] = [
  ...SCALAR_TYPES.filter((type) => SCALARS[type].isInternal !== true),
  ...COMPOSITE_TYPES,
]

const text = z.string().refine((value) => !value.includes('\0'), 'Text cannot contain NUL')
const name = z
  .string()
  .max(63)
  .regex(/^[a-z][a-zA-Z0-9]*$/, 'A name starts with a lowercase letter and contains only letters and digits')
/** An object may have the name of a filter or order keyword, because keywords are next to fields. */
const fieldName = name.refine((value) => !RESERVED_FIELDS.includes(value), 'This name is reserved')
const label = text.transform((value) => value.trim()).pipe(z.string().min(1).max(63))
const note = text.nullable().default(null)
const settings = z
  .record(z.string(), z.unknown())
  .nullable()
  .default(null)
  .transform((value) => (value === null || Object.keys(value).length === 0 ? null : value))

const FACE = {
  name: fieldName,
  label: label.optional(),
  description: note,
  icon: note,
  isActive: z.boolean().default(true),
  isSystem: z.boolean().default(false),
  isLabelSyncedWithName: z.boolean().default(false),
}
const labelled = <T extends { name: string; label?: string | undefined }>(face: T) => ({
  ...face,
  label: face.label ?? labelOfName(face.name),
})
const face = z.strictObject(FACE).transform((value): FaceDocument => labelled(value))
const link = z.strictObject({
  target: name,
  onDelete: z.enum(['CASCADE', 'SET_NULL', 'RESTRICT', 'NO_ACTION']).default('SET_NULL'),
  inverse: face,
})
const formerName = text.optional()
const option = z.strictObject({
  value: text,
  label,
  color: text.default('gray'),
  renamedFrom: formerName,
})
/** So that a document that was applied has no differences; the planner refuses what has no normal form. */
const normalOrGiven = (type: string, given: unknown, path: string): unknown => {
  try {
    return normalDefault(type, given, path)
  } catch (error) {
    if (error instanceof ValueRefusal) return given
    throw error
  }
}

/** A parsed field, with its former names. */
interface ReadField {
  readonly document: FieldDocument
  readonly renames: readonly Omit<DocumentRename, 'object'>[]
}

const readField = (document: FieldDocument, from: string | undefined): ReadField => ({
  document,
  renames: from === undefined ? [] : [{ field: document.name, option: null, from }],
})

const FIELD = { ...FACE, renamedFrom: formerName }

const value = z
  .strictObject({
    ...FIELD,
    type: z.enum(VALUE_TYPES),
    isNullable: z.boolean().default(true),
    isUnique: z.boolean().default(false),
    defaultValue: z
      .unknown()
      .optional()
      .transform((given) => given ?? null),
    options: z.array(option).min(1).nullable().default(null),
    settings,
  })
  // The kind of number is written even if it is the default.
  .transform(({ renamedFrom, options, ...field }): ReadField => {
    const document = {
      ...labelled(field),
      defaultValue: normalOrGiven(field.type, field.defaultValue, field.name),
      options: options?.map(({ renamedFrom: _, ...each }) => each) ?? null,
      settings: hasDataType(field.type) ? { dataType: 'float', ...field.settings } : field.settings,
    }
    const { renames } = readField(document, renamedFrom)
    const optionRenames = (options ?? []).flatMap(({ value: to, renamedFrom: from }) =>
      from === undefined ? [] : [{ field: field.name, option: to, from }],
    )
    return { document, renames: [...renames, ...optionRenames] }
  })
/** A relation that is switched off has no other side. */
const seen = (isActive: boolean, { inverse, ...rest }: LinkDocument): LinkDocument => ({
  ...rest,
  inverse: { ...inverse, isActive: isActive && inverse.isActive },
})

const relation = z
  .strictObject({ ...FIELD, type: z.literal('RELATION'), settings, relation: link })
  .transform(
    ({ renamedFrom, ...field }): ReadField =>
      readField({ ...labelled(field), relation: seen(field.isActive, field.relation) }, renamedFrom),
  )
const morph = z
  .strictObject({
    ...FIELD,
    type: z.literal('MORPH_RELATION'),
    settings,
    relations: z.array(link).min(1),
  })
  .transform(({ renamedFrom, ...field }): ReadField => {
    const relations = field.relations.map((each) => seen(field.isActive, each))
    return readField({ ...labelled(field), relations }, renamedFrom)
  })

const field = z.unknown().transform((given, context): ReadField => {
  const type: unknown =
    typeof given === 'object' && given !== null && 'type' in given ? given.type : undefined
  const parsed = (type === 'RELATION' ? relation : type === 'MORPH_RELATION' ? morph : value).safeParse(given)
  if (parsed.success) return parsed.data
  for (const issue of parsed.error.issues) context.addIssue({ ...issue, code: 'custom', input: given })
  return z.NEVER
})

const index = z.strictObject({
  type: z.enum(['BTREE', 'GIN']).default('BTREE'),
  fields: z.array(text).min(1),
})

/** The same default as in a description, so that omitting it changes nothing. */
const labelIdentifierIn = (fields: readonly FieldDocument[]): string => {
  const isText = ({ type }: FieldDocument) => isLabelType(type)
  return (
    ['name', 'title'].find((own) => fields.some((each) => each.name === own && isText(each))) ??
    fields.find(isText)?.name ??
    'id'
  )
}

const object = z
  .strictObject({
    nameSingular: name,
    namePlural: name,
    renamedFrom: formerName,
    labelSingular: label.optional(),
    labelPlural: label.optional(),
    description: note,
    icon: note,
    shortcut: note,
    color: note,
    isActive: z.boolean().default(true),
    isSearchable: z.boolean().default(true),
    isLabelSyncedWithName: z.boolean().default(false),
    labelIdentifier: text.nullable().optional(),
    imageIdentifier: note,
    fields: z.array(field).default([]),
    indexes: z.array(index).default([]),
  })
  .transform(({ renamedFrom, fields: read, ...given }) => {
    const fields = read.map((each) => each.document)
    const own = { object: given.nameSingular, field: null, option: null }
    const document: ObjectDocument = {
      ...given,
      fields,
      labelSingular: capitalised(given.labelSingular ?? labelOfName(given.nameSingular)),
      labelPlural: capitalised(given.labelPlural ?? labelOfName(given.namePlural)),
      labelIdentifier:
        given.labelIdentifier === undefined ? labelIdentifierIn(fields) : given.labelIdentifier,
    }
    const renames: readonly DocumentRename[] = [
      ...(renamedFrom === undefined ? [] : [{ ...own, from: renamedFrom }]),
      ...read.flatMap((each) => each.renames.map((rename) => ({ ...own, ...rename }))),
    ]
    return { document, renames }
  })

type ReadObject = z.output<typeof object>

const format = z.literal(DOCUMENT_FORMAT)
/** What `document` has around its objects. */
const outline = z.strictObject({ format, objects: z.array(z.unknown()) })
const document = z.strictObject({ format, objects: z.array(object) })

const assemble = (objects: readonly ReadObject[]): ModelDocument => {
  const renames = objects.flatMap((each) => each.renames)
  return {
    format: DOCUMENT_FORMAT,
    objects: objects.map((each) => each.document),
    ...(renames.length === 0 ? {} : { renames }),
  }
}

const jsonSchemaOf = (type: z.ZodType): Readonly<Record<string, unknown>> => {
  const { $schema: _, ...schema } = z.toJSONSchema(type, {
    io: 'input',
    unrepresentable: 'any',
    override: ({ zodSchema, jsonSchema }) => {
      if (Object.is(zodSchema, field)) jsonSchema.anyOf = [value, relation, morph].map(jsonSchemaOf)
    },
  })
  return schema
}

/** JSON Schema of accepted documents; exported documents match it too. */
export const modelDocumentSchema = (): Readonly<Record<string, unknown>> => jsonSchemaOf(document)

const refuse = (faults: readonly DocumentFault[]): void => {
  const distinct = new Map(faults.map((fault) => [`${fault.place} ${fault.message}`, fault]))
  if (distinct.size > 0)
    throw new MetadataRefusal(
      [...distinct.values()].map(({ place, message }) => ({
        metadataName: 'objectMetadata',
        operation: 'update',
        code: 'INVALID_MODEL_DOCUMENT',
        message: place === '' ? message : `${place}: ${message}`,
        name: place,
      })),
    )
}

const faultsIn = ({ issues }: z.ZodError, ...within: readonly PropertyKey[]): readonly DocumentFault[] =>
  issues.map(({ path, message }) => ({ place: [...within, ...path].join('.'), message }))

/** In steps that count fields: the check of a field takes 20 µs. Throws MetadataRefusal. */
export function* parseInSteps(given: unknown): DeriveSteps<ModelDocument> {
  const outer = outline.safeParse(given)
  const faults = outer.success ? [] : [...faultsIn(outer.error)]
  const objects: ReadObject[] = []
  for (const [index, each] of (outer.data?.objects ?? []).entries()) {
    const parsed = object.safeParse(each)
    if (parsed.success) objects.push(parsed.data)
    else faults.push(...faultsIn(parsed.error, 'objects', index))
    yield 1 + (parsed.data?.document.fields.length ?? 0)
  }
  refuse(faults)
  const read = assemble(objects)
  refuse(contradictionsIn(read))
  return read
}

export const parseDocument = (given: unknown): ModelDocument => atOnce(parseInSteps(given))
