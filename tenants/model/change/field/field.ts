// Operations on fields: create, update, delete. They return the model after the change, or refuse with all
// faults. The DDL is in fieldCreate.ts, fieldUpdate.ts and fieldDrop.ts.

import type { Pool } from 'pg'
import type { Described, DescribedObject } from '../../describe/catalogRef.ts'
import { BASE_FIELDS } from '../../describe/describeField.ts'
import type { ModelField } from '../../model.ts'
import { faultOf, notFound } from '../check/check.ts'
import type { ChangeOptions, CreateFieldInput, UpdateFieldInput } from '../check/input.ts'
import { MetadataRefusal } from '../check/metadataRefusal.ts'
import { alterModel, type Changed } from '../run/alter.ts'
import type { SchemaChange } from '../run/schemaChange.ts'
import { dropFieldColumns } from '../step/fieldDrop.ts'
import { planCreateField } from './fieldCreate.ts'
import { planUpdateField } from './fieldUpdate.ts'

/** The table and the columns that are dropped with the field. */
const standing = (object: DescribedObject, part: ModelField): readonly [string, readonly string[]] => {
  const { table } = object.model
  switch (part.kind) {
    case 'scalar':
      return [table, [part.column.name]]
    case 'composite':
      return [table, part.parts.map(({ column }) => column.name)]
    case 'toOne':
      return [table, part.columns]
    case 'toMany':
      // Both sides share one foreign key: dropping it removes both.
      return [part.target, part.targetColumns]
  }
}

const planDelete =
  (id: string) =>
  (before: Described): SchemaChange => {
    const field = before.fields.get(id)
    if (field === undefined) throw notFound('fieldMetadata', 'delete', id)
    const { metadata, object } = field
    const refuse = (message: string) =>
      new MetadataRefusal(
        [
          faultOf(
            {
              metadataName: 'fieldMetadata',
              operation: 'delete',
              code: 'FIELD_MUTATION_NOT_ALLOWED',
              name: metadata.name,
              objectName: object.model.nameSingular,
            },
            message,
          ),
        ],
        'FORBIDDEN',
      )
    const isBase = object.model.emptyStringForNull && Object.hasOwn(BASE_FIELDS, metadata.name)
    if (!metadata.isCustom || isBase) throw refuse(`Cannot delete standard field "${metadata.name}"`)
    const owner = before.metadata.objects.find(({ id: ownerId }) => ownerId === object.id)
    if (owner?.labelIdentifierFieldMetadataId === id)
      throw refuse('Cannot delete, please update the label identifier first')
    const dropped = field.fields.map((part) => {
      const [table, columns] = standing(object, part)
      return dropFieldColumns(before, table, columns)
    })
    return {
      id,
      steps: dropped.flatMap(({ steps }) => steps),
      forgotten: dropped.flatMap(({ forgotten }) => forgotten),
    }
  }

export const createField = (
  pool: Pool,
  workspaceId: string,
  input: CreateFieldInput,
  options: ChangeOptions = {},
): Promise<Changed> => alterModel(pool, workspaceId, options, planCreateField(input))

export const updateField = (
  pool: Pool,
  workspaceId: string,
  id: string,
  update: UpdateFieldInput,
  options: ChangeOptions = {},
): Promise<Changed> => alterModel(pool, workspaceId, options, planUpdateField(id, update))

export const deleteField = (
  pool: Pool,
  workspaceId: string,
  id: string,
  options: ChangeOptions = {},
): Promise<Changed> => alterModel(pool, workspaceId, options, planDelete(id))
