// Operations on objects: create, update, delete. They return the model after the change, or refuse with all
// faults. alter.ts runs the change.

import type { Pool } from 'pg'
import { inWorkspace } from '../../../../sql/placeholder.ts'
import type { Described } from '../../describe/catalogRef.ts'
import type { ChangeOptions, CreateObjectInput, UpdateObjectPayload } from '../check/input.ts'
import { MetadataRefusal } from '../check/metadataRefusal.ts'
import { alterModel, alterModelInOrder, type Changed } from '../run/alter.ts'
import { dropType, type SchemaChange } from '../run/schemaChange.ts'
import { dropFieldColumns, ownEnums } from '../step/fieldDrop.ts'
import { planCreateObject } from './objectCreate.ts'
import { metadataOf, objectById, planUpdateObject } from './objectUpdate.ts'

const planDelete =
  (id: string) =>
  (before: Described): SchemaChange => {
    const object = objectById(before, id, 'delete')
    const now = metadataOf(before, id)
    const refuse = (message: string) =>
      new MetadataRefusal(
        [
          {
            metadataName: 'objectMetadata',
            operation: 'delete',
            code: 'INVALID_OBJECT_INPUT',
            message,
            userFriendlyMessage: message,
            name: object.model.nameSingular,
          },
        ],
        'FORBIDDEN',
      )
    if (now?.isSystem === true) throw refuse('System objects cannot be deleted')
    if (now?.isCustom !== true) throw refuse('Standard objects cannot be deleted')
    // Foreign keys of other objects are dropped with their columns; the object's own are dropped with the
    // table.
    const inverses = [...before.fields.values()].filter(
      (field) => field.object === object && field.face === 'inverse',
    )
    const dropped = inverses.flatMap((field) => {
      const [toMany] = field.fields
      return toMany?.kind === 'toMany' && toMany.target !== object.relation.name
        ? [dropFieldColumns(before, toMany.target, toMany.targetColumns)]
        : []
    })
    const kind = { r: 'table', p: 'table', v: 'view', m: 'materialized view', f: 'foreign table' }[
      object.relation.kind
    ]
    return {
      id,
      steps: [
        ...dropped.flatMap(({ steps }) => steps),
        {
          sql: `drop ${kind} ${inWorkspace(object.relation.name)}`,
          locks: [{ table: object.relation.name, mode: 'ACCESS EXCLUSIVE', why: 'drops the table' }],
          rows: kind === 'table' ? [{ table: object.relation.name, effect: 'delete' }] : [],
        },
        ...ownEnums(before, object).map(dropType),
      ],
      forgotten: [id, ...dropped.flatMap(({ forgotten }) => forgotten)],
    }
  }

export const createObject = (
  pool: Pool,
  workspaceId: string,
  input: CreateObjectInput,
  options: ChangeOptions = {},
): Promise<Changed> => alterModel(pool, workspaceId, options, planCreateObject(input))

export const updateObject = (
  pool: Pool,
  workspaceId: string,
  id: string,
  update: UpdateObjectPayload,
  options: ChangeOptions = {},
): Promise<Changed> => alterModel(pool, workspaceId, options, planUpdateObject(id, update))

export interface ObjectUpdate {
  readonly id: string
  readonly update: UpdateObjectPayload
}

/** All of them, or none. */
export const updateObjects = (
  pool: Pool,
  workspaceId: string,
  updates: readonly ObjectUpdate[],
  options: ChangeOptions = {},
): Promise<readonly Changed[]> =>
  alterModelInOrder(
    pool,
    workspaceId,
    options,
    updates.map(({ id, update }) => planUpdateObject(id, update)),
  )

export const deleteObject = (
  pool: Pool,
  workspaceId: string,
  id: string,
  options: ChangeOptions = {},
): Promise<Changed> => alterModel(pool, workspaceId, options, planDelete(id))
